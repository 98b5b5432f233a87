"""The workload on the copy as it is: what its statements weigh, and which cannot be executed."""

from dataclasses import replace

from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.judging import Weighed, Workload, weighed
from plimsoll.tune.proving.playing import Bench
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.sides import NONE, Switch
from plimsoll.tune.until import Until

SHORT_MS = 50.0
WARMING = 5  # executions of short statements


async def baseline(running: Running, switch: Switch, workload: QueryWorkload, until: Until) -> tuple[Bench, list[str]]:
    """Every statement once, so that all are warm; with notes on those that are left out."""
    await switch.show(NONE)
    found: dict[str, Weighed] = {}
    ended: dict[str, Execution] = {}
    notes: list[str] = []
    for one in workload.queries:
        if until.over:
            notes.append(f"{one.label or one.id} was not executed: {until.why}")
            continue
        try:
            query, execution = await _fitting(running, one)
        except NotRun as error:
            notes.append(f"{one.label or one.id} could not be executed on the copy: {error}")
            continue
        found[query.id] = weighed(query, execution.ms)
        if execution.bound:
            ended[query.id] = execution
    return Bench(running, switch, Workload(found), ended), notes


async def _fitting(running: Running, query: Query) -> tuple[Query, Execution]:
    """With those of its values that the copy takes: a constraint may refuse some. Raises NotRun where it takes none."""
    try:
        return query, await _warm(running, query)
    except NotRun:
        taken = [one for one in query.bindings if await _takes(running, replace(query, bindings=(one,)))]
        if not taken or len(taken) == len(query.bindings):
            raise
        fit = replace(query, bindings=tuple(taken))
        return fit, await _warm(running, fit)


async def _takes(running: Running, query: Query) -> bool:
    try:
        await running.executed(query, 1)
    except NotRun:
        return False
    return True


async def _warm(running: Running, query: Query) -> Execution:
    """A short one a few times more: what it takes cold says little of what it weighs."""
    first = await running.executed(query, 1)
    return first if first.ms > SHORT_MS else await running.executed(query, WARMING)
