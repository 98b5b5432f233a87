"""Rights from the cache are those of the database: for everybody, everywhere, and after each change."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import product
from uuid import UUID, uuid4

import asyncpg

from fluentscribe.caching.rights import Rights
from fluentscribe.database.migrating import APP
from fluentscribe.database.pool import open_pool
from fluentscribe.permissions.deciding import Standing, decide
from fluentscribe.permissions.rules import AUDITOR, RULES
from plimsoll.cache import Cache
from tests.cache.roles.seeing import Seen
from tests.changes.histories import watch
from tests.fluentscribe.api.service import OURS, PEOPLE, THEIRS, TIMEOUT_S, Platform, as_role

WATCHES = (
    "public.profiles=account:{id} when disabled_at",
    "public.login_sessions=login:{id}",
    "public.organizations=roles:{id}",
    "public.organization_members=roles:{organization_id}",
    "public.project_members=roles:{organization_id}",
)
PLAIN = """
SELECT m.role::text AS role, o.status,
    (SELECT w.role::text FROM project_members w WHERE w.project_id = $3 AND w.profile_id = $1) AS project_role
FROM organization_members m JOIN organizations o ON o.id = m.organization_id
WHERE m.profile_id = $1 AND m.organization_id = $2
"""
CHANGES = (
    ("UPDATE organization_members SET role = 'auditor' WHERE organization_id = $1 AND role = 'admin'", OURS),
    ("UPDATE project_members SET role = 'viewer' WHERE project_id = $1", OURS),
    ("UPDATE organizations SET status = 'suspended' WHERE id = $1", OURS),
    ("DELETE FROM project_members WHERE organization_id = $1 AND role = 'manager'", THEIRS),
    ("DELETE FROM organization_members WHERE organization_id = $1 AND role = 'member'", OURS),
    ("UPDATE organizations SET status = 'active' WHERE id = $1", OURS),
    ("DELETE FROM organization_members WHERE organization_id = $1 AND role <> 'auditor'", THEIRS),
)


async def plain(db: asyncpg.Connection, person: UUID, organization: UUID, project: UUID | None) -> Standing:
    row = await db.fetchrow(PLAIN, person, organization, project)
    if row is None:
        return Standing(None)
    status = row["status"] if row["status"] in ("suspended", "closed") else "active"
    return Standing(row["role"], None if row["role"] == AUDITOR else row["project_role"], status)


async def written(db: asyncpg.Connection, statement: str, *arguments: object) -> int:
    async with db.transaction():
        await db.execute(statement, *arguments)
        return int(await db.fetchval("SELECT pg_current_xact_id()::text"))


def with_rights(platform: Platform) -> Callable[[Callable[[Seen, Rights, asyncpg.Connection], Awaitable[None]]], None]:
    async def run(story: Callable[[Seen, Rights, asyncpg.Connection], Awaitable[None]]) -> None:
        cache, seen = Cache("fluentscribe", staleness_s=3600), Seen()
        db = await asyncpg.connect(platform.dsn)
        pool = await open_pool(as_role(platform.dsn, APP), 2, 30, APP)
        try:
            await watch(db, *WATCHES)
            await asyncio.to_thread(cache.follow, platform.dsn, wait_s=TIMEOUT_S, sinks=[seen])
            await story(seen, Rights(cache, pool, TIMEOUT_S), db)
        finally:
            await asyncio.to_thread(cache.close)
            await db.close()
            await pool.close()

    return lambda story: asyncio.run(run(story))


def test_they_are_those_of_the_database_and_of_nobody_else_after_each_change(platform: Platform) -> None:
    people = [platform.people[f"{prefix}{name}"] for prefix in ("", "their ") for name in PEOPLE]
    places = [*product((OURS, THEIRS), (None, OURS, THEIRS))]  # projects are named as their organizations

    @with_rights(platform)
    async def _(seen: Seen, rights: Rights, db: asyncpg.Connection) -> None:
        async def compared() -> None:
            for person, (organization, project) in product(people, places):
                if project not in (None, organization):
                    continue
                wanted = await plain(db, person, organization, project)
                assert await rights.standing(person, organization, project) == wanted
                may = {one for one in RULES if await rights.may(person, one, organization, project)}
                assert may == {one for one in RULES if decide(one, wanted) == "allowed"}

        await compared()
        for statement, organization in CHANGES:
            await seen.until(await written(db, statement, organization))
            await compared()


def test_a_login_lasts_until_it_is_ended_or_its_person_is_shut_out(platform: Platform) -> None:
    owner, other = platform.people["owner"], platform.people["their owner"]

    @with_rights(platform)
    async def _(seen: Seen, rights: Rights, db: asyncpg.Connection) -> None:
        begin = "INSERT INTO login_sessions (id, profile_id, refresh_hash, expires_at) VALUES ($1, $2, $3, now() + $4)"
        for shut_out in (
            "UPDATE login_sessions SET revoked_at = now() WHERE id = $1",
            "UPDATE profiles SET disabled_at = now() WHERE id = (SELECT profile_id FROM login_sessions WHERE id = $1)",
            "DELETE FROM login_sessions WHERE id = $1",
        ):
            login = uuid4()
            assert not await rights.lasts(login, owner)
            await db.execute("UPDATE profiles SET disabled_at = NULL")
            await seen.until(await written(db, begin, login, owner, "0" * 64, timedelta(days=1)))
            assert await rights.lasts(login, owner)
            assert not await rights.lasts(login, other)
            await seen.until(await written(db, shut_out, login))
            assert not await rights.lasts(login, owner)
