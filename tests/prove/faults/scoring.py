"""What was right: top-1, top-3, false alarms. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plimsoll.core.finding import Finding
from tests.prove.faults.cases import Case
from tests.prove.faults.playing import Played

ALARMING = ("critical", "high", "medium")
IMPACT_ALARMING = 3
UNKNOWN = "unknown"
BUSY = "this machine was busy before the run"


@dataclass(frozen=True, slots=True)
class Score:
    """`found` are the first three kinds, `alarms` the kinds that a healthy run was blamed for; `late` was the generator
    of a run that is invalid for it; `busy` was the machine with other work before the run."""

    case: Case
    verdict: str
    found: Sequence[str]
    layer: str
    alarms: Sequence[str]
    late: bool = False
    busy: bool = False

    @classmethod
    def of(cls, played: Played) -> "Score":
        findings = played.analysis.findings
        alarms = [one.kind for one in findings if alarming(one)] if played.case.healthy else []
        layer = findings[0].layer if findings else ""
        summary = played.analysis.summary
        late = not summary.valid and summary.generator.saturated
        busy = any(warning.startswith(BUSY) for warning in summary.warnings)
        kinds = [one.kind for one in findings[:3]]
        return cls(played.case, played.analysis.verdict, kinds, layer, alarms, late, busy)

    @classmethod
    def failed(cls, case: Case, why: str) -> "Score":
        """Of a case that could not be played."""
        return cls(case, "invalid", [], "", [why])

    @property
    def top1(self) -> bool:
        if self.case.healthy:
            return not self.alarms
        if self.case.unseen:
            return self.verdict == UNKNOWN
        layers = self.case.layers
        return self.found[:1] != [] and self.found[0] in self.case.expected and (not layers or self.layer in layers)

    @property
    def top3(self) -> bool:
        if self.case.healthy or self.case.unseen:
            return self.top1
        return any(kind in self.case.expected for kind in self.found)

    @property
    def unknown(self) -> bool:
        return self.verdict in (UNKNOWN, "invalid")

    @property
    def words(self) -> str:
        said = "right" if self.top1 else "among the first three" if self.top3 else "wrong"
        return f"{said}: {self.verdict}, {', '.join(self.found) or 'no finding'} ({self.layer or 'no layer'})"


def alarming(finding: Finding) -> bool:
    return finding.severity in ALARMING or finding.impact >= IMPACT_ALARMING


def share(scores: Iterable[bool]) -> float:
    known = list(scores)
    return sum(known) / len(known) if known else 1.0
