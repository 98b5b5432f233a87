"""The seed plans name what the database has, and keep in step with each other."""

import asyncio
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

import asyncpg

from fluentscribe.database.migrating import migrate

COLUMNS = """
SELECT table_name::text, column_name::text FROM information_schema.columns
WHERE table_schema = 'public' AND is_generated = 'NEVER'
"""
VERY_LARGE_FILES = "qa_segments"  # of this many rows follow from the sizes, which are larger in the large plan


def plan(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("fluentscribe").joinpath("seeds", f"{name}.toml").read_text(encoding="utf-8"))


def named(table: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every (table, column) that a table's plan mentions, but for what is reached through a foreign key."""
    yield from ((table, column) for column in said.get("columns", {}))
    if "per" in said:
        yield table, said["per"]
    for path, value in leaves(said.get("columns", {})):
        if "when" in path:
            yield table, path[path.index("when") + 1]
        elif path[-1] in ("after", "copy", "by") or str(value).startswith("column:"):
            yield table, str(value).removeprefix("column:").partition(".")[0]


def amongs(said: Any) -> Iterator[tuple[str, str]]:
    """Every (table, column) that is taken from another table's rows."""
    if isinstance(said, dict):
        if "among" in said:
            yield from ((said["among"]["table"], said["among"][name]) for name in ("by", "take"))
        for value in said.values():
            yield from amongs(value)
    elif isinstance(said, list):
        for value in said:
            yield from amongs(value)


def leaves(said: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(said, dict):
        for key, value in said.items():
            yield from leaves(value, (*path, key))
    elif isinstance(said, list):
        for value in said:
            yield from leaves(value, path)
    else:
        yield path, said


def test_the_plans_name_tables_and_columns_that_are_there_and_can_be_written(database: str) -> None:
    async def columns() -> set[tuple[str, str]]:
        await migrate(database)
        connection = await asyncpg.connect(database)
        try:
            return {(row[0], row[1]) for row in await connection.fetch(COLUMNS)}
        finally:
            await connection.close()

    there = asyncio.run(columns())
    tables = plan("small")["tables"]
    mentioned = {one for table, said in tables.items() for one in (*named(table, said), *amongs(said))}
    assert mentioned - there == set()
    assert set(tables) == {table for table, _ in there if not table.startswith("pg_")} - {"schema_migrations"}


def test_the_large_data_set_is_ten_times_the_small_one() -> None:
    small, large = plan("small")["tables"], plan("large")["tables"]
    rows = {table: said["rows"] for table, said in large.items() if "rows" in said}
    assert rows == {
        table: 10 * said["rows"] for table, said in small.items() if "rows" in said and table != VERY_LARGE_FILES
    }


def test_the_data_sets_differ_in_nothing_but_numbers_of_rows() -> None:
    small, large = plan("small"), plan("large")
    for tables in (small["tables"], large["tables"]):
        for said in tables.values():
            said.pop("rows", None)
        tables[VERY_LARGE_FILES].pop("size")
    assert small == large
