"""A run's intervals -> what metrics it has beside its summary. Pure; percentiles and APDEX are right to 0.1 %."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from plimsoll.analyze.metrics.file_metrics import APDEX_MS, TOTAL
from plimsoll.analyze.metrics.timeline import POINTS_MAX
from plimsoll.core.analysis import Metrics, StepMetrics
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, StepInterval, StepKey
from plimsoll.core.totals import HistogramSum

HELD_MAX: Final = 2 * POINTS_MAX


@dataclass(frozen=True, slots=True)
class _Point:
    start_s: float
    width_s: float
    requests: int
    errors: int
    waiting_s: float
    latency: Histogram

    def joined(self, other: "_Point") -> "_Point":
        return _Point(
            self.start_s,
            self.width_s + other.width_s,
            self.requests + other.requests,
            self.errors + other.errors,
            self.waiting_s + other.waiting_s,
            Histogram.merged([self.latency, other.latency]),
        )


@dataclass(slots=True)
class _Sums:
    ok: HistogramSum = field(default_factory=HistogramSum)
    all: HistogramSum = field(default_factory=HistogramSum)
    failed: int = 0
    received: int | None = None
    sent: int | None = None

    def add(self, step: StepInterval) -> None:
        self.all.add(step.latency)
        self.ok.add(step.latency.without(step.failed))
        self.failed += step.errors
        if step.http is not None:
            self.received = (self.received or 0) + step.http.received
            self.sent = (self.sent or 0) + step.http.sent


def run_metrics(intervals: Iterable[Interval], apdex_ms: tuple[float, float] = APDEX_MS) -> Metrics:
    """Of the measured time, without warm-up. Reads the intervals once."""
    total, steps, points, seconds = _Sums(), dict[StepKey, _Sums](), list[_Point](), 0.0
    for interval in intervals:
        if interval.warmup:
            continue
        seconds += interval.width_s
        for key, step in interval.steps.items():
            steps.setdefault(key, _Sums()).add(step)
            total.add(step)
        points.append(_point(interval))
        if len(points) >= HELD_MAX:
            points = _halved(points)
    while len(points) > POINTS_MAX:
        points = _halved(points)
    made = [_metrics(name, journey, sums, seconds, apdex_ms) for (journey, name), sums in sorted(steps.items())]
    return Metrics(_metrics(TOTAL, "", total, seconds, apdex_ms), made, [_shown(point) for point in points], apdex_ms)


def _point(interval: Interval) -> _Point:
    latency = Histogram.merged(step.latency for step in interval.steps.values())
    waiting_s = interval.waiting * interval.width_s
    return _Point(interval.start_s, interval.width_s, interval.requests, interval.errors, waiting_s, latency)


def _halved(points: Sequence[_Point]) -> list[_Point]:
    pairs = [left.joined(right) for left, right in zip(points[::2], points[1::2], strict=False)]
    return [*pairs, points[-1]] if len(points) % 2 else pairs


def _metrics(name: str, journey: str, sums: _Sums, seconds: float, apdex_ms: tuple[float, float]) -> StepMetrics:
    latency = sums.all.value()
    return StepMetrics(
        name=name,
        journey=journey,
        apdex=_apdex(sums.ok.value(), latency.count, *apdex_ms),
        concurrency=round(latency.sum_us / 1e6 / seconds, 3) if seconds else None,
        bytes_received=sums.received,
        bytes_sent=sums.sent,
        min_ms=None if latency.min_us is None else latency.min_us / 1000,
    )


def _apdex(ok: Histogram, count: int, satisfied_ms: float, tolerated_ms: float) -> float | None:
    if not count:
        return None
    satisfied, within = (ok.count - ok.count_above_us(ms * 1000) for ms in (satisfied_ms, tolerated_ms))
    return round((satisfied + (within - satisfied) / 2) / count, 4)


def _shown(point: _Point) -> Mapping[str, float | None]:
    times = {name: point.latency.quantile_us(q) for name, q in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99))}
    return {
        "start_s": round(point.start_s, 3),
        "width_s": round(point.width_s, 3),
        "rate_per_s": round(point.requests / point.width_s, 3) if point.width_s else None,
        "error_rate": round(point.errors / point.requests, 6) if point.requests else None,
        **{name: None if us is None else round(us / 1000, 3) for name, us in times.items()},
        "concurrency": round(point.waiting_s / point.width_s, 3) if point.width_s else None,
    }
