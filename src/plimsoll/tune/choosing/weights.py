"""How much each statement counts: by the time that it takes where the workload tells it, else by its cost. Pure."""

from collections.abc import Sequence

from plimsoll.core.tuning.planned import Planned


def weights_of(planned: Sequence[Planned]) -> dict[str, float]:
    """What a unit of each statement's cost counts, by its id. Where all have times, milliseconds: a statement's cost
    comes to its time, whatever the planner thinks of it. Else its calls; never some like this and some like that."""
    known = [one for one in planned if any(one.plans)]
    if is_timed(known):
        return {one.query.id: one.query.total_ms / (one.cost or 1.0) for one in known}
    return {one.query.id: one.query.calls for one in known}


def is_timed(planned: Sequence[Planned]) -> bool:
    return bool(planned) and all(one.query.total_ms > 0 for one in planned)


def unit_of(planned: Sequence[Planned]) -> float:
    """What a unit of cost counts where no statement tells it: as in those that only read, on the whole."""
    known = [one for one in planned if any(one.plans)]
    if not is_timed(known):
        return 1.0
    reading = [one for one in known if not one.query.writes] or known
    cost = sum(one.query.calls * one.cost for one in reading)
    return sum(one.query.total_ms for one in reading) / cost if cost > 0 else 1.0
