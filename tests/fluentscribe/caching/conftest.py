"""A platform that answers from memory, and one on the same database that does not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

import asyncpg
import pytest

from fluentscribe.caching import tags
from fluentscribe.database.migrating import APP
from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.embedded import PostgresServer
from tests.fluentscribe.api.service import Platform, serving, serving_there


@dataclass(frozen=True, slots=True)
class Pair:
    cached: Platform
    plain: Platform


@pytest.fixture(scope="module")
def pair(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    name, files = f"test_{token_hex(6)}", tmp_path_factory.mktemp("files")
    dsn = postgres_server.create_database(name)
    with serving(dsn, files) as plain:
        asyncio.run(watch(dsn))
        with serving_there(dsn, files, cache="on") as cached:
            cached.people, cached.tokens = plain.people, plain.tokens
            yield Pair(cached, plain)
    postgres_server.drop_database(name)


async def watch(dsn: str, without: str = "") -> None:
    """As `plimsoll cache install` does; of a version that had no templates which begin so, if that is said."""
    watches = [
        Watch.parse(f"{table}={','.join(one for one in stated if not without or not one.startswith(without))}")
        for table, stated in tags.tables().items()
    ]
    connection = await asyncpg.connect(dsn)
    try:
        await carry_out(connection, await plan_install(connection, watches, readers=[APP], in_use=True))
    finally:
        await connection.close()
