"""Requests as bytes: request line and headers, and what is refused before a byte is sent."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.http.request import UserHeaders, authorization, check_options, head_of
from tests.load.http.making import SITE, counting, made, refused, sent


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


def test_an_option_with_a_slip_in_it_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError) as error:
        check_options({"param": {}})
    assert error.value.remedy == "did you mean 'params'?"
