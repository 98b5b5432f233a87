"""The sentences that all outputs share."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.summary import GeneratorSummary, GoalSummary, ShortSpread, Summary
from plimsoll.report.failures import Failure, failures, other_warnings
from plimsoll.report.words import (
    Standing,
    environment_words,
    generator_standing,
    generator_words,
    goal_words,
    lag_words,
    plain,
    stage_words,
    statement_words,
    step_labels,
    verdict,
    wait_words,
)
from tests.report import builders


@pytest.fixture(scope="module")
def good() -> Summary:
    return builders.healthy()[0]


def says(summary: Summary, standing: Standing, sentence: str) -> None:
    found = verdict(summary)
    assert (found.standing, found.sentence) == (standing, sentence)


def test_a_good_run_says_so_with_its_rate(good: Summary) -> None:
    says(replace(good, journeys_per_s=312.4), "met", "All 5 goals met at 312 journeys/s")
    says(replace(good, journeys_per_s=312.4, goals=good.goals[:1]), "met", "The goal is met at 312 journeys/s")


def test_a_missed_goal_is_said_with_figure_and_demand(good: Summary) -> None:
    missed = GoalSummary("total", "p95<1s", 1213.0, passed=False, unit="ms", because="it was 1.21 s")
    says(replace(good, goals=[missed]), "missed", "Goal missed: p95 1.21 s, goal < 1 s")
    says(replace(good, goals=[*good.goals[:2], missed]), "missed", "1 of 3 goals missed: p95 1.21 s, goal < 1 s")


def test_an_invalid_run_is_invalid_whatever_its_goals(good: Summary) -> None:
    lag = "the load generator was late: lag p99 212 ms"
    says(replace(good, valid=False, invalid_because=[lag]), "invalid", f"Invalid: {lag}")
    says(replace(good, valid=False, invalid_because=[lag, "b", "c"]), "invalid", f"Invalid: {lag} (and 2 more reasons)")


def test_a_run_without_goals_is_not_judged(good: Summary) -> None:
    bare = replace(good, goals=(), journeys_per_s=192.0, error_rate=0.0213)
    says(bare, "unjudged", "No goals were set: 192 journeys/s, p95 26.0 ms, errors 2.13 %")


@pytest.mark.parametrize(
    ("stopped_by", "standing", "beginning"),
    [
        ("aborted: errors>50% for 10s", "missed", "Aborted because of errors>50% for 10s"),
        ("interrupted", "unjudged", "Interrupted"),
        ("killed", "unjudged", "Killed"),
        ("the server went away", "unjudged", "Ended early: the server went away"),
    ],
)
def test_a_run_cut_short_says_why_first_and_has_met_nothing(
    good: Summary, stopped_by: str, standing: Standing, beginning: str
) -> None:
    short = replace(good, stopped_by=stopped_by, warmup_s=1.0, duration_s=2.0)
    says(short, standing, f"{beginning} after 3 s; goals hold so far, but the run did not end")


def test_a_run_cut_short_that_missed_a_goal_says_both(good: Summary) -> None:
    missed = GoalSummary("total", "p95<1s", 1213.0, passed=False, unit="ms", because="it was 1.21 s")
    short = replace(good, stopped_by="interrupted", warmup_s=0.0, duration_s=3.0, goals=[missed])
    says(short, "missed", "Interrupted after 3 s. Goal missed: p95 1.21 s, goal < 1 s")


def test_of_several_missed_goals_one_that_was_measured_is_said(good: Summary) -> None:
    unknown = GoalSummary("step:x", "p95<1s", None, False, "ms", "no step of this name was measured")
    missed = GoalSummary("total", "p95<1s", 1213.0, passed=False, unit="ms", because="it was 1.21 s")
    says(replace(good, goals=[unknown, missed]), "missed", "2 of 2 goals missed: p95 1.21 s, goal < 1 s")


@pytest.mark.parametrize(
    ("goal", "sentence"),
    [
        (GoalSummary("total", "errors<1%", 2.13, False, "%", "it was 2.13 %"), "errors 2.13 %, goal < 1 %"),
        (GoalSummary("step:a: b", "p99<=50ms", 61.2, False, "ms"), "a: b: p99 61.2 ms, goal <= 50 ms"),
        (GoalSummary("journey:j", "rate>100/s", 80.0, False, "/s"), "j: rate 80/s, goal > 100/s"),
        (GoalSummary("total", "errors<10", 12.0, False, "count"), "errors 12, goal < 10"),
        (
            GoalSummary("total", "service p99<2s for 10s", None, False, "ms", "nothing was measured"),
            "service p99 –, goal < 2 s for 10 s: nothing was measured",
        ),
        (GoalSummary("total", "of another time", None, False), "of another time –, goal as stated"),
    ],
)
def test_goals_are_said_with_their_units(goal: GoalSummary, sentence: str) -> None:
    assert goal_words(goal).sentence == sentence


def test_errors_are_summed_over_steps_and_say_where(good: Summary) -> None:
    first, second, third = good.steps
    steps = [
        replace(first, error_classes={"40001": 2, "timeout": 1}),
        replace(second, error_classes={"40001": 3}),
        third,
    ]
    noted = replace(good, steps=steps, warnings=["40001: could not serialize access", "timeouts: not a class"])
    assert failures(noted) == [
        Failure("40001", 5, f"{first.name}, {second.name}", "could not serialize access"),
        Failure("timeout", 1, first.name),
    ]
    assert [failure.label for failure in failures(noted)] == ["40001 serialization_failure", "timeout"]
    assert other_warnings(noted) == ["timeouts: not a class"]


def test_steps_of_one_name_are_told_apart_by_their_journeys(good: Summary) -> None:
    first, second, third = good.steps
    same = [replace(first, name="x", journey="a"), replace(second, name="x", journey="b"), replace(third, name="y")]
    assert step_labels(same) == ["a: x", "b: x", "y"]


def test_a_generator_of_which_nothing_is_known_is_not_called_healthy() -> None:
    unknown = GeneratorSummary(2, None, None, None, saturated=False)
    assert generator_standing(unknown) == "unknown"
    assert generator_words(unknown) == "2 processes, whose use of the CPU is not known"
    assert generator_standing(replace(unknown, saturated=True)) == "late"


def test_a_generator_that_waited_for_a_core_is_not_said_to_have_kept_up() -> None:
    starved = GeneratorSummary(1, 75.6, 0.31, 0.48, saturated=False)
    assert generator_standing(starved) == "short of CPU"
    assert generator_standing(replace(starved, saturated=True)) == "short of CPU"
    assert generator_standing(replace(starved, run_delay_share=0.02)) == "kept up"


def test_a_generator_at_its_limit_is_busy_or_only_late() -> None:
    late = GeneratorSummary(1, 75.6, 0.0286, 0.01, saturated=True)
    assert generator_standing(late) == "late"
    assert generator_standing(replace(late, cpu_share=0.97)) == "busy"


def test_a_rate_that_was_not_reached_while_arrivals_waited_says_what_to_raise(good: Summary) -> None:
    facts = builders.facts(profile={"max_users": 4}, connections="pool of 2 in each process")
    waited = replace(good, journeys_per_s=80.0, target_rate_per_s=100.0, wait_ms=ShortSpread(400.0, 900.0, 1000.0))
    words = wait_words(waited, facts)
    assert words.startswith("80 journeys/s of 100/s asked for: arrivals waited for a free user or a connection")
    for part in ("p99 900 ms", "max_users is 4", "pool of 2", "--max-users", "--connections"):
        assert part in words
    assert not wait_words(replace(waited, journeys_per_s=95.0), facts)
    assert not wait_words(replace(waited, wait_ms=ShortSpread(0.1, 0.2, 0.3)), facts)
    assert not wait_words(replace(waited, target_rate_per_s=None), facts)
    most = waited.requests * 6 // 10
    assert not wait_words(replace(waited, errors=most), facts), "more users would only fail, too"


def test_a_closed_loop_has_no_lag() -> None:
    lag = ShortSpread(0.0, 0.0, 0.0)
    assert lag_words(lag, open_loop=False) == "– (a closed loop has no schedule)"
    assert lag_words(lag, open_loop=True) == "p50 0 ms  p99 0 ms  max 0 ms"


def test_a_run_on_a_dsn_is_known_by_host_and_database() -> None:
    target = "postgresql://app:***@db.example:5432/bank"
    assert environment_words(builders.facts(environment="dsn", target=target)) == "db.example:5432/bank"
    assert environment_words(builders.facts(environment="dev", target=target)) == "dev"


def test_stages_are_said_in_their_unit() -> None:
    stage = {"level": 300.0, "for_s": 55.0, "ramp_s": 10.0}
    assert stage_words(stage, open_loop=True) == "300 journeys/s for 55 s, ramped over 10 s"
    assert stage_words({"level": 8, "for_s": 60}, open_loop=False) == "8 users for 1 min"
    assert stage_words({"level": 1, "for_s": 60}, open_loop=False) == "1 user for 1 min"
    assert stage_words("what?", open_loop=False) == "what?"


@given(st.text(), st.integers(1, 50))
def test_plain_text_is_one_bounded_line_that_cannot_steer_a_terminal(text: str, most: int) -> None:
    shown = plain(text, most)
    assert len(shown) <= most
    assert shown == plain(shown, most)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)


def test_what_only_the_driver_asks_is_told_from_the_statements_of_the_load() -> None:
    assert statement_words("WITH RECURSIVE typeinfo_tree(oid) AS ...", "7").startswith(
        "(the driver asyncpg looks types"
    )
    assert statement_words("SELECT 1", "7") == "SELECT 1"
    assert statement_words("", "7") == "query 7, whose text is not known"
