"""Evidence in, a diagnosis out: every rule asked, findings ranked, a verdict, and the courage to say "unknown". Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.ranking import ranked
from plimsoll.core.analysis import NextLimit, Verdict
from plimsoll.core.finding import Finding, Recommendation

Rule = Callable[[Evidence], Iterable[Finding]]
Advice = Callable[[Finding, Evidence], Iterable[Recommendation]]
RULES: Final[tuple[Rule, ...]] = ()
ADVICE: Final[tuple[Advice, ...]] = ()
CAPACITY: Final = "at-capacity"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    verdict: Verdict
    because: str
    findings: Sequence[Finding]
    recommendations: Sequence[Recommendation]
    next_limit: NextLimit | None = None


def diagnose(evidence: Evidence) -> Diagnosis:
    """Validity first: of a run that may not be believed nothing is said but why."""
    findings = ranked((finding for rule in RULES for finding in rule(evidence)), evidence.goals_missed)
    advice = [one for finding in findings for give in ADVICE for one in give(finding, evidence)]
    verdict, because = _verdict(evidence, findings)
    return Diagnosis(verdict, because, findings, advice)


def _verdict(evidence: Evidence, findings: Sequence[Finding]) -> tuple[Verdict, str]:
    if not evidence.summary.valid:
        return "invalid", "; ".join(evidence.summary.invalid_because)
    if not findings:
        return "healthy", "no bottleneck was found"
    first = findings[0]
    return ("at-capacity" if first.kind == CAPACITY else "bottleneck"), first.title
