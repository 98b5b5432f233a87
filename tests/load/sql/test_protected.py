"""A protected target, on a real server: nothing that a scenario can say writes."""

from collections.abc import Iterator
from contextlib import suppress

import asyncpg
import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.load.language.user import User
from plimsoll.postgres.session import SessionTraits
from plimsoll.testing.postgres import fresh_database
from tests.load.real import admin, run, stage

PREPARE = """
    CREATE TABLE t (n int NOT NULL);
    INSERT INTO t VALUES (1);
    CREATE SEQUENCE s;
    CREATE FUNCTION writes() RETURNS int LANGUAGE sql AS 'INSERT INTO t VALUES (2) RETURNING n';
    CREATE FUNCTION opens_and_writes() RETURNS int LANGUAGE plpgsql AS
        $$ BEGIN SET transaction_read_only = off; INSERT INTO t VALUES (3); RETURN 1; END $$;
    CREATE PROCEDURE commits_and_writes() LANGUAGE plpgsql AS
        $$ BEGIN COMMIT; INSERT INTO t VALUES (4); COMMIT; END $$;
"""
STATE = (
    "SELECT (SELECT count(*) FROM t), (SELECT last_value::text || is_called FROM s), (SELECT count(*) FROM pg_class)"
)
WRITES = [
    "INSERT INTO t VALUES (9)",
    "UPDATE t SET n = 9",
    "DELETE FROM t",
    "TRUNCATE t",
    "DROP TABLE t",
    "CREATE TABLE u (n int)",
    "SELECT * INTO u FROM t",
    "WITH w AS (INSERT INTO t VALUES (9) RETURNING n) SELECT * FROM w",
    "SELECT n FROM t FOR UPDATE",
    "SELECT writes()",
    "SELECT opens_and_writes()",
    "CALL commits_and_writes()",
    "DO $$ BEGIN COMMIT; INSERT INTO t VALUES (9); COMMIT; END $$",
    "DO $$ BEGIN ROLLBACK; INSERT INTO t VALUES (9); COMMIT; END $$",
    "SELECT nextval('s')",
    "SELECT setval('s', 99)",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (9)",
    "COPY t FROM PROGRAM 'echo 9'",
    "VACUUM t",
    "SELECT lo_create(0)",
]
ESCAPES = [
    "SET TRANSACTION READ WRITE",
    "set transaction_read_only = off",
    "SET LOCAL transaction_read_only TO off",
    "SELECT set_config('transaction_read_only', 'off', false)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    "SET default_transaction_read_only = off",
    "COMMIT",
    "COMMIT AND CHAIN",
    "ROLLBACK AND CHAIN",
    "ROLLBACK",
    "END",
    "ABORT",
    "/* /* */ */ COMMIT",
    "-- x\rCOMMIT",
    ";COMMIT",
    "COMMIT; INSERT INTO t VALUES (9)",
    "SELECT 1; COMMIT; INSERT INTO t VALUES (9)",
    "BEGIN READ WRITE",
    "PREPARE TRANSACTION 'x'",
    "SAVEPOINT a",
    "ROLLBACK TO SAVEPOINT a",
]


@pytest.fixture(scope="module")
def prepared_database(postgres_server: PostgresServer) -> Iterator[str]:
    """One for all: that nothing is written there is what they say."""
    with fresh_database(postgres_server) as name:
        dsn = postgres_server.dsn_of(name)

        async def prepare() -> None:
            async with admin(dsn) as other:
                await other.execute(PREPARE)

        run(prepare())
        yield dsn


async def _state(other: asyncpg.Connection) -> tuple[object, ...]:
    return tuple(await other.fetchrow(STATE))


@pytest.mark.parametrize("prepared", [True, False])
def test_no_statement_by_itself_can_write(prepared_database: str, prepared: bool) -> None:
    async def work() -> None:
        traits = SessionTraits(prepared=prepared, protected=True)
        async with admin(prepared_database) as other, stage(prepared_database, traits=traits) as made:
            before = await _state(other)
            for query in (*WRITES, *ESCAPES):

                async def write(user: User, query: str = query) -> None:
                    await user.sql("write", query)
                    await user.sql("again", query)

                await made.travel(write)
                await _still_reads(made.users[0], made.travel)
                assert await _state(other) == before, query

    run(work())


@pytest.mark.parametrize("escape", ESCAPES)
def test_no_statement_opens_a_transaction_for_writing(prepared_database: str, escape: str) -> None:
    async def work() -> None:
        traits = SessionTraits(protected=True)
        async with admin(prepared_database) as other, stage(prepared_database, traits=traits) as made:
            before = await _state(other)

            async def write(user: User) -> None:
                async for tx in user.transaction("write"):
                    async with tx:
                        with suppress(Exception):  # a scenario that will not take no for an answer
                            await tx.execute(escape)
                        await tx.execute("SET LOCAL statement_timeout = 0")
                        await tx.execute("INSERT INTO t VALUES (9)")

            await made.travel(write)
            assert (await made.fold()).journeys["j"].errors == 1
            assert await _state(other) == before
            await _still_reads(made.users[0], made.travel)

    run(work())


@pytest.mark.parametrize("query", WRITES)
def test_no_statement_of_a_transaction_can_write(prepared_database: str, query: str) -> None:
    async def work() -> None:
        traits = SessionTraits(protected=True)
        async with admin(prepared_database) as other, stage(prepared_database, traits=traits) as made:
            before = await _state(other)

            async def write(user: User) -> None:
                async for tx in user.transaction("write"):
                    async with tx:
                        await tx.execute(query)

            await made.travel(write)
            assert (await made.step("write")).errors == 1
            assert await _state(other) == before

    run(work())


def test_reading_works_and_each_statement_has_the_server_s_limit(prepared_database: str) -> None:
    async def work() -> None:
        traits = SessionTraits(protected=True, statement_timeout_s=0.2)
        async with stage(prepared_database, traits=traits) as made:

            async def read(user: User) -> None:
                for _ in range(2):
                    assert (await user.sql("read", "SELECT n FROM t"))[0][0] == 1
                assert (await user.sql("read", "SHOW transaction_read_only"))[0][0] == "on"
                await user.sql("set", "SET statement_timeout = 0")
                await user.sql("slow", "SELECT pg_sleep(60)")

            await made.travel(read)
            fold = await made.fold()
            assert fold.steps["j", "read"].errors == 0
            assert fold.steps["j", "slow"].error_classes == {"57014": 1}

    run(work())


async def _still_reads(user: User, travel: object) -> None:
    async def read(user: User) -> None:
        assert (await user.sql("read", "SHOW transaction_read_only"))[0][0] == "on"

    await travel(read)  # type: ignore[operator]
