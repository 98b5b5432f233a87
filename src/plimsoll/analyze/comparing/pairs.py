"""One run against one, or against two: how sure figures are, from the seconds of a run. Weaker than repeated runs.

What runs of the same differ by does not show within any of them: it is assumed, and added to what the seconds
tell. Without that the seconds of a long run would call any difference certain.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.analyze.comparing.effects import SHARE_DIGITS, scaled, unscaled, untested
from plimsoll.analyze.comparing.metrics import QUANTILES, Metric
from plimsoll.core.comparison import Effect
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.statistics.bootstrap import block_picks
from plimsoll.core.totals import HistogramSum

RUN_VARIATION: Final = 0.04  # standard deviation between runs of the same, as a share: quiet machines show 1 to 5 %
ROWS_MAX: Final = 600  # of a run: longer ones are told in wider rows
ROWS_MIN: Final = 10  # seconds of which little can be said
CELL: Final = 0.005  # width of a cell on the logarithmic axis of times; within one, values count as even
Z_95: Final = 1.959964
Z_80: Final = 0.841621

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """Some neighbouring seconds of a run's measured time; `latency` by scope, "" for all steps."""

    width_s: float
    requests: int
    journeys: int
    failed: int
    latency: Mapping[str, Histogram]
    failed_in: Mapping[str, int]


def rows_of(intervals: Iterable[Interval], measured_s: float) -> list[Row]:
    """At most about `ROWS_MAX` rows of a run, warm-up left out."""
    together = max(1, math.ceil(measured_s / ROWS_MAX))  # intervals last a second
    measured = (interval for interval in intervals if not interval.warmup)
    return [_row(gathered) for gathered in iter(lambda: list(islice(measured, together)), [])]


def _row(intervals: Sequence[Interval]) -> Row:
    total, parts, failed_in = HistogramSum(), dict[str, HistogramSum](), dict[str, int]()
    for interval in intervals:
        for (_, name), step in interval.steps.items():
            total.add(step.latency)
            parts.setdefault(f"step:{name}", HistogramSum()).add(step.latency)
            failed_in[f"step:{name}"] = failed_in.get(f"step:{name}", 0) + step.errors
        for name, journey in interval.journeys.items():
            parts.setdefault(f"journey:{name}", HistogramSum()).add(journey.latency)
            failed_in[f"journey:{name}"] = failed_in.get(f"journey:{name}", 0) + journey.errors
    lost = sum(interval.dropped + interval.incomplete for interval in intervals)
    return Row(
        width_s=sum(interval.width_s for interval in intervals),
        requests=sum(interval.requests for interval in intervals) + lost,
        journeys=sum(journey.count for interval in intervals for journey in interval.journeys.values()),
        failed=sum(interval.errors for interval in intervals) + lost,
        latency={"": total.value(), **{scope: part.value() for scope, part in parts.items()}},
        failed_in=failed_in,
    )


def effect_of_few(
    values: tuple[Sequence[float], Sequence[float]],
    seconds: tuple[Sequence[Sequence[Row]], Sequence[Sequence[Row]]],
    metric: Metric,
    seed: int,
) -> Effect | None:
    """From the values of both sides' runs and the seconds they are made of. None where a rate or a time is 0."""
    a, b = values
    if metric.unit != "share" and min(*a, *b) <= 0:
        return None
    known = untested(a, b, metric.unit)
    if any(len(rows) < ROWS_MIN for side in seconds for rows in side):
        return known
    error = math.hypot(*(_error_of_side(side, metric, seed + 10 * at) for at, side in enumerate(seconds)))
    if not math.isfinite(error):
        return known
    difference = fmean(scaled(value, metric.unit) for value in b) - fmean(scaled(value, metric.unit) for value in a)
    low, high, smallest = (
        unscaled(at, metric.unit)
        for at in (difference - Z_95 * error, difference + Z_95 * error, (Z_95 + Z_80) * error)
    )
    p = math.erfc(abs(difference) / error / math.sqrt(2)) if error else float(not difference)
    ends = [round(at, SHARE_DIGITS) if math.isfinite(at) else None for at in (low, high, smallest)]
    return Effect(known.estimate, ends[0], ends[1], p, ends[2], "blocks")


def _error_of_side(runs: Sequence[Sequence[Row]], metric: Metric, seed: int) -> float:
    """The standard error of the mean of some runs: of each by itself, and as runs of the same differ."""
    within = math.hypot(*(_error(rows, metric, seed + at) for at, rows in enumerate(runs)))
    between = 0.0 if metric.unit == "share" else RUN_VARIATION * math.sqrt(len(runs))
    return math.hypot(within, between) / len(runs)


def _error(rows: Sequence[Row], metric: Metric, seed: int) -> float:
    """The standard error of a run's figure, on its scale, by resampling blocks of its seconds."""
    weights = _weights(len(rows), seed)
    drawn = _drawn(rows, metric, weights)
    if metric.unit != "share":
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = np.log(drawn)
    known = drawn[np.isfinite(drawn)]
    return float(known.std(ddof=1)) if known.size > drawn.size / 2 else math.nan


def _weights(rows: int, seed: int) -> Matrix:
    """How often each draw takes each row."""
    picks = block_picks(rows, seed)
    weights = np.zeros((len(picks), rows))
    np.add.at(weights, (np.arange(len(picks))[:, None], picks), 1.0)
    return weights


def _drawn(rows: Sequence[Row], metric: Metric, weights: Matrix) -> Matrix:
    """The figure of every draw."""
    if metric.figure in QUANTILES:
        return _quantiles(rows, metric.scope, QUANTILES[metric.figure], weights)
    parts, wholes = (
        np.array(values, dtype=np.float64) for values in zip(*(_parts(row, metric) for row in rows), strict=True)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Matrix = (weights @ parts) / (weights @ wholes)
    return ratio


def _parts(row: Row, metric: Metric) -> tuple[float, float]:
    """What is summed over rows, and what it is divided by."""
    latency = row.latency.get(metric.scope, Histogram())
    if metric.figure == "errors":
        return (row.failed_in.get(metric.scope, 0), latency.count) if metric.scope else (row.failed, row.requests)
    if metric.figure == "mean":
        return latency.sum_us, latency.count
    return (row.journeys if metric.figure == "journeys" else row.requests), row.width_s


def _quantiles(rows: Sequence[Row], scope: str, q: float, weights: Matrix) -> Matrix:
    """By counting each row's times into cells: a draw is then a weighted sum of rows."""
    counted = [_cells(row.latency.get(scope, Histogram())) for row in rows]
    used = [cells for cells, _ in counted if cells.size]
    if not used:
        return np.full(len(weights), np.nan)
    first, last = min(int(cells[0]) for cells in used), max(int(cells[-1]) for cells in used)
    matrix = np.zeros((len(rows), last - first + 1))
    for at, (cells, counts) in enumerate(counted):
        np.add.at(matrix[at], cells - first, counts)
    below = np.cumsum(weights @ matrix, axis=1)
    rank = q * below[:, -1]
    at = np.minimum((below < rank[:, None]).sum(axis=1), matrix.shape[1] - 1)
    draw = np.arange(len(weights))
    before = np.where(at > 0, below[draw, np.maximum(at - 1, 0)], 0.0)
    inside = (rank - before) / np.maximum(below[draw, at] - before, 1e-12)
    times: Matrix = np.exp((first + at + np.clip(inside, 0.0, 1.0)) * CELL)
    return times


def _cells(histogram: Histogram) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    low, high, counts = histogram.buckets()
    cells: NDArray[np.int64] = np.floor(np.log(np.maximum((low + high) / 2, 1.0)) / CELL).astype(np.int64)
    return cells, counts
