"""How heavy a finding weighs: impact 1 to 10 and severity, by one stated formula for all. Pure.

The weight of a finding is what it costs: 1 - (1 - share) (1 - failed), where `share` is the part of the time of all
requests that it explains and `failed` the part of the requests that fail by it. What endangers rather than slows has a
`risk` instead, and weighs at least that; what makes requests fail weighs at least 0.35: wrong comes before slow. Impact
is ten times the weight, rounded up, from 1 to 10. Severity follows from impact, one step lower where every goal is met.
Findings come in the order of their weights, in which one that is only possible counts for half; of equal ones the surer
comes first, then the one that costs more.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from plimsoll.core.finding import SEVERITIES, Confidence, Finding, Severity

SURENESS: Final[Mapping[Confidence, float]] = {"confirmed": 1.0, "likely": 1.0, "possible": 0.5}


def weight(finding: Finding) -> float:
    return max(cost(finding), _unit(finding.risk))


def cost(finding: Finding) -> float:
    share = finding.share.value if finding.share is not None else 0.0
    return 1 - (1 - _unit(share)) * (1 - _unit(finding.failed or 0.0))


def weighed(finding: Finding, goals_missed: bool) -> Finding:
    impact = max(1, min(10, math.ceil(10 * weight(finding) - 1e-9)))
    return replace(finding, impact=impact, severity=severity(impact, goals_missed))


def severity(impact: int, goals_missed: bool) -> Severity:
    step = 0 if impact >= 8 else 1 if impact >= 5 else 2 if impact >= 3 else 3
    return SEVERITIES[min(step if goals_missed else step + 1, len(SEVERITIES) - 1)]


def ranked(findings: Iterable[Finding], goals_missed: bool) -> list[Finding]:
    """The weightiest first, as far as they are sure; of equal ones the surer, then the costlier, first."""
    sure = list(SURENESS)
    return sorted(
        (weighed(finding, goals_missed) for finding in findings),
        key=lambda one: (-weight(one) * SURENESS[one.confidence], sure.index(one.confidence), -cost(one), one.id),
    )


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))
