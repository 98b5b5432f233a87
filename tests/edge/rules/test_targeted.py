"""RFC 9213: CDN-Cache-Control stands before Cache-Control and Expires, and is read as the dictionary that it is."""

import pytest

from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import NOW_S, date, get, judged, kept, looked, ok

LATER = f"Expires: {date(NOW_S + 10_000)}"


def done(targeted: str, *lines: str, after_s: float = 30) -> str:
    """What becomes of a request some time after such a response, or why it was not stored."""
    response = ok(f"CDN-Cache-Control: {targeted}", *lines)
    stored = judged(response)
    return looked(kept(response), after_s=after_s) if isinstance(stored, Stored) else stored


@pytest.mark.parametrize(
    "value",
    ["max-age=60", "max-age=60;x=1", "foo, max-age=60", "max-age=1, max-age=60", "s-maxage=60", "max-age=99999999999"],
)
def test_it_counts_before_the_others(value: str) -> None:
    for line in ("Cache-Control: no-store", "Cache-Control: max-age=1", "Cache-Control: private", "Expires: 0"):
        assert done(value, line) == "answer fresh"


@pytest.mark.parametrize("value", ["max-age=0", "max-age=10", "max-age=-60", "foo"])
def test_a_shorter_one_counts_too(value: str) -> None:
    assert done(value, "Cache-Control: max-age=3600", LATER, 'ETag: "a"') in ("validate stale", "nothing said")


@pytest.mark.parametrize(
    "value", ["no-store", "private", "max-age=60, no-store", "no-store=1", 'private="x"', "private=?0"]
)
def test_what_it_forbids_is_not_stored(value: str) -> None:
    assert done(value, "Cache-Control: max-age=3600", LATER) in ("no-store", "private")


def test_no_cache_is_validated() -> None:
    assert done("no-cache, max-age=60", "Cache-Control: max-age=3600", 'ETag: "a"') == "validate stale"
    fields = kept(ok('CDN-Cache-Control: max-age=60, no-cache="a, b"', "A: 1", "B: 1", "C: 1")).fields
    assert {name for name, _ in fields}.isdisjoint({b"a", b"b"})


def test_age_counts() -> None:
    assert done("max-age=3600", "Cache-Control: max-age=99999", "Age: 7200") == "never fresh"


@pytest.mark.parametrize(
    "value",
    [
        "max-age=60, &&&&&",
        'max-age="60"',
        "max-age=60.0",
        "max-age",
        "max-age=@60",
        "max-age=(60)",
        "max-age =60",
        "max-age= 60",
        "MaX-aGe=60",
        "max-age=60,",
        "max-age=60;",
        "max-age=1234567890123456",
        "",
    ],
)
def test_what_is_no_such_dictionary_is_as_if_it_were_not_there(value: str) -> None:
    assert done(value, "Cache-Control: no-store") == "no-store"
    assert done(value, "Cache-Control: max-age=60") == "answer fresh"


def test_what_forbids_counts_beside_what_cannot_be_read() -> None:
    assert done('max-age="60", private', "Cache-Control: max-age=60") == "private"


def test_lines_are_one_dictionary() -> None:
    assert done("max-age=60", "CDN-Cache-Control: no-store") == "no-store"


def test_what_it_says_is_false_is_not_said() -> None:
    line = "CDN-Cache-Control: max-age=60, public"
    assert kept(ok(line), get("Authorization: x"))
    assert judged(ok(f"{line}=?0"), get("Authorization: x")) == "authorization"


def test_it_is_told_on_and_other_targets_count_only_if_they_are_named() -> None:
    stored = kept(ok("CDN-Cache-Control: max-age=60", "Other-Cache-Control: max-age=1"))
    assert dict(stored.fields)[b"cdn-cache-control"] == b"max-age=60"
    targets = (b"other-cache-control", b"cdn-cache-control")
    response = ok("CDN-Cache-Control: max-age=60", "Other-Cache-Control: no-store")
    assert judged(response, targets=targets) == "no-store"


def test_stale_while_revalidate_counts_in_it() -> None:
    assert done("max-age=60, stale-while-revalidate=30", "Cache-Control: no-store", after_s=70) == "stale"
