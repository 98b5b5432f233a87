"""What statements count for in a decision, so that one that takes nearly all of the workload drowns no others. Pure.

Whoever waits 25 ms for each of a thousand calls waits no less because of a report that takes an hour beside them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.planned import Planned, is_timed, loads

OFTEN: Final = 0.01  # of all calls
SLOW_MS: Final = 1.0  # a call
SLOW_COST: Final = 100.0  # a call, in the planner's units: about a millisecond


def tempered(load: Mapping[str, float], felt: Collection[str], replaced: Collection[str] = ()) -> dict[str, float]:
    """Each statement counts at most for what those that are `felt` come to without the heaviest and without those that
    will be `replaced`: nothing changes where there are none, nor where no statement exceeds all others."""
    staying = {query: one for query, one in load.items() if query not in replaced}
    if not staying:
        return dict(load)
    heaviest = max(staying, key=staying.__getitem__)
    most = sum(one for query, one in staying.items() if query in felt and query != heaviest) or staying[heaviest]
    return {query: min(one, most) for query, one in load.items()}


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
