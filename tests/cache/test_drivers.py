"""Which connection is asked how: what cannot be awaited is told from what has to be."""

import asyncio
import sqlite3
from contextlib import closing

import asyncpg
import pytest

from plimsoll.cache.drivers import row_of, row_of_sync
from plimsoll.core.errors import UsageError

ONE = "SELECT 1 AS one"


def test_a_connection_of_the_other_kind_is_refused_with_what_takes_it(shop: str) -> None:
    async def story() -> None:
        with closing(sqlite3.connect(":memory:")) as plain:  # of the kind that psycopg.Connection is
            assert row_of_sync(plain, ONE, "one") == (1,)
            with pytest.raises(UsageError, match="cannot be awaited") as raised:
                await row_of(plain, ONE, "one")
            assert "on_sync" in raised.value.remedy
        connection = await asyncpg.connect(shop)
        try:
            assert await row_of(connection, ONE, "one") == (1,)
            with pytest.raises(UsageError, match="has to be awaited"):
                row_of_sync(connection, ONE, "one")
        finally:
            await connection.close()

    asyncio.run(story())
