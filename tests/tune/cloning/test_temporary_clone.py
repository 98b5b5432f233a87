"""Copies on servers that are not ours: made only where they may be, and gone with whoever made them."""

import asyncio
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg
import psutil
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Schema
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.side_door import side_door
from plimsoll.tune.cloning.clone import Clone
from plimsoll.tune.cloning.cloning import CloneWish, cloned
from plimsoll.tune.cloning.names import PATTERN, Maker, clone_name
from plimsoll.tune.cloning.preparing import COUNTED
from plimsoll.tune.cloning.processes import machine
from plimsoll.tune.proving.running import Running

OWNER = Path(__file__).with_name("clone_owner.py")
FACTS = DatabaseFacts(Schema(), bytes=1)
GONE = Maker(machine(), 1, 1)  # the first process did not begin in the first tick


async def copies(target: Target) -> list[str]:
    door = await side_door(target)
    rows = await door.fetch("SELECT datname::text AS name FROM pg_database WHERE datname ~ $1", PATTERN)
    await door.close()
    return [row["name"] for row in rows if row["name"].startswith(target.database)]


def test_a_copy_beside_has_what_the_database_has_and_goes_when_it_is_closed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def course() -> None:
        target = read_target(database, {})
        leftover = clone_name(target.database, GONE, 1)
        source = await connect(target)
        await source.execute("CREATE TABLE seen AS SELECT g FROM generate_series(1, 10) g; ANALYZE seen")
        await source.execute(f"ALTER DATABASE {target.database} SET work_mem = '17MB'")
        await source.execute(f'CREATE DATABASE "{leftover}"')
        with monkeypatch.context() as hurried:
            hurried.setattr("plimsoll.tune.cloning.beside.LEAVING_S_MAX", 0.0)
            with pytest.raises(RefusedError, match="in use") as refused:
                async with cloned(target, FACTS, CloneWish(on="beside"), lambda _: None):
                    pass
        assert "plimsoll (plimsoll), " in refused.value.why
        assert await copies(target) == []
        await source.close()
        async with cloned(target, FACTS, CloneWish(on="beside"), lambda _: None) as clone:
            assert await copies(target) == [clone.target.database]
            copy = await connect(clone.target)
            assert await copy.fetchval("SELECT reltuples FROM pg_class WHERE relname = 'seen'") == 10
            assert await copy.fetchval("SHOW work_mem") == "17MB"
            assert clone.copy.how == "template"
        assert await copies(target) == []

    asyncio.run(course())


@pytest.mark.parametrize("each_postgres_server", [15], indirect=True)  # from 17 on, savepoints count as one
def test_what_is_asked_on_a_copy_beside_takes_no_place_among_the_counted_statements(each_database: str) -> None:
    async def course() -> None:
        target = read_target(each_database, {})
        door, owner = await side_door(target), f"owner of {target.database}"
        await door.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        async with cloned(target, FACTS, CloneWish(on="beside"), lambda _: None) as clone:
            assert clone.notes == []
            assert await counted(door, clone, writes=9) == 0
        await door.execute(f'CREATE ROLE "{owner}" CREATEDB; ALTER DATABASE {target.database} OWNER TO "{owner}"')
        as_owner = replace(target, options=f"-c role={owner.replace(' ', chr(92) + ' ')}")
        async with cloned(as_owner, FACTS, CloneWish(on="beside"), lambda _: None) as clone:
            assert clone.notes == [COUNTED]
            assert await counted(door, clone, writes=1) == await counted(door, clone, writes=9)
        await door.execute(f'ALTER DATABASE {target.database} OWNER TO CURRENT_USER; DROP ROLE "{owner}"')
        await door.close()

    asyncio.run(course())


async def counted(door: asyncpg.Connection, clone: Clone, *, writes: int) -> int:
    """How many entries the server has for a copy on which a table was written to that often."""
    query = Query("w", "DELETE FROM pg_temp.none", 1, 0, writes=True)
    copy = await connect(clone.target, prepared=True)
    oid = await copy.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    await copy.execute("CREATE TEMP TABLE none (n int)")
    await Running(clone, copy, 5.0).executed(replace(query, bindings=(Binding(()),)), writes)
    await copy.close()
    return int(await door.fetchval("SELECT count(*) FROM pg_stat_statements WHERE dbid = $1", oid))


def test_a_protected_database_is_not_copied_on_its_own_server(database: str) -> None:
    async def course(on: Target | None) -> None:
        wish = CloneWish(on=on or "beside", protected=True)
        with pytest.raises(RefusedError) as refused:
            async with cloned(read_target(database, {}), FACTS, wish, lambda _: None):
                pass
        assert "protected" in f"{refused.value}"
        assert "--clone-on own" in refused.value.remedy

    asyncio.run(course(None))
    asyncio.run(course(replace(read_target(database, {}), database="postgres")))


def test_a_copy_goes_when_whoever_made_it_is_killed(database: str) -> None:
    argv = [sys.executable, str(OWNER), database]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        target = read_target(database, {})
        assert len(asyncio.run(copies(target))) == 1
        (guardian,) = psutil.Process(owner.pid).children()
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        guardian.wait(30)
    assert asyncio.run(copies(target)) == []


@pytest.mark.parametrize("each_postgres_server", [16], indirect=True)
def test_a_copy_on_another_server_comes_with_its_roles_and_they_go_with_it(each_database: str, database: str) -> None:
    async def course() -> None:
        target, on = read_target(each_database, {}), replace(read_target(database, {}), database="postgres")
        role = f"owner of {target.database}"
        source, door = await connect(target), await side_door(on)
        await source.execute(
            f'CREATE ROLE "{role}"; CREATE TABLE seen AS SELECT 1 AS n; ALTER TABLE seen OWNER TO "{role}"'
        )
        async with cloned(target, FACTS, CloneWish(on=on), lambda _: None) as clone:
            copy = await connect(clone.target)
            assert await copy.fetchval("SELECT n FROM seen") == 1
            assert await copy.fetchval("SELECT tableowner::text FROM pg_tables WHERE tablename = 'seen'") == role
            await copy.close()
        assert await copies(replace(on, database=target.database)) == []
        assert await door.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", role) == 0
        await source.execute(f'DROP TABLE seen; DROP ROLE "{role}"')
        await source.close()
        await door.close()

    asyncio.run(course())
