"""What is asked of a caller before anything else: whether their login lasts, and which roles they have where.

Each of these answers is kept where the process has a cache, under keys that no other question shares, until a row that
it rests on has changed.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from time import time
from typing import Any, NamedTuple
from uuid import UUID

from fluentscribe.caching import tags
from fluentscribe.caching.setup import TTL_S, Caching
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.scopes import PROJECT_OF

STANDING = """
SELECT m.role::text AS organization_role, o.status AS organization_status,
    extract(epoch FROM s.expires_at)::float8 AS ends_s
FROM login_sessions s
JOIN profiles p ON p.id = s.profile_id AND p.disabled_at IS NULL
LEFT JOIN organization_members m ON m.profile_id = p.id AND m.organization_id = $3
LEFT JOIN organizations o ON o.id = m.organization_id
WHERE s.id = $1 AND s.profile_id = $2 AND s.revoked_at IS NULL AND s.expires_at > now()
"""
# None of another person's doing: the role in the project counts only while they have one in the organization.
PROJECT_ROLE = "SELECT role::text FROM project_members WHERE project_id = $1 AND profile_id = $2"

Reader = Callable[[], AbstractAsyncContextManager[Any]]


class LoginEnded(Exception):
    """There is no such login, or it does not last any more."""


class NotThere(Exception):
    """The caller sees no such thing."""


class Membership(NamedTuple):
    """What somebody is in an organization, None for nothing. `ends_s`: when their login ends, in seconds since 1970."""

    role: str | None
    status: str
    ends_s: float


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
        on = [tags.login(self._login), tags.profile(self._profile)]
        if self._organization is not None:
            on += [tags.member(self._organization, self._profile), tags.organization(self._organization)]

        async def read(db: Any, filling: Any) -> tuple[str | None, str, float]:
            row = await db.fetchrow(STANDING, self._login, self._profile, self._organization)
            if row is None:
                raise LoginEnded
            return row["organization_role"], row["organization_status"] or "", row["ends_s"]

        found = Membership(*await self._kept("membership", (self._login,), on, read))
        if found.ends_s <= time():
            raise LoginEnded
        return found

    async def project_of(self, name: str, value: UUID | int) -> UUID:
        """In which project the thing is that a path names. Raises NotThere."""

        async def read(db: Any, filling: Any) -> str:
            row = await db.fetchrow(PROJECT_OF[name], value)
            if row is None:
                raise NotThere(name)
            filling.tag(*told_by(name, value, row["session_id"]))
            return str(row["project_id"])

        return UUID(await self._kept("project of", (name, value), [], read, of_all=True))

    async def project_role(self, project: UUID) -> str | None:
        on = [tags.project_member(project, self._profile)]
        if self._organization is not None:  # policies show nothing to who is no member
            on.append(tags.member(self._organization, self._profile))

        async def read(db: Any, filling: Any) -> str:
            return await db.fetchval(PROJECT_ROLE, project, self._profile) or ""

        return str(await self._kept("project role", (project,), on, read)) or None

    async def _kept(
        self,
        name: str,
        parameters: tuple[Any, ...],
        on: list[str],
        read: Callable[[Any, Any], Awaitable[Any]],
        *,
        of_all: bool = False,
    ) -> Any:
        """`of_all`: the answer is the same for everybody to whom it is one."""

        async def fill(filling: Any) -> Any:
            async with self._reader() as db:
                return await read(db, filling)

        if self._caching is None:
            return await fill(UNKEPT)
        key = Topic(name, parameters, (), None if of_all else self._profile).key(self._organization)
        return await self._caching.cache.fetch(key, fill, ttl=TTL_S, tags=on)


class _Unkept:
    """Takes the tags of what is not kept."""

    def tag(self, *given: str) -> None: ...


UNKEPT = _Unkept()
# By the path's parameter, what tells that a thing within a session is gone.
_WITHIN: dict[str, Callable[[UUID], str]] = {
    "segment_id": tags.segments_of_session,
    "error_id": tags.errors_of_session,
    "review_id": tags.reviews_of_session,
}


def told_by(name: str, value: Any, session: UUID | None) -> Iterator[str]:
    """What tells that a thing is gone. No session goes to another project, and no thing to another session."""
    match name:
        case "project_id":
            yield tags.project(value)
        case "upload_id":
            yield tags.upload(value)
    if session is not None:
        yield tags.session(session)
        if name in _WITHIN:
            yield _WITHIN[name](session)
