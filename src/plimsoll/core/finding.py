"""Findings: bottlenecks with their evidence, and what to do about them. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

Layer = Literal["database", "system", "application", "network", "generator"]
Severity = Literal["critical", "high", "medium", "low"]
Confidence = Literal["confirmed", "likely", "possible"]
Term = Literal["immediate", "short-term", "long-term"]
Effort = Literal["minutes", "hours", "days"]
Means = Literal["sql", "setting", "code", "command", "check"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")
STATEMENTS_MAX: Final = 10  # that a finding names
CHART_POINTS_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole (0 to 1) with the interval in which it lies with 95 % probability."""

    value: float
    low: float
    high: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Share | None":
        return None if data is None else cls(**data)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a finding rests on. `unit` as of series ("ms", "percent", "count", "bytes", "1/s", "s", "share").

    `limit` is what it was held against, in the same unit, None where it speaks for itself.
    """

    label: str
    value: float
    unit: str
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """One line over the run, small: `times_s` count from the start of the load, at most `CHART_POINTS_MAX` points."""

    label: str
    unit: str
    times_s: Sequence[float]
    values: Sequence[float]
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Suspect:
    """A statement that a finding names: as the server counts it, with its share of the database's time."""

    query_id: str
    query: str
    calls: int
    mean_ms: float
    share: float | None = None


@dataclass(frozen=True, slots=True)
class How:
    """A way to do it: `text` is to be copied, `note` says where to."""

    means: Means
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do about a finding. `effect` is what to expect, `basis` on what that rests, `risk` what may go wrong."""

    finding: str
    what: str
    term: Term
    effort: Effort
    effect: str
    basis: str
    risk: str
    how: Sequence[How]
    impact: int = 0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "how": tuple(How(**one) for one in data["how"])})


@dataclass(frozen=True, slots=True)
class Finding:
    """One bottleneck. `kind` is the name of the rule ("missing-index"), `subject` what it is about ("public.orders").

    `share` is the part of the time of all requests that it explains, `failed` the part of the requests that it made
    fail; None where it cannot be said. `risk` (0 to 1) weighs what endangers rather than slows. `impact` and `severity`
    follow from these by `analyze.ranking`. `steps` are "journey: step".
    """

    kind: str
    layer: Layer
    subject: str
    title: str
    explanation: str
    confidence: Confidence
    confirm_by: str
    share: Share | None = None
    failed: float | None = None
    risk: float = 0.0
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    steps: Sequence[str] = ()
    statements: Sequence[Suspect] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    severity: Severity = "low"
    impact: int = 1

    @property
    def id(self) -> str:
        """Names it among the findings of a run."""
        return f"{self.kind}:{self.subject}"

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError or TypeError on anything else."""
        plain = {name: value for name, value in data.items() if name != "id"}
        plain["share"] = Share.from_json(data["share"])
        plain["figures"] = tuple(Figure(**one) for one in data["figures"])
        plain["chart"] = None if data["chart"] is None else Chart(**data["chart"])
        plain["statements"] = tuple(Suspect(**one) for one in data["statements"])
        return cls(**plain)
