"""The verdict in a sentence: invalid, unknown, at capacity, a bottleneck, or healthy. Pure.

"Unknown" is said where something is wrong (a goal missed, requests that fail or are dropped, a stretch much worse than
the rest) and the findings together explain too little of it to be its cause: of time, a stated part of all requests'
time; of failures, most of those that there were.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from plimsoll.analyze.accounting import APPLICATION, APPLICATION_CPU
from plimsoll.analyze.checks import too_few
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.next_limit import used_up
from plimsoll.analyze.ranking import cost
from plimsoll.analyze.relating import CAPACITY, GENERATOR, without_explained
from plimsoll.core.analysis import Verdict
from plimsoll.core.finding import Finding
from plimsoll.core.goal_text import TOTAL, parse_goal
from plimsoll.core.summary import KILLED
from plimsoll.core.units import format_duration, format_rate, format_share

EXPLAINED_MIN: Final = 0.30  # the weight of all findings together, below which trouble is not explained
FAILING_MIN: Final = 0.01
COST_MIN: Final = 0.01  # of the time or the requests: what costs less only endangers
FAILURES_EXPLAINED_MIN: Final = 0.5  # of the requests that failed
OF_FAILURES: Final = frozenset(("errors", "dropped"))  # subjects of goals that no slowness misses
LAYERS_BELIEVED: Final = frozenset(("generator", "system"))  # of a run that the generator's lateness made invalid
LAYERS_OF_TARGET: Final = frozenset(("database", "application"))
DOUBT: Final = "The run is invalid: times and shares hold the generator's lateness, so this is no more than possible."
IDLE_APPLICATION: Final = (
    "while it is not on a core: it waits for its own pool, locks or workers, for another service, or for a core where "
    "its process was not watched; the database and the network are not in it"
)


@dataclass(frozen=True, slots=True)
class Judged:
    verdict: Verdict
    because: str


def believed(evidence: Evidence, findings: Sequence[Finding]) -> list[Finding]:
    """All of a valid run; of an invalid one what may have made it so: the generator and its machine, or failures. Where
    no request ended there are no latencies to doubt: what gauges saw is what held them all up."""
    if evidence.summary.valid or not evidence.load.requests:
        return list(findings)
    late = evidence.summary.generator.saturated
    return [one for one in findings if one.failed or (late and one.layer in LAYERS_BELIEVED and one.kind != CAPACITY)]


def seen_of_target(evidence: Evidence, findings: Sequence[Finding]) -> list[Finding]:
    """What else was seen of a target that took the generator's cores and so made the run invalid: none of it is sure,
    but on one machine it is why."""
    if evidence.summary.valid or not evidence.load.requests or not any(map(is_kept_by_target, findings)):
        return []
    told = {finding.id for finding in believed(evidence, findings)}
    return [
        replace(one, confidence="possible", explanation=f"{one.explanation} {DOUBT}")
        for one in without_explained(findings)
        if one.layer in LAYERS_OF_TARGET and one.kind != CAPACITY and one.id not in told
    ]


def is_kept_by_target(finding: Finding) -> bool:
    """Whether it is that the load generator's cores are taken by the target."""
    return finding.kind == GENERATOR and finding.details.get("cause") == "target"


def judge(evidence: Evidence, findings: Sequence[Finding]) -> Judged:
    """`findings` are ranked, the weightiest first. Of a run that was killed the reason says so."""
    judged = _judged(evidence, findings)
    if evidence.summary.stopped_by != KILLED:
        return judged
    after = format_duration(evidence.summary.warmup_s + evidence.summary.duration_s)
    return Judged(judged.verdict, f"{judged.because}; the run was killed after {after}, so this is not all of it")


def _judged(evidence: Evidence, findings: Sequence[Finding]) -> Judged:
    if not evidence.summary.valid:
        return Judged("invalid", f"{'; '.join(evidence.summary.invalid_because)}{_seen_of_target(findings)}")
    scarce = too_few(evidence.load)
    if scarce and evidence.damaged:
        return Judged("unknown", f"{evidence.damaged}: too little is left to tell{_seen(findings)}")
    if scarce:
        return Judged("unknown", f"{scarce}: too little to tell{_seen(findings)}")
    if not findings and evidence.load.requests and not evidence.load.duration_s:
        return Judged("unknown", "over how long the requests were made is not known: they have no times")
    wrong = trouble(evidence)
    if wrong and not _is_explained(evidence, findings):
        return Judged("unknown", f"{wrong}, and {_explained(findings)}; {_where(evidence)}")
    costly = [finding for finding in findings if cost(finding) >= COST_MIN]
    if costly:
        first = _headline(evidence, costly)
        return Judged("at-capacity" if first.kind == CAPACITY else "bottleneck", _said(first))
    full = used_up(evidence)
    if full:
        rate = format_rate(evidence.load.rate_per_s)
        return Judged("at-capacity", f"{full} are used up at {rate}; nothing else that was looked at holds it down")
    if findings:
        return Judged("healthy", f"nothing holds it down now; what may: {_said(findings[0])}")
    return Judged("healthy", "nothing that was looked at holds it down" if evidence.watched else _unseen(evidence))


def _headline(evidence: Evidence, findings: Sequence[Finding]) -> Finding:
    """The weightiest; where failures are all that is wrong, the weightiest that explains failures."""
    failing = [finding for finding in findings if finding.failed] if only_failures(evidence) else []
    return (failing or list(findings))[0]


def trouble(evidence: Evidence) -> str:
    """What is wrong with the run, in words; nothing where all is well."""
    missed = [_goal(goal.scope, goal.expression) for goal in evidence.summary.goals if not goal.passed]
    if missed:
        return f"{'a goal is' if len(missed) == 1 else 'goals are'} missed ({', '.join(missed[:3])})"
    failing = evidence.load.errors / max(1, evidence.load.requests)
    if failing >= FAILING_MIN:
        return f"{format_share(failing)} of the requests failed"
    dropped = sum(second.dropped for second in evidence.load.seconds)
    if dropped > FAILING_MIN * max(1, evidence.load.requests):
        return f"{dropped:,} arrivals were dropped"
    return evidence.stretch.because if evidence.stretch_is_worse else ""


def _is_explained(evidence: Evidence, findings: Sequence[Finding]) -> bool:
    return together(findings) >= EXPLAINED_MIN or (
        only_failures(evidence) and _of_failures(evidence, findings) >= FAILURES_EXPLAINED_MIN
    )


def only_failures(evidence: Evidence) -> bool:
    """Whether requests that fail are all that is wrong. A percentile that falls among them has no value."""
    missed = [goal for goal in evidence.summary.goals if not goal.passed]
    slow = any(
        goal.actual is not None and parse_goal(goal.expression, goal.scope).metric.subject not in OF_FAILURES
        for goal in missed
    )
    return not slow and not evidence.stretch_is_worse and bool(missed or evidence.load.errors)


def _of_failures(evidence: Evidence, findings: Sequence[Finding]) -> float:
    """What part of the requests that failed the findings account for."""
    failing = evidence.load.errors / max(1, evidence.load.requests)
    return sum(finding.failed or 0.0 for finding in findings) / failing if failing else 0.0


def together(findings: Sequence[Finding]) -> float:
    """What findings cost together, none counted twice where it can be helped: the complement of what is left."""
    left = 1.0
    for finding in findings:
        left *= 1 - cost(finding)
    return 1 - left


def _goal(scope: str, expression: str) -> str:
    return expression if scope == TOTAL else f"{scope}: {expression}"


def _explained(findings: Sequence[Finding]) -> str:
    if not findings:
        return "nothing that was looked at explains it"
    return f"what was found explains only {format_share(together(findings))} of it"


def _said(finding: Finding) -> str:
    """What is only possible is not said as if it were known."""
    flat = finding.confidence == "possible" and " may " not in finding.title
    return f"{finding.title} (possible, not sure)" if flat else finding.title


def _seen(findings: Sequence[Finding]) -> str:
    return f"; what was seen: {_said(findings[0])}" if findings else ""


def _seen_of_target(findings: Sequence[Finding]) -> str:
    """The weightiest that is told though the run is invalid."""
    if not any(map(is_kept_by_target, findings)):
        return ""
    doubted = [one for one in findings if one.layer in LAYERS_OF_TARGET and one.confidence == "possible"]
    return f"; what was seen of the target: {_said(doubted[0])}" if doubted else ""


def _where(evidence: Evidence) -> str:
    """Where the time went, though not why."""
    if not evidence.accounting.slices:
        return "where the time went is not known"
    if evidence.accounting.unaccounted is not None:
        return "only the load itself was seen: watch host and database to know more"
    first = evidence.accounting.slices[0]
    said = f"the largest part of the time ({format_share(first.share.value)}) is {first.part}"
    return f"{said}, {IDLE_APPLICATION}" if first.part == APPLICATION and _is_split(evidence) else said


def _is_split(evidence: Evidence) -> bool:
    """Whether it is known when the application was on a core."""
    return evidence.accounting.slice(APPLICATION_CPU) is not None


def _unseen(evidence: Evidence) -> str:
    goals = "every goal is met" if evidence.summary.goals else "no request gives cause"
    return f"{goals}; host and database were not watched"
