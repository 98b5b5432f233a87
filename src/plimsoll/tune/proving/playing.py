"""Statements played on two sides of a copy, by turns, until enough is known or the time is up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.judging import Rounds, Workload
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.schedule import ROUNDS_MIN, order, repeats, rounds_for
from plimsoll.tune.proving.sides import NONE, Side, Switch
from plimsoll.tune.proving.vacuuming import tidy
from plimsoll.tune.until import Until

DEAD_SHARE: Final = 0.02  # of a table's rows, rolled back ones, from which it is vacuumed between rounds


@dataclass
class Bench:
    """Where it is measured. `ended` are executions of statements that run into the time limit without any change: they
    are not repeated, as nothing more is learnt from it."""

    running: Running
    switch: Switch
    workload: Workload
    ended: Mapping[str, Execution] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that the server refuses on the second side."""

    query: str
    why: str


async def play(
    bench: Bench,
    sides: tuple[Side, Side],
    queries: Sequence[str],
    until: Until,
    enough: Callable[[Sequence[Rounds]], bool],
) -> list[Rounds] | Broken:
    """Whole rounds only; none where the time, stretched for it, is up before there are enough to judge by."""
    found: tuple[dict[str, list[Execution]], dict[str, list[Execution]]] = ({}, {})
    number: int = 0
    looks: tuple[int, ...] = (1,)
    await tidy(bench.running.connection, bench.switch)
    while number < looks[-1] and queries:
        now, began = until if number >= ROUNDS_MIN else until.stretched, monotonic()
        if now.over:
            break
        try:
            played = {at: await _side(bench, sides, at, queries, now, found[at]) for at in order((0, 1), number)}
        except NotRun as error:
            return Broken(*error.args)
        if any(one is None for one in played.values()):
            break
        for at, executions in played.items():
            for query, execution in (executions or {}).items():
                found[at].setdefault(query, []).append(execution)
        number += 1
        if number == 1:
            looks = rounds_for(took_s := monotonic() - began)
            if (ROUNDS_MIN - 1) * took_s > now.left_s:
                break
        if number in looks and enough(_rounds(found, queries)):
            break
        await tidy(bench.running.connection, bench.switch, DEAD_SHARE)
    return _rounds(found, queries) if number >= ROUNDS_MIN else []


async def _side(
    bench: Bench,
    sides: tuple[Side, Side],
    at: int,
    queries: Sequence[str],
    until: Until,
    known: Mapping[str, Sequence[Execution]],
) -> dict[str, Execution] | None:
    """One side of a round; None where the time was up before its end. What ran into the limit once is not repeated."""
    await bench.switch.show(sides[at])
    found: dict[str, Execution] = {}
    for query in queries:
        if until.over:
            return None
        ended = next((one for one in known.get(query, ()) if one.bound), None)
        found[query] = ended or await _execution(bench, query, sides, at)
    return found


async def _execution(bench: Bench, query: str, sides: tuple[Side, Side], at: int) -> Execution:
    """The first side is what it takes at least without the change, the second at most with it."""
    if query in bench.ended and sides[at] == NONE:
        return bench.ended[query]
    one = bench.workload.statements[query]
    times = repeats(one.before_ms, len(one.query.bindings))
    try:
        return await bench.running.executed(sides[at].asked(one.query), times, least=at == 0)
    except NotRun as error:
        raise NotRun(query, str(error)) from error


def _rounds(
    found: tuple[dict[str, list[Execution]], dict[str, list[Execution]]], queries: Sequence[str]
) -> list[Rounds]:
    before, after = found
    return [Rounds(query, before[query], after[query]) for query in queries if query in before]
