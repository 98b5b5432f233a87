"""Who calls and what they may, from the cache: so that a known person costs no statement.

An organization's roles are read once for all its people, until a row that they rest on has changed. What the database
itself enforces stays as it is.
"""

from typing import Final
from uuid import UUID

import asyncpg

from fluentscribe.caching import tags
from fluentscribe.database.pool import acting
from fluentscribe.permissions.deciding import Standing
from fluentscribe.permissions.graph import graph_of, place_of, standing_in
from fluentscribe.permissions.rules import AUDITOR, Action
from plimsoll.cache import Cache, Filling, RoleGraph, Roles, Session

LOGIN: Final = """
SELECT s.profile_id, s.expires_at, s.revoked_at IS NOT NULL OR p.disabled_at IS NOT NULL AS ended
FROM login_sessions s JOIN profiles p ON p.id = s.profile_id WHERE s.id = $1
"""
STATUS: Final = "SELECT status FROM organizations WHERE id = $1"
ROWS_MAX: Final = 200_001  # one more than a graph takes, which then refuses them
MEMBERS: Final = f"""
SELECT profile_id, role::text FROM organization_members WHERE organization_id = $1 LIMIT {ROWS_MAX}
"""
# Policies show who works on projects to members who work, so it is asked on behalf of one.
ACT_AS: Final = "SELECT set_config('app.profile_id', $1, true)"
PROJECT_MEMBERS: Final = f"""
SELECT project_id, profile_id, role::text FROM project_members WHERE organization_id = $1 LIMIT {ROWS_MAX}
"""

ROLES_FAMILY, LOGIN_FAMILY = "roles", "login"  # of tags, as the watched tables have them


class Rights:
    """`pool` is the application's; a connection is waited for at most `wait_s`. Raises what the database raises where
    something has to be read: nobody is let in on what was true before."""

    def __init__(self, cache: Cache, pool: asyncpg.Pool, wait_s: float) -> None:
        self._cache = cache
        self._pool, self._wait_s = pool, wait_s
        self._roles = Roles(cache, self._graph, self._login, family=ROLES_FAMILY, session_family=LOGIN_FAMILY)

    async def lasts(self, login: UUID, person: UUID) -> bool:
        """Whether this is a login of that person, and has not ended."""
        session = await self._roles.asession(login)
        return session is not None and session.user == person

    async def standing(self, person: UUID, organization: UUID | None, project: UUID | None = None) -> Standing:
        """The roles of a person where they act. That the project is the organization's has been made sure of."""
        if organization is None:
            return Standing(None)
        return standing_in(await self._roles.load(organization), person, place_of(organization, project))

    async def may(self, person: UUID, action: Action, organization: UUID, project: UUID | None = None) -> bool:
        """What `decide` says of that standing."""
        return await self._roles.acan(person, action, place_of(organization, project))

    def changed(self, organization: UUID | None, person: UUID) -> None:
        """After a commit of this process: what it changed of the person's logins and the organization's roles counts
        here for everybody from now on, and not a moment later."""
        self._cache.invalidate(tags.account(person), *(() if organization is None else (tags.roles(organization),)))

    def ended(self, login: UUID) -> None:
        """After a commit of this process that ended a login."""
        self._cache.invalidate(tags.login(login))

    async def _login(self, login: UUID, filling: Filling) -> Session | None:
        async with acting(self._pool, None, None, self._wait_s) as db:
            await filling.on(db)
            row = await db.fetchrow(LOGIN, login)
        if row is None:
            return None
        filling.tag(tags.account(row["profile_id"]))
        return None if row["ended"] else Session(row["profile_id"], row["expires_at"])

    async def _graph(self, organization: UUID, filling: Filling) -> RoleGraph:
        async with acting(self._pool, organization, None, self._wait_s) as db:
            await filling.on(db)
            status = await db.fetchval(STATUS, organization)
            members = [(row["profile_id"], row["role"]) for row in await db.fetch(MEMBERS, organization)]
            worker = next((person for person, role in members if role != AUDITOR), None)
            rows = []
            if worker is not None:
                await db.execute(ACT_AS, str(worker))
                rows = await db.fetch(PROJECT_MEMBERS, organization)
        return graph_of(organization, status or "", members, [tuple(row) for row in rows])
