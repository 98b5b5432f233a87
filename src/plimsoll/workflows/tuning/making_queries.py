"""A workload's statements as queries that a database under advice can be asked: typed, with values that it takes.

Values are of the database's rows. They are for asking while the advice is worked out, and are written to no file.
"""

import asyncio
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

import asyncpg
from sqlglot import exp

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.sql.casting import cast_from_text
from plimsoll.core.sql.sent import cell_of
from plimsoll.core.sql.tokens import names_of
from plimsoll.core.sql.values import Cell, guess_of, reading_of
from plimsoll.core.tuning.query import Binding, LeftOut, Query
from plimsoll.load.importers.capture.building import Draft, fixed_of, readable
from plimsoll.load.importers.capture.calibrating import is_loose
from plimsoll.load.importers.capture.journeys import label_of
from plimsoll.load.importers.capture.parsing import Relation
from plimsoll.postgres.asking import plan_of
from plimsoll.postgres.column_statistics import read_statistics
from plimsoll.tune.workload.asked import Asked
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.capturing.making import TRIPPED
from plimsoll.workflows.capturing.statements import CannotCaptureError, told
from plimsoll.workflows.capturing.understanding import Understanding
from plimsoll.workflows.tuning.freshening import freshened
from plimsoll.workflows.tuning.paging import FAR, skipped
from plimsoll.workflows.tuning.picking import (
    TRIED_LOOSE,
    TRIED_MAX,
    Picked,
    binding_of,
    column_of,
    page_of,
    pick,
    returns_what_it_finds,
    settled,
    unanchored,
)

LOOKING_S: Final = 120.0  # for values of all statements; nearly all are found in milliseconds
_FLOAT: Final = "double precision"
_PART: Final = "0.5"  # of something, where nothing tells what a number that is not whole was
_DATA: Final = "22"  # the class of errors that quote a value
_NAMED_MAX: Final = 5
_TABLES: Final = ("r", "p", "m")  # what has statistics
_REFUSING: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError, ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """Queries, and statements that cannot be asked."""

    queries: Sequence[Query]
    left_out: Sequence[LeftOut]
    notes: Sequence[str] = ()


class QueryMaker:
    """Of the statements of one database that were sorted out and looked up by `found`."""

    def __init__(self, connection: asyncpg.Connection, found: Understanding, timeout_s: float, random: Random) -> None:
        self._connection = connection
        self._found = found
        self._timeout_s = timeout_s
        self._random = random
        self._statistics: Mapping[TableName, TableStatistics] = {}

    async def made(self, chosen: Sequence[Asked], stop: asyncio.Event) -> Made:
        """A query for each that can be asked. `stop` leaves the rest out."""
        notes = await self._read_statistics({word.lower() for one in chosen for word in names_of(one.text)})
        ending = asyncio.get_running_loop().time() + LOOKING_S
        stopped = stop.is_set()  # a window that was ended early has set it: its statements are still wanted
        queries, left_out = [], []
        for one in chosen:
            late = asyncio.get_running_loop().time() > ending
            if late or (stop.is_set() and not stopped):
                why = f"{LOOKING_S:g} s went into values of heavier ones" if late else "stopped before it was looked at"
                left_out.append(LeftOut(one.text, one.calls, one.total_ms, why))
                continue
            try:
                queries.append(await self._query(one))
            except CannotCaptureError as error:
                left_out.append(LeftOut(one.text, one.calls, one.total_ms, str(error)))
            except TRIPPED as error:
                why = f"it is not understood ({type(error).__name__})"
                left_out.append(LeftOut(one.text, one.calls, one.total_ms, why))
        return Made(queries, left_out, notes)

    async def _read_statistics(self, words: Collection[str]) -> list[str]:
        """Of columns that are named. What is to be said of it: without them, which values are common is not known."""
        names = [one.name for one in self._found.facts.values() if one.kind in _TABLES]
        try:
            async with reading(self._connection, self._timeout_s):
                await self._connection.execute("SET LOCAL ROLE NONE")  # row security hides them from the application
                every = await read_statistics(self._connection, names, readable={}, readable_if_few={})
                columns = {name: [each for each in one.columns if each.lower() in words] for name, one in every.items()}
                self._statistics = await read_statistics(self._connection, names, readable=columns, readable_if_few={})
        except asyncpg.PostgresError as error:
            return [f"which values are common is not known: {told(error)}"]
        bare = [name for name in names if not self._statistics[name].columns and self._statistics[name].rows != 0]
        unknown = sorted(map(str, bare))
        if not unknown:
            return []
        some = ", ".join(unknown[:_NAMED_MAX]) + (" and others" if len(unknown) > _NAMED_MAX else "")
        return [f"which values are common in {some} is not known: never analyzed, or statistics hidden from this role"]

    async def _query(self, one: Asked) -> Query:
        """Raises CannotCaptureError."""
        try:
            return await self._with_parameters(one)
        except CannotCaptureError:
            literal = await self._as_sent(one)
            if literal is None:
                raise
            return literal

    async def _as_sent(self, one: Asked) -> Query | None:
        """With the constants that it was sent with once, where it cannot be asked without."""
        try:
            draft = await self._found.prepared(replace(one, text=one.literal).statement) if one.literal else None
            if draft is None or draft.types or _inserts(draft):
                return None
            bare = replace(_bare(one, draft), label=label_of(draft.parsed, ()))
            return await self._taken(bare, [Picked({}, "real", 1.0)], ())
        except CannotCaptureError:
            return None

    async def _with_parameters(self, one: Asked) -> Query:
        """Raises CannotCaptureError."""
        draft = await self._found.prepared(one.statement)
        numbers = sorted(draft.types)
        bare = _bare(one, draft)
        if one.seen:
            query = await self._asked_as_seen(bare, one, draft)
            if query is not None:
                return query
        draft, rows = await self._found.with_values(draft)
        bare = replace(bare, label=label_of(draft.parsed, draft.uses))
        if not numbers:
            return await self._taken(bare, [Picked({}, "sampled", 1.0)], numbers)
        told_rows = one.rows_per_call if one.rows_per_call > 0 and returns_what_it_finds(draft.parsed) else None
        loose = told_rows is not None and is_loose(draft)
        picked = self._picked(draft, rows, TRIED_LOOSE if loose else TRIED_MAX, one.rows_per_call)
        return await self._taken(bare, await self._paged(bare, draft, picked), numbers, told_rows, loose=loose)

    async def _paged(self, bare: Query, draft: Draft, picked: Sequence[Picked]) -> Sequence[Picked]:
        """With OFFSET as far as the time of its calls tells."""
        offsets = [use.number for use in draft.uses if use.kind == "offset"]
        if len(offsets) != 1 or not bare.total_ms or not picked:
            return picked
        (number,), numbers = offsets, sorted(draft.types)
        far = replace(picked[0], row={**picked[0].row, number: str(FAR)})
        try:
            first, last = [await self._plan(bare, binding_of(one, numbers)) for one in (picked[0], far)]
        except _REFUSING:
            return picked
        rows = skipped(first, last, bare.mean_ms)
        return [replace(one, row={**one.row, number: str(rows)}) for one in picked]

    def _picked(
        self, draft: Draft, rows: Sequence[Mapping[int, Cell]], tried: int, rows_per_call: float
    ) -> list[Picked]:
        """Raises CannotCaptureError."""
        fit = unanchored(draft, readable(draft, rows))
        if rows and not fit:
            raise CannotCaptureError("none of the values found for it can be read")
        fixed: dict[int, Cell] = dict(fixed_of(draft)[0])
        fixed |= {use.number: _PART for use in draft.uses if use.kind == "guess" and draft.types[use.number] == _FLOAT}
        fixed |= {use.number: str(page_of(rows_per_call)) for use in draft.uses if use.kind == "limit"}
        picked = pick(draft, fit, self._known(draft), tried) or [Picked({}, "guessed", 1.0)]
        if len(picked) == 1 and all(cell == guess_of(draft.types[n]) for n, cell in picked[0].row.items()):
            picked = [replace(picked[0], origin="guessed")]  # no row was found, as in an empty table
        whole = [replace(one, row=fixed | dict(one.row)) for one in picked]
        table = self._found.table(draft) or self._found.updated(draft)
        return freshened(draft, table, whole, fit, self._random)

    def _known(self, draft: Draft) -> dict[int, tuple[ColumnStatistics, int]]:
        """What the planner knows of the columns that parameters are equal to."""
        tables = _tables(draft, self._found)
        found = {}
        for use in draft.uses:
            place = column_of(use, tables) if use.kind == "equal" else None
            statistics = self._statistics.get(self._found.facts[place[0]].name) if place is not None else None
            column = statistics.columns.get(place[1]) if place is not None and statistics is not None else None
            if column is not None and statistics is not None:
                found[use.number] = (column, statistics.rows or 0)
        return found

    async def _asked_as_seen(self, bare: Query, one: Asked, draft: Draft) -> Query | None:
        """With the values that it was really sent with; None where the server takes none of them any more."""
        numbers = sorted(draft.types)
        picked = []
        for seen in one.seen[:TRIED_MAX]:
            try:
                cells = [cell_of(value, draft.types[n]) for n, value in zip(numbers, seen.values, strict=True)]
            except ValueError:
                continue
            picked.append(Picked(dict(zip(numbers, cells, strict=True)), "real", max(seen.calls, 1e-9)))
        try:
            draft = self._with_uses(draft)
            labelled = replace(bare, label=label_of(draft.parsed, draft.uses))
            return await self._taken(labelled, self._stored_anew(draft, picked), numbers) if picked else None
        except CannotCaptureError:
            return None

    def _with_uses(self, draft: Draft) -> Draft:
        """As far as they are understood: values that were sent are such without."""
        try:
            return self._found.with_uses(draft)
        except CannotCaptureError:
            if _inserts(draft):
                raise
            return draft

    def _stored_anew(self, draft: Draft, picked: Sequence[Picked]) -> Sequence[Picked]:
        """What was stored then is there now: an INSERT would break its key, and an UPDATE change nothing."""
        table = self._found.table(draft) or self._found.updated(draft)
        return freshened(draft, table, picked, [one.row for one in picked], self._random)

    async def _taken(
        self,
        bare: Query,
        picked: Sequence[Picked],
        numbers: Sequence[int],
        rows_per_call: float | None = None,
        *,
        loose: bool = False,
    ) -> Query:
        """With those bindings that the server plans. Raises CannotCaptureError where there is none."""
        planned, failure = [], None
        for one in picked:
            try:
                planned.append((one, await self._rows(bare, binding_of(one, numbers))))
            except _REFUSING as error:
                failure = error
        if not planned:
            why = (
                f"it fails with the values found for it: {without_values(failure)}"
                if failure
                else "no value is found for it"
            )
            raise CannotCaptureError(why) from failure
        bindings = [binding_of(one, numbers) for one in settled(planned, rows_per_call, loose=loose)]
        return replace(bare, bindings=tuple(bindings))

    async def _rows(self, query: Query, binding: Binding) -> float:
        """That the planner expects. Raises what the driver raises."""
        return (await self._plan(query, binding)).rows

    async def _plan(self, query: Query, binding: Binding) -> PlanNode:
        """Raises what the driver raises."""
        async with reading(self._connection, self._timeout_s):
            return await plan_of(self._connection, query, binding)


def _bare(one: Asked, draft: Draft) -> Query:
    types = draft.types
    casts = {number: name for number, name in types.items() if reading_of(name, is_enum=name in draft.enums).cast}
    text = cast_from_text(draft.query, casts)
    return Query(
        id=one.id or hashlib.sha256(one.text.encode()).hexdigest()[:16],
        text=text,
        sent=draft.query if draft.query != text else "",
        calls=one.calls,
        total_ms=one.total_ms,
        rows_per_call=one.rows_per_call,
        types=tuple(types[number] for number in sorted(types)),
        enums=draft.enums,
        writes=draft.parsed is not None and draft.parsed.effect == "writes",
    )


def without_values(error: Exception) -> str:
    """What the server or the driver said, without the value that it could not take."""
    tells = not isinstance(error, asyncpg.PostgresError) or str(error.sqlstate).startswith(_DATA)
    return re.sub(r"([\"']).*\1", "…", told(error)) if tells else told(error)


def _inserts(draft: Draft) -> bool:
    tree = draft.parsed.tree if draft.parsed is not None else None
    return tree is not None and not isinstance(tree, exp.Merge) and tree.find(exp.Insert) is not None


def _tables(draft: Draft, found: Understanding) -> list[Relation]:
    relations = draft.parsed.relations if draft.parsed is not None else ()
    return [one for one in relations if one in found.facts and found.facts[one].kind in _TABLES]
