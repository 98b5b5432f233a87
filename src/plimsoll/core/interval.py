"""What happened in one stretch of a run (a second, as a rule): the unit that crosses processes and reaches the disk."""

from dataclasses import dataclass, field

from plimsoll.core.histogram import Histogram
from plimsoll.core.sample import StepKind

StepKey = tuple[str, str]  # (journey, step)


@dataclass(frozen=True, slots=True)
class HttpUse:
    """What an HTTP step took on the wire: bytes, the time to the first byte, and new connections with their times.

    `connect` and `tls` are over new connections only; kept ones cost neither.
    """

    first_byte: Histogram
    connect: Histogram
    tls: Histogram
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class StepInterval:
    """The samples of one step that finished in the interval. Histograms hold microseconds.

    `failed` is the part of `latency` that is of failed ones.
    """

    kind: StepKind
    count: int
    error_classes: dict[str, int]
    latency: Histogram
    service: Histogram
    http: HttpUse | None = None
    failed: Histogram = field(default_factory=Histogram)

    @property
    def errors(self) -> int:
        return sum(self.error_classes.values())


@dataclass(frozen=True, slots=True)
class JourneyInterval:
    """The journeys of one name that finished in the interval, think time left out."""

    count: int
    errors: int
    latency: Histogram
    dropped: int = 0
    incomplete: int = 0
    failed: Histogram = field(default_factory=Histogram)


@dataclass(frozen=True, slots=True)
class GeneratorUse:
    """What the load generator itself consumed, in seconds: CPU, run-queue delay, the wall time of all processes, and
    the time for which something held its event loop up."""

    cpu_s: float = 0.0
    run_delay_s: float = 0.0
    wall_s: float = 0.0
    blocked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """One process's or, once merged, the whole run's share of a stretch of time.

    `start_s` counts from the start of the load (warm-up included); a sample belongs to the interval in which it
    finished. `wait` is over steps; `lag` is over arrivals (the first step of each journey) because later steps are
    scheduled when the journey reaches them, and would dilute it. Gauges (`users`;
    `waiting`, those of them that wait for an answer; memory in use) are their values at the end; None where they are
    not known. `carried`: journeys of the warm-up
    that ended in it; no other figure counts them.
    """

    start_s: float
    width_s: float
    warmup: bool
    users: int
    target_users: int | None
    target_rate_per_s: float | None
    steps: dict[StepKey, StepInterval]
    journeys: dict[str, JourneyInterval]
    wait: Histogram
    lag: Histogram
    retries: int = 0
    reconnects: int = 0
    incomplete: int = 0
    samples_lost: int = 0
    samples_uncounted: int = 0
    waiting: int = 0
    carried: int = 0
    generator_memory_bytes: int | None = None
    server_memory_bytes: int | None = None
    generator: GeneratorUse = field(default_factory=GeneratorUse)

    @property
    def requests(self) -> int:
        return sum(step.count for step in self.steps.values())

    @property
    def errors(self) -> int:
        return sum(step.errors for step in self.steps.values())

    @property
    def dropped(self) -> int:
        return sum(journey.dropped for journey in self.journeys.values())
