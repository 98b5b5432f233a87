"""One captured statement at a time: prepared, sampled for and tried out. Nothing is ever written."""

import asyncio
import json
import math
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import asyncpg
from sqlglot import exp

from plimsoll.core.schema import Table
from plimsoll.core.sql.tokens import parameters, renumbered
from plimsoll.core.sql.values import Cell, guess_of
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.calibrating import Effort
from plimsoll.load.importers.capture.extremes import extremes_query
from plimsoll.load.importers.capture.finding import uses_of
from plimsoll.load.importers.capture.journeys import Captured, Parameter
from plimsoll.load.importers.capture.mending import MISMATCHED, mended
from plimsoll.load.importers.capture.parsing import Parsed, Relation, parsed, relation_of
from plimsoll.load.importers.capture.picking import Sampled, parameter_rows
from plimsoll.load.importers.capture.sampling import Sample, samples_of, typing_queries
from plimsoll.load.importers.capture.text import with_types, with_whole_lists
from plimsoll.load.importers.capture.uses import SAMPLED
from plimsoll.postgres.error_classes import error_class
from plimsoll.workflows.capturing.facts import Functions, reading, type_names

TRYING_S: Final = 10.0  # for the calls of one statement; the one under way then is still waited for
EXTREMES_S: Final = 1.0  # for the ends of a range, which an index tells at once
MENDED_MAX: Final = 50  # tries to prepare one statement
# EXPLAIN of a statement that writes binds its values and checks rights, in a READ ONLY transaction too.
_PLANNED: Final = "EXPLAIN (FORMAT JSON)"
_ANALYZED: Final = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF, FORMAT JSON)"
_FAILING: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError, ArithmeticError,
)  # fmt: skip
_MADE: Final[Mapping[str, Any]] = {"uuid": "00000000-0000-4000-8000-000000000000", "number": 2**30}  # made anew later


class CannotCaptureError(Exception):
    """Why a statement becomes no journey."""


def told(error: BaseException) -> str:
    """What the server said, on one line."""
    return f"{error_class(error)}: {str(error).strip().partition(chr(10))[0]}"[:200]


async def prepare(connection: asyncpg.Connection, statement: WorkloadStatement, timeout_s: float) -> Draft:
    """The statement in a form that the server prepares, with its parameters' types. Raises CannotCaptureError."""
    query = renumbered(with_whole_lists(statement.query)[0])[0]
    for _ in range(MENDED_MAX):
        try:
            async with reading(connection, timeout_s):
                made = await connection.prepare(query)
                types = [one.oid for one in made.get_parameters()]
        except asyncpg.PostgresError as error:
            position = int(getattr(error, "position", None) or 0)
            better = mended(query, str(error.sqlstate), position, str(error))
            if better is None and error.sqlstate in MISMATCHED:
                better = await _typed(connection, query, timeout_s)
            if better is None:
                hint = "; its schema may be missing in the search_path" if error.sqlstate == "42P01" else ""
                raise CannotCaptureError(f"the server does not prepare it: {told(error)}{hint}") from error
            query = renumbered(better)[0]
            continue
        except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise CannotCaptureError(f"the driver does not prepare it: {told(error)}") from error
        names, enums = await type_names(connection, types)
        by_number = {number: names[oid] for number, oid in enumerate(types, 1)}
        return Draft(statement, query, parsed(query), by_number, enums)
    raise CannotCaptureError("the server does not prepare it, however it is mended")


async def _typed(connection: asyncpg.Connection, query: str, timeout_s: float) -> str | None:
    """The statement with a cast for each parameter, to the type of what it is compared with or stored into.

    None where that changes nothing.
    """
    whole = parsed(query)
    found: dict[int, str] = {}
    for one in typing_queries(whole, parameters(query)) if whole is not None else ():
        try:
            async with reading(connection, timeout_s):
                made = await connection.prepare(one.query)
        except asyncpg.PostgresError:
            continue
        oids = [attribute.type.oid for attribute in made.get_attributes()]
        names, _ = await type_names(connection, oids)
        found |= {numbers[0]: names[oid] for numbers, oid in zip(one.columns, oids, strict=True)}
    better = with_types(query, found)
    return better if better != query else None


def understood(draft: Draft, functions: Functions, columns: Sequence[str]) -> Draft:
    """With what each parameter is used for. Raises CannotCaptureError."""
    if not draft.types:
        return draft
    if draft.parsed is None:
        raise CannotCaptureError("its parameters are not understood")
    uses = uses_of(draft.parsed, draft.types, functions.own, columns)
    found = Draft(draft.statement, draft.query, draft.parsed, draft.types, draft.enums, uses)
    if found.unknown:
        raise CannotCaptureError(found.unknown)
    return found


async def values_for(
    connection: asyncpg.Connection,
    draft: Draft,
    sizes: Mapping[Relation, int],
    table: Table | None,
    random: Random,
    timeout_s: float,
) -> list[dict[int, Cell]]:
    """Rows of parameters, from the rows that the statement joins; where it finds none, from its first table alone."""
    if draft.parsed is None or not any(use.kind in SAMPLED or use.kind == "span" for use in draft.uses):
        return []
    why, slow = "", False
    unset = unset_by(draft, table)
    for joined, of_sizes, without in ((True, sizes, unset), (True, {}, ()), (False, sizes, ())):
        if joined and slow:
            continue
        samples = samples_of(draft.parsed, draft.uses, draft.types, of_sizes, joined=joined, unset=without)
        try:
            sampled = [await _sampled(connection, one, timeout_s) for one in samples]
        except asyncpg.PostgresError as error:
            why = why or f"values for it cannot be read: {told(error)}"
            slow = slow or isinstance(error, asyncpg.QueryCanceledError)
            continue
        ends = await _extremes(connection, draft, min(timeout_s, EXTREMES_S))
        rows = parameter_rows(draft.uses, draft.types, sampled, list_size=draft.list_size, random=random, extremes=ends)
        if rows:
            return rows
    if why or any(use.kind in ("stored", "rows") for use in draft.uses):
        raise CannotCaptureError(why or "no row has values like those that it stores")
    return _made_up(draft)


def _made_up(draft: Draft) -> list[dict[int, Cell]]:
    """One row for what finds nothing, as in an empty table. Raises CannotCaptureError."""
    drawn = [use.number for use in draft.uses if use.kind in SAMPLED or use.kind == "span"]
    sampled = {number: guess_of(draft.types[number]) for number in drawn}
    if None in sampled.values():
        raise CannotCaptureError("no row has values to compare with")
    return [dict(sampled)]


async def _extremes(connection: asyncpg.Connection, draft: Draft, timeout_s: float) -> dict[int, list[Cell]]:
    """The ends of ranges by parameter, where the server finds them in no time."""
    found = {}
    for use in draft.uses:
        query = extremes_query(use, draft.types[use.number])
        if query is None:
            continue
        try:
            async with reading(connection, timeout_s):
                found[use.number] = [row[0] for row in await connection.fetch(query) if row[0] is not None]
        except asyncpg.PostgresError:
            continue
    return found


async def _sampled(connection: asyncpg.Connection, sample: Sample, timeout_s: float) -> Sampled:
    async with reading(connection, timeout_s):
        rows = await connection.fetch(sample.query)
    return Sampled(sample, [tuple(row) for row in rows])


async def try_out(
    connection: asyncpg.Connection,
    one: Captured,
    places: Sequence[int],
    timeout_s: float,
    *,
    run: bool,
    enough: float = math.inf,
) -> dict[int, Effort]:
    """What the statement reads with the parameters at `places` of its rows, by place in `places`; without `run` it is
    only planned. What is larger than `enough` ends that.

    Raises CannotCaptureError where it works with none of them.
    """
    explain = _ANALYZED if run else _PLANNED
    failure: Exception | None = None
    tried: dict[int, Effort] = {}
    clock = asyncio.get_running_loop().time
    ending = clock() + TRYING_S
    for rank, place in enumerate(places):
        try:
            values = _call(one, one.rows[place] if one.rows else ())
            async with reading(connection, timeout_s):
                tried[rank] = _effort(await connection.fetchval(f"{explain} {one.query}", *values))
        except _FAILING as error:
            failure = error
        if clock() > ending or (rank in tried and tried[rank].size > enough):
            break
    if not tried and failure is not None:
        raise CannotCaptureError(f"it fails with the values found for it: {told(failure)}") from failure
    return tried


def _effort(plan: str) -> Effort:
    top = json.loads(plan)[0]["Plan"]
    pages = top.get("Shared Hit Blocks", 0) + top.get("Shared Read Blocks", 0)
    return Effort(float(pages), float(top.get("Actual Rows", 0)))


def _call(one: Captured, row: Sequence[Cell]) -> list[Any]:
    cells = {column.number: cell for column, cell in zip(one.columns, row, strict=True)}
    return [_value(parameter, cells.get(parameter.number, parameter.value)) for parameter in one.parameters]


def _value(parameter: Parameter, cell: Cell) -> Any:
    if parameter.way in _MADE:
        return [_MADE[parameter.way]] * parameter.many if parameter.many else _MADE[parameter.way]
    return None if cell is None else parameter.reading.read(cell)


def insert_target(whole: Parsed | None) -> Relation | None:
    """The table into which a statement inserts."""
    insert = whole.tree.find(exp.Insert) if whole is not None else None
    if insert is None:
        return None
    target = insert.this.this if isinstance(insert.this, exp.Schema) else insert.this
    return relation_of(target) if isinstance(target, exp.Table) else None


def update_target(whole: Parsed | None) -> Relation | None:
    """The table that a statement updates."""
    tree = whole.tree if whole is not None else None
    return relation_of(tree.this) if isinstance(tree, exp.Update) and isinstance(tree.this, exp.Table) else None


def unset_by(draft: Draft, table: Table | None) -> list[str]:
    """Columns that an INSERT leaves NULL."""
    if table is None:
        return []
    stored = {use.name for use in draft.uses if use.kind in ("stored", "rows")}
    return [
        column.name
        for column in table.columns
        if column.nullable and column.default is None and not (column.identity or column.generated)
        and column.name not in stored and not re.search(rf"\b{re.escape(column.name)}\b", draft.query)
    ]  # fmt: skip


def columns_of(table: Table | None) -> list[str]:
    """The columns into which `INSERT INTO t VALUES` writes, in order."""
    return [] if table is None else [column.name for column in table.columns]
