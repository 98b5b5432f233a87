"""What statements count for in a decision, so that one that takes nearly all of the workload drowns no others. Pure.

Whoever waits 25 ms for each of a thousand calls waits no less because of a report that takes an hour beside them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.planned import Planned, is_timed, loads

OFTEN: Final = 0.01  # of all calls
SLOW_MS: Final = 1.0  # a call
SLOW_COST: Final = 100.0  # a call, in the planner's units: about a millisecond
GIANT: Final = 0.25  # of the workload: one of several that drown the others together …
GIANTS_OVER: Final = 10.0  # … where each takes this many times what all others come to that are felt


def tempered(load: Mapping[str, float], felt: Collection[str], replaced: Collection[str] = ()) -> dict[str, float]:
    """Each statement counts at most for what those that are `felt` come to without the heaviest and without those that
    will be `replaced`: nothing changes where there are none, nor where no statement exceeds all others. Several giants
    are held back like one. What is neither held back nor felt keeps its part of the whole: that others are giants makes
    a single call of some milliseconds no worthier."""
    staying = {query: one for query, one in load.items() if query not in replaced}
    ordered = sorted(staying, key=lambda query: -staying[query])
    if not ordered:
        return dict(load)
    most = _rest(staying, felt, ordered[1:]) or staying[ordered[0]]
    for at in range(1, int(1 / GIANT)):
        rest = _rest(staying, felt, ordered[at + 1 :])
        least = staying[ordered[at]] if rest else 0.0
        if least >= GIANT * sum(staying.values()) and 0 < GIANTS_OVER * rest < least:
            most = rest
    counting = {query: min(one, most) for query, one in load.items()}
    judged = [query for query, one in load.items() if query in felt or one > most]
    before = sum(load[query] for query in judged)
    part = sum(counting[query] for query in judged) / before if before else 1.0
    return counting | {query: part * load[query] for query in load.keys() - judged}


def _rest(load: Mapping[str, float], felt: Collection[str], queries: Iterable[str]) -> float:
    return sum(load[one] for one in queries if one in felt)


def tempered_loads(planned: Sequence[Planned], replaced: Collection[str] = ()) -> dict[str, float]:
    """Of statements by their plans, as `loads`."""
    timed, calls = is_timed(planned), sum(one.query.calls for one in planned)
    felt = {
        one.query.id
        for one in planned
        if one.query.calls >= OFTEN * calls and (one.query.mean_ms >= SLOW_MS if timed else one.cost >= SLOW_COST)
    }
    return tempered(loads(planned), felt, replaced)


def replaced_by(advised: Sequence[Advised]) -> frozenset[str]:
    """Statements of which it is certain that another one gives the same rows for less."""
    certain = (one.change for one in advised if one.change.kind == "rewrite" and one.confidence == "high")
    return frozenset(query for change in certain if change.after for query in change.queries)
