"""The seed plans fit the database, and keep in step with each other."""

import asyncio
import tomllib
from importlib import resources
from typing import Any

import pytest

from fluentscribe.database.migrating import migrate
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.reading import read_plan
from tests.data.filling_any import Database

VERY_LARGE_FILES = "qa_segments"  # whose sizes end later in the large plan


def text(name: str) -> str:
    return resources.files("fluentscribe").joinpath("seeds", f"{name}.toml").read_text(encoding="utf-8")


def plan(name: str) -> dict[str, Any]:
    return tomllib.loads(text(name))


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_plan_says_something_of_every_table_and_fits_what_is_there(database: str, name: str) -> None:
    asyncio.run(migrate(database))
    said = read_plan(text(name), where=name)
    filled = assemble(Database(database).schema(), said).tables
    assert {table.table.name.name for table in filled} == set(said.tables)
    assert min(table.rows for table in filled) > 0


def test_the_large_data_set_is_ten_times_the_small_one() -> None:
    small, large = plan("small")["tables"], plan("large")["tables"]
    rows = {table: said["rows"] for table, said in large.items() if "rows" in said}
    assert rows == {table: 10 * said["rows"] for table, said in small.items() if "rows" in said}


def test_the_data_sets_differ_in_nothing_but_numbers_of_rows() -> None:
    small, large = plan("small"), plan("large")
    for tables in (small["tables"], large["tables"]):
        for said in tables.values():
            said.pop("rows", None)
        tables[VERY_LARGE_FILES].pop("size")
    assert small == large
