"""By which search_path an application's tables are found."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.looking import Looked, look
from plimsoll.workflows.tuning.paths import best
from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource

SCHEMA = """
CREATE SCHEMA "Shop";
CREATE TABLE "Shop"."Order" (id int PRIMARY KEY);
INSERT INTO "Shop"."Order" SELECT generate_series(1, 9);
CREATE ROLE path_reader;
GRANT USAGE ON SCHEMA "Shop" TO path_reader; GRANT SELECT ON "Shop"."Order" TO path_reader;
"""
PATH = '"Shop", public'


def test_the_path_that_finds_most_is_taken_and_none_where_it_finds_no_more_than_the_own() -> None:
    needed = [(frozenset({"a"}), 5.0), (frozenset({"a", "b"}), 3.0), (frozenset({"c"}), 4.0)]
    there = {"one": frozenset({"a"}), "both": frozenset({"a", "b"})}
    assert best(needed, frozenset({"c"}), there) == "both"
    assert best(needed, frozenset({"a", "b", "c"}), there) is None
    assert best(needed, frozenset(), {}) is None


@pytest.fixture
def shop(database: str) -> str:
    async def fill() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute(SCHEMA)
        await connection.close(timeout=5)

    asyncio.run(fill())
    return database


def test_tables_are_found_as_the_roles_of_the_application_find_them(shop: str, tmp_path: Path) -> None:
    asked = tmp_path / "q.sql"
    asked.write_text('SELECT * FROM "Order" WHERE id = $1', encoding="utf-8")

    async def looked(connection: asyncpg.Connection, **more: object) -> Looked | PlimsollError:
        await connection.execute("RESET ROLE; RESET search_path")
        request = TuneRequest(
            TargetRequest(Settings(), {}, dsn=Secret(shop)), WorkloadSource(sql=asked), **more  # type: ignore[arg-type]  # its fields
        )  # fmt: skip
        try:
            return await look(connection, request, 5.0, asyncio.Event(), lambda _: None)
        except PlimsollError as error:
            return error

    async def all_ways() -> list[Looked | PlimsollError]:
        connection = await asyncpg.connect(shop)
        try:
            lost = [await looked(connection), await looked(connection, schemas=("shop",))]
            named = [await looked(connection, schemas=("Shop",))]
            await connection.execute("RESET ROLE")
            await connection.execute(f"ALTER ROLE path_reader SET search_path = {PATH}")
            return [*lost, *named, await looked(connection), await looked(connection, role="path_reader")]
        finally:
            await connection.execute("RESET ROLE; DROP OWNED BY path_reader; DROP ROLE path_reader")
            await connection.close(timeout=5)

    lost, wrong, named, alike, acting = asyncio.run(all_ways())
    assert isinstance(lost, RefusedError)
    assert lost.remedy == f"--set 'search_path={PATH}', or --role of the application"
    assert isinstance(wrong, UsageError)
    assert "did you mean Shop?" in wrong.remedy
    found = [one for one in (named, alike, acting) if isinstance(one, Looked)]
    assert [one.session for one in found] == [{"search_path": PATH}] * 3
    assert [one.facts.settings["search_path"] for one in found] == [PATH] * 3
    assert ["role path_reader" in " ".join(one.workload.notes) for one in found] == [False, True, False]
