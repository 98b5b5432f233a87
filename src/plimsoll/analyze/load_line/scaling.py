"""The Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007), fitted where the data supports it. Pure.

X(N) = l N / (1 + s (N - 1) + k N (N - 1)): throughput X at N requests in flight; s is contention, k coherency. The peak
lies at N* = sqrt((1 - s) / k). It is told only where the load went past it, and its interval lies within what was
measured; an extrapolated peak is worth nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from plimsoll.core.interval import Interval
from plimsoll.core.load_line import UslFit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point = tuple[float, float]  # (in flight, journeys per second)

POINTS_MIN: Final = 20
SPAN_MIN: Final = 4.0  # between the most and the fewest in flight
R2_MIN: Final = 0.9
FAILED_MOST: Final = 0.01  # of the journeys of a second
PAST_PEAK: Final = 1.2  # times as many in flight as at the peak have to have been seen
DRAWS: Final = 100
BLOCK: Final = 5  # seconds
SEED: Final = 1


def points_of(intervals: Sequence[Interval], seconds: float) -> list[Point]:
    """One point a second of a step's measured time: what was in flight on average by its latencies, and got done.

    A second in which journeys failed is none: refusing is quicker than serving, and follows another law.
    """
    found, left = [], seconds
    for interval in intervals:
        if left <= 0 or interval.width_s < 0.5:
            break
        left -= interval.width_s
        journeys = sum(journey.count for journey in interval.journeys.values())
        if sum(journey.errors for journey in interval.journeys.values()) > FAILED_MOST * journeys:
            continue
        service_s = sum(step.service.sum_us for step in interval.steps.values()) / 1e6
        done = journeys / interval.width_s
        if service_s > 0 and done > 0:
            found.append((service_s / interval.width_s, done))
    return found


def fit(points: Sequence[Point]) -> tuple[UslFit | None, str]:
    """The fit, or why there is none."""
    import numpy as np

    if len(points) < POINTS_MIN:
        return None, f"{len(points)} seconds are too few to fit the scalability law"
    data = np.array(points, dtype=np.float64)
    low, high = np.quantile(data[:, 0], [0.02, 0.98])
    if high < SPAN_MIN * max(low, 1e-9):
        return None, "too little concurrency was seen to fit the scalability law"
    found = _fitted(data)
    r2 = _r2(data, found)
    if r2 < R2_MIN:
        return None, f"the scalability law does not describe what was measured (R² {max(r2, 0):.2f})"
    return _with_peak(data, found, r2, float(high))


def _with_peak(data: "NDArray[np.float64]", found: "NDArray[np.float64]", r2: float, seen: float) -> tuple[UslFit, str]:
    import numpy as np

    random = np.random.default_rng(SEED)
    draws = [_fitted(_drawn(data, random)) for _ in range(DRAWS)]
    peaks = np.array([_peak(one) for one in draws])
    at, rate = _peak(found)
    within = peaks[:, 0] * PAST_PEAK <= seen
    plain = UslFit(float(found[0]), float(found[1]), float(found[2]), None, None, None, None, round(r2, 4))
    if at * PAST_PEAK > seen or within.mean() < 0.95:
        return plain, "the load did not pass the peak of the scalability law: where it lies is not known"
    low, high = np.quantile(peaks[:, 1], [0.025, 0.975])
    return replace(
        plain,
        peak_per_s=round(rate, 3),
        peak_low_per_s=round(float(low), 3),
        peak_high_per_s=round(float(high), 3),
        peak_at=round(at, 2),
    ), ""


def _drawn(data: "NDArray[np.float64]", random: "np.random.Generator") -> "NDArray[np.float64]":
    """Resampled in blocks of neighbouring seconds, the first after the last."""
    import numpy as np

    starts = random.integers(0, len(data), size=-(-len(data) // BLOCK))
    picks = (starts[:, None] + np.arange(BLOCK)[None, :]).ravel()[: len(data)]
    drawn: NDArray[np.float64] = data[picks % len(data)]
    return drawn


def _fitted(data: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """(l, s, k), none below 0, by least squares of the logarithm of X: relative errors count alike everywhere."""
    import numpy as np
    from scipy.optimize import least_squares

    def off(found: "NDArray[np.float64]") -> "NDArray[np.float64]":
        return np.asarray(np.log(_law(n, found)) - logs)

    n, logs = data[:, 0], np.log(data[:, 1])
    start = np.maximum(_first_guess(data), [1e-9, 1e-6, 1e-9])
    solved = least_squares(off, start, bounds=(0, np.inf), x_scale=start, max_nfev=50)
    return np.asarray(solved.x)


def _first_guess(data: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """By N / X = (1 + s (N - 1) + k N (N - 1)) / l, which is linear in (1/l, s/l, k/l), but biased by noise."""
    import numpy as np
    from scipy.optimize import nnls

    n, x = data[:, 0], data[:, 1]
    columns = np.stack([np.ones_like(n), np.maximum(n - 1, 0), np.maximum(n * (n - 1), 0)], axis=1)
    solved, _ = nnls(columns * (x / n)[:, None], np.ones_like(n))
    base = max(float(solved[0]), 1e-12)
    return np.array([1 / base, solved[1] / base, solved[2] / base])


def _law(n: "NDArray[np.float64]", found: "NDArray[np.float64]") -> "NDArray[np.float64]":
    import numpy as np

    one, contention, coherency = found
    law = one * n / (1 + contention * (n - 1).clip(0) + coherency * (n * (n - 1)).clip(0))
    return np.asarray(np.maximum(law, 1e-12))


def _peak(found: "NDArray[np.float64]") -> Point:
    """(in flight, rate) at the peak; infinitely many where throughput only flattens."""
    one, contention, coherency = found.tolist()
    if coherency <= 0 or contention >= 1:
        return float("inf"), float("nan")
    at = max(1.0, ((1 - contention) / coherency) ** 0.5)
    return at, float(one * at / (1 + contention * (at - 1) + coherency * at * (at - 1)))


def _r2(data: "NDArray[np.float64]", found: "NDArray[np.float64]") -> float:
    n, x = data[:, 0], data[:, 1]
    said = _law(n, found)
    spread = float(((x - x.mean()) ** 2).sum())
    return 1 - float(((x - said) ** 2).sum()) / spread if spread else 0.0
