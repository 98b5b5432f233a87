"""The load's side of the evidence: seconds and steps, folded from a run's intervals. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, StepInterval, StepKey
from plimsoll.core.sample import StepKind
from plimsoll.core.totals import HistogramSum
from plimsoll.core.units import format_share

QUEUE_TOLD: Final = 0.05  # of the latency
USERS_BUSY_MIN: Final = 0.7  # of their time
QUICK: Final = 0.01  # of a step's requests that are taken for luck


@dataclass(frozen=True, slots=True)
class Second:
    """One interval of the load. Times in `_s` are sums over the requests that ended in it: latency = lag + wait +
    service. `in_flight` is a gauge at its end: users that wait for an answer; it knows nothing of the samples.
    `queued_s` is what of the wait was for anything but the opening of a connection: a free one, or a free user.
    `custom_s` is the service time of steps that are neither statements nor requests, but hold such and pauses."""

    start_s: float
    width_s: float
    requests: int
    errors: int
    dropped: int
    journeys: int
    latency_s: float
    service_s: float
    wait_s: float
    lag_s: float
    p50_ms: float | None
    p95_ms: float | None
    users: int
    in_flight: int
    target_rate_per_s: float | None
    cpu_s: float
    run_delay_s: float
    wall_s: float
    error_classes: Mapping[str, int] = field(default_factory=dict)
    blocked_s: float = 0.0
    queued_s: float = 0.0
    custom_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StepLoad:
    """A step over the stretch; `latency_s` and `service_s` are of all its requests together. `service_low_ms` is what
    99 of 100 requests took at least, those left out that may have failed at once; `failed_p50_ms` is of failed ones.
    The two after it are of HTTP steps: of requests that were answered, and of new connections. `failed_s` is what of
    the latency was of failed ones."""

    journey: str
    name: str
    kind: StepKind
    count: int
    error_classes: Mapping[str, int]
    latency_s: float
    service_s: float
    p50_ms: float | None
    p95_ms: float | None
    connects: int
    service_low_ms: float | None = None
    failed_p50_ms: float | None = None
    first_byte_p50_ms: float | None = None
    connect_p50_ms: float | None = None
    failed_s: float = 0.0

    @property
    def errors(self) -> int:
        return sum(self.error_classes.values())

    @property
    def succeeded_ms(self) -> float | None:
        """What those that did not fail took, on average; None where there are none."""
        count = self.count - self.errors
        return 1000 * max(0.0, self.latency_s - self.failed_s) / count if count > 0 else None

    @property
    def label(self) -> str:
        return f"{self.journey}: {self.name}"


@dataclass(frozen=True, slots=True)
class LoadEvidence:
    """Seconds in the order of time, without warm-up; steps that took most time first; journeys that ended, by name.
    `measured_s` is the time that it took, where that is not the sum of the seconds: the last of a file is cut off."""

    seconds: Sequence[Second]
    steps: Sequence[StepLoad]
    journeys: Mapping[str, int] = field(default_factory=dict)
    measured_s: float | None = None

    @property
    def duration_s(self) -> float:
        if self.measured_s is not None:
            return self.measured_s
        return sum(second.width_s for second in self.seconds)

    @property
    def request_s(self) -> float:
        """The time of all requests together, of which parts are shares."""
        return sum(second.latency_s for second in self.seconds)

    @property
    def requests(self) -> int:
        return sum(second.requests for second in self.seconds)

    @property
    def errors(self) -> int:
        return sum(second.errors for second in self.seconds)

    @property
    def rate_per_s(self) -> float:
        return self.requests / self.duration_s if self.duration_s else 0.0

    @property
    def kinds(self) -> frozenset[StepKind]:
        return frozenset(step.kind for step in self.steps)


def without_queue(load: LoadEvidence) -> LoadEvidence:
    """Without the time that arrivals waited for a free user: they wait for what those before them wait for."""
    seconds = [replace(second, latency_s=second.latency_s - second.queued_s, wait_s=second.wait_s - second.queued_s)
               for second in load.seconds]  # fmt: skip
    return replace(load, seconds=seconds)


def users_are_busy(load: LoadEvidence) -> bool:
    """Whether users spend most of their time in service: who waits, then, waits for a user rather than a connection."""
    users_s = sum(second.users * second.width_s for second in load.seconds)
    return users_s > 0 and sum(second.service_s for second in load.seconds) >= USERS_BUSY_MIN * users_s


def queue_words(load: LoadEvidence) -> Iterator[str]:
    """What `without_queue` leaves out, where it is much."""
    queued_s = sum(second.queued_s for second in load.seconds)
    if queued_s > QUEUE_TOLD * load.request_s:
        share = format_share(queued_s / load.request_s)
        yield f"{share} of the latency was waiting for a free user: left out of the account, for it has its causes"


def load_evidence(intervals: Iterable[Interval], start_s: float = 0.0, end_s: float = float("inf")) -> LoadEvidence:
    """What of the intervals lies in a stretch for the greater part, without warm-up. Reads them once."""
    seconds: list[Second] = []
    steps: dict[StepKey, _Fold] = {}
    journeys: Counter[str] = Counter()
    for interval in intervals:
        middle_s = interval.start_s + interval.width_s / 2
        if interval.warmup or not start_s <= middle_s <= end_s:
            continue
        seconds.append(_second(interval))
        journeys.update({name: journey.count for name, journey in interval.journeys.items()})
        for key, step in interval.steps.items():
            steps.setdefault(key, _Fold(step.kind)).add(step)
    folded = [fold.load(key) for key, fold in steps.items()]
    return LoadEvidence(seconds, sorted(folded, key=lambda step: -step.latency_s), journeys)


class _Fold:
    def __init__(self, kind: StepKind) -> None:
        self.kind = kind
        self.count = 0
        self.errors: Counter[str] = Counter()
        self.latency, self.service, self.failed = HistogramSum(), HistogramSum(), HistogramSum()
        self.first_byte, self.connect = HistogramSum(), HistogramSum()

    def add(self, step: StepInterval) -> None:
        self.count += step.count
        self.errors.update(step.error_classes)
        self.latency.add(step.latency)
        self.service.add(step.service)
        self.failed.add(step.failed)
        if step.http is not None:
            self.first_byte.add(step.http.first_byte)
            self.connect.add(step.http.connect)

    def load(self, key: StepKey) -> StepLoad:
        latency, service, connect = self.latency.value(), self.service.value(), self.connect.value()
        quick = min(1.0, QUICK + sum(self.errors.values()) / max(1, self.count))
        return StepLoad(
            *key, self.kind, self.count, self.errors, latency.sum_us / 1e6, service.sum_us / 1e6,
            _ms(latency, 0.5), _ms(latency, 0.95), connect.count, _ms(service, quick), _ms(self.failed.value(), 0.5),
            _ms(self.first_byte.value(), 0.5), _ms(connect, 0.5), self.failed.value().sum_us / 1e6,
        )  # fmt: skip


def _second(interval: Interval) -> Second:
    latency = Histogram.merged(step.latency for step in interval.steps.values())
    use = interval.generator
    https = [step.http for step in interval.steps.values() if step.http is not None]
    connecting_us = sum(use.connect.sum_us + use.tls.sum_us for use in https)
    return Second(
        start_s=interval.start_s,
        width_s=interval.width_s,
        requests=interval.requests,
        errors=interval.errors,
        dropped=interval.dropped,
        journeys=sum(journey.count for journey in interval.journeys.values()),
        latency_s=latency.sum_us / 1e6,
        service_s=sum(step.service.sum_us for step in interval.steps.values()) / 1e6,
        custom_s=sum(step.service.sum_us for step in interval.steps.values() if step.kind == "custom") / 1e6,
        wait_s=interval.wait.sum_us / 1e6,
        queued_s=max(0.0, interval.wait.sum_us - connecting_us) / 1e6,
        lag_s=interval.lag.sum_us / 1e6,
        p50_ms=_ms(latency, 0.5),
        p95_ms=_ms(latency, 0.95),
        users=interval.users,
        in_flight=interval.waiting,
        target_rate_per_s=interval.target_rate_per_s,
        cpu_s=use.cpu_s,
        run_delay_s=use.run_delay_s,
        wall_s=use.wall_s,
        blocked_s=use.blocked_s,
        error_classes=_error_classes(interval),
    )


def _error_classes(interval: Interval) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    for step in interval.steps.values():
        counts.update(step.error_classes)
    return counts


def _ms(times: Histogram, q: float) -> float | None:
    us = times.quantile_us(q)
    return None if us is None else us / 1000
