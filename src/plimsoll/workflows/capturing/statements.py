"""One captured statement at a time: prepared, sampled for and tried out. Nothing is ever written."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import asyncpg
from sqlglot import exp

from plimsoll.core.schema import Table
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.journeys import Captured, Parameter
from plimsoll.load.importers.capture.mending import mended
from plimsoll.load.importers.capture.parsing import Parsed, Relation, parsed, relation_of
from plimsoll.load.importers.capture.picking import Cell, Sampled, parameter_rows
from plimsoll.load.importers.capture.sampling import Sample, samples_of
from plimsoll.load.importers.capture.text import renumbered, with_whole_lists
from plimsoll.load.importers.capture.uses import SAMPLED, uses_of
from plimsoll.postgres.error_classes import error_class
from plimsoll.workflows.capturing.facts import Functions, reading, type_names

MENDED_MAX: Final = 50  # tries to prepare one statement
TRIED: Final = 3  # calls of a statement that reads
FETCHED_MAX: Final = 1_000  # rows of each
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
            if better is None:
                raise CannotCaptureError(f"the server does not prepare it: {told(error)}") from error
            query = renumbered(better)[0]
            continue
        except (asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise CannotCaptureError(f"the driver does not prepare it: {told(error)}") from error
        names, enums = await type_names(connection, types)
        by_number = {number: names[oid] for number, oid in enumerate(types, 1)}
        return Draft(statement, query, parsed(query), by_number, enums)
    raise CannotCaptureError("the server does not prepare it, however it is mended")


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
    connection: asyncpg.Connection, draft: Draft, sizes: Mapping[Relation, int], random: Random, timeout_s: float
) -> list[dict[int, Cell]]:
    """Rows of parameters, from the rows that the statement joins; where it finds none, from its first table alone."""
    if draft.parsed is None or not any(use.kind in SAMPLED for use in draft.uses):
        return []
    why = "no row has values to compare with"
    for joined, of_sizes in ((True, sizes), (True, {}), (False, sizes)):
        samples = samples_of(draft.parsed, draft.uses, draft.types, of_sizes, joined=joined)
        try:
            sampled = [await _sampled(connection, one, timeout_s) for one in samples]
        except asyncpg.PostgresError as error:
            why = f"values for it cannot be read: {told(error)}"
            continue
        rows = parameter_rows(draft.uses, draft.types, sampled, list_size=draft.list_size, random=random)
        if rows:
            return rows
    raise CannotCaptureError(why)


async def _sampled(connection: asyncpg.Connection, sample: Sample, timeout_s: float) -> Sampled:
    async with reading(connection, timeout_s):
        rows = await connection.fetch(sample.query)
    return Sampled(sample, [tuple(row) for row in rows])


async def try_out(connection: asyncpg.Connection, one: Captured, timeout_s: float, *, effects: str) -> None:
    """Runs what reads, for a few rows of parameters; plans what writes or calls functions with `effects`.

    Raises CannotCaptureError where none of them works.
    """
    runs = one.effect == "reads" and not effects
    failure: Exception | None = None
    calls = _calls(one)
    for values in calls:
        try:
            async with reading(connection, timeout_s):
                await _run(connection, one.query if runs else f"EXPLAIN {one.query}", values)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ValueError) as error:
            failure = error
        else:
            return
    if failure is not None:
        raise CannotCaptureError(f"it fails with the values found for it: {told(failure)}") from failure
    raise CannotCaptureError("none of the values found for it can be read")


async def _run(connection: asyncpg.Connection, query: str, values: Sequence[Any]) -> None:
    """Reads at most FETCHED_MAX rows."""
    await (await connection.cursor(query, *values)).fetch(FETCHED_MAX)


def _calls(one: Captured) -> list[list[Any]]:
    """Parameters of the first calls that can be read."""
    made: list[list[Any]] = []
    for row in one.rows or [()]:
        try:
            made.append(_call(one, row))
        except (ValueError, ArithmeticError):
            continue
        if len(made) == TRIED:
            break
    return made


def _call(one: Captured, row: Sequence[Cell]) -> list[Any]:
    cells = {column.number: cell for column, cell in zip(one.columns, row, strict=True)}
    return [_value(parameter, cells.get(parameter.number, parameter.value)) for parameter in one.parameters]


def _value(parameter: Parameter, cell: Cell) -> Any:
    if parameter.way in _MADE:
        return _MADE[parameter.way]
    return None if cell is None else parameter.reading.read(cell)


def insert_target(whole: Parsed | None) -> Relation | None:
    """The table into which a statement inserts."""
    insert = whole.tree.find(exp.Insert) if whole is not None else None
    if insert is None:
        return None
    target = insert.this.this if isinstance(insert.this, exp.Schema) else insert.this
    return relation_of(target) if isinstance(target, exp.Table) else None


def columns_of(table: Table | None) -> list[str]:
    """The columns into which `INSERT INTO t VALUES` writes, in order."""
    return [] if table is None else [column.name for column in table.columns]


