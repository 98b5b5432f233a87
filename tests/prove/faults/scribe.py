"""The reference platform's database as a third platform: its statements, roles, row security and small data set.

It comes without indexes beyond its keys, so a healthy one is given an index for each foreign key first.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

import fluentscribe
from plimsoll.embedded import PostgresServer
from plimsoll.workflows.demo import find_demo, seed_request
from plimsoll.workflows.seed import seed

SCENARIO: Final = Path(fluentscribe.__file__).parent / "scenarios" / "database.py"
INDEX_PREFIX: Final = "given_"
# One for each foreign key that no index begins with, and for what is looked up by time.
INDEXES: Final = f"""
SELECT format('CREATE INDEX {INDEX_PREFIX}%s ON %s (%s)', row_number() OVER (), conrelid::regclass,
              (SELECT string_agg(quote_ident(attname), ', ' ORDER BY array_position(conkey, attnum))
               FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)))
FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"""
DROPPED: Final = f"""
SELECT format('DROP INDEX %I', indexname) FROM pg_indexes WHERE indexname LIKE '{INDEX_PREFIX}%'"""


class _Unseen:
    """Nobody follows the fill."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def fill(server: PostgresServer, database: str) -> str:
    """Makes and fills it; returns the DSN of the application's role."""
    loaded_as = asyncio.run(_filled(server.dsn_of(database)))
    make(server, database, INDEXES)
    server.sql("VACUUM ANALYZE", database=database)
    return loaded_as


async def _filled(dsn: str) -> str:
    demo = find_demo()
    loaded_as = await demo.prepare(dsn)
    await seed(seed_request(demo, dsn), _Unseen())
    return loaded_as


def make(server: PostgresServer, database: str, query: str) -> None:
    """Makes the statements that a query gives."""
    server.sql(*server.sql(query, database=database).splitlines(), database=database)
