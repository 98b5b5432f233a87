"""RFC 9111, 4.2: for how long a response is fresh, and how old it is."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.edge import rules
from plimsoll.edge.http.message import Field
from plimsoll.edge.rules.stored import Stored
from tests.edge.exchange import NOW_S, date, get, judged, kept, looked, ok, said

DAY_S = 86_400


def lifetime_s(*lines: str, **policy: Any) -> float:
    """For how long it is fresh, from when it came; 0 also for what is not stored, since it is never fresh."""
    stored = judged(ok(*lines), **policy)
    return max(0.0, stored.fresh_until_s - NOW_S) if isinstance(stored, Stored) else 0.0


# 4.2.1, Calculating Freshness Lifetime


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("max-age=60", 60),
        ("MAX-age=60", 60),
        ("max-age=0060", 60),
        ('max-age="60"', 60),
        ("max-age=60, s-maxage=90", 90),
        ("s-maxage=5, max-age=60", 5),
        ("s-maxage=0, max-age=60", 0),
        ('ext="max-age=9, s-maxage=9", max-age=60', 60),
        ("foo, bar=1, max-age=60", 60),
        (", ,max-age=60,,", 60),
        ("max-age=60, max-age=5", 60),  # the first one
        ("max-age=5, max-age=60", 5),
    ],
)
def test_the_lifetime_is_s_maxage_or_max_age(value: str, seconds: int) -> None:
    assert lifetime_s(f"Cache-Control: {value}") == seconds


@pytest.mark.parametrize(
    "value",
    [
        "max-age=-60",
        "max-age=a60",
        "max-age=60a",
        "max-age=60.5",
        "max-age='60'",
        "max-age",
        "max-age=",
        "max-age =60",
        "max-age= 60",
        "max-age=0x60",
        "max-age=\xb2",
        'max-age="60',
    ],
)
def test_a_lifetime_that_cannot_be_read_counts_as_over(value: str) -> None:
    lines = (f"Cache-Control: {value}", f"Expires: {date(NOW_S + 600)}")
    assert lifetime_s(*lines) == 0


@pytest.mark.parametrize("digits", ["2147483647", "2147483648", "99999999999", "9" * 5_000])
def test_a_lifetime_beyond_what_can_be_counted_is_long(digits: str) -> None:
    assert lifetime_s(f"Cache-Control: max-age={digits}") >= 300 * DAY_S


def test_expires_counts_from_date_and_only_without_max_age() -> None:
    later = f"Expires: {date(NOW_S + 600)}"
    assert lifetime_s(later) == 600
    assert lifetime_s(later, "Cache-Control: max-age=0") == 0
    assert lifetime_s(f"Expires: {date(NOW_S - 600)}", "Cache-Control: max-age=60") == 60
    assert lifetime_s(later, f"Date: {date(NOW_S + 700)}") == 0  # before it was made, by its own clock
    assert lifetime_s(later, "Date: foo") == 600


@pytest.mark.parametrize(
    "value", ["0", "-1", "", "never", "Fri, 15 Jan 2027 09:00:00 UTC", "Fri, 15 Jan 27 09:00:00 GMT", "1800009999"]
)
def test_an_expires_that_cannot_be_read_is_over(value: str) -> None:
    assert lifetime_s(f"Expires: {value}") == 0


def test_lines_count_as_one_list() -> None:
    assert lifetime_s("Cache-Control: max-age=60", "Cache-Control: s-maxage=5") == 5
    assert judged(ok("Cache-Control: max-age=60", "Cache-Control: no-store")) == "no-store"


# 4.2.2, Calculating Heuristic Freshness


def test_nothing_is_guessed_unless_that_is_switched_on() -> None:
    lines = (f"Last-Modified: {date(NOW_S - 10 * 3600)}",)
    assert lifetime_s(*lines) == 0
    assert lifetime_s(*lines, heuristic_share=0.1) == 3600
    assert lifetime_s(*lines, heuristic_share=0.1, heuristic_max_s=60) == 60
    assert lifetime_s(*lines, "Cache-Control: max-age=5", heuristic_share=0.1) == 5


def test_what_cannot_be_guessed_is_as_if_guessing_were_off() -> None:
    assert judged(ok('ETag: "a"'), heuristic_share=0.1) == "nothing said"
    assert judged(ok(f"Last-Modified: {date(NOW_S + 5)}"), heuristic_share=0.1) == "nothing said"


def test_only_some_statuses_may_be_guessed_about() -> None:
    line = f"Last-Modified: {date(NOW_S - 10 * 3600)}"
    for status in (200, 203, 204, 404, 405, 410, 414, 501):
        assert isinstance(judged(ok(line, status=status), heuristic_share=0.1), Stored)
    for status in (201, 202, 302, 403, 500, 503):
        assert not isinstance(judged(ok(line, status=status), heuristic_share=0.1), Stored)


# 4.2.3, Calculating Age


def test_what_was_made_within_the_second_in_which_it_came_is_new() -> None:
    assert looked(kept(ok("Cache-Control: max-age=1", at_s=NOW_S), at_s=NOW_S + 0.9), after_s=1.8) == "answer fresh"
    assert judged(ok("Cache-Control: max-age=1", at_s=NOW_S), at_s=NOW_S + 1.1) == "never fresh"


def test_what_was_old_when_it_came_is_fresh_for_less() -> None:
    assert looked(kept(ok("Cache-Control: max-age=60", "Age: 50")), after_s=9) == "answer fresh"
    assert looked(kept(ok("Cache-Control: max-age=60", "Age: 50")), after_s=10) == "forward stale"
    slow = ok("Cache-Control: max-age=60", f"Date: {date(NOW_S - 50)}")
    assert looked(kept(slow), after_s=9) == "answer fresh"
    assert looked(kept(slow), after_s=10) == "forward stale"
    assert judged(ok("Cache-Control: max-age=3600", "Age: 7200")) == "never fresh"
    fast = ok(f"Date: {date(NOW_S + 10)}", f"Expires: {date(NOW_S + 20)}", "Age: 15")
    assert judged(fast) == "never fresh"


def test_the_time_that_the_origin_took_counts() -> None:
    request, response = get(), ok("Cache-Control: max-age=60", "Age: 5")
    verdict = rules.judge(request, response, requested_s=NOW_S - 20, received_s=NOW_S)
    assert isinstance(verdict, rules.Keep)
    assert verdict.stored.age_s(NOW_S) == 25


@pytest.mark.parametrize(
    ("lines", "age_s"),
    [
        (["Age: 30"], 30),
        (["Age: 030"], 30),
        (["Age: 30, 0"], 30),
        (["Age: 30", "Age: 0"], 30),
        (["Age: abc"], 0),
        (["Age: -30"], 0),
        (["Age: 30.0"], 0),
        (["Age: "], 0),
        (["Age: 0, 30"], 0),
    ],
)
def test_age_is_its_first_number(lines: list[str], age_s: int) -> None:
    assert kept(ok("Cache-Control: max-age=3600", *lines)).age_s(NOW_S) == age_s


def test_an_age_of_any_length_makes_it_stale() -> None:
    assert judged(ok("Cache-Control: max-age=3600", "Age: " + "9" * 6_000)) == "never fresh"


def test_age_is_told_and_date_stays() -> None:
    response = ok("Cache-Control: max-age=600", "Age: 30")
    reply = rules.answered(get(), kept(response), NOW_S + 12.9)
    assert said(reply.fields, "Age") == ["42"]
    assert said(reply.fields, "Date") == [date(NOW_S)]


def test_what_came_without_date_gets_the_time_when_it_came() -> None:
    response = rules.judge(
        get(), type(ok())(200, [(b"cache-control", b"max-age=60")]), requested_s=NOW_S, received_s=NOW_S
    )
    assert isinstance(response, rules.Keep)
    assert said(response.stored.fields, "Date") == [date(NOW_S)]


SECONDS = st.integers(0, 10_000)


@given(lifetime=SECONDS, age=SECONDS, late=st.integers(-5_000, 5_000), delay=st.integers(0, 100), after=SECONDS)
def test_it_is_told_only_while_it_is_younger_than_its_lifetime(
    lifetime: int, age: int, late: int, delay: int, after: int
) -> None:
    fields: list[Field] = [
        (b"cache-control", b"max-age=%d" % lifetime),
        (b"age", b"%d" % age),
        (b"date", date(NOW_S - late).encode()),
        (b"etag", b'"x"'),
    ]
    verdict = rules.judge(get(), type(ok())(200, fields), requested_s=NOW_S - delay, received_s=NOW_S)
    assert isinstance(verdict, rules.Keep)
    old_s = max(late, age + delay, 0) + after  # corrected_initial_age and resident_time
    look = rules.look(get(), [verdict.stored], NOW_S + after)
    assert isinstance(look, rules.Answer) is (old_s < lifetime)
    assert verdict.stored.age_s(NOW_S + after) == old_s
