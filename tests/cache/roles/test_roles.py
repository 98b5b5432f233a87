"""Roles from the cache, on a real database: what is revoked is gone, and what is not known is not allowed."""

import asyncio
import re
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from plimsoll.cache import Cache, Resource, Role, RoleGraph, Roles, RolesUnknown, Session, Token, tag
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Position
from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "cache-roles.md").read_text("utf-8")
TABLES = """
CREATE TABLE users (id int PRIMARY KEY, disabled bool NOT NULL DEFAULT false);
CREATE TABLE members (organization_id int, user_id int, role text, PRIMARY KEY (organization_id, user_id));
CREATE TABLE projects (id int PRIMARY KEY, organization_id int);
CREATE TABLE project_members (organization_id int, project_id int, user_id int, role text);
CREATE TABLE logins (id uuid PRIMARY KEY, user_id int, ends_at timestamptz, ended bool NOT NULL DEFAULT false);
INSERT INTO users VALUES (1), (2), (3);
INSERT INTO members VALUES (7, 1, 'owner'), (7, 2, 'viewer'), (8, 3, 'owner');
INSERT INTO projects VALUES (42, 7), (43, 8);
INSERT INTO project_members VALUES (7, 42, 2, 'editor');
"""
INSTALL = re.findall(r"```sh\nplimsoll (.*?)```", GUIDE, re.DOTALL)[0].replace("\\\n", "")
STALENESS_S = 3600.0
KNOWN = Position("of tests", Snapshot(10, 10))
PROJECT = Resource(7, "project", 42)


def guide() -> dict[str, Any]:
    """The functions that the guide has."""
    names: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(code, names)  # noqa: S102  # our own guide
    return names


def install(dsn: str) -> None:
    """As the guide says, where the role of its application need not be there."""
    done = CliRunner().invoke(app, shlex.split(INSTALL.replace("--reader app ", "")), env={"DATABASE_URL": dsn})
    assert done.exit_code == 0, done.output


class House:
    """A cache that follows a database, the roles of the guide, and how often the database was asked."""

    def __init__(self, cache: Cache, pool: asyncpg.Pool, roles: Roles) -> None:
        self.cache, self.pool, self.roles = cache, pool, roles
        self.asked = 0

    async def written(self, statement: str, *arguments: Any) -> Token:
        """By somebody else, as from psql; gives the token of it."""
        async with self.pool.acquire() as db, db.transaction():
            await db.execute(statement, *arguments)
            return Token(int(await db.fetchval("SELECT pg_current_xact_id()::text")))


def known() -> Cache:
    """A cache that knows all there is to know, for an hour."""
    cache = Cache("roles", staleness_s=STALENESS_S)
    cache._desk.tier1.advance(KNOWN, clock_s())
    return cache


def in_house(dsn: str) -> Callable[[Callable[[House], Awaitable[None]]], None]:
    async def run(story: Callable[[House], Awaitable[None]]) -> None:
        cache = Cache("roles", staleness_s=STALENESS_S)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2) as pool:
            async with pool.acquire() as db:
                await db.execute(TABLES)
            await asyncio.to_thread(install, dsn)
            there = House(cache, pool, guide()["roles_of"](cache, pool))

            def count(query: Any) -> None:
                there.asked += 1

            try:
                await asyncio.to_thread(cache.follow, dsn, wait_s=30)
                async with pool.acquire() as one, pool.acquire() as other:
                    one.add_query_logger(count)
                    other.add_query_logger(count)
                await story(there)
            finally:
                await asyncio.to_thread(cache.close)

    return lambda story: asyncio.run(run(story))


def test_a_known_user_costs_no_statement_and_what_is_revoked_is_gone(database: str) -> None:
    login, over = uuid4(), uuid4()

    @in_house(database)
    async def _(there: House) -> None:
        edit, roles = guide()["edit"], there.roles
        await there.written(
            "INSERT INTO logins VALUES ($1, 2, now() + interval '1 day'), ($2, 2, now() - interval '1 day')",
            login,
            over,
        )
        assert await edit(roles, login, 7, 42) == "go on"
        assert await edit(roles, over, 7, 42) == await edit(roles, uuid4(), 7, 42) == "log in again"
        assert await edit(roles, login, 8, 43) == "user 2 holds no role here (project 43)"
        asked = there.asked
        assert asked
        assert await edit(roles, login, 7, 42) == "go on"
        assert roles.session(login) == Session(2, roles.session(login).ends_at)  # type: ignore[union-attr]
        assert roles.can(2, "segment.edit", PROJECT)
        assert roles.permissions(2, Resource(7)) == {"segment.read", "report.read"}
        assert roles.held(2, PROJECT) == (("editor", PROJECT), ("viewer", Resource(7)))
        assert there.asked == asked
        token = await there.written("UPDATE project_members SET role = 'viewer' WHERE user_id = 2")
        with there.cache.after(token):
            assert not await roles.acan(2, "segment.edit", PROJECT)
            assert "none of the roles 'viewer', 'viewer' grants it" in await edit(roles, login, 7, 42)
        for statement in ("UPDATE logins SET ended = true WHERE user_id = 2", "UPDATE users SET disabled = true"):
            await there.written("UPDATE users SET disabled = false")
            await there.written("UPDATE logins SET ended = false")
            with there.cache.after(await there.written("SELECT pg_current_xact_id()")):
                assert await roles.asession(login) is not None
            with there.cache.after(await there.written(statement)):
                assert await roles.asession(login) is None
        assert await roles.acan(1, "segment.edit", PROJECT)
        token = await guide()["remove_member"](there.cache, there.pool, 7, 1)
        assert not await roles.acan(1, "segment.edit", PROJECT)
        with there.cache.after(token):
            assert not await roles.acan(1, "segment.edit", PROJECT)


def test_what_is_not_known_is_not_allowed() -> None:
    class AwayError(Exception):
        """As a driver's."""

    away = False

    async def load(tenant: int, filling: Any) -> RoleGraph:
        if away:
            raise AwayError
        return RoleGraph(tenant, [Role("owner", ["**"])], [(1, "owner")], unlisted=True)

    async def story() -> None:
        nonlocal away
        behind = Roles(Cache("roles", staleness_s=0.25), load)  # follows nothing: its watermark is too old for ever
        assert await behind.acan(1, "read", PROJECT)
        with pytest.raises(RolesUnknown, match="not known well enough"):
            behind.can(1, "read", PROJECT)
        with pytest.raises(RolesUnknown):
            behind.explain(1, "read", PROJECT)
        away = True
        for asked in (behind.acan, behind.aexplain):
            with pytest.raises(AwayError):
                await asked(1, "read", PROJECT)
        with pytest.raises(UsageError, match="whose session"):
            await behind.asession(1)
        with pytest.raises(UsageError, match="would not hear"):
            Roles(Cache("roles", staleness_s=None), load)
        cache, away = known(), False
        once = Roles(cache, load)
        assert await once.acan(1, "read", PROJECT)
        assert once.can(1, "read", PROJECT)
        away = True
        cache._desk.tier1.advance(KNOWN, clock_s() - STALENESS_S)  # an hour goes by without a poll
        with pytest.raises(RolesUnknown, match="not known well enough"):
            once.can(1, "read", PROJECT)
        with pytest.raises(AwayError):
            await once.acan(1, "read", PROJECT)
        with pytest.raises(UsageError, match="whose roles"):
            Roles(cache, load)

    asyncio.run(story())


def test_plain_loaders_load_in_the_calling_thread() -> None:
    loaded: list[Any] = []

    def load(tenant: Any, filling: Any) -> RoleGraph:
        loaded.append(tenant)
        return RoleGraph(tenant, [Role("owner", ["**"])], [(tenant, "owner")], unlisted=True)

    def load_session(key: Any, filling: Any) -> Session | None:
        loaded.append(key)
        return Session(key) if key == 1 else None

    cache = known()
    cache._desk.tier2 = cast(Any, object())  # whoever asked it would fail
    roles = Roles(cache, load, load_session)
    tenants = (7, "7", "i7", "s7", UUID(int=7), UUID(int=7).hex, f"u{UUID(int=7).hex}")
    for _ in range(2):
        assert all(roles.can(one, "read", Resource(one)) for one in tenants)
        assert not any(roles.can(one, "read", Resource(other)) for one in tenants for other in tenants if one != other)
        assert (roles.session(1), roles.session("1")) == (Session(1), None)
    assert loaded == [*tenants, 1, "1"]


def test_what_is_made_of_roles_in_a_fill_goes_with_them() -> None:
    owners = {1}

    async def load(tenant: int, filling: Any) -> RoleGraph:
        return RoleGraph(tenant, [Role("owner", ["**"])], [(one, "owner") for one in owners], unlisted=True)

    async def story() -> None:
        cache = known()
        roles = Roles(cache, load)

        async def menu() -> list[str]:
            return ["edit"] if await roles.acan(1, "edit", PROJECT) else []

        async def at_once() -> bool:
            return roles.can(1, "edit", PROJECT)

        assert await cache.fetch("menu", menu) == await cache.fetch("menu", menu) == ["edit"]
        assert roles.can(1, "edit", PROJECT)
        with pytest.raises(RolesUnknown, match="has to carry its tags"):
            await cache.fetch("at once", at_once)
        owners.clear()
        cache.invalidate(tag("roles", 7))
        assert await cache.fetch("menu", menu) == []

    asyncio.run(story())


def test_the_graph_of_another_tenant_is_not_taken() -> None:
    roles = Roles(known(), lambda tenant, filling: RoleGraph(8, [], []))
    for _ in range(2):
        with pytest.raises(UsageError, match="the loader gave that of tenant 8"):
            roles.can(1, "read", PROJECT)
