"""How much each statement counts: by the time that it takes where the workload tells it, else by its cost. Pure."""

from collections.abc import Mapping, Sequence

from plimsoll.core.tuning.planned import Planned, is_timed


def weights_of(planned: Sequence[Planned], load: Mapping[str, float]) -> dict[str, float]:
    """What a unit of each statement's cost counts, by its id: so that its cost comes to its load, whatever the planner
    thinks of it."""
    return {one.query.id: load[one.query.id] / one.cost if one.cost > 0 else one.query.calls for one in planned}


def unit_of(planned: Sequence[Planned]) -> float:
    """What a unit of cost counts where no statement tells it: as in those that only read, on the whole."""
    known = [one for one in planned if any(one.plans)]
    if not is_timed(known):
        return 1.0
    reading = [one for one in known if not one.query.writes] or known
    cost = sum(one.query.calls * one.cost for one in reading)
    return sum(one.query.total_ms for one in reading) / cost if cost > 0 else 1.0
