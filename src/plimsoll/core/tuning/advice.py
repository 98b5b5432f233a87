"""Advice on a database: what to change, with what it is reckoned to give; and what not, and why."""

from dataclasses import dataclass
from typing import Literal

from plimsoll.core.tuning.change import Change

# estimated: the planner's costs with the index as it would be; explained: its reason is all there is.
Standing = Literal["estimated", "explained"]
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """By the planner's costs: the workload's cost before and after, weighted by calls, and the index's size."""

    before: float
    after: float
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Advised:
    """A change that is recommended. `saved_share` is of the workload's cost."""

    change: Change
    standing: Standing
    confidence: Confidence
    saved_share: float = 0.0
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """One that is not, with the reason in words."""

    change: Change
    why: str
