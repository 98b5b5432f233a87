"""The load line in one value: what `find.json` holds, `plimsoll find --json` prints and every face shows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Self

from plimsoll.core.finding import Finding
from plimsoll.core.summary import GoalSummary

Outcome = Literal["held", "failed", "no evidence"]
Verdict = Literal["found", "at-least", "nothing-held", "unknown"]
Limit = Literal["goal", "generator", "users", "ceiling", "steps", "interruption", "target", "error"]
LOAD_LINE_VERSION: Final = 1
REACHED: Final = "rate reached"  # the demand that stands beside the goals
REACHED_SHARE: Final = 0.99  # of the journeys that were due
DUE_TO_JUDGE: Final = 100  # journeys of which one is a percent; of fewer, a few may be late by chance
LATE_BY_CHANCE: Final = 3


def is_served(unserved: float, due: int) -> bool:
    """Whether as many of what was due ended in time as the load line demands."""
    return unserved <= 1 - REACHED_SHARE or (due < DUE_TO_JUDGE and unserved * due <= LATE_BY_CHANCE)


@dataclass(frozen=True, slots=True)
class LineStep:
    """One rate, tried. Rates are journeys per second; `due` and `finished` count them within the measured time,
    `failed` those that finished and failed; `achieved_per_s` is of the others.

    Percentiles and `error_rate` are what goals count: what failed, was dropped or cut off (`incomplete`) is an error
    and infinitely late; None is without bound, or nothing was measured.
    `pressure` is how near the worst demand was to its limit: above 1 it was missed. `unserved`: the share (0 to 1) of
    what was due that did not end in time, but for what chance has in flight at the ends. `narrow`: missed by so little
    that chance may have decided. `steady` is False where the queue or the latency still grew when the step had to end.
    `limited_by`: what kept a step without evidence from being any.
    """

    number: int
    run_id: str
    rate_per_s: float
    outcome: Outcome
    because: str
    seconds: float
    due: int
    finished: int
    achieved_per_s: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    error_rate: float
    dropped: int
    in_flight: float
    users: int
    pressure: float
    unserved: float
    narrow: bool
    steady: bool
    limited_by: Limit | None = None
    service_p50_ms: float | None = None
    goals: Sequence[GoalSummary] = ()
    failed: int = 0
    incomplete: int = 0

    @property
    def reached(self) -> float | None:
        """The share of the journeys that were due which succeeded in time: a refusal is no service."""
        return max(0.0, 1 - self.unserved - self.failed / self.due) if self.due else None

    @property
    def served(self) -> bool:
        """Whether as many ended in time as the load line demands; what may fail is a goal's affair."""
        return is_served(self.unserved, self.due)

    @property
    def missed(self) -> Sequence[GoalSummary]:
        return [goal for goal in self.goals if not goal.passed]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**{**data, "goals": [GoalSummary(**goal) for goal in data["goals"]]})


@dataclass(frozen=True, slots=True)
class Broken:
    """A demand that was missed at `rate_per_s`, the lowest at which it was. `held_to` is the highest below that."""

    scope: str
    expression: str
    actual: float | None
    unit: str
    rate_per_s: float
    held_to_per_s: float | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What a few users in a closed loop did, before the first step. `missed`: the goal that a single one misses."""

    users: int
    rate_per_s: float
    p50_ms: float | None
    cycle_s: float
    missed: str = ""


@dataclass(frozen=True, slots=True)
class UslFit:
    """The Universal Scalability Law, X(N) = l N / (1 + s (N - 1) + k N (N - 1)), fitted to what was measured.

    `peak_per_s` with its 95 % interval, None where the load did not pass the peak: nothing is extrapolated.
    """

    rate_of_one_per_s: float
    contention: float
    coherency: float
    peak_per_s: float | None
    peak_low_per_s: float | None
    peak_high_per_s: float | None
    peak_at: float | None
    r2: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the analysis of the breaking step found: the weightiest findings only."""

    run_id: str
    rate_per_s: float
    verdict: str
    because: str
    findings: Sequence[Finding]

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> "Diagnosis | None":
        if data is None:
            return None
        return cls(**{**data, "findings": [Finding.from_json(one) for one in data["findings"]]})


@dataclass(frozen=True, slots=True)
class LoadLine:
    """`rate_per_s` is the highest rate that held, None where none did; `failed_per_s` the lowest above it that did
    not: the load line lies between. `limit` says what kept the search from going on."""

    series_id: str
    scenario: str
    environment: str
    seed: int
    started_at: str
    seconds: float
    goals: Sequence[str]
    left_out: Sequence[str]
    verdict: Verdict
    limit: Limit
    because: str
    rate_per_s: float | None
    failed_per_s: float | None
    broke: Sequence[Broken]
    steps: Sequence[LineStep]
    probe: Probe | None = None
    usl: UslFit | None = None
    usl_because: str = ""
    diagnosis: Diagnosis | None = None
    notes: Sequence[str] = ()
    load_line_version: int = LOAD_LINE_VERSION

    @property
    def best(self) -> LineStep | None:
        """The step of the highest rate that held."""
        held = [step for step in self.steps if step.outcome == "held" and step.rate_per_s == self.rate_per_s]
        return held[-1] if held else None

    def to_json(self) -> dict[str, Any]:
        made = asdict(self)
        if self.diagnosis is not None:
            made["diagnosis"]["findings"] = [finding.to_json() for finding in self.diagnosis.findings]
        return made

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Reads what `to_json` made; raises KeyError or TypeError on anything else."""
        read = {
            **data,
            "broke": [Broken(**one) for one in data["broke"]],
            "steps": [LineStep.from_json(one) for one in data["steps"]],
            "probe": None if data["probe"] is None else Probe(**data["probe"]),
            "usl": None if data["usl"] is None else UslFit(**data["usl"]),
            "diagnosis": Diagnosis.from_json(data["diagnosis"]),
        }
        return cls(**read)
