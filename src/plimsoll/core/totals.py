"""Everything measured in a run, folded from its intervals: what summaries and goals are computed from."""

from collections import Counter
from dataclasses import dataclass, field

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, HttpUse, Interval, JourneyInterval, StepInterval, StepKey
from plimsoll.core.sample import StepKind

MERGE_AT = 64  # histograms kept apart before they are merged: one sort for many, and a bound on memory


class HistogramSum:
    """A growing sum of histograms; merging is put off so that it costs one sort for many."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[Histogram] = []

    def add(self, histogram: Histogram) -> None:
        if histogram.count:
            self._parts.append(histogram)
            if len(self._parts) >= MERGE_AT:
                self._parts = [Histogram.merged(self._parts)]

    def value(self) -> Histogram:
        if len(self._parts) != 1:
            self._parts = [Histogram.merged(self._parts)]
        return self._parts[0]


@dataclass(slots=True)
class HttpTotals:
    first_byte: HistogramSum = field(default_factory=HistogramSum)
    connect: HistogramSum = field(default_factory=HistogramSum)
    tls: HistogramSum = field(default_factory=HistogramSum)
    sent: int = 0
    received: int = 0

    def add(self, use: HttpUse) -> None:
        self.first_byte.add(use.first_byte)
        self.connect.add(use.connect)
        self.tls.add(use.tls)
        self.sent += use.sent
        self.received += use.received

    def value(self) -> HttpUse:
        return HttpUse(self.first_byte.value(), self.connect.value(), self.tls.value(), self.sent, self.received)


@dataclass(slots=True)
class StepTotals:
    kind: StepKind
    count: int = 0
    error_classes: Counter[str] = field(default_factory=Counter)
    latency: HistogramSum = field(default_factory=HistogramSum)
    service: HistogramSum = field(default_factory=HistogramSum)
    failed: HistogramSum = field(default_factory=HistogramSum)
    http: HttpTotals | None = None

    @property
    def errors(self) -> int:
        return self.error_classes.total()

    def add(self, step: StepInterval) -> None:
        self.count += step.count
        self.error_classes.update(step.error_classes)
        self.latency.add(step.latency)
        self.service.add(step.service)
        self.failed.add(step.failed)
        if step.http is not None:
            self.add_http(step.http)

    def add_http(self, use: HttpUse) -> None:
        self.http = self.http or HttpTotals()
        self.http.add(use)


@dataclass(slots=True)
class JourneyTotals:
    count: int = 0
    errors: int = 0
    dropped: int = 0
    incomplete: int = 0
    latency: HistogramSum = field(default_factory=HistogramSum)
    failed: HistogramSum = field(default_factory=HistogramSum)

    @property
    def begun(self) -> int:
        """Journeys that were due, however they ended."""
        return self.count + self.dropped + self.incomplete

    def add(self, journey: JourneyInterval) -> None:
        self.count += journey.count
        self.errors += journey.errors
        self.dropped += journey.dropped
        self.incomplete += journey.incomplete
        self.latency.add(journey.latency)
        self.failed.add(journey.failed)


@dataclass(slots=True)
class Totals:
    """Sums over intervals; `measured_s` leaves the warm-up out, as everything but reconnects and lost samples does."""

    steps: dict[StepKey, StepTotals] = field(default_factory=dict)
    journeys: dict[str, JourneyTotals] = field(default_factory=dict)
    wait: HistogramSum = field(default_factory=HistogramSum)
    lag: HistogramSum = field(default_factory=HistogramSum)
    retries: int = 0
    reconnects: int = 0
    incomplete: int = 0
    samples_lost: int = 0
    samples_uncounted: int = 0
    cpu_s: float = 0.0
    run_delay_s: float = 0.0
    wall_s: float = 0.0
    blocked_s: float = 0.0
    end_s: float = 0.0
    warmup_end_s: float = 0.0
    target_arrivals: float = 0.0
    target_s: float = 0.0

    def add(self, interval: Interval) -> None:
        self.reconnects += interval.reconnects
        self.samples_lost += interval.samples_lost
        self.samples_uncounted += interval.samples_uncounted
        self.end_s = max(self.end_s, interval.start_s + interval.width_s)
        if interval.warmup:
            self.warmup_end_s = self.end_s
        else:
            self._add_measured(interval)

    def add_measured(self, interval: Interval) -> None:
        """Adds an interval as if it stood alone and were no warm-up: for judging a single second."""
        self.end_s += interval.width_s
        self._add_measured(interval)

    def _add_measured(self, interval: Interval) -> None:
        self.retries += interval.retries
        self.incomplete += interval.incomplete
        self.wait.add(interval.wait)
        self.lag.add(interval.lag)
        self._add_use(interval.generator)
        if interval.target_rate_per_s is not None:
            self.target_arrivals += interval.target_rate_per_s * interval.width_s
            self.target_s += interval.width_s
        for key, step in interval.steps.items():
            self.steps.setdefault(key, StepTotals(step.kind)).add(step)
        for name, journey in interval.journeys.items():
            self.journeys.setdefault(name, JourneyTotals()).add(journey)

    def _add_use(self, use: GeneratorUse) -> None:
        self.cpu_s += use.cpu_s
        self.run_delay_s += use.run_delay_s
        self.wall_s += use.wall_s
        self.blocked_s += use.blocked_s

    @property
    def measured_s(self) -> float:
        return max(0.0, self.end_s - self.warmup_end_s)

    @property
    def target_rate_per_s(self) -> float | None:
        """The mean rate that was asked for; None for a closed loop, which asks for none."""
        return self.target_arrivals / self.target_s if self.target_s else None

    @property
    def requests(self) -> int:
        return sum(step.count for step in self.steps.values())

    @property
    def errors(self) -> int:
        return sum(step.errors for step in self.steps.values())

    @property
    def dropped(self) -> int:
        return sum(journey.dropped for journey in self.journeys.values())

    @property
    def journeys_finished(self) -> int:
        return sum(journey.count for journey in self.journeys.values())

    @property
    def journeys_failed(self) -> int:
        return sum(journey.errors for journey in self.journeys.values())

    @property
    def journeys_begun(self) -> int:
        return sum(journey.begun for journey in self.journeys.values())

    def latency(self) -> Histogram:
        return Histogram.merged([step.latency.value() for step in self.steps.values()])

    def failed(self) -> Histogram:
        """The part of `latency` that is of failed steps."""
        return Histogram.merged([step.failed.value() for step in self.steps.values()])

    def service(self) -> Histogram:
        return Histogram.merged([step.service.value() for step in self.steps.values()])
