"""What belongs to one organization stays with it: every table that has an organization, on real servers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest

from fluentscribe.database.migrating import migrate
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database

T = TypeVar("T")
OURS, THEIRS = UUID(int=0xA), UUID(int=0xB)  # organizations
ME, THEM, NOBODY = UUID(int=0x1), UUID(int=0x2), UUID(int=0x3)  # a member of each, and of none

# A row in every table for the organization $1 and its member $2; ids are the organization's where they may be.
ONE_OF_EACH = """
INSERT INTO profiles (id, email, password_hash, display_name) VALUES ('{me}', '{me}@example.org', 'x', 'P');
INSERT INTO organizations (id, slug, name) VALUES ('{org}', 's-{org}', 'O');
INSERT INTO organization_members (organization_id, profile_id, role) VALUES ('{org}', '{me}', 'owner');
INSERT INTO projects (id, organization_id, name, source_language, target_language)
    VALUES ('{org}', '{org}', 'P', 'en', 'de');
INSERT INTO project_members (organization_id, project_id, profile_id) VALUES ('{org}', '{org}', '{me}');
INSERT INTO file_uploads (id, organization_id, project_id, file_name, format, sha256, bytes)
    VALUES ('{org}', '{org}', '{org}', 'f', 'csv', repeat('0', 64), 1);
INSERT INTO vulnerability_scans (organization_id, upload_id, scanner, verdict)
    VALUES ('{org}', '{org}', 'markup', 'clean');
INSERT INTO qa_sessions (id, organization_id, project_id, source_language, target_language)
    VALUES ('{org}', '{org}', '{org}', 'en', 'de');
INSERT INTO qa_segments (organization_id, session_id, seq, source) VALUES ('{org}', '{org}', 1, 'Hello');
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, origin, fingerprint)
    SELECT organization_id, session_id, id, 'style', 'awkward', 'human', repeat('0', 32)
    FROM qa_segments WHERE session_id = '{org}';
INSERT INTO assessment_results (organization_id, project_id, session_id, apt, ewc, pass_score)
    VALUES ('{org}', '{org}', '{org}', 20, 1000, 95);
INSERT INTO reviews (organization_id, session_id, reviewer_id) VALUES ('{org}', '{org}', '{me}');
INSERT INTO project_terms (organization_id, project_id, source_term, target_term)
    VALUES ('{org}', '{org}', 'file', 'Datei');
INSERT INTO analysis_jobs (organization_id, session_id) VALUES ('{org}', '{org}');
INSERT INTO invitations (organization_id, profile_id, token_hash, expires_at)
    VALUES ('{org}', '{me}', repeat('0', 64), now());
INSERT INTO published_reports (project_id, organization_id, link_hash, published_by)
    VALUES ('{org}', '{org}', lpad(right('{org}', 12), 64, '0'), '{me}');
INSERT INTO user_feedback (organization_id, profile_id, category, message) VALUES ('{org}', '{me}', 'idea', 'More');
INSERT INTO user_activity (organization_id, profile_id, action) VALUES ('{org}', '{me}', 'login');
INSERT INTO audit_logs (organization_id, action, object_type, object_id) VALUES ('{org}', 'create', 'project', '{org}');
"""

TENANT_TABLES = """
SELECT table_name::text FROM information_schema.columns
WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1
"""
WRITABLE_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
"""


@pytest.fixture(scope="module")
def tenants(each_postgres_server: PostgresServer) -> Iterator[str]:
    """A database in which two organizations have one row in every table each; who changes rows undoes it."""
    with fresh_database(each_postgres_server) as name:
        yield filled(each_postgres_server.dsn_of(name))


@pytest.fixture
def own_tenants(each_database: str) -> str:
    """As `tenants`, for a test that changes rows."""
    return filled(each_database)


def filled(dsn: str) -> str:
    async def fill(connection: asyncpg.Connection) -> None:
        await connection.execute(ONE_OF_EACH.format(org=OURS, me=ME) + ONE_OF_EACH.format(org=THEIRS, me=THEM))

    asyncio.run(migrate(dsn))
    as_superuser(dsn, fill)
    return dsn


def as_superuser(dsn: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    async def run() -> T:
        connection = await asyncpg.connect(dsn)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


@asynccontextmanager
async def acting(
    connection: asyncpg.Connection, organization: UUID | None = None, person: UUID | None = None, role: str = "app"
) -> AsyncIterator[None]:
    """A transaction of the application on somebody's behalf; undone at the end."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"SET LOCAL ROLE fluentscribe_{role}")
        for name, value in (("organization_id", organization), ("profile_id", person)):
            if value is not None:
                await connection.execute("SELECT set_config($1, $2, true)", f"app.{name}", str(value))
        yield
    finally:
        await transaction.rollback()


async def outcome(connection: asyncpg.Connection, sql: str, *arguments: object) -> str:
    """The command's tag, or the name of the error."""
    try:
        return str(await connection.execute(sql, *arguments))
    except asyncpg.PostgresError as error:
        return "row-level security" if "row-level security" in str(error) else type(error).__name__


async def of_each_table(
    connection: asyncpg.Connection, sql: str, organization: UUID | None = OURS, person: UUID | None = ME
) -> dict[str, str]:
    """What the statement comes to for the application on every tenant table; `{table}` and `{columns}` are put in."""
    found = {}
    for table in [row[0] for row in await connection.fetch(TENANT_TABLES)]:
        columns = await connection.fetchval(WRITABLE_COLUMNS, table)
        async with acting(connection, organization, person):
            found[table] = await outcome(connection, sql.format(table=table, columns=columns))
    return found


def test_every_table_with_an_organization_has_row_security_that_binds_its_owner_too(tenants: str) -> None:
    async def unguarded(connection: asyncpg.Connection) -> list[str]:
        tables = [row[0] for row in await connection.fetch(TENANT_TABLES)]
        assert len(tables) >= 13
        query = (
            "SELECT relname::text FROM pg_class WHERE oid = ANY ($1::text[]::regclass[]) AND NOT (relrowsecurity AND"
            " relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid))"
        )
        return [row[0] for row in await connection.fetch(query, [*tables, "organizations"])]

    assert as_superuser(tenants, unguarded) == []


def test_one_sees_the_rows_of_ones_own_organization_and_no_others(tenants: str) -> None:
    async def seen(connection: asyncpg.Connection) -> dict[str, list[UUID]]:
        found = {}
        for row in await connection.fetch(TENANT_TABLES):
            async with acting(connection, OURS, ME):
                rows = await connection.fetch(f"SELECT organization_id FROM {row[0]}")
            found[row[0]] = [row[0] for row in rows]
        return found

    assert {table: rows for table, rows in as_superuser(tenants, seen).items() if rows != [OURS]} == {}


def test_of_the_organizations_one_sees_the_one_that_one_acts_for(tenants: str) -> None:
    async def seen(connection: asyncpg.Connection) -> list[UUID]:
        async with acting(connection, OURS, NOBODY):
            return [row[0] for row in await connection.fetch("SELECT id FROM organizations")]

    assert as_superuser(tenants, seen) == [OURS]


@pytest.mark.parametrize("unset", [None, ""], ids=["never set", "reset"])
def test_without_a_setting_one_sees_nothing(tenants: str, unset: str | None) -> None:
    async def seen(connection: asyncpg.Connection) -> dict[str, str]:
        if unset is not None:  # what a pooled connection is left with after a transaction that set it
            await connection.execute("SELECT set_config('app.organization_id', '', false)")
            await connection.execute("SELECT set_config('app.profile_id', '', false)")
        return await of_each_table(connection, "SELECT FROM {table}", None, None)

    assert set(as_superuser(tenants, seen).values()) == {"SELECT 0"}


def test_the_owner_sees_nothing_either(tenants: str) -> None:
    async def seen(connection: asyncpg.Connection) -> set[str]:
        tables = [row[0] for row in await connection.fetch(TENANT_TABLES)]
        async with acting(connection, OURS, ME, role="owner"):
            return {await outcome(connection, f"SELECT FROM {table}") for table in tables}

    assert as_superuser(tenants, seen) == {"SELECT 0"}


def test_rows_of_another_organization_cannot_be_inserted(tenants: str) -> None:
    """The same rows are taken to be one's own first: those fail for their keys only, so the policy is what refuses."""

    async def copied(connection: asyncpg.Connection, organization: UUID) -> dict[str, str]:
        found = {}
        for table in [row[0] for row in await connection.fetch(TENANT_TABLES)]:
            columns = await connection.fetchval(WRITABLE_COLUMNS, table)
            row = await connection.fetchval(
                f"SELECT to_jsonb({table})::text FROM {table} WHERE organization_id = $1", organization
            )
            sql = (
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::jsonb)"
            )
            async with acting(connection, OURS, ME):
                found[table] = await outcome(connection, sql, row)
        return found

    ours = as_superuser(tenants, lambda connection: copied(connection, OURS))
    theirs = as_superuser(tenants, lambda connection: copied(connection, THEIRS))
    assert set(ours.values()) == {"UniqueViolationError"}
    assert set(theirs.values()) == {"row-level security"}


def test_rows_of_another_organization_cannot_be_changed_or_deleted(tenants: str) -> None:
    async def tried(connection: asyncpg.Connection) -> set[str]:
        theirs = f"WHERE organization_id = '{THEIRS}'"
        updates = await of_each_table(connection, "UPDATE {table} SET created_at = created_at " + theirs)
        deletes = await of_each_table(connection, "DELETE FROM {table} " + theirs)
        return {*updates.values(), *deletes.values()}

    assert as_superuser(tenants, tried) <= {"UPDATE 0", "DELETE 0", "InsufficientPrivilegeError"}


def test_ones_own_rows_cannot_be_given_to_another_organization(tenants: str) -> None:
    async def tried(connection: asyncpg.Connection) -> set[str]:
        return set((await of_each_table(connection, f"UPDATE {{table}} SET organization_id = '{THEIRS}'")).values())

    assert as_superuser(tenants, tried) <= {"row-level security", "InsufficientPrivilegeError"}


def test_the_log_is_only_added_to(tenants: str) -> None:
    async def tried(connection: asyncpg.Connection) -> list[str]:
        found = []
        for sql in ("UPDATE audit_logs SET action = 'login'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
            async with acting(connection, OURS, ME):
                found.append(await outcome(connection, sql))
        return found

    assert as_superuser(tenants, tried) == ["InsufficientPrivilegeError"] * 3


def test_people_see_to_which_organizations_they_belong_before_they_choose_one(tenants: str) -> None:
    async def seen(connection: asyncpg.Connection) -> list[list[UUID]]:
        found = []
        for person in (ME, THEM, NOBODY):
            async with acting(connection, None, person):
                found.append([row[0] for row in await connection.fetch("SELECT id FROM organizations")])
        return found

    assert as_superuser(tenants, seen) == [[OURS], [THEIRS], []]


def test_roles_in_the_organization_bind_beneath_the_application(own_tenants: str) -> None:
    counted = "SELECT (SELECT count(*) FROM qa_segments), (SELECT count(*) FROM audit_logs)"

    async def seen(connection: asyncpg.Connection) -> dict[str, tuple[object, ...]]:
        found = {}
        for role in ("owner", "admin", "member", "auditor", "nobody"):
            await connection.execute(
                "UPDATE organization_members SET role = $1::organization_role WHERE profile_id = $2",
                role if role != "nobody" else "owner",
                ME,
            )
            async with acting(connection, OURS, ME if role != "nobody" else THEM):
                raising = "UPDATE organization_members SET role = 'owner'"
                found[role] = (*await connection.fetchrow(counted), await outcome(connection, raising))
        return found

    assert as_superuser(own_tenants, seen) == {
        "owner": (1, 1, "UPDATE 1"),
        "admin": (1, 1, "row-level security"),
        "member": (1, 0, "UPDATE 0"),
        "auditor": (0, 1, "UPDATE 0"),
        "nobody": (0, 0, "UPDATE 0"),
    }


def test_nobody_writes_in_anothers_name_or_decides_on_their_own(own_tenants: str) -> None:
    theirs_of_ours = f"('{OURS}', '{THEM}', 'idea', 'More')"

    async def tried(connection: asyncpg.Connection) -> list[str]:
        found = []
        for sql in (
            f"INSERT INTO user_activity (organization_id, profile_id, action) VALUES ('{OURS}', '{THEM}', 'login')",
            f"INSERT INTO user_feedback (organization_id, profile_id, category, message) VALUES {theirs_of_ours}",
            f"UPDATE user_feedback SET profile_id = '{THEM}'",
        ):
            async with acting(connection, OURS, ME):
                found.append(await outcome(connection, sql))
        for before in (
            "SELECT",
            f"UPDATE qa_sessions SET created_by = '{ME}'",
            f"UPDATE reviews SET reviewer_id = '{THEM}'",
        ):
            await connection.execute(before)
            async with acting(connection, OURS, ME):
                found.append(await outcome(connection, "UPDATE reviews SET verdict = 'approved', decided_at = now()"))
        return found

    refused = "row-level security"
    assert as_superuser(own_tenants, tried) == [refused, refused, refused, "UPDATE 1", refused, "UPDATE 0"]


def test_deleting_an_organization_takes_its_rows_along(own_tenants: str) -> None:
    async def left(connection: asyncpg.Connection) -> set[int]:
        await connection.execute("DELETE FROM organizations WHERE id = $1", THEIRS)
        tables = [row[0] for row in await connection.fetch(TENANT_TABLES)]
        return {await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}

    assert as_superuser(own_tenants, left) == {1}
