"""Findings that tell the same twice: what a more specific one explains is not said again. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.finding import Finding

CAPACITY: Final = "at-capacity"
EXPLAINS_MIN: Final = (
    0.30  # of the time of all requests, or of the requests by failing: then it is no mere lack of capacity
)

# A general finding yields to these where they name one of its statements, or are about the same subject.
MORE_SPECIFIC: Final[Mapping[str, frozenset[str]]] = {
    "slow-statement": frozenset(
        ("missing-index", "temp-files", "n-plus-one", "cache-misses", "lock-contention", "disk-io")
    ),
    "cache-misses": frozenset(("missing-index", "disk-io")),
}


def without_explained(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if not any(_explains(other, finding) for other in findings)]


def _explains(specific: Finding, general: Finding) -> bool:
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
