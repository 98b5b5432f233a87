"""The proof of an index for a foreign key that no statement of the workload shows a use of: what the server asks the
table that refers for each row that is deleted on the other side is asked here, with values that are there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

import asyncpg

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.schema import ForeignKey
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.core.units import format_ms
from plimsoll.tune.foreign_keys import foreign_keys_of
from plimsoll.tune.proving.judging import SAVED_SHARE_MIN, Rounds, Verdict, Workload, judge, told, weighed
from plimsoll.tune.proving.playing import Bench, Broken, play
from plimsoll.tune.proving.running import NotRun, Running
from plimsoll.tune.proving.sides import Side
from plimsoll.tune.proving.state import Proving
from plimsoll.tune.until import Until

FORM: Final = "foreign-key"
_CHECK: Final = "check"
_VALUES: Final = 5
_READ: Final = 1000  # rows to draw them from


@dataclass(frozen=True, slots=True)
class Told:
    """What speaks against the index ("" where nothing does), and what it gives."""

    why: str
    gives: str = ""


def deleting(workload: Workload, change: Change, rounds: Sequence[Rounds]) -> Told | None:
    """By the statements that delete; None where none of them was measured to gain."""
    found = [one for one in rounds if one.query in change.queries and told(one) == "better"]
    return Told("", f"{workload.name(found[0].query)}: {_times(found[0])}") if found else None


async def checked(proving: Proving, change: Change, sides: tuple[Side, Side], until: Until) -> Told | None:
    """By what the server asks; None where that was not measured."""
    query = await _query(proving, change)
    if query is None:
        return Told("nothing refers to a row by this foreign key, so that no check could be measured")
    bench = await _bench(proving, query)
    rounds = await play(bench, sides, [_CHECK], until, lambda _: True)
    if isinstance(rounds, Broken) or not rounds or len(rounds[0].before) < 2:
        return None
    words = f"looking for rows that refer to a deleted one takes {_times(rounds[0])}"
    why = "" if told(rounds[0]) == "better" else f"the check of the foreign key is not faster with it: {words}"
    return Told(why, words)


def _times(one: Rounds) -> str:
    before, after = (median(each.ms for each in side) for side in (one.before, one.after))
    return f"{format_ms(after)} rather than {format_ms(before)}"


def cheap(workload: Workload, rounds: Sequence[Rounds], upkeep_ms: float) -> Verdict:
    """Whether writers can bear it: nothing of the workload gains, so that all it costs is lost."""
    verdict = judge(workload, rounds, upkeep_ms)
    lost, whole = -verdict.saved.value, workload.before_ms
    if verdict.why.startswith("makes an important"):
        return verdict
    if lost > SAVED_SHARE_MIN * whole and verdict.saved.high < 0:
        return Verdict(
            f"writing costs {lost / whole:.2g} of the workload's time, and nothing of it deletes", True, verdict.saved
        )
    return Verdict("", True, verdict.saved)


def key_of(proving: Proving, change: Change) -> ForeignKey | None:
    """The foreign key that the index is for."""
    if change.index is None:
        return None
    columns = change.index.columns
    keys = foreign_keys_of(proving.facts, change.index.table)
    return next((one for one in keys if set(one.columns) == set(columns[: len(one.columns)])), None)


async def _query(proving: Proving, change: Change) -> Query | None:
    """As the server writes it (ri_triggers.c), with a few values that are referred to."""
    key = key_of(proving, change)
    table = proving.facts.tables.get(change.index.table) if change.index else None
    if key is None or table is None:
        return None
    types = [table.table.column(name).type.name for name in key.columns]
    conditions = [
        f"x.{quote_identifier(name)} = ${at}::text::{kind}"
        for at, (name, kind) in enumerate(zip(key.columns, types, strict=True), 1)
    ]
    only = "" if table.table.partitioning else "ONLY "
    text = f"SELECT 1 FROM {only}{table.table.name.quoted} x WHERE {' AND '.join(conditions)} FOR KEY SHARE OF x"
    names = ", ".join(f"{quote_identifier(name)}::text" for name in key.columns)
    there = " AND ".join(f"{quote_identifier(name)} IS NOT NULL" for name in key.columns)
    try:
        rows = await proving.bench.running.connection.fetch(
            f"SELECT DISTINCT {names} FROM (SELECT * FROM {table.table.name.quoted} WHERE {there} LIMIT {_READ}) "
            f"AS referring LIMIT {_VALUES}"
        )
    except asyncpg.PostgresError:
        return None
    bindings = tuple(Binding(tuple(row), share=1 / len(rows)) for row in rows)
    return Query(_CHECK, text, 1.0, 0.0, types=("text",) * len(types), bindings=bindings) if rows else None


async def _bench(proving: Proving, query: Query) -> Bench:
    """As the table's owner asks, whatever the application may do."""
    bench = proving.bench
    running: Running = replace(bench.running, clone=replace(bench.running.clone, role="", session={}))
    await bench.switch.show(proving.side)
    try:
        execution = await running.executed(query, 1)
    except NotRun:
        return replace(bench, running=running, workload=Workload({query.id: weighed(query, 1.0)}), ended={})
    return replace(bench, running=running, workload=Workload({query.id: weighed(query, execution.ms)}), ended={})
