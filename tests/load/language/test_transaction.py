"""Transactions on a real server: one step from BEGIN to COMMIT, tried again where PostgreSQL asks for it."""

import asyncio
from typing import Any

import pytest

from plimsoll.load.language.feeding import Feed, Source
from plimsoll.load.language.transaction import Isolation
from plimsoll.load.language.user import User
from tests.load.real import Body, Stage, admin, behind, proxied, run, stage

TABLE = "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0); INSERT INTO t VALUES (1), (2)"


def test_what_it_did_is_committed_as_one_step(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)
            feed = Feed(Source("range", (41, 41), "here"))
            feed.bind(1, 0, 1, None)

            async def change(user: User) -> None:
                async for tx in user.transaction("change", retries=3):
                    async with tx:
                        assert await tx.execute("UPDATE t SET n = $1 WHERE id = $2", feed, 1) == "UPDATE 1"
                        assert await tx.fetchval("SELECT n + 1 FROM t WHERE id = 1") == 42
                        row = await tx.fetchrow("SELECT n FROM t WHERE id = 1")
                        assert row["n"] == 41
                        assert await tx.fetchrow("SELECT 1 WHERE false") is None
                        assert await tx.fetchval("SELECT 1 WHERE false") is None
                        assert len(await tx.fetch("SELECT * FROM t")) == 2
                        assert await other.fetchval("SELECT n FROM t WHERE id = 1") == 0

            await made.travel(change)
            step = await made.step("change")
            assert (step.kind, step.count, step.errors) == ("transaction", 1, 0)
            assert await other.fetchval("SELECT n FROM t WHERE id = 1") == 41

    run(work())


async def _never_commits(made: Stage, body: Body, error: str, dsn: str) -> None:
    async with admin(dsn) as other:
        await made.travel(body)
        step = await made.step("change")
        assert step.error_classes == {error: 1}
        assert await other.fetchval("SELECT sum(n) FROM t") == 0

        async def again(user: User) -> None:
            assert (await user.sql("after", "SELECT 7"))[0][0] == 7

        await made.travel(again)
        assert (await made.step("after")).errors == 0


@pytest.mark.parametrize(
    ("mistake", "error"),
    [("SELECT 1/0", "22012"), ("INSERT INTO t VALUES (1)", "23505"), ("COMMIT", None), ("ROLLBACK AND CHAIN", None)],
)
def test_a_failing_statement_rolls_all_of_it_back(database: str, mistake: str, error: str | None) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change", retries=3):
                    async with tx:
                        await tx.execute("UPDATE t SET n = 9")
                        await tx.execute(mistake)

            if error is not None:
                await _never_commits(made, change, error, database)
                return
            await made.travel(change)
            fold = await made.fold()
            assert fold.journeys["j"].errors == 1
            assert await other.fetchval("SELECT sum(n) FROM t") == 0

    run(work())


def test_an_exception_of_the_journey_s_own_rolls_back_too(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        await tx.execute("UPDATE t SET n = 9")
                        raise KeyError("no such thing")

            await _never_commits(made, change, "scenario: KeyError", database)

    run(work())


def test_a_commit_of_what_had_failed_is_no_success(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        await tx.execute("UPDATE t SET n = 9")
                        try:
                            await tx.execute("SELECT 1/0")
                        except Exception:  # noqa: BLE001  # what a careless scenario does
                            return

            await _never_commits(made, change, "25P02", database)

    run(work())


def test_a_savepoint_may_catch_a_failure(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        await tx.execute("UPDATE t SET n = 9")
                        await tx.execute("SAVEPOINT s")
                        with pytest.raises(Exception, match="division"):
                            await tx.execute("SELECT 1/0")
                        await tx.execute("ROLLBACK TO SAVEPOINT s")

            await made.travel(change)
            assert (await made.step("change")).errors == 0
            assert await other.fetchval("SELECT sum(n) FROM t") == 18

    run(work())


def test_a_serialization_failure_is_tried_again_and_counted_as_one_step(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)
            attempts = 0

            async def change(user: User) -> None:
                nonlocal attempts
                async for tx in user.transaction("change", retries=3):
                    async with tx:
                        attempts += 1
                        await tx.execute("SET LOCAL transaction_isolation = 'repeatable read'")
                        await tx.fetch("SELECT * FROM t")
                        if attempts < 3:
                            await other.execute("UPDATE t SET n = n + 1 WHERE id = 1")
                        await tx.execute("UPDATE t SET n = n + 10 WHERE id = 1")

            await made.travel(change)
            step = await made.step("change")
            assert attempts == 3
            assert made.users[0].retries == 2
            assert (step.count, step.errors) == (1, 0)
            assert await other.fetchval("SELECT n FROM t WHERE id = 1") == 12

    run(work())


def test_when_the_retries_are_used_up_the_step_has_failed(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change", retries=2):
                    async with tx:
                        await tx.execute("SET LOCAL transaction_isolation = 'repeatable read'")
                        await tx.fetch("SELECT * FROM t")
                        await other.execute("UPDATE t SET n = n + 1 WHERE id = 1")
                        await tx.execute("UPDATE t SET n = n + 10 WHERE id = 1")

            await made.travel(change)
            step = await made.step("change")
            assert step.error_classes == {"40001": 1}
            assert made.users[0].retries == 2
            assert await other.fetchval("SELECT n FROM t WHERE id = 1") == 3

    run(work())


def test_a_deadlock_between_two_users_ends_with_both_committed(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database, 2) as made:
            await other.execute(TABLE)
            name = await other.fetchval("SELECT current_database()")
            await other.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '10ms'")
            holding = [asyncio.Event(), asyncio.Event()]

            async def change(user: User) -> None:
                mine, theirs = user.number, 1 - user.number
                async for tx in user.transaction("change", retries=5):
                    async with tx:
                        await tx.execute("UPDATE t SET n = n + 1 WHERE id = $1", 1 + mine)
                        holding[mine].set()
                        await holding[theirs].wait()
                        await tx.execute("UPDATE t SET n = n + 1 WHERE id = $1", 1 + theirs)

            await asyncio.gather(*(made.travel(change, user) for user in made.users))
            step = await made.step("change")
            assert (step.count, step.errors) == (2, 0)
            assert sum(user.retries for user in made.users) >= 1
            assert await other.fetchval("SELECT array_agg(n ORDER BY id) FROM t") == [2, 2]

    run(work())


def test_role_and_claims_hold_inside_and_are_gone_after(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute('DROP ROLE IF EXISTS "odd ""role"; CREATE ROLE "odd ""role"')
            emails = Feed(Source("values", ["a@example.org"], "here"))
            emails.bind(1, 0, 1, ["a@example.org"])
            told: list[Any] = []
            ask = "SELECT current_user::text, current_setting('request.jwt.claims', true)"

            async def change(user: User) -> None:
                async for tx in user.transaction("change", role='odd "role', claims={"sub": emails, "n": 1}):
                    async with tx:
                        told.append(tuple(await tx.fetchrow(ask)))
                told.append(tuple((await user.sql("after", ask))[0]))

            await made.travel(change)
            await other.execute('DROP ROLE "odd ""role"')
            assert told[0] == ('odd "role', '{"sub": "a@example.org", "n": 1}')
            assert told[1][0] != 'odd "role'
            assert not told[1][1]

    run(work())


def test_an_unknown_role_fails_the_step_before_its_body(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def change(user: User) -> None:
                async for tx in user.transaction("change", retries=3, role="nobody_at_all"):
                    async with tx:
                        raise AssertionError("the body was run")

            await made.travel(change)
            assert (await made.step("change")).error_classes == {"22023": 1}

    run(work())


def test_the_user_s_own_statements_have_no_place_within_a_transaction(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def mix(user: User) -> None:
                await user.sql("before", "SELECT 1")
                async for tx in user.transaction("change"):
                    async with tx:
                        await user.sql("before", "SELECT 1")

            await made.travel(mix)
            fold = await made.fold()
            assert fold.journeys["j"].errors == 1
            assert any("tx.execute" in told or "one thing" in told for told in made.problems.messages.values())

            async def go_on(user: User) -> None:
                assert (await user.sql("after", "SELECT 7"))[0][0] == 7

            await made.travel(go_on)
            assert (await made.step("after")).errors == 0

    run(work())


def test_a_connection_lost_within_a_transaction_never_runs_the_rest_elsewhere(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        pid = await tx.fetchval("SELECT pg_backend_pid()")
                        await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
                        await tx.execute("UPDATE t SET n = 9")

            await made.travel(change)
            assert (await made.step("change")).errors == 1
            assert await other.fetchval("SELECT sum(n) FROM t") == 0

    run(work())


def test_a_connection_lost_before_the_commit_is_no_commit(database: str) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database) as made:
            await other.execute(TABLE)

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        await tx.execute("UPDATE t SET n = 9")
                        pid = await tx.fetchval("SELECT pg_backend_pid()")
                        await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)

            await made.travel(change)
            assert (await made.step("change")).errors == 1
            assert await other.fetchval("SELECT sum(n) FROM t") == 0

    run(work())


def test_a_transaction_whose_server_says_nothing_is_given_up(database: str) -> None:
    async def work() -> None:
        with proxied(database) as proxy:
            async with stage(behind(proxy, database), statement_s=0.3) as made:

                async def change(user: User) -> None:
                    async for tx in user.transaction("change", retries=3):
                        async with tx:
                            await tx.execute("SELECT 1")
                            proxy.stall()
                            await tx.execute("SELECT 2")

                async def go_on(user: User) -> None:
                    await user.sql("after", "SELECT 1")

                await made.travel(change)
                proxy.flow()
                await made.travel(go_on)
                fold = await made.fold()
                assert fold.steps["j", "change"].error_classes == {"timeout": 1}
                assert fold.steps["j", "after"].errors == 0

    run(work())


def test_thinking_within_a_transaction_is_no_timeout(database: str) -> None:
    async def work() -> None:
        async with stage(database, statement_s=0.2) as made:

            async def change(user: User) -> None:
                async for tx in user.transaction("change"):
                    async with tx:
                        await tx.execute("SELECT 1")
                        await user.think(0.4)

            await made.travel(change)
            assert (await made.step("change")).errors == 0

    run(work())


@pytest.mark.parametrize("retries", [-1, 101])
def test_a_number_of_retries_beyond_its_bounds_is_a_mistake(database: str, retries: int) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def change(user: User) -> None:
                user.transaction("change", retries=retries)

            await made.travel(change)
            assert (await made.fold()).journeys["j"].errors == 1

    run(work())


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
def test_a_transaction_has_the_isolation_it_asks_for(database: str, level: Isolation) -> None:
    async def work() -> None:
        async with stage(database) as made:
            seen = []

            async def ask(user: User) -> None:
                async for tx in user.transaction("ask", isolation=level):
                    async with tx:
                        seen.append(await tx.fetchval("SELECT current_setting('transaction_isolation')"))

            await made.travel(ask)
            assert seen == [level]

    run(work())


def test_a_transaction_without_its_loop_is_told_how_to_write_it(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def forget(user: User) -> None:
                await user.transaction("forget").__aenter__()

            await made.travel(forget)
            assert any("opened so" in message for message in made.problems.messages.values())

    run(work())
