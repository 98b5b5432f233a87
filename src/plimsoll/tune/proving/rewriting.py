"""The proof of a statement written differently: it returns the same rows for every value asked with, and is faster."""

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Final

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import Query
from plimsoll.postgres.asking import arguments
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.judging import Rounds, judge, proof_of
from plimsoll.tune.proving.playing import Until
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.schedule import order, repeats, rounds_for
from plimsoll.tune.proving.state import NOT_MEASURED, Outcome, Proving

# Of all rows at once and whatever their order; equal rows count as often as they are there.
_ROWS: Final = "SELECT count(*), coalesce(sum(pg_catalog.hashtextextended(r::text, 0)), 0) FROM ({}) AS r"


def measurable(proving: Proving, change: Change) -> Query | None:
    """The statement to write differently, where both can be executed with the same values."""
    one = proving.workload.statements.get(change.queries[0]) if change.queries else None
    return one.query if one is not None and change.after and not one.query.writes else None


async def prove_rewrite(proving: Proving, change: Change, query: Query, until: Until) -> Outcome:
    """On the copy with what was accepted; the copy is not changed."""
    other = replace(query, text=change.after)
    await proving.bench.switch.show(proving.side)
    rows = await _rows(proving.bench.running, query)
    if rows is None:
        return Outcome(None, NOT_MEASURED)
    try:
        if rows != await _told(proving.bench.running, query, other.text):
            return Outcome(None, "returns other rows on the copy")
        rounds = await _played(proving, query, other, until)
    except NotRun as error:
        return Outcome(None, f"cannot be executed on the copy: {error}")
    if rounds is None:
        return Outcome(None, NOT_MEASURED)
    workload = proving.workload_at(proving.side)
    verdict = judge(workload, [rounds])
    found = Proof([proof_of(workload, rounds)], workload.before_ms, verdict.saved, len(rounds.before))
    return Outcome(found, verdict.why, proving.side, proving.plans)


async def _rows(running: Running, query: Query) -> Sequence[object] | None:
    """What the statement returns for each of its values; None where it does not get to an end: what cannot be compared
    is not refused for it."""
    try:
        return await _told(running, query, query.text)
    except NotRun:
        return None


async def _told(running: Running, query: Query, text: str) -> Sequence[object]:
    return [await running.fetched(query, _ROWS.format(text), arguments(query, binding)) for binding in query.bindings]


async def _played(proving: Proving, query: Query, other: Query, until: Until) -> Rounds | None:
    found: tuple[list[Execution], list[Execution]] = ([], [])
    times = repeats(proving.workload.statements[query.id].before_ms, len(query.bindings))
    number: int = 0
    looks: tuple[int, ...] = (1,)
    while number < looks[-1] and not until.over:
        began = monotonic()
        played = {at: await proving.bench.running.executed((query, other)[at], times) for at in order((0, 1), number)}
        for at, execution in played.items():
            found[at].append(execution)
        number += 1
        looks = rounds_for(monotonic() - began) if number == 1 else looks
        if number in looks and judge(proving.workload_at(proving.side), [_rounds(query, found)]).clear:
            break
    return _rounds(query, found) if number > 1 else None


def _rounds(query: Query, found: tuple[Sequence[Execution], Sequence[Execution]]) -> Rounds:
    return Rounds(query.id, *found)
