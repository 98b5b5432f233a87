"""RFC 9211: Cache-Status; RFC 9110, 7.6.1 and RFC 9111, 3.1: which fields are kept and passed on."""

import pytest

from plimsoll.edge import rules
from plimsoll.edge.http.structured import parse_list
from tests.edge.exchange import NOW_S, get, kept, ok, said

MINUTE = "Cache-Control: max-age=60"


def test_a_hit_says_for_how_long_it_stays_fresh() -> None:
    stored = kept(ok(MINUTE, "Cache-Status: Origin; hit"))
    for after_s, ttl_s in ((0, 60), (20.5, 39), (59.5, 0), (60.5, -1), (90, -30)):
        reply = rules.answered(get(), stored, NOW_S + after_s)
        assert said(reply.fields, "Cache-Status") == ["Origin; hit", f"Plimsoll; hit; ttl={ttl_s}"]


def test_what_was_asked_for_says_why() -> None:
    _, value = rules.forwarded(b"Edge-1", "stale", status=304, stored=True, collapsed=True)
    assert value == b"Edge-1; fwd=stale; fwd-status=304; stored; collapsed"
    assert parse_list(value)


def test_after_a_validation_no_hit_is_told() -> None:
    status = rules.forwarded(b"Plimsoll", "stale", status=304)
    reply = rules.answered(get(), kept(ok(MINUTE)), NOW_S, cache_status=status)
    assert said(reply.fields, "Cache-Status") == ["Plimsoll; fwd=stale; fwd-status=304"]


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Keep-Alive",
        "Proxy-Connection",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Warning",
    ],
)
def test_what_is_one_connections_affair_is_not_kept(name: str) -> None:
    assert not said(kept(ok(MINUTE, f"{name}: x")).fields, name)


def test_what_connection_lists_is_not_kept_but_what_decides_is() -> None:
    fields = kept(ok(MINUTE, "Connection: a, B", "Connection: cache-control", "A: 1", "B: 2", "C: 3")).fields
    assert [said(fields, name) for name in ("A", "B", "C", "Cache-Control")] == [[], [], ["3"], ["max-age=60"]]
    assert rules.judge(
        get(), ok("Connection: cache-control", "Cache-Control: no-store"), requested_s=NOW_S, received_s=NOW_S
    ) == rules.Pass("no-store")


@pytest.mark.parametrize(
    "name", ["Test-Header", "Content-Foo", "Content-Encoding", "ETag", "Expires", "X-Frame-Options"]
)
def test_other_fields_are_kept_in_their_order(name: str) -> None:
    assert said(kept(ok(MINUTE, f"{name}: 1", f"{name}: 2")).fields, name) == ["1", "2"]
