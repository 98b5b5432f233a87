"""What a reply gives: text, JSON, bytes, headers; and what reading it in vain does to the step."""

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.load.http.headers import Headers
from plimsoll.load.http.reply import Reply
from plimsoll.load.http.told import told


class Unreadable(Exception):
    pass


class Marked:
    """Keeps what a step was failed as."""

    def __init__(self) -> None:
        self.classes: list[str] = []

    def unreadable(self, error_class: str, message: str) -> Exception:
        self.classes.append(error_class)
        return Unreadable(message)


def reply(body: bytes, *lines: str, judge: Marked | None = None) -> Reply:
    head = "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1")
    return Reply(
        200, head + body, body, "http://127.0.0.1/x", (1_000_000, 2_000_000, 3_000_000, 4_500_000), judge or Marked()
    )


def test_headers_are_found_in_any_case_and_several_of_a_name_kept_apart() -> None:
    made = reply(b"x: y\r\n\r\n", "X-One: a", "Set-Cookie: a=1", "set-cookie: b=2; Path=/", "Odd:\xa0b:c\xa0 ").headers
    assert made["x-one"] == made["X-ONE"] == "a"
    assert made.get_all("SET-COOKIE") == ["a=1", "b=2; Path=/"]
    assert made["Set-Cookie"] == "a=1, b=2; Path=/"
    assert made["odd"] == "\xa0b:c\xa0", "only blanks and tabs are outside a value"
    assert (len(made), "x" in made, made.get("x"), list(made)) == (3, False, None, ["x-one", "set-cookie", "odd"])


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=iso-8859-1", b"Gr\xfc\xdfe", "Grüße"),
        ('text/plain; charset="UTF-8"', "Grüße".encode(), "Grüße"),
        ("text/plain; charset=utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("text/plain; charset=no-such", "Grüße".encode(), "Grüße"),
        ("text/plain; charset=base64", b"aGk=", "aGk="),
        ("text/plain; charset=idna", b"abc", "abc"),
        ("text/plain; charset=undefined", b"abc", "abc"),
        ("text/plain; charset=", b"abc", "abc"),
        ("text/plain", b"a\xffb", "a\ufffdb"),
        ("", b"abc", "abc"),
    ],
)
def test_text_is_decoded_by_its_charset_or_utf_8(content_type: str, body: bytes, text: str) -> None:
    assert reply(body, f"Content-Type: {content_type}").text == text


def test_json_is_read_also_compressed_and_with_a_mark_before_it() -> None:
    assert reply(b'{"a": [1, null]}').json() == {"a": [1, None]}
    assert reply(gzip.compress(b"[1]"), "Content-Encoding: gzip").json() == [1]
    assert reply(b"\xef\xbb\xbf[1]").json() == [1]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"\xff\xfe\xfd", b"[" * 100_000])
def test_what_is_no_json_fails_the_step(body: bytes) -> None:
    marked = Marked()
    with pytest.raises(Unreadable, match="http://127"):
        reply(body, judge=marked).json()
    assert marked.classes == ["body: not JSON"]


def test_a_broken_body_fails_the_step_however_it_is_read() -> None:
    marked = Marked()
    broken = reply(b"no gzip", "Content-Encoding: gzip", judge=marked)
    readings: list[Any] = [lambda: broken.text, lambda: broken.bytes, broken.json]
    for read in readings:
        with pytest.raises(Unreadable):
            read()
    assert marked.classes == ["protocol: broken gzip body"] * 3
    assert broken.raw == b"no gzip"


def test_timings_are_milliseconds() -> None:
    made = reply(b"").timings
    assert (made.connect_ms, made.tls_ms, made.first_byte_ms, made.total_ms) == (1.0, 2.0, 3.0, 4.5)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"detail": "no such project"}', "no such project"),
        (b'{"title": "Conflict", "detail": "version 3", "status": 409}', "Conflict: version 3"),
        (b'{"error": {"code": 7}, "message": "no"}', "no"),
        (b'{"detail": [{"loc": ["x"]}]}', ""),
        (b"[1]", ""),
        (b"<html>", ""),
        (b'{"detail": "' + b"x" * 1_000 + b'"}', "x" * 200),
        (b"[" * 60_000, ""),
        (b'{"detail": "\\u001b[31mred\\r\\nlines\\u0007"}', " [31mred  lines "),
        (b'{"detail": "no postgresql://app:secret@db/x"}', "no postgresql://app:****@db/x"),
    ],
)
def test_what_a_server_says_of_its_refusal_is_told_in_a_line(body: bytes, words: str) -> None:
    assert told(body, "application/problem+json", "") == words
    assert told(body, "text/html", "") == ""


def test_a_refusal_that_is_coded_or_broken_is_told_or_left_out() -> None:
    assert told(gzip.compress(b'{"detail": "no"}'), "application/json", "gzip") == "no"
    assert told(b"no gzip", "application/json", "gzip") == ""


@given(st.binary(max_size=200), st.text(alphabet=st.characters(max_codepoint=255), max_size=30))
def test_no_body_and_no_charset_makes_text_raise(body: bytes, charset: str) -> None:
    if "\r" in charset or "\n" in charset:
        return
    assert isinstance(reply(body, f"Content-Type: text/plain; charset={charset}").text, str)


def test_headers_can_be_asked_where_there_are_none() -> None:
    assert dict(Headers(b"HTTP/1.1 200 OK\r\n\r\n")) == {}
