"""What a search says at its end."""

from dataclasses import replace

import pytest

from plimsoll.analyze.load_line.concluding import because_of_cores, broken, conclude, unstable
from plimsoll.analyze.load_line.search import Ended, SearchPlan, next_rate
from plimsoll.core.load_line import REACHED, Diagnosis, Limit
from tests.analyze.load_line.making import failed, held, missed, overloaded, untold
from tests.analyze.test_ranking import finding


def test_the_line_lies_between_what_held_and_what_did_not() -> None:
    found = conclude([held(100), failed(200), held(140), failed(143)], "goal")
    assert (found.verdict, found.rate_per_s, found.failed_per_s) == ("found", 140, 143)
    assert found.because == "The load line is 140/s: it held there, and no longer at 143/s"


def test_without_a_break_it_is_at_least_so_much_and_what_was_in_the_way_is_said() -> None:
    found = conclude([held(100), untold(200), untold(200)], "generator")
    assert (found.verdict, found.rate_per_s) == ("at-least", 100)
    assert found.because == "At least 100/s; the load generator was the limit"


def test_where_the_target_took_the_generators_cores_that_is_said() -> None:
    because = conclude([held(100), untold(200), untold(200)], "generator").because

    def told(cause: str) -> str:
        generator = replace(finding("generator-saturated", 0.3, layer="generator"), details={"cause": cause})
        return because_of_cores(because, Diagnosis("run", 200.0, "invalid", "late", [generator]))

    assert told("target") == "At least 100/s; the load generator was the limit, as the target took its cores"
    assert told("starved") == because_of_cores(because, None) == because


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("target", "At least 94/s; the target went away"),
        ("generator", "At least 94/s; the load generator was the limit"),
    ],
)
def test_an_upper_end_that_the_target_or_the_platform_did_not_set_is_none(limit: Limit, said: str) -> None:
    found = conclude([held(94), failed(188, goals=[missed("errors<1%", 75.9, "%")])], limit)
    assert (found.verdict, found.failed_per_s, found.because, found.broke) == ("at-least", None, said, [])


def test_a_goal_below_the_idle_latency_ends_the_search_at_once() -> None:
    found = conclude([], "goal", "a single user already misses p95<10ms: 41.0 ms")
    assert (found.verdict, found.limit, found.rate_per_s) == ("nothing-held", "goal", None)
    assert found.because == "No rate can hold: a single user already misses p95<10ms: 41.0 ms"


def test_nothing_held_is_not_unknown() -> None:
    assert conclude([failed(100), failed(50)], "steps").verdict == "nothing-held"
    assert conclude([untold(100), untold(100)], "generator").verdict == "unknown"
    gone = conclude([failed(100)], "target")
    assert (gone.verdict, gone.failed_per_s) == ("unknown", None)
    assert gone.because == (
        "No rate held, the lowest that failed was 100/s; the target went away: what the target can do is not known"
    )


def test_what_broke_first_is_what_broke_at_the_lowest_rate() -> None:
    steps = [
        held(100),
        overloaded(400, 250, goals=[missed("p95<1s", 4_000), missed("errors<1%", 7, "%")]),
        failed(200, goals=[missed("p95<1s", 1_200)]),
        held(150),
    ]
    found = broken(steps, 200)
    assert [(one.expression, one.rate_per_s, one.held_to_per_s) for one in found] == [
        ("p95<1s", 200, 150),
        ("errors<1%", 400, 150),
        (REACHED, 400, 150),
    ]


def test_a_miss_that_a_repetition_took_back_broke_nothing() -> None:
    again = [failed(200, narrow=True, pressure=1.02, goals=[missed("p95<1s", 1_020)]), held(200, pressure=0.5)]
    assert broken([held(100), *again, failed(300, goals=[missed("p95<1s", 9_000)])], 300)[0].rate_per_s == 300


def test_a_target_that_does_less_at_the_end_than_at_the_line_is_tried_once_more_and_told() -> None:
    steps = [held(200, number=1), overloaded(400, 300, number=2), held(294, number=3), overloaded(300, 150, number=4)]
    assert next_rate(steps, SearchPlan(200)) == 294
    assert unstable(steps, 294) == [
        "the target did less at the end than at the line: 150/s of 300/s in step 4, after 294/s had held"
    ]
    again = overloaded(294, 150, number=5, pressure=50.0)
    assert unstable([*steps, again], 200)[-1] == (
        "the target is not the same throughout: 294/s held in step 3 and no longer in step 5"
    )
    assert conclude([*steps, again], "steps").rate_per_s == 200


def test_a_target_that_is_the_same_throughout_is_not_tried_again() -> None:
    steps = [held(200), overloaded(400, 300), held(294), overloaded(300, 296)]
    assert next_rate(steps, SearchPlan(200)) == Ended("goal")
    assert unstable(steps, 294) == []
