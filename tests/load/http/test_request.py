"""Requests as bytes: request line, headers, bodies; and what is refused before a byte is sent."""

import asyncio
import json
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import FormParser

from plimsoll.core.errors import UsageError
from plimsoll.load.http.body import Body, FilePart
from plimsoll.load.http.origin import parse_origin
from plimsoll.load.http.request import Request, RequestOptions, UserHeaders, authorization, head_of, make_request
from plimsoll.load.language.feeding import Feed, Source

SITE = parse_origin("http://127.0.0.1:8000/base")


def made(method: str = "GET", path: str = "/x", *, directory: Path = Path(), **options: Any) -> Request:
    return make_request(SITE, method, path, cast("RequestOptions", options), Random(1), directory)


def sent(method: str = "GET", path: str = "/x", **options: Any) -> tuple[str, dict[str, str], bytes]:
    """(request line, headers, body) as they go out."""
    request = made(method, path, **options)
    head = head_of(SITE, request, {}, "")
    line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    return line, dict(text.split(": ", 1) for text in lines), content(request.body)


def content(body: Body | None) -> bytes:
    async def read(whole: Body) -> bytes:
        return b"".join([piece async for piece in whole.pieces()])

    return b"" if body is None else asyncio.run(read(body))


def refused(method: str = "GET", path: str = "/x", **options: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        made(method, path, **options)
    return caught.value


def counting() -> Feed:
    feed = Feed(Source("range", (1, 9), "here")).sequential()
    feed.bind(1, 0, 1, None)
    return feed


# -- line and headers --------------------------------------------------------------------------------------------------


def test_a_plain_request_has_a_line_a_host_and_no_length() -> None:
    line, headers, body = sent()
    assert line == "GET /base/x HTTP/1.1"
    assert headers["Host"] == "127.0.0.1:8000"
    assert headers["Accept-Encoding"] == "gzip, deflate, br, zstd"
    assert headers["User-Agent"].startswith("plimsoll/")
    assert "Content-Length" not in headers
    assert body == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_request_that_may_have_a_body_and_has_none_says_so(method: str) -> None:
    assert sent(method)[1]["Content-Length"] == "0"


@pytest.mark.parametrize("method", ["get", "", "GET /", "G\r\nET", "CONNECT", "X" * 40])
def test_what_is_no_method_of_a_scenario_is_refused(method: str) -> None:
    refused(method)


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"limit": 20, "q": "a b&c=d"}, "limit=20&q=a+b%26c%3Dd"),
        ({"none": None, "yes": True, "no": False}, "yes=true&no=false"),
        ({"tag": ["a", "b", None]}, "tag=a&tag=b"),
        ([("x", 1), ("x", 2)], "x=1&x=2"),
        ({"\u00fc": "\u2603"}, "%C3%BC=%E2%98%83"),
        ({"at": datetime(2026, 2, 14, 10, 15, tzinfo=UTC), "on": date(2026, 2, 14)},
         "at=2026-02-14T10%3A15%3A00%2B00%3A00&on=2026-02-14"),
        ({"id": uuid.UUID(int=7), "sum": Decimal("1.50")}, "id=00000000-0000-0000-0000-000000000007&sum=1.50"),
        ({"raw": b"a\xff"}, "raw=a%FF"),
        ({}, ""),
        ({"none": None}, ""),
    ],
)  # fmt: skip
def test_params_make_the_query(params: Any, query: str) -> None:
    assert made(params=params).target == (f"/base/x?{query}" if query else "/base/x")


def test_params_follow_a_query_that_is_there_and_feeds_are_drawn() -> None:
    feed = counting()
    assert made(path="/x?a=1#part", params={"b": feed, "c": [feed, feed]}).target == "/base/x?a=1&b=1&c=2&c=3"
    assert made(params={"d": (feed, "x")}).target == "/base/x?d=4&d=x"


def test_own_headers_replace_the_usual_ones_and_the_users_whatever_their_case() -> None:
    request = made(headers={"user-agent": "mine", "X-A": "of the request", "HOST": "virtual.example.com"})
    user = UserHeaders(lambda: None)
    user["x-a"] = "of the user"
    user["X-B"] = "both"
    head = head_of(SITE, request, user, "a=1").decode()
    for line in ("user-agent: mine", "X-A: of the request", "X-B: both", "HOST: virtual.example.com", "Cookie: a=1"):
        assert f"\r\n{line}\r\n" in head
    assert head.lower().count("user-agent") == head.lower().count("x-a:") == head.lower().count("host:") == 1


def test_a_cookie_of_the_request_comes_before_the_users() -> None:
    assert "\r\nCookie: mine=1; a=1\r\n" in head_of(SITE, made(headers={"cookie": "mine=1"}), {}, "a=1").decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "a\r\nEvil: 1"}, {"X-A": "a\nb"}, {"X-A": "a\0b"}, {"X-A": "snow \u2603"}, {"X-A": 7}, {"X A": "a"},
        {"X-A:": "a"}, {"": "a"}, {"X\r\n": "a"}, {7: "a"}, {"Content-Length": "3"}, {"transfer-encoding": "chunked"},
        {"Upgrade": "h2c"},
    ],
)  # fmt: skip
def test_headers_that_would_break_the_request_are_refused_and_their_values_not_shown(headers: Any) -> None:
    assert "Evil" not in str(refused(headers=headers))
    if all(isinstance(name, str) for name in headers):
        user = UserHeaders(lambda: None)
        with pytest.raises(UsageError):
            user.update(headers)


def test_a_users_headers_are_a_mapping_whose_changes_are_told() -> None:
    told: list[int] = []
    user = UserHeaders(lambda: told.append(1))
    user["X-Tenant"] = "7"
    user.update({"x-tenant": "8", "B": "2"})
    assert dict(user) == {"x-tenant": "8", "B": "2"}
    assert (user["X-TENANT"], "b" in user, user.pop("missing", None)) == ("8", True, None)
    del user["b"]
    user.clear()
    assert len(told) == 5


def test_bearer_and_basic_make_the_authorization() -> None:
    assert sent(bearer="abc.def")[1]["Authorization"] == "Bearer abc.def"
    assert sent(basic=("Aladdin", "open sesame"))[1]["Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert sent(basic=("\u00fc", "\u2603:"))[1]["Authorization"] == "Basic w7w64piDOg=="
    assert sent(bearer="new", headers={"authorization": "old"})[1]["Authorization"] == "Bearer new"
    refused(bearer="a", basic=("b", "c"))
    assert "secret" not in str(refused(bearer="secret\r\nEvil: 1"))
    for wrong in ("name:password", ("a",), ("a", 7), ("a:b", "c")):
        refused(basic=wrong)
    refused(bearer=7)
    assert authorization(None, None) == ""


# -- bodies ------------------------------------------------------------------------------------------------------------


def test_json_is_compact_utf_8_with_what_databases_return() -> None:
    feed = counting()
    value = {
        "id": uuid.UUID(int=7), "at": datetime(2026, 2, 14, tzinfo=UTC), "sum": Decimal("1.5"), "n": feed,
        "list": [feed, (feed,)], "text": "Gr\u00fc\u00dfe", "none": None, "yes": True,
    }  # fmt: skip
    _, headers, body = sent("POST", json=value)
    assert json.loads(body) == {
        "id": "00000000-0000-0000-0000-000000000007", "at": "2026-02-14T00:00:00+00:00", "sum": "1.5", "n": 1,
        "list": [2, [3]], "text": "Gr\u00fc\u00dfe", "none": None, "yes": True,
    }  # fmt: skip
    assert "Gr\u00fc\u00dfe".encode() in body
    assert b": " not in body
    assert (headers["Content-Type"], headers["Content-Length"]) == ("application/json", str(len(body)))
    assert sent("POST", json=None)[2] == b"null", "None is a value of JSON"
    own = sent("POST", json={}, headers={"content-type": "application/vnd.api+json"})[1]
    assert own["content-type"] == "application/vnd.api+json"
    assert "Content-Type" not in own


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object(), b"bytes", {("a",): 1}])
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    refused("POST", json=value)


def test_json_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    refused("POST", json=value)


def test_a_form_is_urlencoded() -> None:
    _, headers, body = sent("POST", form={"a": "x y", "b": [1, 2], "c": None, "d": True})
    assert body == b"a=x+y&b=1&b=2&d=true"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_content_is_sent_as_it_is() -> None:
    assert sent("POST", content=b"\0\xff")[2] == b"\0\xff"
    _, headers, body = sent("PUT", content="Gr\u00fc\u00dfe")
    assert body == "Gr\u00fc\u00dfe".encode()
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert sent("POST", content=b"")[1]["Content-Length"] == "0"
    refused("POST", content=7)


def test_one_body_at_a_time_but_a_form_may_go_with_files() -> None:
    both: tuple[dict[str, Any], ...] = (
        {"json": {}, "form": {}},
        {"content": b"", "json": 1},
        {"json": 1, "files": {"a": ("a", b"")}},
    )
    for two in both:
        refused("POST", **two)
    for files in ({"a": ("a", b"")}, {}):
        _, headers, body = sent("POST", files=files, form={"b": 1})
        assert headers["Content-Type"].startswith("multipart/form-data")
        assert parsed(headers["Content-Type"], body)[0] == [("b", "1")]


# -- multipart ---------------------------------------------------------------------------------------------------------


def parsed(content_type: str, body: bytes) -> tuple[list[tuple[str, str]], list[tuple[str, str, bytes]]]:
    """(fields, files) as a server's parser reads them."""
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, str, bytes]] = []

    def on_field(field: Any) -> None:
        fields.append((field.field_name.decode(), (field.value or b"").decode()))

    def on_file(file: Any) -> None:
        file.file_object.seek(0)
        files.append((file.field_name.decode(), file.file_name.decode(), file.file_object.read()))
        file.close()

    boundary = content_type.partition("boundary=")[2].encode()
    parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary)
    parser.write(body)
    parser.finalize()
    return fields, files


def test_files_and_fields_are_read_by_a_servers_parser(tmp_path: Path) -> None:
    (tmp_path / "a.xlf").write_bytes(b"<xliff/>\r\n--x")
    _, headers, body = sent(
        "POST",
        directory=tmp_path,
        form={"project": uuid.UUID(int=7), "note": "two\r\nlines", "tags": ["a", "b"], "none": None},
        files=[
            ("file", one) for one in ("a.xlf", Path("a.xlf"), ('\u00fc "q".txt', b"\0\xff"), ("t", "text", "text/x"))
        ],
    )
    fields, files = parsed(headers["Content-Type"], body)
    assert fields == [("project", str(uuid.UUID(int=7))), ("note", "two\r\nlines"), ("tags", "a"), ("tags", "b")]
    assert files == [
        ("file", "a.xlf", b"<xliff/>\r\n--x"),
        ("file", "a.xlf", b"<xliff/>\r\n--x"),
        ("file", "\u00fc %22q%22.txt", b"\0\xff"),
        ("file", "t", b"text"),
    ]
    assert int(headers["Content-Length"]) == len(body)
    assert b"Content-Type: text/x\r\n" in body
    assert b"Content-Type: text/plain\r\n" in body


@given(st.lists(st.tuples(st.text(max_size=10), st.text(max_size=20)), max_size=5))
def test_any_query_is_read_as_it_was_meant(fields: list[tuple[str, str]]) -> None:
    query = made(params=fields).target.partition("?")[2]
    assert parse_qsl(query, keep_blank_values=True) == fields
    assert query.isascii()


@given(st.dictionaries(st.text(min_size=1, max_size=10), st.text(max_size=40), max_size=4), st.binary(max_size=80))
def test_any_field_and_any_content_arrive_as_they_were(fields: dict[str, str], whole: bytes) -> None:
    clean = {
        name.encode("utf-8", "ignore").decode() or "x": value.encode("utf-8", "ignore").decode()
        for name, value in fields.items()
    }
    _, headers, body = sent("POST", form=clean, files={"f": ("n", whole)})
    got, files = parsed(headers["Content-Type"], body)
    quoted = {
        name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22"): value for name, value in clean.items()
    }
    if not any("\\" in name or ";" in name for name in clean):  # which the parser reads in its own way
        assert dict(got) == quoted
    assert files == [("f", "n", whole)]


@pytest.mark.parametrize(
    "file",
    [
        7,
        None,
        ("a",),
        (7, b""),
        ("a", 7),
        ("a", b"", "b", "c"),
        ("a", b"", "text/x\r\nEvil: 1"),
        ("a", None),
        ("a", b"", 7),
    ],
)
def test_what_is_no_file_is_refused(file: Any) -> None:
    refused("POST", files={"f": file})


def test_a_file_that_is_not_there_or_is_a_directory_is_refused_by_name(tmp_path: Path) -> None:
    assert "missing.xlf" in str(refused("POST", directory=tmp_path, files={"f": "missing.xlf"}))
    assert str(tmp_path) in str(refused("POST", files={"f": tmp_path}))


def test_a_file_that_became_shorter_is_an_error_and_one_that_grew_is_sent_as_long_as_promised(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 1_000)
    body = Body("", (FilePart.of(path),))
    path.write_bytes(b"y" * 2_000)
    assert content(body) == b"y" * 1_000
    path.write_bytes(b"y" * 10)
    with pytest.raises(UsageError, match="became shorter"):
        content(body)
    path.unlink()
    with pytest.raises(UsageError, match="cannot send"):
        content(body)


# -- again -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "status", "follows"),
    [
        ("POST", 301, "GET"), ("POST", 302, "GET"), ("POST", 303, "GET"), ("PUT", 303, "GET"), ("DELETE", 302, "GET"),
        ("POST", 307, "POST"), ("PUT", 308, "PUT"), ("HEAD", 303, "HEAD"), ("GET", 302, "GET"),
    ],
)  # fmt: skip
def test_a_redirect_is_followed_with_the_method_that_it_means(method: str, status: int, follows: str) -> None:
    request = made(
        method, content=None if method in ("GET", "HEAD") else b"x", headers={"Content-Type": "text/x", "X-A": "1"}
    )
    after = request.redirected(status, "/next")
    assert (after.method, after.target) == (follows, "/next")
    assert (after.body is not None) == (status in (307, 308))
    if follows == "GET" and method != "GET":
        assert after.headers == (("X-A", "1"),)


def test_only_what_can_be_sent_twice_without_harm_is_retriable(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    assert [method for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS") if not made(method).retriable] == []
    assert not made("POST").retriable
    assert not made("PATCH").retriable
    assert made("PUT", json=1).retriable
    assert not made("PUT", directory=tmp_path, files={"f": "a"}).retriable
