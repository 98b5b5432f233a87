"""Statements of a workload as the planner would execute them now."""

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.query import Query


@dataclass(frozen=True, slots=True)
class Planned:
    """A query with the plan of each of its bindings, in their order; None where the server refused it (`why`)."""

    query: Query
    plans: Sequence[PlanNode | None]
    why: str = ""

    @property
    def cost(self) -> float:
        """Of a call, in the planner's units: the mean over its bindings by their share."""
        known = [(plan.cost, one.share) for plan, one in zip(self.plans, self.query.bindings, strict=True) if plan]
        weight = sum(share for _, share in known)
        return sum(cost * share for cost, share in known) / weight if weight else 0.0


def is_timed(planned: Sequence[Planned]) -> bool:
    """Whether all of them have been measured where they come from."""
    return bool(planned) and all(one.query.total_ms > 0 for one in planned)


def loads(planned: Sequence[Planned]) -> dict[str, float]:
    """What each statement is of the workload, by its id: milliseconds where all have them, else calls times cost; never
    some like this and some like that."""
    timed = is_timed(planned)
    return {one.query.id: one.query.total_ms if timed else one.query.calls * one.cost for one in planned}
