"""Rows by way of a temporary table: where COPY is refused, where checks must be tried, and for what is set later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from textwrap import shorten
from typing import Final

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.schema import Check
from plimsoll.data.drawing import Numbers
from plimsoll.data.writing.copying import Destination, Work, copy_rows, row_numbers, rows_in, spans
from plimsoll.data.writing.fill import TableFill

STAGE_ROWS: Final = 100_000  # in a temporary table at a time: what bounds the space that staging needs
PROBE_ROWS: Final = 1_000
TRIES: Final = 1_000
ROUND_MAX: Final = 32  # tries of a row that are made and looked at together
_ROWS: Final = 2**48  # above a row's number in the temporary table: its try

Failing = tuple[Check, Numbers]  # the rows that fail a check
EXPRESSION_MAX: Final = 400  # characters of a check in an error

# A column's type without its domains, whose own checks would keep out of the temporary table what is to be tried there.
_TYPES_SQL: Final = """
WITH RECURSIVE bare AS (
    SELECT a.attname, a.atttypid AS id, a.atttypmod AS modifier
    FROM pg_attribute a WHERE a.attrelid = $1::text::regclass AND a.attname = ANY ($2::text[]) AND NOT a.attisdropped
    UNION ALL
    SELECT bare.attname, t.typbasetype, t.typtypmod FROM bare JOIN pg_type t ON t.oid = bare.id WHERE t.typtype = 'd'
)
SELECT bare.attname::text, format_type(bare.id, bare.modifier) AS type
FROM bare JOIN pg_type t ON t.oid = bare.id WHERE t.typtype <> 'd'
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A temporary table shaped as some columns of a table, and a column more for the number of a row."""

    bare_name: str
    columns: tuple[str, ...]
    number: str

    @property
    def name(self) -> str:
        """For SQL."""
        return f"pg_temp.{self.bare_name}"

    @property
    def destination(self) -> Destination:
        return Destination("pg_temp", self.bare_name, (*self.columns, self.number))


def triable(fill: TableFill) -> tuple[Check, ...]:
    """The unsolved checks that staged rows can tell of; others need columns that only an insert makes."""
    return tuple(check for check in fill.unsolved if set(check.columns) <= set(fill.columns))


def is_self_referring(fill: TableFill) -> bool:
    """Then a row's parent may come after it, and all of them must be written by one statement."""
    return any(key.referenced == fill.table.name for key in fill.table.foreign_keys)


async def probe(work: Work, fill: TableFill) -> bool:
    """Whether the first rows satisfy all checks that can be tried, as they are."""
    checks, stage = triable(fill), await _stage(work, fill, "probe", fill.columns)
    await _copy(work, fill, stage, row_numbers(0, min(fill.rows, PROBE_ROWS)))
    failing = await work.connection.fetchval(f"SELECT count(*) FROM {stage.name} WHERE {violation(checks)}")
    await work.connection.execute(f"DROP TABLE {stage.name}")
    return not failing


async def fill_staged(work: Work, fill: TableFill) -> None:
    """Inserts the rows, each in the first try that satisfies the checks. Raises RefusedError if no try does."""
    stage = await _stage(work, fill, "rows", fill.columns)
    again = await _stage(work, fill, "again", tried_columns(fill))
    columns = ", ".join(map(quote_identifier, fill.columns))
    written = 0
    for start, stop in _portions(fill):
        await _copy(work, fill, stage, row_numbers(start, stop))
        await _mend(work, fill, stage, again)
        inserted = await work.connection.execute(
            f"INSERT INTO {fill.table.name.quoted} ({columns}) OVERRIDING SYSTEM VALUE "
            f"SELECT {columns} FROM {stage.name} ORDER BY {quote_identifier(stage.number)}"
        )
        await work.connection.execute(f"TRUNCATE {stage.name}")
        written += rows_in(inserted)
        work.watch.rows(str(fill.table.name), stop)
    work.written[fill.table.name] = written
    await work.connection.execute(f"DROP TABLE {stage.name}, {again.name}")


def _portions(fill: TableFill) -> Iterator[tuple[int, int]]:
    """The first is small: where no try helps, that is found out soon."""
    if is_self_referring(fill):
        return spans(0, fill.rows, max(1, fill.rows))
    return chain(spans(0, min(fill.rows, PROBE_ROWS), PROBE_ROWS), spans(PROBE_ROWS, fill.rows, STAGE_ROWS))


async def set_later(work: Work, fill: TableFill) -> None:
    """Sets the columns that close a cycle of foreign keys, by primary key. Raises RefusedError if a row is missed."""
    key = fill.table.primary_key
    names = tuple(name for name in key.columns if name is not None) if key else ()
    assert names
    stage = await _stage(work, fill, "later", (*names, *fill.later))
    quoted = {name: quote_identifier(name) for name in stage.columns}
    values = ", ".join(f"{quoted[name]} = s.{quoted[name]}" for name in fill.later)
    same = " AND ".join(f"t.{quoted[name]} = s.{quoted[name]}" for name in names)
    update = f"UPDATE {fill.table.name.quoted} t SET {values} FROM {stage.name} s WHERE {same}"
    for start, stop in spans(0, fill.rows, STAGE_ROWS):
        numbers = row_numbers(start, stop)
        await copy_rows(work, stage.destination, lambda n: _numbered(fill.later_frame(n), stage, n), numbers)
        updated = rows_in(await work.connection.execute(update))
        if updated != len(numbers):
            raise RefusedError(
                f"cannot fill {fill.table.name}",
                where=f"{fill.table.name}, column {', '.join(fill.later)}",
                why=f"{len(numbers) - updated:,} of its rows are not there or cannot be updated by this role",
                remedy="fill as the owner of the tables or a superuser",
            )
        await work.connection.execute(f"TRUNCATE {stage.name}")
    await work.connection.execute(f"DROP TABLE {stage.name}")


async def _mend(work: Work, fill: TableFill, stage: Stage, again: Stage) -> None:
    """Replaces the staged rows that fail by further tries of them: of the columns of the checks that each fails."""
    checks = triable(fill)
    failing = await _taken_out(work.connection, stage, checks)
    if failing:
        table = fill.table.name
        work.retried[table] = work.retried.get(table, 0) + len(_rows(failing))
    for attempts in _rounds():
        if failing:
            failing = await _tried(work, fill, stage, again, failing, attempts)
    if failing:
        await _copy(work, fill, again, _rows(failing))
        raise await _hopeless(work.connection, fill, again)


def _rounds() -> Iterator[range]:
    """The further tries: one at a time while most rows have good hope, then ever more at once for the others.

    How many are made at once does not depend on the rows: it decides which columns a row's next try changes.
    """
    first = 1
    while first <= TRIES:
        stop = min(first + min(max(1, first // 2), ROUND_MAX), TRIES + 1)
        yield range(first, stop)
        first = stop


async def _tried(
    work: Work, fill: TableFill, stage: Stage, again: Stage, failing: Sequence[Failing], attempts: range
) -> list[Failing]:
    """Moves the failing rows to the stage, each in the first of the attempts that satisfies all checks."""

    def retry(attempt: int, chosen: Numbers) -> None:
        for check, numbers in failing:
            fill.retry(np.intersect1d(numbers, chosen), attempt, columns_of(fill, check))

    def frame(packed: Numbers) -> pl.DataFrame:
        parts = []
        for attempt in np.unique(packed // _ROWS).tolist():
            n = packed[packed // _ROWS == attempt] % _ROWS
            retry(attempt, n)
            parts.append(_numbered(fill.frame(n, again.columns), again, n + attempt * _ROWS))
        return pl.concat(parts, how="vertical_relaxed")

    every = np.concatenate([_rows(failing) + attempt * _ROWS for attempt in attempts])
    await copy_rows(work, again.destination, frame, every)
    refused = await _taken_out(work.connection, again, triable(fill))
    met = await _first_met(work.connection, again)
    for attempt in np.unique(met // _ROWS).tolist():
        retry(attempt, met[met // _ROWS == attempt] % _ROWS)
    await _copy(work, fill, stage, np.sort(met % _ROWS))
    left = np.setdiff1d(_rows(failing), met % _ROWS) + attempts[-1] * _ROWS
    still = [(check, np.intersect1d(numbers, left) % _ROWS) for check, numbers in refused]
    return [(check, numbers) for check, numbers in still if len(numbers)]


async def _first_met(connection: asyncpg.Connection, again: Stage) -> Numbers:
    """Each row's first try of those that are left there, with its number; they are taken away."""
    number = quote_identifier(again.number)
    found = await connection.fetchval(
        f"SELECT string_agg(int8send(first), '') FROM "
        f"(SELECT min({number}) AS first FROM {again.name} GROUP BY {number} % {_ROWS}) AS one"
    )
    await connection.execute(f"TRUNCATE {again.name}")
    return np.frombuffer(found or b"", ">i8").astype(np.int64)


def tried_columns(fill: TableFill) -> tuple[str, ...]:
    """What has to be known of a row to see whether it satisfies the checks."""
    checks = triable(fill)
    known = {name for check in checks for name in columns_of(fill, check)}
    return tuple(name for name in fill.columns if name in known) or fill.columns[:1]


def _rows(failing: Sequence[Failing]) -> Numbers:
    rows: Numbers = np.unique(np.concatenate([numbers for _, numbers in failing]))
    return rows


def columns_of(fill: TableFill, check: Check) -> Sequence[str]:
    """Those that the check is about; all, where it does not say."""
    return [name for name in check.columns if name in fill.columns] or fill.columns


async def _hopeless(connection: asyncpg.Connection, fill: TableFill, last: Stage) -> RefusedError:
    """Names a check that the last try of the failing rows violates."""
    for check in triable(fill):
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {last.name} WHERE {violation([check])})"):
            return RefusedError(
                f"no rows satisfy check constraint {check.name!r}",
                where=str(fill.table.name),
                why=f"{TRIES:,} tries of a row did not satisfy {shorten(check.expression, EXPRESSION_MAX)}",
                remedy=f"state in the seed plan what {', '.join(check.columns) or 'its columns'} hold",
            )
    raise AssertionError("a row was taken out for a check that holds")


async def _taken_out(connection: asyncpg.Connection, stage: Stage, checks: Sequence[Check]) -> list[Failing]:
    """Deletes the rows that fail; returns the numbers of those that each check fails, for the checks that some do."""
    if not checks:
        return []
    each = ", ".join(violation([check]) for check in checks)
    found = await connection.fetch(
        f"WITH gone AS (DELETE FROM {stage.name} WHERE {violation(checks)} "
        f"RETURNING {quote_identifier(stage.number)} AS number, ARRAY[{each}] AS fails) "
        "SELECT place, string_agg(int8send(number), '') AS numbers "  # 8 bytes a row, where a record takes 200
        "FROM gone, unnest(fails) WITH ORDINALITY AS one (failed, place) WHERE failed GROUP BY place ORDER BY place"
    )
    return [(checks[row["place"] - 1], np.sort(np.frombuffer(row["numbers"], ">i8").astype(np.int64))) for row in found]


def violation(checks: Sequence[Check]) -> str:
    """A check holds when it is true or unknown."""
    return f"NOT coalesce({' AND '.join(f'({check.expression})' for check in checks)}, true)"


async def types_of(connection: asyncpg.Connection, fill: TableFill, columns: Sequence[str]) -> dict[str, str]:
    """Each column's, as SQL calls it."""
    return {row[0]: row[1] for row in await connection.fetch(_TYPES_SQL, fill.table.name.quoted, list(columns))}


async def _stage(work: Work, fill: TableFill, use: str, columns: tuple[str, ...]) -> Stage:
    number = "row_number"
    while number in {column.name for column in fill.table.columns}:
        number += "_"
    stage = Stage(f"plimsoll_{use}", columns, number)
    types = await types_of(work.connection, fill, columns)
    casts = [f"{quote_identifier(name)}::{types[name]} AS {quote_identifier(name)}" for name in columns]
    await work.connection.execute(
        f"CREATE TEMP TABLE {stage.name} ON COMMIT DROP AS "
        f"SELECT {', '.join(casts)}, 0::bigint AS {number} FROM {fill.table.name.quoted} WITH NO DATA"
    )
    return stage


async def _copy(work: Work, fill: TableFill, stage: Stage, numbers: Numbers) -> None:
    await copy_rows(work, stage.destination, lambda n: _numbered(fill.frame(n, stage.columns), stage, n), numbers)


def _numbered(frame: pl.DataFrame, stage: Stage, n: Numbers) -> pl.DataFrame:
    return frame.with_columns(pl.Series(stage.number, n))
