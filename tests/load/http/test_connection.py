"""What a connection makes of bytes: where a response ends, and what may follow on it."""

import ssl
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plimsoll.load.http.connection import HEAD_BYTES_MAX, INTERIM_MAX, HttpConnection
from plimsoll.load.http.headers import END_OF_HEAD
from tests.load.http.fed import WAITING, Fed, Outcome, asked, chunked, response

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\n"


def test_a_body_ends_where_its_length_says() -> None:
    made = asked(response(b"hello", "X-Two: a", "x-two: b"))
    assert made == Outcome("", 200, {"content-length": ["5"], "x-two": ["a", "b"]}, b"hello", keep=True)
    assert asked(response(b"hello")[:-1]) == WAITING


def test_a_chunked_body_is_put_together_whatever_its_extensions_and_trailers() -> None:
    made = asked(chunked(b"hel", b"lo", b"!" * 20, extension=';name="v"', trailers="X-Sum: 1\r\n"))
    assert (made.body, made.keep) == (b"hello" + b"!" * 20, True)
    assert "x-sum" not in made.headers
    assert asked(chunked(b"hello")[:-2]) == WAITING


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    made = asked(UNTIL_CLOSE, b"one", b"two", b"three", end=True)
    assert made == Outcome("", 200, {"x-a": ["1"]}, b"onetwothree", keep=False)
    assert asked(UNTIL_CLOSE, b"one") == WAITING
    assert asked(UNTIL_CLOSE, b"one", broken=ConnectionResetError("cut")).error == "connection reset"


@pytest.mark.parametrize("whole", [response(b"hello"), chunked(b"hello", b"world")])
def test_a_body_cut_off_before_its_end_is_a_reset_wherever_it_is_cut(whole: bytes) -> None:
    for cut in range(1, len(whole)):
        assert asked(whole[:cut], end=True).error == "connection reset", cut


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
@pytest.mark.parametrize("length", ["", "Content-Length: 5\r\n"])
def test_a_status_without_a_body_has_none_whatever_length_it_names(status: str, length: str) -> None:
    made = asked(f"HTTP/1.1 {status}\r\n{length}\r\n".encode())
    assert (made.error, made.body, made.keep) == ("", b"", True)


@pytest.mark.parametrize(
    "lines", ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "", "Content-Length: 0\r\n"]
)
def test_the_answer_to_head_ends_with_its_head(lines: str) -> None:
    fed = Fed()
    for _ in range(2):  # the next one must be read as well
        made = fed.ask([f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode()], "HEAD")
        assert (made.error, made.status, made.body, made.keep) == ("", 200, b"", True)
    assert fed.ask([response(b"hello")]).body == b"hello"


def test_after_head_a_connection_is_kept_unless_the_server_says_otherwise() -> None:
    assert not asked(b"HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", method="HEAD").keep
    assert not asked(b"HTTP/1.0 200 OK\r\n\r\n", method="HEAD").keep


def test_a_connection_is_kept_unless_either_side_says_otherwise() -> None:
    assert not asked(response(b"", "Connection: close")).keep
    assert not asked(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok").keep
    assert asked(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok").keep


def test_interim_responses_are_passed_over_in_one_segment_or_several() -> None:
    final = response(b"hello", "X-A: 1")
    wanted = asked(final)
    for before in (CONTINUE, EARLY_HINTS, CONTINUE + EARLY_HINTS + EARLY_HINTS):
        assert asked(before + final) == wanted
        assert asked(before, final) == wanted
        assert asked(*(bytes([byte]) for byte in before + final)) == wanted
    assert asked(CONTINUE + b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", method="HEAD").status == 200


def test_interim_responses_without_end_are_refused() -> None:
    assert asked(CONTINUE * INTERIM_MAX + response(b"ok")).body == b"ok"
    assert asked(*[CONTINUE] * (INTERIM_MAX + 1)).error == "protocol: too many interim responses"
    assert asked(CONTINUE * 1_000).error == "protocol: too many interim responses"


@pytest.mark.parametrize("status", ["000", "099"])
def test_a_status_that_is_none_is_refused(status: str) -> None:
    assert asked(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\nok".encode()).error.startswith("protocol: ")


def test_a_server_that_switches_protocols_unasked_is_refused() -> None:
    switch = b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert asked(switch).error == "protocol: the server switched protocols"
    offered = response(b"ok", "Connection: Upgrade", "Upgrade: h2,h2c")
    assert asked(offered).body == b"ok", "offering is not switching"


REPLIES = [
    (response(b"hello", "Set-Cookie: a=1"), "GET", False),
    (chunked(b"hel", b"lo", trailers="X: 1\r\n"), "GET", False),
    (EARLY_HINTS + CONTINUE + response(b"x" * 40), "GET", False),
    (UNTIL_CLOSE + b"one two", "GET", True),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX: y\r\n\r\n", "HEAD", False),
    (b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", "DELETE", False),
]


@given(st.sampled_from(REPLIES), st.sets(st.integers(1, 120)))
@example(REPLIES[0], set(range(1, 120)))
def test_wherever_a_response_is_split_it_reads_the_same(reply: tuple[bytes, str, bool], cuts: set[int]) -> None:
    whole, method, end = reply
    edges = [0, *sorted(cut for cut in cuts if cut < len(whole)), len(whole)]
    parts = [whole[low:high] for low, high in pairwise(edges)]
    assert asked(*parts, method=method, end=end) == asked(whole, method=method, end=end)


@pytest.mark.parametrize("more", [response(b"again"), b"H", b"HTTP/1.1 200 OK\r\nX: ", b"junk", b"\0"])
@pytest.mark.parametrize(
    ("whole", "method"),
    [
        (response(b"hello"), "GET"),
        (chunked(b"hello"), "GET"),
        (response(b"hello", "Connection: close"), "GET"),
        (b"HTTP/1.1 304 X\r\n\r\n", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HEAD"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD"),
    ],
)
def test_nothing_that_follows_a_response_gets_into_it_or_the_next(whole: bytes, method: str, more: bytes) -> None:
    wanted = asked(whole, method=method)
    for segments in ([whole + more], [whole, more], [whole[:-1], whole[-1:] + more]):
        made = asked(*segments, method=method)
        assert (made.error, made.status, made.headers, made.body) == ("", 200 if wanted.status == 200 else 304, *(
            wanted.headers, wanted.body
        ))  # fmt: skip
        assert not made.keep, segments


def test_junk_on_an_idle_connection_closes_it() -> None:
    fed = Fed()
    assert fed.ask([response(b"hello")]).keep
    fed.connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
    assert fed.socket.aborted
    assert fed.ask().error == "connection reset"


def test_what_precedes_a_status_line_is_no_part_of_its_head() -> None:
    assert asked(b"\r\n\r\n" + response(b"hello", "X-A: 1")) == asked(response(b"hello", "X-A: 1"))
    fed = Fed()
    for _ in range(2):  # an empty line too much, as some servers send it
        assert fed.ask([response(b"hello") + b"\r\n"]) == asked(response(b"hello"))


def test_a_head_that_is_too_large_is_refused_however_it_comes() -> None:
    line = b"X: " + b"y" * 1_000 + b"\r\n"
    head = b"HTTP/1.1 200 OK\r\n" + line * 70
    refused = f"protocol: its head has more than {HEAD_BYTES_MAX} bytes"
    assert asked(head).error == refused
    assert asked(*[head[at : at + 500] for at in range(0, len(head), 500)]).error == refused
    assert asked(head + b"Content-Length: 0" + END_OF_HEAD).error in ("", refused)


def test_a_body_that_is_too_large_is_refused_as_soon_as_it_is() -> None:
    assert asked(response(b"x" * 900), bytes_max=1_000).error == ""
    for segments in ([response(b"x" * 5_000)], [response(b"x" * 5_000)[:1_100]], [UNTIL_CLOSE, *[b"x" * 100] * 20]):
        assert asked(*segments, bytes_max=1_000).error == "protocol: its body has more than 1000 bytes"


def test_trailers_without_end_are_refused() -> None:
    endless = [chunked(b"hello")[:-2], *[b"X: " + b"y" * 1_000 + b"\r\n"] * 200]
    assert asked(*endless, bytes_max=10_000).error.startswith("protocol: ")


@pytest.mark.parametrize(
    "whole",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"<html>hello</html>",
    ],
)
def test_what_is_no_http_fails_as_such_and_closes_the_connection(whole: bytes) -> None:
    fed = Fed()
    assert fed.ask([whole]).error.startswith("protocol: ")
    assert fed.socket.aborted


@pytest.mark.parametrize("whole", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/2.0 200 OK\r\n\r\n", b"\0\0\0"])
def test_another_protocol_is_named_as_what_it_is_not(whole: bytes) -> None:
    assert asked(whole).error == "protocol: not HTTP/1.1"


def test_the_end_of_a_connection_is_a_reset_stale_only_where_an_answer_had_come_before() -> None:
    fresh = Fed()
    answer = fresh.connection.send(b"", fresh.waiting, 0)
    fresh.connection.connection_lost(None)
    failure = answer.exception()
    assert not getattr(failure, "stale", True)
    used = Fed()
    used.ask([response(b"")])
    answer = used.connection.send(b"", used.waiting, 0)
    used.connection.connection_lost(ConnectionResetError("cut"))
    assert getattr(answer.exception(), "stale", False)
    begun = Fed()
    begun.ask([response(b"")])
    answer = begun.connection.send(b"", begun.waiting, 0)
    begun.connection.data_received(b"H")
    begun.connection.connection_lost(None)
    assert not getattr(answer.exception(), "stale", True), "the server has seen the request"


def test_an_alert_of_tls_is_a_failure_of_tls() -> None:
    assert asked(broken=ssl.SSLError(1, "certificate required")).error == "tls"


def test_the_first_byte_moves_the_deadline_to_that_of_the_whole() -> None:
    fed = Fed()
    fed.ask([b"HTTP/1.1 200 OK\r\n"])
    assert fed.waiting.deadline_ns == 7
    assert fed.connection.first_byte_ns


def test_the_figures_are_of_this_request_even_where_it_could_not_be_sent() -> None:
    fed = Fed()
    fed.ask([response(b"hello")])
    fed.connection.connection_lost(None)
    fed.ask()
    made: HttpConnection = fed.connection
    assert (made.received, made.first_byte_ns, made.status) == (0, 0, 0)
