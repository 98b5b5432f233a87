"""Recovery, drift and the server's own work are told in sentences that say how much, in how long, and how sure."""

from dataclasses import replace

import pytest

from plimsoll.core.background import Background, BackgroundCounts, Worked
from plimsoll.core.course import Drift, Recovery, Trend
from plimsoll.report.course import background_words, course, drift_words, recovery_words
from tests.report.builders import empty_summary

RECOVERY = Recovery(
    level_before=20, level_peak=200, began_s=30, ended_s=47, watched_s=38, before_ms=10, bound_ms=15, worst_ms=400,
    recovered=True, recover_s=12,
)  # fmt: skip
RISING = Trend(per_hour=12, low=8, high=15, start=20, end=44, drifted=True)
LEVEL = Trend(per_hour=0.5, low=-1, high=2, start=20, end=21, drifted=False)
STEADY = Drift(30, 7230, LEVEL, LEVEL, None, None)


def test_a_recovery_says_within_what_and_in_how_long() -> None:
    said = recovery_words(RECOVERY, open_loop=True)
    assert said == (
        "the burst, 200 journeys/s after 20, took p95 from 10.0 ms to 400 ms at worst; 12 s after its end p95 was as "
        "before: at most 15.0 ms, which nine of ten seconds before it kept"
    )
    assert "200 users after 20" in recovery_words(RECOVERY, open_loop=False)
    assert "; from its end on p95 was as before" in recovery_words(replace(RECOVERY, recover_s=0), open_loop=True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recovered": False}, "in the 38 s watched after its end p95 was not as before: at most 15.0 ms"),
        ({"recovered": False, "worst_ms": None}, "left no second with a p95 (10.0 ms before)"),
        ({"recovered": None, "watched_s": 0}, "unknown, for the run ended before it was over"),
        ({"recovered": None, "before_ms": None}, "unknown, for nothing was measured before it"),
    ],
)
def test_what_did_not_recover_or_is_unknown_says_so(changes: dict[str, float | None], words: str) -> None:
    found = replace(RECOVERY, **{"recover_s": None, **changes})  # type: ignore[arg-type]  # tests name fields by keyword
    assert words in recovery_words(found, open_loop=True)


def test_a_drift_is_told_per_hour_with_its_interval_and_both_ends() -> None:
    p95, memory = drift_words(replace(STEADY, p95_ms=RISING, server_memory_bytes=replace(RISING, per_hour=2**30)))
    assert p95 == "p95 rose from 20.0 ms to 44.0 ms, by 12.0 ms an hour (8.00 ms to 15.0 ms), in 2 h of the same load"
    assert memory.startswith("the server's memory rose from 20 B to 44 B, by 1.00 GiB an hour (")


def test_a_fall_is_told_without_signs() -> None:
    falling = Trend(per_hour=-12, low=-15, high=-8, start=44, end=20, drifted=True)
    (said,) = drift_words(replace(STEADY, p95_ms=falling))
    assert "p95 fell from 44.0 ms to 20.0 ms, by 12.0 ms an hour (8.00 ms to 15.0 ms)" in said


def test_what_was_watched_for_minutes_is_told_per_minute() -> None:
    (said,) = drift_words(replace(STEADY, to_s=150, p95_ms=RISING))
    assert "by 200 µs a minute (133 µs to 250 µs)" in said


def test_no_drift_says_between_what_it_could_be() -> None:
    assert drift_words(STEADY) == ["none told in 2 h of the same load: p95 500 µs an hour (−1.00 ms to 2.00 ms)"]


def test_only_what_needs_a_look_is_doubtful() -> None:
    summary = replace(empty_summary(), recovery=[RECOVERY], drift=STEADY, background=Background(0, 0, 0, ()))
    assert [(told.about, told.doubtful) for told in course(summary, open_loop=True)] == [
        ("recovery", False),
        ("drift", False),
        ("background", False),
    ]
    bad = replace(summary, recovery=[replace(RECOVERY, recovered=False)], drift=replace(STEADY, p95_ms=RISING))
    assert [told.doubtful for told in course(bad, open_loop=True)] == [True, True, False]
    assert list(course(empty_summary(), open_loop=True)) == []


def test_the_servers_own_work_is_the_difference_of_its_counters() -> None:
    catalog = {"pg_catalog.pg_class": Worked(9, 9)}
    assert Background.between(BackgroundCounts(3, {}), BackgroundCounts(3, catalog)) == Background(
        0, 9, 9, ("pg_catalog.pg_class",)
    )
    before = BackgroundCounts(3, {"public.a": Worked(1, 1), "public.b": Worked(4, 0)})
    after = BackgroundCounts(5, {"public.a": Worked(1, 1), "public.b": Worked(5, 0), "public.c": Worked(2, 1)})
    found = Background.between(before, after)
    assert found == Background(2, 3, 1, ("public.c", "public.b"))
    assert background_words(found) == (
        "2 checkpoints, 3 autovacuums, 1 autoanalyze meanwhile (public.c, public.b)"
        "; of all tables, the system's too, from the preparation of the load to its end"
    )
    assert background_words(Background(0, 0, 0, ())) == "no checkpoint, no autovacuum meanwhile"


def test_counters_that_were_reset_or_not_seen_tell_nothing() -> None:
    some = BackgroundCounts(3, {})
    assert Background.between(some, BackgroundCounts(1, {})) is None
    assert Background.between(None, some) is None
    assert Background.between(some, None) is None
