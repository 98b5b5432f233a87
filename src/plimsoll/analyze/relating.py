"""Findings that tell the same twice: what a more specific one explains is not said again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.finding import Finding

CAPACITY: Final = "at-capacity"
# Of the time of all requests, or of the requests by failing: then it is no mere lack of capacity.
EXPLAINS_MIN: Final = 0.30

# A general finding yields to these where they name one of its statements, or are about the same subject.
MORE_SPECIFIC: Final[Mapping[str, frozenset[str]]] = {
    "slow-statement": frozenset(
        ("missing-index", "temp-files", "n-plus-one", "cache-misses", "lock-contention", "disk-io")
    ),
    "cache-misses": frozenset(("missing-index", "disk-io")),
}

# What follows from others where these weigh enough; None: from anything that slows.
SYMPTOMS: Final[Mapping[str, frozenset[str] | None]] = {
    "timeouts": None,
    "application-errors": frozenset(("connection-exhaustion",)),
    "load-shedding": frozenset(
        ("connection-exhaustion", "pool-exhaustion", "workers-at-maximum", "workers-by-connections", "workers-late")
    ),
}
LOCKS: Final = "lock-contention"
DEADLOCKS: Final = "deadlocks"
DEADLOCKS_MIN: Final = 0.5  # of the waits for locks: then they are what is waited for
GENERATOR: Final = "generator-saturated"
READERS: Final = frozenset(("missing-index", "temp-files"))
SYMPTOM_RISK: Final = 0.05  # what is left of its weight, so that it stands below its cause


def without_explained(findings: Sequence[Finding]) -> list[Finding]:
    left = [finding for finding in findings if not any(_explains(other, finding) for other in findings)]
    return [_muted(finding, left) for finding in left]


def _muted(finding: Finding, findings: Sequence[Finding]) -> Finding:
    """A symptom stays, names its cause, and weighs little."""
    causes = [other for other in findings if _brings_about(other, finding)]
    if not causes:
        return finding
    cause = max(causes, key=_weighs)
    limits = finding.kind == GENERATOR
    said = "It limits how much more could be asked, and harms nobody; first" if limits else "It follows from"
    return replace(
        finding,
        share=None if limits else finding.share,
        failed=None,
        risk=SYMPTOM_RISK,
        explanation=f"{finding.explanation} {said}: {cause.title}.",
        details={**finding.details, "follows_from": cause.id},
    )


def _brings_about(cause: Finding, symptom: Finding) -> bool:
    if symptom.kind == GENERATOR:
        return cause.layer in ("database", "application", "network") and _weighs(cause) >= EXPLAINS_MIN
    if symptom.kind == LOCKS and cause.kind == DEADLOCKS:
        return cause.share is not None and cause.share.value >= DEADLOCKS_MIN * _weighs(symptom)
    if symptom.kind not in SYMPTOMS or cause.kind in SYMPTOMS or cause.confidence == "possible":
        return False
    kinds = SYMPTOMS[symptom.kind]
    if kinds is not None:
        return cause.kind in kinds and bool(cause.failed or cause.share)
    return cause.share is not None and cause.share.value >= EXPLAINS_MIN


def _reads_for(specific: Finding, disk: Finding) -> bool:
    """A disk that answers as it should is read too much: by the statement that reads most, if that has a finding."""
    first = _queries(disk.statements[:1])
    return (
        specific.kind in READERS and not disk.details.get("slow", True) and bool(first & _queries(specific.statements))
    )


def _explains(specific: Finding, general: Finding) -> bool:
    if general.kind == "pool-exhaustion" and general.confidence == "possible" and specific.kind == "cpu-saturation":
        return specific.confidence != "possible" and _weighs(specific) >= EXPLAINS_MIN
    if general.kind == "disk-io":
        return _reads_for(specific, general)
    if general.kind == CAPACITY:
        return specific.kind != CAPACITY and _weighs(specific) >= EXPLAINS_MIN and specific.confidence != "possible"
    return specific.kind in MORE_SPECIFIC.get(general.kind, ()) and _same(specific, general)


def _weighs(finding: Finding) -> float:
    return max(finding.share.value if finding.share is not None else 0.0, finding.failed or 0.0)


def _same(one: Finding, other: Finding) -> bool:
    named = _queries(one.statements) & _queries(other.statements)
    return bool(named) or one.subject == other.subject


def _queries(statements: Iterable[object]) -> set[str]:
    return {getattr(statement, "query_id", "") for statement in statements} - {""}
