"""What is asked of a caller before anything else: whether their login lasts, and which roles they have where.

Where the process has a cache, logins and roles are those of `caching.rights`, and in which project a thing is, is kept
until a row that tells it has changed.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple
from uuid import UUID

from fluentscribe.caching import tags
from fluentscribe.caching.setup import TTL_S, Caching
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.permissions.scopes import PROJECT_OF

STANDING = """
SELECT m.role::text AS organization_role, o.status AS organization_status
FROM login_sessions s
JOIN profiles p ON p.id = s.profile_id AND p.disabled_at IS NULL
LEFT JOIN organization_members m ON m.profile_id = p.id AND m.organization_id = $3
LEFT JOIN organizations o ON o.id = m.organization_id
WHERE s.id = $1 AND s.profile_id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
"""
PROJECT_ROLE = "SELECT role::text FROM project_members WHERE project_id = $1 AND profile_id = $2"

Reader = Callable[[], AbstractAsyncContextManager[Any]]


class LoginEnded(Exception):
    """There is no such login, or it does not last any more."""


class NotThere(Exception):
    """The caller sees no such thing."""


class Membership(NamedTuple):
    """What somebody is in an organization, None for nothing, and the organization's status."""

    role: str | None
    status: str


class Asking:
    """Asks on somebody's behalf. `reader` gives a transaction of theirs, for what is not kept."""

    def __init__(
        self, caching: Caching | None, profile: UUID, login: UUID, organization: UUID | None, reader: Reader
    ) -> None:
        self._caching = caching
        self._profile, self._login, self._organization = profile, login, organization
        self._reader = reader

    async def membership(self) -> Membership:
        """Raises LoginEnded."""
        if self._caching is not None:
            rights = self._caching.rights
            if not await rights.lasts(self._login, self._profile):
                raise LoginEnded
            standing = await rights.standing(self._profile, self._organization)
            return Membership(standing.organization_role, standing.organization_status)
        async with self._reader() as db:
            row = await db.fetchrow(STANDING, self._login, self._profile, self._organization)
        if row is None:
            raise LoginEnded
        return Membership(row["organization_role"], row["organization_status"] or "")

    async def project_of(self, name: str, value: UUID | int) -> UUID:
        """In which project the thing is that a path names; the same for everybody who works. Raises NotThere."""

        async def fill(filling: Any) -> str:
            async with self._reader() as db:
                row = await db.fetchrow(PROJECT_OF[name], value)
            if row is None:
                raise NotThere(name)
            filling.tag(*told_by(name, value, row["session_id"]))
            return str(row["project_id"])

        if self._caching is None:
            return UUID(await fill(UNKEPT))
        key = Topic("project of", (name, value), ()).key(self._organization)
        return UUID(await self._caching.cache.fetch(key, fill, ttl=TTL_S))

    async def project_role(self, project: UUID) -> str | None:
        """That of a member, in a project of the organization."""
        if self._caching is not None:
            return (await self._caching.rights.standing(self._profile, self._organization, project)).project_role
        async with self._reader() as db:
            role: str | None = await db.fetchval(PROJECT_ROLE, project, self._profile)
        return role

    async def may(self, action: Action, project: UUID | None) -> bool:
        """By the roles that are kept; False where none are, or nobody has said for which organization they act."""
        if self._caching is None or self._organization is None:
            return False
        return await self._caching.rights.may(self._profile, action, self._organization, project)


class _Unkept:
    """Takes the tags of what is not kept."""

    def tag(self, *given: str) -> None: ...


UNKEPT = _Unkept()
# By the path's parameter, what tells that a thing within a session is gone or another.
_WITHIN: dict[str, Callable[[UUID], str]] = {
    "segment_id": tags.segments_of_session,
    "error_id": tags.errors_of_session,
    "review_id": tags.reviews_of_session,
}


def told_by(name: str, value: Any, session: UUID | None) -> Iterator[str]:
    """What tells that a thing is gone or in another place. No thing goes to another session."""
    match name:
        case "project_id":
            yield tags.place_of_project(value)
        case "upload_id":
            yield tags.place_of_upload(value)
    if session is not None:
        yield tags.place_of_session(session)
        if name in _WITHIN:
            yield _WITHIN[name](session)
