"""What a look at a schedule leads to: a run on time, runs that were missed, nothing twice."""

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.cron import parse_cron
from plimsoll.schedule.deciding import COUNT_MAX, GRACE, Decision, Missed, decide, seen_until

NIGHTLY = parse_cron("0 3 * * *")
MINUTELY = parse_cron("* * * * *")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def nightly(seen: str, now: str, policy: Literal["report", "run"] = "report") -> Decision:
    return decide(NIGHTLY, UTC, seen=at(seen), now=at(now), policy=policy)


def test_before_its_time_nothing_is_due() -> None:
    assert nightly("2026-03-01T03:00", "2026-03-02T02:59:59") == Decision()


def test_at_its_time_it_runs_and_a_second_look_finds_nothing() -> None:
    assert nightly("2026-03-01T12:00", "2026-03-02T03:00:00.02") == Decision(at("2026-03-02T03:00"))
    assert nightly("2026-03-02T03:00:00.02", "2026-03-02T03:00:01") == Decision()


def test_a_look_that_comes_a_minute_late_is_still_on_time() -> None:
    assert nightly("2026-03-01T12:00", "2026-03-02T03:01").run == at("2026-03-02T03:00")
    assert nightly("2026-03-01T12:00", "2026-03-02T03:01").missed is None


def test_what_was_missed_is_reported_from_the_first_to_the_last() -> None:
    missed = Missed(at("2026-03-02T03:00"), at("2026-03-05T03:00"), 4)
    assert nightly("2026-03-01T12:00", "2026-03-05T09:00") == Decision(missed=missed)


def test_what_was_missed_runs_once_where_that_is_wanted() -> None:
    decision = nightly("2026-03-01T12:00", "2026-03-05T09:00", "run")
    assert (decision.run, decision.late) == (at("2026-03-05T03:00"), True)
    assert decision.missed == Missed(at("2026-03-02T03:00"), at("2026-03-05T03:00"), 4)


def test_what_is_due_now_runs_on_time_and_is_not_among_the_missed() -> None:
    decision = nightly("2026-03-01T12:00", "2026-03-05T03:00:01", "run")
    assert (decision.run, decision.late) == (at("2026-03-05T03:00"), False)
    assert decision.missed == Missed(at("2026-03-02T03:00"), at("2026-03-04T03:00"), 3)


def test_counting_what_was_missed_ends_somewhere() -> None:
    decision = decide(MINUTELY, UTC, seen=at("2020-01-01"), now=at("2026-01-01"))
    assert decision.missed == Missed(at("2020-01-01T00:01"), at("2025-12-31T23:59"), COUNT_MAX)


def test_a_night_when_the_clock_skips_the_time_has_its_run() -> None:
    cron, berlin = parse_cron("30 2 * * *"), ZoneInfo("Europe/Berlin")
    decision = decide(cron, berlin, seen=at("2026-03-28T12:00"), now=at("2026-03-29T01:00:01"))
    assert decision == Decision(at("2026-03-29T01:00"))


@given(st.lists(st.integers(1, 5 * 86400), min_size=1, max_size=30))
def test_however_often_it_is_looked_each_time_is_run_or_missed_exactly_once(pauses: list[int]) -> None:
    seen, runs, missed = at("2026-01-01"), 0, 0
    for pause in pauses:
        now = seen + timedelta(seconds=pause)
        decision = decide(NIGHTLY, UTC, seen=seen, now=now)
        runs += decision.run is not None
        missed += decision.missed.count if decision.missed else 0
        seen = now
    nights = (seen - at("2025-12-31T03:00")) // timedelta(days=1)
    assert runs + missed == nights


def test_a_schedule_seen_for_the_first_time_has_missed_nothing() -> None:
    now = at("2026-03-01")
    assert seen_until(None, now) == now


def test_a_clock_set_back_a_little_repeats_nothing_and_one_that_was_years_ahead_blocks_nothing() -> None:
    now = at("2026-03-01")
    assert seen_until(now + GRACE, now) == now + GRACE
    assert seen_until(now + timedelta(days=4000), now) == now
