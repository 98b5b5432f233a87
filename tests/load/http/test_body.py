"""Bodies of requests: JSON, forms, multipart as a server's parser reads it, files that change."""

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import FormParser

from plimsoll.core.errors import UsageError
from plimsoll.load.http.body import Body, FilePart
from tests.load.http.making import content, counting, made, refused, sent


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
