"""A platform that answers from memory, and one on the same database that does not."""

import asyncio
import tomllib
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


async def watch(dsn: str) -> None:
    """As `plimsoll cache install` does."""
    tables = tomllib.loads(tags.CONFIG.read_text())["cache"]["tables"]
    watches = [Watch.parse(f"{table}={','.join(stated)}") for table, stated in tables.items()]
    connection = await asyncpg.connect(dsn)
    try:
        await carry_out(connection, await plan_install(connection, watches, readers=[APP]))
    finally:
        await connection.close()
