"""Drift is told where there is some, with an interval that holds it, and not where there is only noise."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from plimsoll.core.course import Trend
from plimsoll.core.drift import POINTS_MAX, STEADY_S_MIN, DriftWatch, trend
from plimsoll.core.interval import Interval
from tests.core.made_intervals import second, step


def noisy(seed: int, *, slope: float = 0.0, resemblance: float = 0.0, n: int = 100) -> list[tuple[float, float]]:
    """A line from 100 with noise of 5; `resemblance` is how much each second takes over from the one before."""
    rng = np.random.default_rng(seed)
    noise, at = 0.0, []
    for t in range(n):
        noise = resemblance * noise + 5 * rng.standard_normal()
        at.append((float(t), 100 + slope * t + noise))
    return at


def told(points: list[tuple[float, float]]) -> Trend:
    found = trend(points, trifle=0.05)
    assert found is not None
    return found


def test_a_rise_is_told_per_hour_with_both_ends() -> None:
    found = told([(float(t), 10 + t / 60) for t in range(120)])
    assert found.per_hour == pytest.approx(60)
    assert (found.low, found.high) == pytest.approx((60, 60))
    assert (found.start, found.end) == pytest.approx((10, 10 + 119 / 60), abs=1e-3)
    assert found.drifted


def test_what_stays_is_no_drift() -> None:
    found = told([(float(t), 7.0) for t in range(50)])
    assert (found.per_hour, found.low, found.high, found.drifted) == (0, 0, 0, False)


def test_a_few_bad_seconds_do_not_tilt_it() -> None:
    points = [(float(t), 10.0 + (t % 3) / 10) for t in range(100)]
    points[90:] = [(at, 5000.0) for at, _ in points[90:]]
    assert not told(points).drifted


def test_a_line_that_would_begin_below_nothing_is_told_by_what_was_measured_at_its_ends() -> None:
    """Latency that takes off late: its line begins at -0.1 s, which nobody measured."""
    found = told([(float(t), 5.0 if t < 30 else 5.0 + (t - 30) * 12) for t in range(120)])
    assert (found.start, found.drifted) == (5.0, True)
    assert found.end == pytest.approx(5 + 83.5 * 12)


def test_a_trifle_is_none_however_sure() -> None:
    assert not told([(float(t), 100 + t / 20) for t in range(100)]).drifted
    assert not told([(float(t), 0.01 + t / 10_000) for t in range(100)]).drifted


@pytest.mark.parametrize("resemblance", [0.0, 0.6])
def test_the_interval_holds_the_truth_as_often_as_it_says(resemblance: float) -> None:
    """95 % is meant; less a little, for 300 tries and for what a short series hides of its resemblance."""
    found = [told(noisy(seed, slope=0.5, resemblance=resemblance)) for seed in range(300)]
    held = sum(one.low <= 1800 <= one.high for one in found)
    assert held >= 0.90 * 300
    assert all(one.drifted for one in found)


def test_too_few_points_tell_nothing() -> None:
    assert trend([(float(t), 1.0) for t in range(11)], trifle=0) is None


# -- over the intervals of a run ---------------------------------------------------------------------------------------


def followed(intervals: Iterator[Interval]) -> DriftWatch:
    watch = DriftWatch()
    for interval in intervals:
        watch.add(interval)
    return watch


def run(seconds: int, ms: Callable[[int], float], **changes: Callable[[int], object]) -> Iterator[Interval]:
    for t in range(seconds):
        told_of: dict[str, Any] = {"target_users": 5} | {name: change(t) for name, change in changes.items()}
        yield second(float(t), {("look", "select"): step(20, ms(t))}, **told_of)


def test_latency_and_memory_are_followed_over_the_run() -> None:
    slower = run(
        400,
        lambda t: 10 + t / 10,
        generator_memory_bytes=lambda t: 50_000_000,
        server_memory_bytes=lambda t: 100_000_000 + 100_000 * t,
    )
    found = followed(slower).value()
    assert found is not None
    assert (found.from_s, found.to_s) == (0, 400)
    assert found.p95_ms is not None
    assert found.p95_ms.drifted
    assert found.p95_ms.per_hour == pytest.approx(360, rel=0.05)
    assert found.server_memory_bytes is not None
    assert found.server_memory_bytes.drifted
    assert found.server_memory_bytes.per_hour == pytest.approx(360e6, rel=0.02)
    assert found.generator_memory_bytes is not None
    assert not found.generator_memory_bytes.drifted


def test_memory_that_nobody_knows_stays_unknown() -> None:
    found = followed(run(90, lambda t: 5.0)).value()
    assert found is not None
    assert found.server_memory_bytes is None


def test_short_runs_and_loads_that_change_all_the_time_tell_nothing() -> None:
    assert followed(run(int(STEADY_S_MIN) - 1, lambda t: 5.0)).value() is None
    assert followed(run(300, lambda t: 5.0, target_users=lambda t: t // 40)).value() is None
    assert followed(run(300, lambda t: 5.0, target_users=lambda t: None)).value() is None


def test_the_longest_time_of_the_same_load_counts_and_the_warm_up_does_not() -> None:
    found = followed(
        run(400, lambda t: 5.0 if 100 <= t < 300 else 500.0, target_users=lambda t: 5 if 100 <= t < 300 else 50)
    ).value()
    assert found is not None
    assert (found.from_s, found.to_s) == (100, 300)
    warm = followed(run(100, lambda t: 5.0, warmup=lambda t: t < 20)).value()
    assert warm is not None
    assert warm.from_s == 20


def test_a_long_run_is_kept_in_few_points() -> None:
    watch = followed(run(10 * POINTS_MAX + 7, lambda t: 5.0 + t / 1000))
    stretch = watch._current
    assert len(stretch.bins) <= POINTS_MAX
    assert sum(round(one.end_s - one.start_s) for one in stretch.bins) == 10 * POINTS_MAX + 7
    assert all(before.end_s == after.start_s for before, after in zip(stretch.bins, stretch.bins[1:], strict=False))
    widths = {round(one.end_s - one.start_s) for one in stretch.bins[:-1]}
    assert widths == {16}
