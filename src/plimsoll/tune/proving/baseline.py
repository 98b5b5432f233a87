"""The workload on the copy as it is: what its statements weigh, and which cannot be executed."""

from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.judging import Weighed, Workload, weighed
from plimsoll.tune.proving.playing import Bench, Until
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.sides import NONE, Switch

SHORT_MS = 50.0
WARMING = 5  # executions of short statements


async def baseline(running: Running, switch: Switch, workload: QueryWorkload, until: Until) -> tuple[Bench, list[str]]:
    """Every statement once, so that all are warm; with notes on those that are left out."""
    await switch.show(NONE)
    found: dict[str, Weighed] = {}
    ended: dict[str, Execution] = {}
    notes: list[str] = []
    for query in workload.queries:
        if until.over:
            notes.append(f"{query.label or query.id} was not executed: time was up")
            continue
        try:
            execution = await _warm(running, query)
        except NotRun as error:
            notes.append(f"{query.label or query.id} could not be executed on the copy: {error}")
            continue
        found[query.id] = weighed(query, execution.ms)
        if execution.bound:
            ended[query.id] = execution
    return Bench(running, switch, Workload(found), ended), notes


async def _warm(running: Running, query: Query) -> Execution:
    """A short one a few times more: what it takes cold says little of what it weighs."""
    first = await running.executed(query, 1)
    return first if first.ms > SHORT_MS else await running.executed(query, WARMING)
