"""RFC 9111, 4 and 5.2.1: which stored response answers, what a client may ask for; RFC 5861: what is stale."""

import pytest

from plimsoll.edge import rules
from tests.edge.exchange import NOW_S, get, head, judged, kept, looked, ok

TAGGED = 'ETag: "a"'


def test_what_is_fresh_answers_get_and_head() -> None:
    stored = kept(ok("Cache-Control: max-age=60"))
    assert looked(stored) == looked(stored, head()) == "answer fresh"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE", "get"])
def test_other_methods_go_to_the_origin(method: str) -> None:
    assert looked(kept(ok("Cache-Control: max-age=60")), get(method=method)) == "forward method"


def test_a_get_with_a_body_goes_past_what_is_stored_and_is_not_stored() -> None:
    for line in ("Content-Length: 5", "Transfer-Encoding: chunked"):
        assert looked(kept(ok("Cache-Control: max-age=60")), get(line)) == "forward bypass"
        assert judged(ok("Cache-Control: max-age=60"), get(line)) == "body"
    assert looked(kept(ok("Cache-Control: max-age=60")), get("Content-Length: 0")) == "answer fresh"


def test_what_is_stale_is_validated_or_asked_for_again() -> None:
    assert looked(kept(ok("Cache-Control: max-age=60", TAGGED)), after_s=60) == "validate stale"
    assert looked(kept(ok("Cache-Control: max-age=60")), after_s=60) == "forward stale"


# 5.2.2, response directives


def test_no_cache_is_validated_each_time() -> None:
    stored = kept(ok("Cache-Control: max-age=600, No-Cache", TAGGED))
    assert looked(stored) == looked(stored, get("Cache-Control: max-stale")) == "validate stale"
    assert judged(ok("Cache-Control: max-age=600, no-cache")) == "never fresh"


@pytest.mark.parametrize("value", ['no-cache=""', 'no-cache="a b"', "no-cache=", 'no-cache="x", no-cache'])
def test_no_cache_with_names_that_are_none_is_for_all(value: str) -> None:
    assert looked(kept(ok(f"Cache-Control: max-age=60, {value}", TAGGED))) == "validate stale"


@pytest.mark.parametrize("value", ['no-cache="A, b"', 'no-cache="a", no-cache=b', 'no-cache="a,,b"'])
def test_no_cache_with_names_keeps_these_fields_back(value: str) -> None:
    stored = kept(ok(f"Cache-Control: max-age=60, {value}", "A: 1", "B: 2", "C: 3"))
    assert looked(stored) == "answer fresh"
    names = {name for name, _ in stored.fields}
    assert names >= {b"c"}
    assert names.isdisjoint({b"a", b"b"})


def test_must_understand_allows_what_no_store_forbids_where_the_status_is_understood() -> None:
    said = "Cache-Control: max-age=60, no-store, must-understand"
    assert kept(ok(said))
    assert judged(ok(said, status=299), statuses=range(200, 600)) == "must-understand"


# 5.2.1, request directives


def wished(said: str, response: str = "max-age=100", *, after_s: float = 50, **policy: bool) -> str:
    return looked(
        kept(ok(f"Cache-Control: {response}", TAGGED)), get(f"Cache-Control: {said}"), after_s=after_s, **policy
    )


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("no-cache", "validate request"),
        ("max-age=0", "validate request"),
        ("max-age=49", "validate request"),
        ("max-age=50", "answer fresh"),
        ("max-age=x", "validate request"),
        ("min-fresh=50", "answer fresh"),
        ("min-fresh=51", "validate request"),
        ("min-fresh=x", "answer fresh"),
        ("no-store", "answer fresh"),
        ("only-if-cached", "answer fresh"),
        ("only-if-cached, no-cache", "refuse 504"),
        ("foo=bar", "answer fresh"),
    ],
)
def test_a_client_may_ask_for_what_is_younger(said: str, done: str) -> None:
    assert wished(said) == done


@pytest.mark.parametrize(
    ("said", "done"),
    [
        ("max-stale", "answer max-stale"),
        ("max-stale=10", "answer max-stale"),
        ("max-stale=9", "validate stale"),
        ("max-stale=x", "validate stale"),
        ("max-stale, min-fresh=0", "validate stale"),
        ("max-stale, max-age=105", "validate stale"),
        ("only-if-cached", "refuse 504"),
        ("only-if-cached, max-stale", "answer max-stale"),
    ],
)
def test_a_client_may_take_what_is_stale(said: str, done: str) -> None:
    assert wished(said, after_s=110) == done


@pytest.mark.parametrize("said", ["must-revalidate", "proxy-revalidate", "s-maxage=100"])
def test_what_forbids_it_is_never_told_stale(said: str) -> None:
    response = f"max-age=100, stale-while-revalidate=100, stale-if-error=100, {said}"
    assert wished("max-stale", response, after_s=110) == "validate stale"
    stored = kept(ok(f"Cache-Control: {response}", TAGGED))
    assert looked(stored, after_s=110) == "validate stale"
    assert rules.instead_of_error(get(), stored, NOW_S + 110) is None


def test_beside_s_maxage_stale_counts_where_that_is_switched_on() -> None:
    response = ok("Cache-Control: s-maxage=100, stale-while-revalidate=100")
    assert looked(kept(response, stale_beside_s_maxage=True), after_s=110) == "stale"


def test_what_clients_ask_can_be_left_unheard() -> None:
    for said in ("no-cache", "max-age=0", "min-fresh=99"):
        assert wished(said, hears_requests=False) == "answer fresh"


def test_pragma_counts_where_cache_control_says_nothing() -> None:
    stored = kept(ok("Cache-Control: max-age=100", TAGGED))
    assert looked(stored, get("Pragma: no-cache")) == "validate request"
    assert looked(stored, get("Pragma: x")) == "answer fresh"
    assert looked(stored, get("Pragma: no-cache", "Cache-Control: max-age=50")) == "answer fresh"


def test_a_request_with_no_store_leaves_nothing_behind() -> None:
    assert judged(ok("Cache-Control: max-age=60"), get("Cache-Control: no-store")) == "request no-store"


def test_nothing_stored_is_nothing_to_tell() -> None:
    assert looked([]) == "forward uri-miss"
    assert looked([], get("Cache-Control: only-if-cached")) == "refuse 504"


@pytest.mark.parametrize("line", ['If-Match: "a"', "If-Unmodified-Since: Fri, 15 Jan 2027 08:00:00 GMT"])
def test_conditions_that_only_the_origin_can_judge_go_to_it(line: str) -> None:
    assert looked(kept(ok("Cache-Control: max-age=60", TAGGED)), get(line)) == "forward request"


# RFC 5861, 3 and 4


def test_what_is_stale_is_told_while_it_is_validated_for_as_long_as_it_says() -> None:
    stored = kept(ok("Cache-Control: max-age=60, stale-while-revalidate=30", TAGGED))
    assert [looked(stored, after_s=after_s) for after_s in (59, 60, 89, 90)] == [
        "answer fresh",
        "stale",
        "stale",
        "validate stale",
    ]
    assert looked(stored, get("Cache-Control: max-age=61"), after_s=62) == "validate stale"


def test_what_is_stale_is_told_instead_of_an_error_for_as_long_as_it_or_the_client_says() -> None:
    stored = kept(ok("Cache-Control: max-age=60, stale-if-error=30"))
    assert rules.instead_of_error(get(), stored, NOW_S + 89) is stored
    assert rules.instead_of_error(get(), stored, NOW_S + 90) is None
    assert rules.instead_of_error(get("Cache-Control: stale-if-error=40"), stored, NOW_S + 95) is stored
    assert rules.instead_of_error(get("Cache-Control: no-cache"), stored, NOW_S + 70) is None


def test_what_was_fresh_once_is_told_while_the_origin_cannot_be_reached() -> None:
    """RFC 9111, 4.2.4: a cache that is disconnected may, unless it is forbidden."""

    def told(*lines: str, asked: str = "A: b", after_s: float = 119.0) -> bool:
        stored = kept(ok(*lines, 'ETag: "1"'))
        return rules.instead_of_error(get(asked), stored, NOW_S + after_s, unreachable=True) is not None

    assert told("Cache-Control: max-age=60")
    assert not told("Cache-Control: max-age=60", after_s=120)
    assert not told("Cache-Control: max-age=0", after_s=0)
    assert not told("Cache-Control: max-age=60", asked="Cache-Control: no-cache")
    for forbids in ("must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=60"):
        assert not told(f"Cache-Control: max-age=60, {forbids}")


def test_what_was_purged_softly_is_told_no_more_before_it_was_validated() -> None:
    stored = kept(ok("Cache-Control: max-age=60, stale-while-revalidate=60, stale-if-error=60", TAGGED))
    stored.soften()
    assert looked(stored) == looked(stored, get("Cache-Control: max-stale")) == "validate stale"
    assert rules.instead_of_error(get("Cache-Control: stale-if-error=99"), stored, NOW_S, unreachable=True) is None
    assert looked(stored, get("Cache-Control: only-if-cached, max-stale")) == "refuse 504"
