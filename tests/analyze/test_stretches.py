"""The part of a run that is looked at."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.analyze.evidence.load import Second
from plimsoll.analyze.stretches import worst_stretch
from plimsoll.core.analysis import Stretch
from tests.analyze.building import evidence, step

WHOLE = Stretch(0.0, 60.0, "all of it")
SECOND = evidence(steps=[step(count=6_000, latency_ms=20.0)]).load.seconds[0]


def course(
    latency_ms: Callable[[int], float], failing: Callable[[int], float] = lambda _: 0.0, count: int = 60
) -> list[Second]:
    return [
        replace(SECOND, start_s=float(at), latency_s=100 * latency_ms(at) / 1000, errors=round(100 * failing(at)))
        for at in range(count)
    ]


def test_a_run_of_one_kind_is_looked_at_whole() -> None:
    noise = Random(1)

    assert worst_stretch(course(lambda _: 20 * noise.lognormvariate(0, 0.3)), WHOLE) == WHOLE


def test_a_part_that_was_slower_is_found_to_the_second() -> None:
    noise = Random(2)

    found = worst_stretch(course(lambda at: (200 if 20 <= at < 35 else 20) * noise.lognormvariate(0, 0.1)), WHOLE)

    assert (found.start_s, found.end_s) == (20.0, 35.0)
    assert "times as long as in the rest" in found.because


def test_a_part_that_failed_is_found_though_refusals_are_quick() -> None:
    found = worst_stretch(course(lambda at: 5 if at >= 40 else 20, lambda at: 0.4 if at >= 40 else 0.0), WHOLE)

    assert (found.start_s, found.end_s) == (40.0, 60.0)
    assert found.because.endswith("40 % of the requests failed, 0 % in the rest of the run")


def test_one_slow_second_is_no_part_of_a_run() -> None:
    assert worst_stretch(course(lambda at: 400 if at == 30 else 20), WHOLE) == WHOLE


def test_what_is_slow_for_most_of_a_run_is_the_run() -> None:
    assert worst_stretch(course(lambda at: 200 if at >= 6 else 20), WHOLE) == WHOLE


def test_a_short_run_has_no_parts() -> None:
    assert worst_stretch(course(lambda at: 900 if at > 5 else 20, count=12), WHOLE) == WHOLE


def test_seconds_in_which_nobody_was_answered_are_slow() -> None:
    seconds = course(lambda _: 20)
    stopped = [
        replace(one, requests=0, latency_s=0.0, in_flight=50) if 20 <= one.start_s < 30 else one for one in seconds
    ]

    found = worst_stretch(stopped, WHOLE)

    assert (found.start_s, found.end_s) == (20.0, 30.0)


def test_the_end_of_a_run_in_which_the_last_requests_fail_is_no_part_of_it() -> None:
    seconds = course(lambda _: 20, lambda at: 0.1)
    ending = [replace(one, requests=3, errors=3, in_flight=0) if one.start_s >= 54 else one for one in seconds]

    assert worst_stretch(ending, WHOLE) == WHOLE


def test_a_part_with_too_few_requests_for_a_verdict_is_no_part_of_the_run() -> None:
    few = [replace(one, requests=3, latency_s=0.06) for one in course(lambda _: 20)]
    slow = [replace(one, latency_s=0.9, in_flight=3) if 20 <= one.start_s < 30 else one for one in few]
    assert worst_stretch(slow, WHOLE) == WHOLE, "30 requests"
    still = [replace(one, requests=0, latency_s=0.0) if 20 <= one.start_s < 30 else one for one in slow]
    assert worst_stretch(still, WHOLE).start_s == 20.0, "nobody was answered at all"


@given(st.lists(st.floats(0.1, 10_000), min_size=15, max_size=120))
def test_a_stretch_lies_within_the_run(latencies: list[float]) -> None:
    seconds = course(lambda at: latencies[at], count=len(latencies))
    whole = Stretch(0.0, float(len(latencies)), "all")

    found = worst_stretch(seconds, whole)

    assert 0.0 <= found.start_s < found.end_s <= whole.end_s
