"""In which order to do what is recommended: what gives most for the least work comes first. Pure.

What can be done at once comes before what takes planning, and within a term what is worth more. The worth of a
recommendation is the impact of its finding (1 to 10) divided by its effort: minutes count 1, hours 2, days 4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.finding import Effort, Finding, How, Recommendation, Term

EFFORTS: Final[Mapping[Effort, float]] = {"minutes": 1.0, "hours": 2.0, "days": 4.0}
TERMS: Final[tuple[Term, ...]] = ("immediate", "short-term", "long-term")
RECOMMENDATIONS_MAX: Final = 50


def worth(advice: Recommendation) -> float:
    return advice.impact / EFFORTS[advice.effort]


def in_order(findings: Iterable[Finding], advice: Iterable[Recommendation]) -> list[Recommendation]:
    """Each with the impact of its finding; what two findings ask for alike is said once, for the heavier."""
    impacts = {finding.id: finding.impact for finding in findings}
    weighed = [replace(one, impact=one.impact or impacts.get(one.finding, 1)) for one in advice]
    once = _once(sorted(weighed, key=lambda one: -one.impact))
    return sorted(once, key=lambda one: (TERMS.index(one.term), -worth(one), -one.impact))[:RECOMMENDATIONS_MAX]


def _once(advice: Sequence[Recommendation]) -> Iterable[Recommendation]:
    """Each where it first comes, so that what is worth the same stays in the order in which it was given."""
    found: dict[tuple[str, tuple[How, ...]], Recommendation] = {}
    for one in advice:
        found.setdefault((one.what, tuple(one.how)), one)
    return found.values()
