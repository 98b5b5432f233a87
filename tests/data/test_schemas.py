"""The schemas to be filled in other tests are valid on every server they are meant for."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

SCHEMAS = Path(__file__).with_name("schemas")
EVERYWHERE = {"forum": 31, "gathered": 13, "hostile": 47, "issues": 31, "shop": 27}  # tables, without partitions
COUNT = """
SELECT count(*) FROM pg_class
WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace IN ('public'::regnamespace, to_regnamespace($1))
"""


def tables_of(dsn: str, schema: str) -> int:
    async def load() -> int:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute((SCHEMAS / f"{schema}.sql").read_text(encoding="utf-8"))
            return int(await connection.fetchval(COUNT, '"Back Office"'))
        finally:
            await connection.close()

    return asyncio.run(load())


@pytest.mark.parametrize("schema", EVERYWHERE)
def test_a_schema_is_valid_on_every_server(each_database: str, schema: str) -> None:
    assert tables_of(each_database, schema) == EVERYWHERE[schema]


def test_what_is_new_in_18_is_valid_there(database: str) -> None:
    assert tables_of(database, "hostile_18") == 3
