"""The platform served for real from a thread, and people of two organizations who call it."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI
from pydantic import SecretStr

from fluentscribe.accounts.tokens import Access, write_access
from fluentscribe.database.migrating import APP, make_roles, migrate
from fluentscribe.serving import listening, server_of
from fluentscribe.settings import Settings

SECRET = "a secret of tests, long enough to sign with"
PASSWORD = "a load test"
# Of PASSWORD; far cheaper than what the platform itself makes, and verified all the same.
PASSWORD_HASH = "$argon2id$v=19$m=8,t=1,p=1$cGxpbXNvbGwgc2VlZGluZw$FpRTAr/h9Y2BndA95t9Xie1qrO8pqCV1xF/z23HVis0"
OURS, THEIRS = UUID(int=1), UUID(int=2)
# By name: role in the organization, role in its project. The project of each organization has the organization's id.
PEOPLE = {
    "owner": ("owner", None),
    "admin": ("admin", None),
    "member": ("member", None),
    "auditor": ("auditor", None),
    "manager": ("member", "manager"),
    "reviewer": ("member", "reviewer"),
    "linguist": ("member", "linguist"),
    "viewer": ("member", "viewer"),
}
TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Platform:
    """A running platform. People are called as in PEOPLE; those of the other organization "their owner" and so on.

    `app` is None for one in a process of its own.
    """

    host: str
    port: int
    dsn: str  # a superuser's
    files: Path
    people: dict[str, UUID] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    timeout_s: float = TIMEOUT_S
    app: FastAPI | None = None

    def call(
        self,
        method: str,
        path: str,
        who: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """One request on a connection of its own; `body` is sent as JSON, `raw` as it is."""
        sent = {**(headers or {})}
        if who is not None:
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        if body is not None:
            raw, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        try:
            connection.request(
                method, path if path.startswith(("/health", "/metrics")) else f"/api/v1{path}", raw, sent
            )
            answer = connection.getresponse()
            return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def sql(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """As a superuser, whom no policy binds."""

        async def run() -> list[asyncpg.Record]:
            connection = await asyncpg.connect(self.dsn)
            try:
                rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
                return rows
            finally:
                await connection.close()

        return asyncio.run(run())


@contextmanager
def serving(dsn: str, files: Path, **settings: Any) -> Iterator[Platform]:
    """The platform on an empty database, with the people of PEOPLE in each of two organizations."""
    asyncio.run(migrate(dsn))
    asyncio.run(make_roles(dsn, "of tests"))
    with serving_there(dsn, files, **settings) as platform:
        asyncio.run(populate(platform))
        yield platform


@contextmanager
def serving_there(dsn: str, files: Path, **settings: Any) -> Iterator[Platform]:
    """The platform on a database that is migrated."""
    given = Settings(
        dsn=SecretStr(as_role(dsn, APP)), token_secret=SecretStr(SECRET), files=files, pool_size=4, **settings
    )
    with listening("127.0.0.1", 0) as socket:
        server = server_of(given)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([socket])), name="platform")
        thread.start()
        address = socket.getsockname()
        try:
            yield Platform(host=address[0], port=address[1], dsn=dsn, files=files, app=server._app)
        finally:
            server.should_exit = True
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()


def as_role(dsn: str, role: str) -> str:
    """The DSN of a superuser, turned into that of a role; trusted on the tests' own server."""
    scheme, _, rest = dsn.partition("://")
    return f"{scheme}://{role}:of%20tests@{rest.rpartition('@')[2]}"


async def populate(platform: Platform) -> None:
    connection = await asyncpg.connect(platform.dsn)
    try:
        for organization, prefix in ((OURS, ""), (THEIRS, "their ")):
            await _found_organization(connection, platform, organization, prefix)
    finally:
        await connection.close()


async def _found_organization(
    connection: asyncpg.Connection, platform: Platform, organization: UUID, prefix: str
) -> None:
    slug = f"{prefix.strip() or 'ours'}-organization"
    await connection.execute("INSERT INTO organizations (id, slug, name, status) VALUES ($1, $2, $2, 'active')",
                             organization, slug)  # fmt: skip
    await connection.execute(
        "INSERT INTO projects (id, organization_id, name, source_language, target_language)"
        " VALUES ($1, $1, $2, 'en', 'de')", organization, f"{slug}-project")  # fmt: skip
    for name, (role, project_role) in PEOPLE.items():
        person = platform.people[prefix + name] = await _person(connection, f"{prefix.strip()}{name}@example.org")
        await connection.execute("INSERT INTO organization_members VALUES ($1, $2, $3::organization_role)",
                                 organization, person, role)  # fmt: skip
        if project_role is not None:
            await connection.execute(
                "INSERT INTO project_members (project_id, organization_id, profile_id, role)"
                " VALUES ($1, $1, $2, $3::project_role)", organization, person, project_role)  # fmt: skip
        platform.tokens[prefix + name] = await _token(connection, person, organization)


async def _person(connection: asyncpg.Connection, email: str) -> UUID:
    person: UUID = await connection.fetchval(
        "INSERT INTO profiles (email, password_hash, display_name) VALUES ($1, $2, $1) RETURNING id",
        email,
        PASSWORD_HASH,
    )
    return person


async def _token(connection: asyncpg.Connection, person: UUID, organization: UUID) -> str:
    """As if they had logged in; hashing passwords is the business of the tests of logging in."""
    login, now = uuid4(), datetime.now(UTC)
    await connection.execute(
        "INSERT INTO login_sessions (id, profile_id, refresh_hash, expires_at)"
        " VALUES ($1, $2, repeat('0', 64), now() + interval '1 day')",
        login,
        person,
    )
    return write_access(Access(person, login, organization, now + timedelta(hours=1)), SECRET, now)
