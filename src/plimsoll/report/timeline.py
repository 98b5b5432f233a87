"""A run over time, in a bounded number of points: intervals go in one by one, neighbours merge when they are too many.

Histograms are merged, never percentiles, so a point's percentiles are of all that happened in its stretch of time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.core.totals import HistogramSum

POINTS_MAX: Final = 1000  # of a series; at the next interval every two neighbours become one
SPLINTER_S: Final = 0.2  # less than that at the end would show an absurd rate


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of the run: counts, gauges at its end (`users`, memory), seconds of the generator, distributions.

    `target_arrivals` are those asked for in `target_s` seconds that had a target rate.
    """

    width_s: float = 0.0
    warmup_s: float = 0.0
    journeys: int = 0
    requests: int = 0
    errors: int = 0
    dropped: int = 0
    incomplete: int = 0
    users: int | None = None
    target_users: int | None = None
    target_arrivals: float = 0.0
    target_s: float = 0.0
    cpu_s: float = 0.0
    run_delay_s: float = 0.0
    wall_s: float = 0.0
    latency: Histogram = field(default_factory=Histogram)
    wait: Histogram = field(default_factory=Histogram)
    lag: Histogram = field(default_factory=Histogram)
    generator_memory_bytes: int | None = None
    server_memory_bytes: int | None = None

    @classmethod
    def of(cls, interval: Interval) -> Self:
        target, use = interval.target_rate_per_s, interval.generator
        return cls(
            width_s=interval.width_s,
            warmup_s=interval.width_s if interval.warmup else 0.0,
            journeys=sum(journey.count for journey in interval.journeys.values()),
            requests=interval.requests,
            errors=interval.errors,
            dropped=interval.dropped,
            incomplete=interval.incomplete,
            users=interval.users,
            target_users=interval.target_users,
            target_arrivals=0.0 if target is None else target * interval.width_s,
            target_s=0.0 if target is None else interval.width_s,
            cpu_s=use.cpu_s,
            run_delay_s=use.run_delay_s,
            wall_s=use.wall_s,
            latency=Histogram.merged(step.latency for step in interval.steps.values()),
            wait=interval.wait,
            lag=interval.lag,
            generator_memory_bytes=interval.generator_memory_bytes,
            server_memory_bytes=interval.server_memory_bytes,
        )

    def then(self, later: "Point") -> "Point":
        """Both together, `later` being the later one."""
        return Point(
            width_s=self.width_s + later.width_s,
            warmup_s=self.warmup_s + later.warmup_s,
            journeys=self.journeys + later.journeys,
            requests=self.requests + later.requests,
            errors=self.errors + later.errors,
            dropped=self.dropped + later.dropped,
            incomplete=self.incomplete + later.incomplete,
            users=later.users,
            target_users=later.target_users,
            target_arrivals=self.target_arrivals + later.target_arrivals,
            target_s=self.target_s + later.target_s,
            cpu_s=self.cpu_s + later.cpu_s,
            run_delay_s=self.run_delay_s + later.run_delay_s,
            wall_s=self.wall_s + later.wall_s,
            latency=Histogram.merged((self.latency, later.latency)),
            wait=Histogram.merged((self.wait, later.wait)),
            lag=Histogram.merged((self.lag, later.lag)),
            generator_memory_bytes=_latest(self.generator_memory_bytes, later.generator_memory_bytes),
            server_memory_bytes=_latest(self.server_memory_bytes, later.server_memory_bytes),
        )

    def per_s(self, count: float) -> float | None:
        return count / self.width_s if self.width_s else None

    @property
    def target_rate_per_s(self) -> float | None:
        return self.target_arrivals / self.target_s if self.target_s else None

    @property
    def cpu_share(self) -> float | None:
        return self.cpu_s / self.wall_s if self.wall_s else None

    @property
    def run_delay_share(self) -> float | None:
        return self.run_delay_s / self.wall_s if self.wall_s else None


def _latest(before: int | None, later: int | None) -> int | None:
    """Of a gauge that is not read every time."""
    return before if later is None else later


class Timeline:
    """The points of a run, `width_s` seconds each; also its distributions as a whole, warm-up left out."""

    def __init__(self, *, points_max: int = POINTS_MAX) -> None:
        self.width_s = 1.0
        self.end_s = 0.0
        self.warmup_end_s = 0.0
        self.latency = HistogramSum()
        self.service = HistogramSum()
        self._points_max = points_max
        self._points: dict[int, Point] = {}

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> "Timeline":
        made = cls()
        for interval in intervals:
            made.add(interval)
        return made

    def add(self, interval: Interval) -> None:
        self.end_s = max(self.end_s, interval.start_s + interval.width_s)
        middle_s = interval.start_s + interval.width_s / 2  # a start of 0.999 s is not of the second before
        while middle_s >= self.width_s * self._points_max:
            self._halve()
        point = Point.of(interval)
        at = int(middle_s / self.width_s)
        self._points[at] = self._points[at].then(point) if at in self._points else point
        if interval.warmup:
            self.warmup_end_s = self.end_s
            return
        self.latency.add(point.latency)
        self.service.add(Histogram.merged(step.service for step in interval.steps.values()))

    def _halve(self) -> None:
        self.width_s *= 2
        points: dict[int, Point] = {}
        for at, point in sorted(self._points.items()):
            points[at // 2] = points[at // 2].then(point) if at // 2 in points else point
        self._points = points

    def points(self) -> list[tuple[float, Point | None]]:
        """(middle in seconds, point) from the first to the last; None where nothing was recorded: gaps stay gaps."""
        if not self._points:
            return []
        last = max(self._points)
        if len(self._points) > 1 and self._points[last].width_s < SPLINTER_S:
            last -= 1
        return [((at + 0.5) * self.width_s, self._points.get(at)) for at in range(min(self._points), last + 1)]
