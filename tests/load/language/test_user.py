"""A user on a real server: what its steps return, record and raise."""

import asyncio
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from plimsoll.load.language.feeding import Feed, Source
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.traveller import OUTSIDE_STEPS
from plimsoll.load.language.user import User
from plimsoll.postgres.session import SessionTraits
from tests.load.real import admin, behind, proxied, run, stage, until_running

MS = 1_000_000


def test_a_statement_is_a_step_with_its_rows_and_counted_once_each(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:
            found: list[Any] = []

            async def look(user: User) -> None:
                for number in (1, 2, 3):  # the first connects and prepares, the others take the short way
                    found.extend(await user.sql("look", "SELECT $1::int AS n", number))

            await made.travel(look)
            step = await made.step("look")
            assert [row["n"] for row in found] == [1, 2, 3]
            assert (step.kind, step.count, step.errors) == ("sql", 3, 0)
            assert made.counts.opened == 1

    run(work())


def test_feeds_among_parameters_are_drawn(database: str) -> None:
    async def work() -> None:
        feed = Feed(Source("range", (5, 7), "here")).sequential()
        feed.bind(1, 0, 1, None)
        async with stage(database) as made:
            found: list[int] = []

            async def look(user: User) -> None:
                for _ in range(4):
                    rows = await user.sql("look", "SELECT $1::int + $2::int", feed, 100)
                    found.append(rows[0][0])

            await made.travel(look)
            assert found == [105, 106, 107, 105]

    run(work())


def test_types_go_there_and_back(database: str) -> None:
    values: dict[str, Any] = {
        "numeric": Decimal("12345678901234567890.000000001"),
        "timestamptz": datetime(2026, 2, 14, 10, 15, 0, 123456, tzinfo=UTC),
        "jsonb": '{"a": [1, 2]}',
        "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
        "int[]": [1, None, 3],
        "text[]": ["a,b", '"q"', ""],
        "bytea": b"\x00\xff",
        "text": "Grüße 🚢",
        "float8": 0.1,
        "bool": True,
        "date": datetime(2026, 2, 14, tzinfo=UTC).date(),
        "inet[]": [],
    }

    async def work() -> None:
        async with stage(database) as made:
            for kind, value in values.items():

                async def look(user: User, kind: str = kind, value: Any = value) -> None:
                    for _ in range(2):
                        rows = await user.sql("look", f"SELECT $1::{kind}", value)
                        assert rows[0][0] == value, kind

                await made.travel(look)
            fold = await made.fold()
            assert fold.journeys["j"].errors == 0, made.problems.messages

    run(work())


@pytest.mark.parametrize(
    ("query", "parameters", "error"),
    [
        ("SELECT 1/$1::int", [0], "22012"),
        ("SELECT * FROM nowhere", [], "42P01"),
        ("SELEKT 1", [], "42601"),
        ("SELECT $1::int", ["seven"], "client: DataError"),
        ("SELECT pg_sleep(60)", [], "57014"),
    ],
)
def test_a_failure_is_recorded_by_its_class_and_the_connection_kept(
    database: str, query: str, parameters: list[Any], error: str
) -> None:
    async def work() -> None:
        traits = SessionTraits(statement_timeout_s=0.2)
        async with stage(database, traits=traits) as made:

            async def fail(user: User) -> None:
                for _ in range(2):
                    with pytest.raises(StepFailed) as caught:
                        await user.sql("fail", query, *parameters)
                    assert caught.value.error_class.startswith(error)
                rows = await user.sql("fail", "SELECT 7")
                assert rows[0][0] == 7

            await made.travel(fail)
            step = await made.step("fail")
            assert sum(step.error_classes.values()) == 2
            assert step.count == 3
            assert made.counts.opened == 1
            assert made.problems.messages

    run(work())


def test_an_unhandled_failure_ends_the_journey_which_is_recorded_as_failed(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def fail(user: User) -> None:
                await user.sql("fail", "SELECT 1/0")
                raise AssertionError("the journey went on")

            await made.travel(fail)
            fold = await made.fold()
            assert fold.journeys["j"].errors == 1
            assert fold.steps["j", "fail"].error_classes == {"22012": 1}

    run(work())


def test_a_failed_check_fails_the_step_just_made_and_ends_the_journey(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def check(user: User) -> None:
                await user.sql("first", "SELECT 1")
                rows = await user.sql("second", "SELECT 1 WHERE false")
                user.check("fine", True)
                user.check("one row", len(rows) == 1)
                raise AssertionError("the journey went on")

            await made.travel(check)
            fold = await made.fold()
            assert fold.steps["j", "first"].errors == 0
            assert fold.steps["j", "second"].error_classes == {"check: one row": 1}
            assert fold.steps["j", "second"].count == 1
            assert fold.journeys["j"].errors == 1

    run(work())


def test_thinking_is_no_part_of_the_journey_s_latency(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def think(user: User) -> None:
                await user.sql("look", "SELECT 1")
                await user.think(0.5)
                await user.think(0.2, 0.3)
                await user.sql("look", "SELECT pg_sleep(0.05)")

            await made.travel(think)
            fold = await made.fold()
            latency = fold.journeys["j"].latency.value().max_us
            steps = fold.steps["j", "look"].latency.value()
            assert latency is not None
            assert latency >= 50_000
            assert steps.sum_us <= latency, "the whole is not less than its parts"
            assert latency < steps.sum_us + 700_000, "and does not hold the thinking"

    run(work())


def test_statements_within_a_step_are_part_of_it(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def nested(user: User) -> None:
                async with user.step("both"):
                    await user.sql("inner", "SELECT 1")
                    async for tx in user.transaction("inner tx"):
                        async with tx:
                            await tx.fetch("SELECT 2")
                    await user.sql("inner", "SELECT 3")
                await user.sql("after", "SELECT 4")

            await made.travel(nested)
            fold = await made.fold()
            assert {step: totals.count for (_, step), totals in fold.steps.items()} == {"both": 1, "after": 1}

    run(work())


def test_a_failure_within_a_step_is_the_step_s(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def nested(user: User) -> None:
                async with user.step("both"):
                    await user.sql("inner", "SELECT 1/0")

            await made.travel(nested)
            assert (await made.step("both")).error_classes == {"22012": 1}

    run(work())


def test_the_four_times_are_in_order_and_waiting_for_a_connection_is_no_service(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def look(user: User) -> None:
                await user.sql("look", "SELECT 1")

            await made.travel(look)
            fold = await made.fold()
            step, wait = fold.steps["j", "look"], fold.wait.value().max_us
            latency, service = step.latency.value().max_us, step.service.value().max_us
            assert wait is not None
            assert latency is not None
            assert service is not None
            assert wait > 0, "connecting and preparing"
            assert service < latency
            assert abs(latency - service - wait) <= 2

    run(work())


def test_transaction_control_is_no_step(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def begin(user: User) -> None:
                await user.sql("begin", "BEGIN")

            await made.travel(begin)
            fold = await made.fold()
            assert list(fold.steps) == [("j", OUTSIDE_STEPS)], "a mistake is counted, not lost"
            assert fold.steps["j", OUTSIDE_STEPS].errors == fold.journeys["j"].errors == 1
            assert any("BEGIN is not a step" in message for message in made.problems.messages.values())

    run(work())


def test_a_scenario_s_own_mistake_fails_its_journey_and_names_the_line(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def slip(user: User) -> None:
                rows = await user.sql("look", "SELECT 1 WHERE false")
                rows[0]

            await made.travel(slip)
            fold = await made.fold()
            assert fold.steps["j", "look"].errors == 0
            assert fold.journeys["j"].errors == 1

    run(work())


@pytest.mark.parametrize("prepared", [True, False])
def test_a_changed_table_costs_one_failure_at_most(database: str, prepared: bool) -> None:
    async def work() -> None:
        async with admin(database) as other, stage(database, traits=SessionTraits(prepared=prepared)) as made:
            await other.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
            results: list[int] = []

            async def look(user: User) -> None:
                for number in range(4):
                    if number == 2:
                        await other.execute("ALTER TABLE t ADD b int")
                    try:
                        results.append(len((await user.sql("look", "SELECT * FROM t"))[0]))
                    except StepFailed:
                        results.append(0)

            await made.travel(look)
            assert results[-1] == 2, "the new column is there in the end"
            assert results.count(0) <= 1

    run(work())


# -- deadlines and lost connections -----------------------------------------------------------------------------------


def test_a_server_that_says_nothing_is_given_up_and_the_connection_replaced(database: str) -> None:
    async def work() -> None:
        with proxied(database) as proxy:
            async with stage(behind(proxy, database), statement_s=0.3, connect_s=5) as made:

                async def wait(user: User) -> None:
                    await user.sql("look", "SELECT 1")
                    proxy.stall()
                    with pytest.raises(StepFailed) as caught:
                        await user.sql("look", "SELECT 1")
                    assert caught.value.error_class == "timeout"
                    proxy.flow()
                    assert (await user.sql("look", "SELECT 7"))[0][0] == 7

                await made.travel(wait)
                step = await made.step("look")
                assert step.error_classes == {"timeout": 1}
                assert (made.counts.opened, made.counts.reopened) == (2, 1)
                assert made.users[0].cut_off == 0

    run(work())


def test_a_given_up_statement_is_cancelled_on_the_server(database: str) -> None:
    async def work() -> None:
        async with stage(database, statement_s=0.2) as made, admin(database) as other:

            async def wait(user: User) -> None:
                await user.sql("look", "SELECT 1")
                with pytest.raises(StepFailed) as caught:
                    await user.sql("look", "SELECT pg_sleep(3600) /* the long one */")
                assert caught.value.error_class == "timeout"

            await made.travel(wait)
            await made.sessions[0].close()
            await until_running(other, "the long one", False)

    run(work())


def test_a_stop_in_the_middle_of_a_statement_counts_it_as_incomplete(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made, admin(database) as other:

            async def wait(user: User) -> None:
                await user.sql("look", "SELECT 1")
                await user.sql("long", "SELECT pg_sleep(3600) /* stopped */")

            going = asyncio.create_task(made.travel(wait))
            await until_running(other, "stopped", True)
            task = made.users[0].task
            assert task is not None
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await going
            assert made.users[0].cut_off == 1
            fold = await made.fold()
            assert ("j", "long") not in fold.steps

    run(work())


@pytest.mark.parametrize("how", ["kill", "cut", "reset"])
def test_a_lost_connection_fails_one_step_and_is_opened_again(database: str, how: str) -> None:
    async def work() -> None:
        with proxied(database) as proxy:
            async with stage(behind(proxy, database)) as made, admin(database) as other:

                async def lose(user: User) -> None:
                    pid = (await user.sql("look", "SELECT pg_backend_pid()"))[0][0]
                    if how == "kill":
                        await other.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
                    else:
                        getattr(proxy, how)()
                    with pytest.raises(StepFailed) as caught:
                        await user.sql("look", "SELECT pg_backend_pid()")
                    assert caught.value.error_class in ("connection lost", "57P01")
                    assert (await user.sql("look", "SELECT pg_backend_pid()"))[0][0] != pid

                await made.travel(lose)
                step = await made.step("look")
                assert (step.count, step.errors) == (3, 1)
                assert made.counts.reopened == 1

    run(work())


def test_while_the_server_is_away_each_try_is_a_failed_step_and_tries_come_ever_more_slowly(database: str) -> None:
    async def work() -> None:
        with proxied(database) as proxy:
            async with stage(behind(proxy, database)) as made:

                async def keep_trying(user: User) -> None:
                    await user.sql("look", "SELECT 1")
                    proxy.refuse()
                    proxy.cut()
                    for _ in range(5):
                        with pytest.raises(StepFailed):
                            await user.sql("look", "SELECT 1")
                    proxy.refuse(False)
                    assert (await user.sql("look", "SELECT 7"))[0][0] == 7

                await made.travel(keep_trying)
                fold = await made.fold()
                step = fold.steps["j", "look"]
                assert (step.count, step.errors) == (7, 5)
                waited = fold.wait.value().max_us
                assert waited is not None
                assert waited >= 400_000, "the fourth try came half of 0.8 s after the third at the earliest"
                assert made.counts.reopened == 1

    run(work())


def test_a_session_with_a_stalled_server_is_closed_within_bounds(database: str) -> None:
    async def work() -> float:
        with proxied(database) as proxy:
            async with stage(behind(proxy, database)) as made:

                async def look(user: User) -> None:
                    await user.sql("look", "SELECT 1")

                await made.travel(look)
                proxy.stall()
                before = asyncio.get_running_loop().time()
                async with asyncio.timeout(30):
                    await made.sessions[0].close()
                return asyncio.get_running_loop().time() - before

    assert run(work()) < 20
