"""A database is copied, made anew from the copy, and put back; nothing is lost on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import NAME_BYTES_MAX
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.standing import copy_name, obstacles
from plimsoll.postgres.template_copy import TemplateCopy

STANDING = {
    "superuser": False, "creates": True, "owner": True, "template": False, "slots": False, "prepared": False,
    "subscriptions": False,
}  # fmt: skip


def test_the_owner_who_may_create_databases_needs_no_more() -> None:
    assert obstacles(STANDING) == []
    assert obstacles(STANDING | {"superuser": True, "creates": False, "owner": False}) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"creates": False}, "CREATEDB"),
        ({"owner": False}, "owner"),
        ({"template": True}, "template database"),
        ({"slots": True}, "replication slots"),
        ({"subscriptions": True}, "subscriptions"),
        ({"prepared": True}, "prepared"),
    ],
)
def test_whatever_stands_in_the_way_is_named(change: dict[str, bool], word: str) -> None:
    (why,) = obstacles(STANDING | change)
    assert word in why


def test_names_of_copies_fit_and_differ() -> None:
    assert copy_name("shop", "copy") == "shop_plimsoll_copy"
    long = {copy_name("ü" * 31 + end, what) for end in "ab" for what in ("copy", "used")}
    assert len(long) == 4
    assert all(len(name.encode()) <= NAME_BYTES_MAX for name in long)


async def ask(target: Target, query: str) -> Any:
    connection = await asyncpg.connect(**target.connect_arguments())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def databases(target: Target) -> set[str]:
    """Those that are this one or copies of it."""
    query = f"SELECT array_agg(datname::text) FROM pg_database WHERE datname LIKE '{target.database}%'"
    return set(await ask(replace(target, database="postgres"), query))


def test_a_database_is_made_anew_and_put_back_with_all_that_belongs_to_it(each_database: str) -> None:
    """One course for all of it: each copy takes half a second."""

    async def course() -> None:
        target = read_target(each_database, {})
        name = target.database
        await ask(target, "CREATE TABLE seen AS SELECT 1 AS n")
        await ask(target, f'ALTER DATABASE {name} SET search_path = app, "$user", public')
        await ask(target, f"ALTER DATABASE {name} SET app.hint = 'a=b'")
        await ask(target, f"COMMENT ON DATABASE {name} IS 'it''s \\ ours'")
        await ask(target, f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
        traits = "SELECT (current_setting('search_path'), current_setting('app.hint'), datconnlimit, "
        traits += "(SELECT array_agg(a ORDER BY a::text) FROM unnest(datacl) a), shobj_description(oid, 'pg_database'))"
        traits += "::text FROM pg_database WHERE datname = current_database()"
        before = await ask(target, traits)

        copy = TemplateCopy(target)
        others = await asyncpg.connect(**target.connect_arguments())
        await copy.make()
        assert copy.ended == 1
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await others.fetchval("SELECT 1")
        others.terminate()
        for _ in range(2):
            await ask(target, "INSERT INTO public.seen SELECT 2")
            await copy.renew()
            assert await ask(target, "SELECT count(*) FROM public.seen") == 1
            assert await ask(target, traits) == before
            assert await databases(target) == {name, copy.name}
        await ask(target, "DROP TABLE public.seen")
        await copy.put_back()
        assert await ask(target, "SELECT count(*) FROM public.seen") == 1
        assert await ask(target, traits) == before
        assert await databases(target) == {name}

    asyncio.run(course())


def test_clients_that_come_back_at_once_do_not_keep_it_from_being_copied(database: str) -> None:
    async def course() -> None:
        target = read_target(database, {})
        insisting = [asyncio.create_task(insist(target)) for _ in range(3)]
        copy = TemplateCopy(target)
        await copy.make()
        await copy.put_back()
        for task in insisting:
            task.cancel()
        await asyncio.gather(*insisting, return_exceptions=True)
        assert await databases(target) == {target.database}

    asyncio.run(course())


async def insist(target: Target) -> None:
    while True:
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            connection = await asyncpg.connect(**target.connect_arguments())
            try:
                while True:
                    await connection.fetchval("SELECT 1")
            finally:
                connection.terminate()


def test_what_a_cut_off_series_left_is_never_touched(database: str) -> None:
    async def course() -> None:
        target = read_target(database, {})
        await TemplateCopy(target).make()
        with pytest.raises(RefusedError, match="cut off") as refused:
            await TemplateCopy(target).make()
        assert "DROP DATABASE" in refused.value.remedy
        assert await databases(target) == {target.database, copy_name(target.database, "copy")}
        await ask(replace(target, database="postgres"), f"DROP DATABASE {copy_name(target.database, 'copy')}")

    asyncio.run(course())


@pytest.mark.parametrize("act", [TemplateCopy.renew, TemplateCopy.put_back])
def test_cut_off_anywhere_the_database_and_its_copy_are_both_there(
    database: str, act: Callable[[TemplateCopy], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: the used database has its new name, and the transaction ends there."""

    async def course() -> None:
        target = read_target(database, {})
        copy = TemplateCopy(target)
        await copy.make()
        with monkeypatch.context() as patch:
            patch.setattr(TemplateCopy, "_swap", half_a_swap)
            with pytest.raises(RefusedError, match="failed"):
                await act(copy)
        assert {target.database, copy.name} <= await databases(target)
        await copy.put_back()
        assert await databases(target) == {target.database}

    asyncio.run(course())


async def half_a_swap(copy: TemplateCopy, connection: asyncpg.Connection, by: str) -> None:
    async with connection.transaction():
        name = copy_name(copy.name.removesuffix("_plimsoll_copy"), "used")
        await connection.execute(f'ALTER DATABASE "{copy.name.removesuffix("_plimsoll_copy")}" RENAME TO "{name}"')
        raise OSError("cut off")
