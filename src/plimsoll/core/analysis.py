"""An analysis in one value: what `analysis.json` holds, `plimsoll analyze --json` prints and every face shows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

from plimsoll.core.finding import Finding, Layer, Recommendation, Share
from plimsoll.core.summary import Summary

Verdict = Literal["bottleneck", "at-capacity", "healthy", "unknown", "invalid"]
ANALYSIS_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of the run that was analyzed: seconds since the start of the load, and why this part."""

    start_s: float
    end_s: float
    because: str


@dataclass(frozen=True, slots=True)
class GaugeCheck:
    """Two independent ways to the same number: `expected` from the samples, `seen` by a gauge that knows nothing of
    them. `agrees` is None where there was too little to tell."""

    name: str
    expected: float
    seen: float
    agrees: bool | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Change:
    """A series that moved while it was bad: its median before and within the stretch, and by how many `times` its
    spread before (at least a tenth of its level) it moved."""

    series: str
    before: float
    within: float
    times: float


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the time that requests took. `part` is "pool wait", "network", "application", or of the database
    "CPU", "Lock", "IO" … as its wait classes are called. `seconds` are of all requests together."""

    part: str
    layer: Layer
    seconds: float
    share: Share


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where the time of all requests went, the largest part first. `unaccounted` is what no gauge explains (0 to 1)."""

    request_seconds: float
    slices: Sequence[Slice]
    unaccounted: Share | None
    notes: Sequence[str] = ()

    def slice(self, part: str) -> Slice | None:
        return next((one for one in self.slices if one.part == part), None)

    def share(self, *parts: str) -> float:
        """What these parts come to, together."""
        return sum(one.share.value for one in self.slices if one.part in parts)


@dataclass(frozen=True, slots=True)
class StepMetrics:
    """Beside the summary's figures of a step: bytes, concurrency and APDEX (0 to 1). `journey` is "" in totals."""

    name: str
    journey: str
    apdex: float | None
    concurrency: float | None
    bytes_received: int | None
    bytes_sent: int | None
    min_ms: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """`over_time` are points as dictionaries: start_s, width_s, rate_per_s, error_rate, p50_ms, p95_ms, p99_ms,
    concurrency. `apdex_ms` are the bounds of satisfied and tolerating."""

    total: StepMetrics
    steps: Sequence[StepMetrics]
    over_time: Sequence[Mapping[str, float | None]]
    apdex_ms: tuple[float, float] = (500.0, 1_500.0)


@dataclass(frozen=True, slots=True)
class NextLimit:
    """What gives way next, of a platform that holds: `used` is the share of it in use at `rate_per_s` requests.

    `low_per_s` and `high_per_s` bound the rate at which it is used up, if it grows in proportion, which is no proof.
    """

    resource: str
    layer: Layer
    used: float
    rate_per_s: float
    at_rate_per_s: float | None
    low_per_s: float | None
    high_per_s: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Source:
    """What was analyzed. `kind` is "run" or the kind of file ("jtl-csv", "jtl-xml"); rows count what was read of it."""

    kind: str
    name: str
    rows: int | None = None
    rows_left_out: int = 0
    left_out_because: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """`because` says the verdict in a sentence. Findings are the weightiest first, recommendations by order."""

    source: Source
    summary: Summary
    metrics: Metrics
    verdict: Verdict
    because: str
    stretch: Stretch | None = None
    checks: Sequence[GaugeCheck] = ()
    accounting: Accounting | None = None
    findings: Sequence[Finding] = ()
    recommendations: Sequence[Recommendation] = ()
    next_limit: NextLimit | None = None
    changes: Sequence[Change] = ()
    notes: Sequence[str] = ()
    analysis_version: int = ANALYSIS_VERSION
    made_at: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The summary's keys, and beside them those of the analysis."""
        own = {name: value for name, value in asdict(self).items() if name not in ("summary", "extra")}
        own["findings"] = [finding.to_json() for finding in self.findings]
        return {**self.summary.to_json(), **own, **self.extra}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError or TypeError on anything else."""
        metrics = data["metrics"]
        accounting, stretch, limit = data["accounting"], data["stretch"], data["next_limit"]
        return cls(
            source=Source(**data["source"]),
            summary=Summary.from_json(data),
            metrics=Metrics(
                StepMetrics(**metrics["total"]),
                [StepMetrics(**one) for one in metrics["steps"]],
                metrics["over_time"],
                tuple(metrics["apdex_ms"]),
            ),
            verdict=data["verdict"],
            because=data["because"],
            stretch=None if stretch is None else Stretch(**stretch),
            checks=[GaugeCheck(**one) for one in data["checks"]],
            accounting=None if accounting is None else _accounting(accounting),
            findings=[Finding.from_json(one) for one in data["findings"]],
            recommendations=[Recommendation.from_json(one) for one in data["recommendations"]],
            next_limit=None if limit is None else NextLimit(**limit),
            changes=[Change(**one) for one in data["changes"]],
            notes=data["notes"],
            analysis_version=data["analysis_version"],
            made_at=data["made_at"],
        )


def _accounting(data: Mapping[str, Any]) -> Accounting:
    slices = [Slice(**{**one, "share": Share(**one["share"])}) for one in data["slices"]]
    return Accounting(data["request_seconds"], slices, Share.from_json(data["unaccounted"]), data["notes"])
