"""Reading feeds that must be read once before the load: queries and files."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.load.language.csv_feed import read_csv
from plimsoll.load.language.feeding import ROWS_MAX, Feed, Source, rows_to_values


async def read_feeds(feeds: Sequence[Feed], connection: asyncpg.Connection | None) -> Mapping[int, list[Any]]:
    """The values of every feed that has to be read, by its number; each source is read once.

    `connection` is None without a database. Raises UsageError.
    """
    read: dict[int, list[Any]] = {}
    values: dict[int, list[Any]] = {}
    for feed in feeds:
        source = feed.source
        if source.kind in ("range", "generate"):
            continue
        if id(source) not in read:
            read[id(source)] = await _read(source, connection)
        if not read[id(source)]:
            raise UsageError(
                f"{source.describe()} is empty",
                where=source.where,
                why="there is nothing to draw",
                remedy="fill what it reads, or leave the feed out",
            )
        values[feed.number] = read[id(source)]
    return values


async def _read(source: Source, connection: asyncpg.Connection | None) -> list[Any]:
    if source.kind == "values":
        return list(source.detail)
    if source.kind == "csv":
        return read_csv(source)
    if connection is None:
        raise UsageError(
            f"cannot read {source.describe()}",
            where=source.where,
            why="there is no database: only a URL was given",
            remedy="--dsn DSN beside --url",
        )
    return await _query(source, connection)


async def _query(source: Source, connection: asyncpg.Connection) -> list[Any]:
    try:
        async with connection.transaction(readonly=True):
            statement = await connection.prepare(source.detail)
            names = [attribute.name for attribute in statement.get_attributes()]
            rows: list[Any] = []
            async for row in statement.cursor(prefetch=10_000):
                if len(rows) >= ROWS_MAX:
                    raise UsageError(
                        "too many rows",
                        where=source.where,
                        why=f"a feed holds at most {ROWS_MAX:,}",
                        remedy="add a LIMIT",
                    )
                rows.append(row)
    except asyncpg.PostgresError as error:
        raise UsageError(
            f"cannot read {source.describe()}",
            where=source.where,
            why=f"{error.sqlstate}: {error}",
            remedy="mend the query; a feed may only read",
        ) from error
    if not names:
        raise UsageError(f"{source.describe()} returns no columns", where=source.where, remedy="write a SELECT")
    return rows_to_values(names, rows)
