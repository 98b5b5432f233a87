"""The scalability law: fitted where the data supports it, and never carried beyond it."""

from random import Random

import numpy as np
import pytest

from plimsoll.analyze.load_line.scaling import Point, fit, points_of
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval, StepInterval


def law(n: float, one: float = 100, contention: float = 0.02, coherency: float = 0.0005) -> float:
    return one * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


PEAK_AT = (0.98 / 0.0005) ** 0.5  # 44.3


def measured(most: float, noise: float = 0.03, points: int = 80, coherency: float = 0.0005) -> list[Point]:
    random = Random(1)
    at = [1 + (most - 1) * number / (points - 1) for number in range(points)]
    return [(n, law(n, coherency=coherency) * random.gauss(1, noise)) for n in at]


def test_the_peak_is_told_where_the_load_passed_it() -> None:
    found, _ = fit(measured(90))
    assert found is not None
    assert found.peak_at == pytest.approx(PEAK_AT, rel=0.07)
    assert found.peak_per_s == pytest.approx(law(PEAK_AT), rel=0.03)
    assert found.peak_low_per_s is not None
    assert found.peak_high_per_s is not None
    assert found.peak_low_per_s <= law(PEAK_AT) <= found.peak_high_per_s


def test_no_peak_is_told_from_half_way() -> None:
    found, because = fit(measured(22))
    assert found is not None
    assert found.peak_per_s is None
    assert because == "the load did not pass the peak of the scalability law: where it lies is not known"


def test_a_straight_line_has_no_peak() -> None:
    random = Random(4)
    found, _ = fit([(n, 10 * n * random.gauss(1, 0.03)) for n in range(1, 60)])
    assert found is not None
    assert found.peak_per_s is None


@pytest.mark.parametrize(
    ("points", "because"),
    [
        (measured(90, points=10), "10 seconds are too few to fit the scalability law"),
        ([(5.0 + n / 100, 100.0) for n in range(50)], "too little concurrency was seen to fit the scalability law"),
        ([(n, 50.0 + 350 * (n % 7 > 3)) for n in range(1, 200)], "the scalability law does not describe what was"),
    ],
)
def test_where_it_does_not_apply_it_says_why(points: list[Point], because: str) -> None:
    found, said = fit(points)
    assert found is None
    assert said.startswith(because)


def test_seconds_in_which_journeys_failed_are_no_points() -> None:
    """A refusal takes a millisecond: a law through refusals is none of the service."""
    took = Histogram.of_us(np.full(100, 10_000))
    steps = {("look", "get"): StepInterval("http", 100, {}, took, took)}

    def second(failed: int) -> Interval:
        journeys = {"look": JourneyInterval(100, failed, took)}
        return Interval(0.0, 1.0, False, 8, 8, None, steps, journeys, Histogram(), Histogram())

    assert len(points_of([second(0), second(1), second(40)], 3.0)) == 2
