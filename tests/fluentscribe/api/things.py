"""One fresh thing of each kind that a path may name, in either organization: routes change and delete them."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi.routing import APIRoute

from fluentscribe.api.app import ROUTERS
from fluentscribe.uploads.store import Store
from tests.fluentscribe.api.service import PEOPLE, Platform

PARAMETER = re.compile(r"\{(\w+)\}")

KEPT = b"source,target\nKept,Behalten\n"  # what uploads are of: `keep` puts it where files are
# By the path's parameter. $1 is the organization, whose project has its id. Each makes a row and returns its key.
OF_PROJECT = {
    "upload_id": (
        "INSERT INTO file_uploads (organization_id, project_id, file_name, format, status, processed_at, sha256, bytes)"
        f" VALUES ($1, $1, 'f.csv', 'csv', 'done', now(), '{sha256(KEPT).hexdigest()}', {len(KEPT)}) RETURNING id"
    ),
    "session_id": (
        "WITH made AS (INSERT INTO qa_sessions (organization_id, project_id, source_language, target_language, status,"
        " analyzed_at, words) VALUES ($1, $1, 'en', 'de', 'in_review', now(), 800) RETURNING id), assessed AS ("
        " INSERT INTO assessment_results (organization_id, project_id, session_id, apt, ewc, pass_score)"
        " SELECT $1, $1, id, 8, 800, 95 FROM made) SELECT id FROM made"
    ),
    "term_id": (
        "INSERT INTO project_terms (organization_id, project_id, source_term, target_term)"
        " VALUES ($1, $1, 'file', 'Datei') RETURNING id"
    ),
}
# $2 is a fresh session.
OF_SESSION = {
    "segment_id": (
        "INSERT INTO qa_segments (organization_id, session_id, seq, source, target)"
        " VALUES ($1, $2, 1, 'A file', 'Eine Datei') RETURNING id"
    ),
    "review_id": "INSERT INTO reviews (organization_id, session_id) VALUES ($1, $2) RETURNING id",
}
ERROR = (
    "INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, origin, fingerprint)"
    " VALUES ($1, $2, $3, 'style', 'awkward', 'human', repeat('0', 32)) RETURNING id"
)

PUBLISHED = (
    "INSERT INTO published_reports (project_id, organization_id, link_hash, published_by)"
    " SELECT $1, $1, $2, profile_id FROM organization_members WHERE organization_id = $1 AND role = 'owner' LIMIT 1"
    " ON CONFLICT DO NOTHING"
)


def keep(files: Path, organization: UUID) -> None:
    """The file of all uploads is there, until the last of them is deleted."""
    place = Store(files).path(organization, sha256(KEPT).hexdigest())
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(KEPT)


@dataclass(slots=True)
class Things:
    """Makes what paths and bodies name, with a superuser's connection."""

    connection: asyncpg.Connection
    organization: UUID
    session: UUID | None = None  # the latest one made

    async def make(self, name: str) -> Any:
        """A thing of its own for the path's parameter `name`; a fresh person for `profile_id`."""
        if name in ("organization_id", "project_id"):
            return self.organization
        if name in OF_PROJECT:
            made = await self.connection.fetchval(OF_PROJECT[name], self.organization)
            self.session = made if name == "session_id" else self.session
            return made
        if name in OF_SESSION:
            return await self.connection.fetchval(OF_SESSION[name], self.organization, await self.make("session_id"))
        return await _OTHERS[name](self)

    async def error(self) -> Any:
        session = await self.make("session_id")
        segment = await self.connection.fetchval(OF_SESSION["segment_id"], self.organization, session)
        return await self.connection.fetchval(ERROR, self.organization, session, segment)

    async def own_segment(self) -> Any:
        """Of the session that the path names."""
        return await self.connection.fetchval(OF_SESSION["segment_id"], self.organization, self.session)

    async def reviewer(self) -> UUID:
        person = await self.person()
        await self.connection.execute("UPDATE project_members SET role = 'reviewer' WHERE profile_id = $1", person)
        return person

    async def person(self) -> UUID:
        """A member of the organization and a linguist of its project."""
        person: UUID = await self.connection.fetchval(
            "INSERT INTO profiles (email, password_hash, display_name)"
            " VALUES (gen_random_uuid() || '@example.org', 'x', 'Somebody') RETURNING id"
        )
        await self.connection.execute("INSERT INTO organization_members VALUES ($1, $2)", self.organization, person)
        await self.connection.execute(
            "INSERT INTO project_members VALUES ($1, $2, $1, 'linguist')", self.organization, person
        )
        return person

    async def stranger(self) -> str:
        """The address of somebody whom the platform does not know."""
        return f"{uuid4()}@example.org"

    async def link(self) -> str:
        """That of the project's published report, by an owner."""
        link = self.organization.hex.ljust(43, "_")
        await self.connection.execute(PUBLISHED, self.organization, sha256(link.encode()).hexdigest())
        return link

    async def restore(self) -> None:
        """What every thing stands on is there, whatever a route did to it."""
        await self.connection.execute(
            "INSERT INTO projects (id, organization_id, name, source_language, target_language)"
            " VALUES ($1, $1, 'restored', 'en', 'de') ON CONFLICT DO NOTHING", self.organization)  # fmt: skip
        await self.link()

    async def put_back(self, people: dict[str, UUID], prefix: str) -> None:
        """Everybody has the roles of PEOPLE again."""
        for name, (role, project_role) in PEOPLE.items():
            person = people[prefix + name]
            await self.connection.execute(
                "INSERT INTO organization_members VALUES ($1, $2, $3::organization_role)"
                " ON CONFLICT (organization_id, profile_id) DO UPDATE SET role = excluded.role"
                " WHERE organization_members.role <> excluded.role", self.organization, person, role)  # fmt: skip
            if project_role is not None:
                await self.connection.execute(
                    "INSERT INTO project_members VALUES ($1, $2, $1, $3::project_role)"
                    " ON CONFLICT (project_id, profile_id) DO UPDATE SET role = excluded.role"
                    " WHERE project_members.role <> excluded.role",
                    self.organization, person, project_role)  # fmt: skip


_OTHERS: dict[str, Callable[[Things], Awaitable[Any]]] = {
    "error_id": Things.error,
    "link": Things.link,
    "own_segment_id": Things.own_segment,
    "profile_id": Things.person,
    "reviewer_id": Things.reviewer,
    "stranger_id": Things.stranger,
}


async def things_of(platform: Platform, organization: UUID) -> dict[str, Any]:
    """A thing for every parameter that a path may have, by its name; all hang together as well as they can."""
    connection = await asyncpg.connect(platform.dsn)
    try:
        things = Things(connection, organization)
        routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
        names = sorted({name for route in routes for name in PARAMETER.findall(route.path)})
        return {name: await things.make(name) for name in names}
    finally:
        await connection.close()
