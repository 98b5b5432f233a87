"""The proof of a statement written differently: it returns the same rows for every value asked with, and is faster."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.core.units import format_ms
from plimsoll.postgres.asking import arguments
from plimsoll.tune.proving.judging import judge, proof_of
from plimsoll.tune.proving.playing import Broken, play
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.state import UNMEASURED, Outcome, Proving
from plimsoll.tune.until import Until

# Of all rows at once and whatever their order; equal rows count as often as they are there.
_ROWS: Final = "SELECT count(*), coalesce(sum(pg_catalog.hashtextextended(r::text, 0)), 0) FROM ({}) AS r"
_OF_TYPES: Final = ("cast", "function-on-column")  # compare values of another type, which has others at its ends
# What nobody has sampled: fractions, what is out of range, what is no number or no value at all.
_ENDS: Final = {
    **dict.fromkeys(("numeric", "double precision", "real"), ("0.5", "1.5", "1e30", "-1e30", "NaN")),
    **dict.fromkeys(("text", "character varying"), ("", "1.0", "01", "99999999999999999999", "a")),
}


async def prove_rewrite(proving: Proving, change: Change, until: Until) -> Outcome:
    """On the copy with what was accepted; the copy is not changed."""
    one = proving.workload.statements.get(change.subject)
    if one is None or one.query.writes:
        return Outcome(None, "the statement cannot be executed on the copy", measured=False)
    query, other = one.query, replace(one.query, text=change.after)
    await proving.bench.switch.show(proving.side)
    try:
        rows = await _rows(proving.bench.running, query)
    except NotRun as error:  # what cannot be compared is not refused for it
        return Outcome(None, await _why(proving, query, other, error), measured=False)
    try:
        if rows != await _rows(proving.bench.running, other):
            return Outcome(None, "returns other rows on the copy")
        beyond = await _differs_beyond(proving, query, other) if change.form in _OF_TYPES else ""
        if beyond:
            return Outcome(None, f"returns other rows on the copy for {beyond}, which may be sent, too")
    except NotRun as error:
        return Outcome(None, f"cannot be executed on the copy: {error}")
    return await _measured(proving, change, until)


async def _rows(running: Running, query: Query) -> Sequence[object]:
    """What the statement returns for each of its values. Raises NotRun."""
    text = _ROWS.format(query.text)
    return [await running.fetched(query, text, arguments(query, binding)) for binding in query.bindings]


def ends(query: Query) -> Iterator[tuple[str, Binding]]:
    """The first binding, with each of its values in turn as it is at an end of its type; and that in words."""
    values = query.bindings[0].values
    for place, name in enumerate(query.types):
        for end in (*_ENDS.get(name, ()), None):
            words = f"${place + 1} = {'NULL' if end is None else repr(end)}"
            yield words, Binding((*values[:place], end, *values[place + 1 :]))


async def _differs_beyond(proving: Proving, query: Query, other: Query) -> str:
    """For which values that were not sampled it returns other rows, in words. Raises NotRun for one that it alone does
    not take."""
    for words, one in ends(query):
        if proving.until.over:
            return ""
        try:
            rows = await _rows(proving.bench.running, replace(query, bindings=(one,)))
        except NotRun:  # an error now, and may be one then
            continue
        if rows != await _rows(proving.bench.running, replace(other, bindings=(one,))):
            return words
    return ""


async def _why(proving: Proving, query: Query, other: Query, error: NotRun) -> str:
    """Why the rows of both could not be compared; where one of them takes too long, what the other takes."""
    if query.id not in proving.bench.ended:
        return f"its rows cannot be compared on the copy: {error}"
    running = proving.bench.running
    words = f"as it is it does not end within {running.limit_s:.3g} s on the copy, so that the rows cannot be compared"
    try:
        found = await running.executed(other, 1)
    except NotRun as refused:
        return f"{words}; written differently it cannot be executed there: {refused}"
    return words if found.bound else f"{words}; written differently it takes {format_ms(found.ms)}"


async def _measured(proving: Proving, change: Change, until: Until) -> Outcome:
    sides = (proving.side, proving.side.having(change))
    workload = proving.workload_at(sides)
    rounds = await play(proving.bench, sides, [change.subject], until, lambda found: judge(workload, found).clear)
    if isinstance(rounds, Broken):
        return Outcome(None, f"cannot be executed on the copy: {rounds.why}")
    if not rounds:
        return UNMEASURED
    verdict = judge(workload, rounds)
    found = Proof([proof_of(workload, rounds[0])], workload.before_ms, verdict.saved, len(rounds[0].before))
    return Outcome(found, verdict.why, proving.side, proving.plans)
