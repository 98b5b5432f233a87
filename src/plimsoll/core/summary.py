"""A run in one value: the object that `summary.json` holds and `--json` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from plimsoll.core.background import Background
from plimsoll.core.course import Drift, Recovery, Trend
from plimsoll.core.sample import StepKind

if TYPE_CHECKING:  # numpy is slow to import, and memory that who watches need not spend
    from plimsoll.core.histogram import Histogram
    from plimsoll.core.interval import HttpUse

KILLED: Final = "killed"  # how a run ended that never wrote a summary
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}


def _ms(us: float | None) -> float | None:
    return None if us is None else round(us / 1000, 3)


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution in milliseconds; every field is None when nothing was measured."""

    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    p999: float | None
    max: float | None

    @classmethod
    def of(cls, histogram: "Histogram") -> Self:
        if not histogram.count:
            return cls(*[None] * 7)
        quantiles = {name: _ms(histogram.quantile_us(q)) for name, q in _QUANTILES.items()}
        return cls(mean=_ms(histogram.mean_us), max=_ms(histogram.max_us), **quantiles)


@dataclass(frozen=True, slots=True)
class ShortSpread:
    """As `Spread`, with fewer figures."""

    p50: float | None
    p99: float | None
    max: float | None

    @classmethod
    def of(cls, histogram: "Histogram") -> Self:
        if not histogram.count:
            return cls(None, None, None)
        return cls(_ms(histogram.quantile_us(0.5)), _ms(histogram.quantile_us(0.99)), _ms(histogram.max_us))


@dataclass(frozen=True, slots=True)
class HttpSummary:
    """What an HTTP step took on the wire. `connect_ms` and `tls_ms` are over the `connects` new connections."""

    first_byte_ms: Spread
    connects: int
    connect_ms: ShortSpread
    tls_ms: ShortSpread
    bytes_sent: int
    bytes_received: int

    @classmethod
    def of(cls, use: "HttpUse") -> Self:
        return cls(
            Spread.of(use.first_byte),
            use.connect.count,
            ShortSpread.of(use.connect),
            ShortSpread.of(use.tls),
            use.sent,
            use.received,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        short = {name: ShortSpread(**data[name]) for name in ("connect_ms", "tls_ms")}
        return cls(**{**data, **short, "first_byte_ms": Spread(**data["first_byte_ms"])})


@dataclass(frozen=True, slots=True)
class StepSummary:
    """`http` is None for steps of other kinds."""

    name: str
    journey: str
    kind: StepKind
    count: int
    errors: int
    rate_per_s: float
    latency_ms: Spread
    service_ms: Spread
    error_classes: Mapping[str, int]
    http: HttpSummary | None = None


@dataclass(frozen=True, slots=True)
class JourneySummary:
    name: str
    count: int
    errors: int
    latency_ms: Spread


@dataclass(frozen=True, slots=True)
class GoalSummary:
    """A judged goal. `actual` is in the goal's own unit (ms, %, /s, a count), None where it cannot be known."""

    scope: str
    expression: str
    actual: float | None
    passed: bool
    unit: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class GeneratorSummary:
    """What the load generator used: CPU microseconds a request, share of one core a process, share of time runnable but
    not running; None where the system does not tell."""

    processes: int
    cpu_us_per_request: float | None
    cpu_share: float | None
    run_delay_share: float | None
    saturated: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """Totals count steps only; journeys are reported apart. Rates are per measured second, warm-up left out.

    `recovery` is None where the profile has no burst, `drift` where no load stayed the same for long enough.
    """

    schema_version: int
    run_id: str
    scenario: str
    environment: str
    profile: str
    seed: int
    started_at: str
    duration_s: float
    warmup_s: float
    stopped_by: str
    valid: bool
    invalid_because: Sequence[str]
    warnings: Sequence[str]
    requests: int
    errors: int
    error_rate: float
    dropped: int
    incomplete: int
    retries: int
    reconnects: int
    rate_per_s: float
    journeys_per_s: float
    target_rate_per_s: float | None
    latency_ms: Spread
    service_ms: Spread
    wait_ms: ShortSpread
    lag_ms: ShortSpread
    steps: Sequence[StepSummary]
    journeys: Sequence[JourneySummary]
    goals: Sequence[GoalSummary]
    generator: GeneratorSummary
    recovery: Sequence[Recovery] | None = None
    drift: Drift | None = None
    background: Background | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError or TypeError on anything else."""
        plain = {field.name: data[field.name] for field in fields(cls)}
        plain["steps"] = [_step(item) for item in data["steps"]]
        plain["journeys"] = [
            JourneySummary(**{**item, "latency_ms": Spread(**item["latency_ms"])}) for item in data["journeys"]
        ]
        plain["goals"] = [GoalSummary(**item) for item in data["goals"]]
        plain |= _course(data)
        plain["generator"] = GeneratorSummary(**data["generator"])
        plain |= {name: Spread(**data[name]) for name in ("latency_ms", "service_ms")}
        plain |= {name: ShortSpread(**data[name]) for name in ("wait_ms", "lag_ms")}
        return cls(**plain)


def _course(data: Mapping[str, Any]) -> dict[str, Any]:
    """What tells of the run's course; None where nothing does."""
    recovery, drift, background = (data[name] for name in ("recovery", "drift", "background"))
    if drift is not None:
        drift = {name: Trend(**value) if isinstance(value, Mapping) else value for name, value in drift.items()}
    if background is not None:
        background = Background(**{**background, "tables": tuple(background["tables"])})
    return {
        "recovery": None if recovery is None else [Recovery(**item) for item in recovery],
        "drift": None if drift is None else Drift(**drift),
        "background": background,
    }


def _step(item: Mapping[str, Any]) -> StepSummary:
    spreads = {name: Spread(**item[name]) for name in ("latency_ms", "service_ms")}
    http = HttpSummary.from_json(item["http"]) if item["http"] is not None else None
    return StepSummary(**{**item, **spreads, "http": http})
