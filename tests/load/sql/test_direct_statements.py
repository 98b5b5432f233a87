"""The hot path rests on names that asyncpg keeps to itself: with the pinned version they are there, and do the same."""

import asyncio

import asyncpg

from plimsoll.load.sql.session import run_directly


def test_the_drivers_inner_call_is_there_and_gives_the_same_rows(database: str) -> None:
    async def both_ways() -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
        connection = await asyncpg.connect(database)
        prepared = await connection.prepare("SELECT n, $2::text AS word FROM generate_series(1, $1::int) AS n")
        assert connection._protocol.bind_execute is not None
        assert prepared._state is not None
        rows = await run_directly(connection, prepared)((3, "three"))
        again = await prepared.fetch(3, "three")
        await connection.close()
        return rows, again

    rows, again = asyncio.run(both_ways())
    assert rows == again
    assert [tuple(row) for row in rows] == [(1, "three"), (2, "three"), (3, "three")]


def test_where_the_inner_call_is_missing_the_public_way_is_taken(database: str) -> None:
    async def fetch() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(database)
        prepared = await connection.prepare("SELECT $1::int AS n")
        rows = await run_directly(object(), prepared)([7])
        await connection.close()
        return rows

    assert [row["n"] for row in asyncio.run(fetch())] == [7]
