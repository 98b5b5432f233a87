"""Migrations go forward, once, by one of several at a time, and refuse a database that is not theirs."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fluentscribe.database.migrating import Migration, MigrationError, make_roles, migrate, migrations, pending
from plimsoll.embedded import PostgresServer

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "fluentscribe-database.md"
NAMES = tuple(one.name for one in migrations())
TABLES = {
    "analysis_jobs", "assessment_results", "audit_logs", "file_uploads", "idempotency_keys", "login_attempts",
    "invitations", "login_sessions", "organization_members", "organizations", "profiles", "project_members",
    "project_terms", "projects", "published_reports", "qa_errors", "qa_segments", "qa_sessions", "reviews",
    "schema_migrations", "user_activity", "user_feedback", "vulnerability_scans",
}  # fmt: skip
FIRST = Migration(1, "0001_first", "CREATE TABLE first (id int PRIMARY KEY)")
SECOND = Migration(2, "0002_second", "CREATE TABLE second (id int PRIMARY KEY)")


def ask(dsn: str, query: str, *arguments: object) -> list[Any]:
    """The first column of the answer."""

    async def answer() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [row[0] for row in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    return asyncio.run(answer())


def tables(dsn: str) -> set[str]:
    return set(ask(dsn, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"))


def refused(dsn: str, known: list[Migration]) -> str:
    with pytest.raises(MigrationError) as raised:
        asyncio.run(migrate(dsn, known))
    with pytest.raises(MigrationError):
        asyncio.run(pending(dsn, known))
    return str(raised.value)


def test_an_empty_database_gets_every_table(each_database: str) -> None:
    assert asyncio.run(pending(each_database)) == NAMES
    assert asyncio.run(migrate(each_database)) == NAMES
    assert tables(each_database) == TABLES


def test_what_was_applied_is_not_applied_again(each_database: str) -> None:
    asyncio.run(migrate(each_database))
    assert asyncio.run(migrate(each_database)) == ()
    assert asyncio.run(pending(each_database)) == ()


def test_looking_at_what_is_pending_changes_nothing(database: str) -> None:
    asyncio.run(pending(database))
    assert tables(database) == set()


def test_everything_belongs_to_the_owner_role(each_database: str) -> None:
    asyncio.run(migrate(each_database))
    query = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname = ANY ($1)"
    assert ask(each_database, query, list(TABLES)) == ["fluentscribe_owner"]


def test_every_table_and_its_time_of_creation_are_there_and_described(each_database: str) -> None:
    asyncio.run(migrate(each_database))
    undescribed = (
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND obj_description(oid, 'pg_class') IS NULL"
    )
    timed = (
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'created_at' AND data_type = 'timestamp with time zone' AND is_nullable = 'NO'"
    )
    assert ask(each_database, undescribed) == []
    assert set(ask(each_database, timed)) == TABLES - {"schema_migrations"}


def test_there_are_no_indexes_but_those_of_primary_and_unique_keys(each_database: str) -> None:
    """That the others are missing is what the platform is there to show."""
    asyncio.run(migrate(each_database))
    query = (
        "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary"
    )
    assert set(ask(each_database, query)) == {
        "organizations_slug_key", "profiles_email_key", "published_reports_link_hash_key",
            "qa_segments_session_id_seq_key",
    }  # fmt: skip


def test_no_foreign_key_has_an_index_but_those_that_begin_a_key_of_their_table(each_database: str) -> None:
    asyncio.run(migrate(each_database))
    query = (
        "SELECT format('%s.%s', conrelid::regclass, attname) FROM pg_constraint"
        " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
        " JOIN pg_index ON indrelid = conrelid AND indkey[0] = conkey[1]"
        " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    )
    assert set(ask(each_database, query)) == {
        "idempotency_keys.profile_id", "invitations.organization_id", "organization_members.organization_id",
        "project_members.project_id", "published_reports.project_id", "qa_segments.session_id",
    }  # fmt: skip


def test_no_role_passes_row_security_by(each_database: str) -> None:
    asyncio.run(migrate(each_database))
    query = (
        "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'fluentscribe%'"
        " AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
    )
    assert set(ask(each_database, query)) == {"fluentscribe_app", "fluentscribe_owner", "fluentscribe_worker"}


def test_two_at_once_apply_each_migration_once(each_database: str) -> None:
    async def both() -> list[tuple[str, ...]]:
        return list(await asyncio.gather(migrate(each_database), migrate(each_database)))

    assert sorted(name for names in asyncio.run(both()) for name in names) == sorted(NAMES)


def test_two_databases_of_a_server_share_the_roles(each_postgres_server: PostgresServer, each_database: str) -> None:
    other = each_postgres_server.create_database("another")
    try:
        for role in ("fluentscribe_worker", "fluentscribe_app", "fluentscribe_owner"):
            each_postgres_server.sql(f"DROP ROLE IF EXISTS {role}")

        async def both() -> list[tuple[str, ...]]:
            return list(await asyncio.gather(migrate(each_database), migrate(other)))

        assert asyncio.run(both()) == [NAMES, NAMES]
    finally:
        each_postgres_server.drop_database("another")


def test_the_application_logs_in_with_the_password_it_was_given(postgres_server: PostgresServer, database: str) -> None:
    password = "it's 50 % \\ long"
    asyncio.run(make_roles(database, password))
    asyncio.run(make_roles(database))  # leaves it as it is

    async def log_in() -> str:
        connection = await asyncpg.connect(database, user="fluentscribe_app", password=password)
        try:
            return str(await connection.fetchval("SELECT current_user"))
        finally:
            await connection.close()

    assert asyncio.run(log_in()) == "fluentscribe_app"
    assert ask(database, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'fluentscribe_owner'") == [False]


def test_roles_made_from_several_databases_at_once_are_made(postgres_server: PostgresServer, database: str) -> None:
    other = postgres_server.create_database("another")

    async def all_at_once() -> None:
        await asyncio.gather(*(make_roles(dsn, "secret") for dsn in (database, other) * 3))

    try:
        asyncio.run(all_at_once())
    finally:
        postgres_server.drop_database("another")


def test_one_who_is_no_superuser_can_migrate(each_postgres_server: PostgresServer, each_database: str) -> None:
    """A role that may make roles and owns the database, as on hosted servers."""
    name = each_database.rpartition("/")[2].partition("?")[0]
    each_postgres_server.sql(
        "DROP ROLE IF EXISTS fluentscribe_app",
        "DROP ROLE IF EXISTS fluentscribe_owner",
        "CREATE ROLE hosted LOGIN CREATEROLE PASSWORD 'hosted'",
        f'ALTER DATABASE "{name}" OWNER TO hosted',
    )
    try:
        dsn = each_database.replace(each_database.partition("//")[2].partition("@")[0], "hosted:hosted")
        assert asyncio.run(migrate(dsn)) == NAMES
        assert asyncio.run(migrate(dsn)) == ()
    finally:
        each_postgres_server.sql(
            "DROP OWNED BY fluentscribe_app, fluentscribe_owner CASCADE",
            "ALTER SCHEMA public OWNER TO pg_database_owner",
            "DROP ROLE fluentscribe_app, fluentscribe_owner",
            database=name,
        )
        each_postgres_server.sql(f'ALTER DATABASE "{name}" OWNER TO CURRENT_USER', "DROP ROLE hosted")


def test_a_later_migration_is_added_to_what_is_there(database: str) -> None:
    assert asyncio.run(migrate(database, [FIRST])) == ("0001_first",)
    assert asyncio.run(pending(database, [FIRST, SECOND])) == ("0002_second",)
    assert asyncio.run(migrate(database, [FIRST, SECOND])) == ("0002_second",)


def test_a_migration_that_fails_leaves_what_came_before_it(database: str) -> None:
    broken = replace(SECOND, sql="CREATE TABLE second (id int); SELECT 1 / 0")
    with pytest.raises(MigrationError, match="0002_second failed and was undone: division by zero"):
        asyncio.run(migrate(database, [FIRST, broken]))
    assert tables(database) == {"first", "schema_migrations"}
    assert asyncio.run(migrate(database, [FIRST, SECOND])) == ("0002_second",)


def test_a_migration_changed_after_it_was_applied_is_an_error(database: str) -> None:
    asyncio.run(migrate(database, [FIRST, SECOND]))
    assert "0001_first was changed" in refused(database, [replace(FIRST, sql="SELECT 1"), SECOND])


def test_a_migration_whose_file_is_gone_is_an_error(database: str) -> None:
    asyncio.run(migrate(database, [FIRST, SECOND]))
    assert "0001_first was applied, but its file is gone" in refused(database, [SECOND])


def test_a_database_newer_than_the_code_is_an_error(database: str) -> None:
    asyncio.run(migrate(database, [FIRST, SECOND]))
    assert "newer than this code" in refused(database, [FIRST])


def test_versions_are_counted_without_a_gap() -> None:
    assert [one.version for one in migrations()] == list(range(1, len(NAMES) + 1))


def test_the_guides_code_migrates(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert code is not None
    names: dict[str, Any] = {}
    exec(code[1], names)  # noqa: S102  # our own guide
    asyncio.run(names["prepare"](database))
    assert capsys.readouterr().out == f"{NAMES}\n{NAMES}\n"


def test_the_guide_names_every_table() -> None:
    assert TABLES - {"schema_migrations"} <= set(re.findall(r"`(\w+)`", GUIDE.read_text(encoding="utf-8")))
