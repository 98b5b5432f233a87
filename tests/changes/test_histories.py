"""The polls of a history are exactly what was committed, each once, whatever commits in which order."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Sequence
from random import Random

import asyncpg
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.changes.poller import Poller
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.testing.postgres import THROWAWAY, fresh_database, in_memory
from tests.changes.histories import ORDERS, House, house, in_house

WATCH = "public.orders=order:{id}"
OWN = "table:public.orders"


async def write(connection: asyncpg.Connection, number: int) -> None:
    await connection.execute("INSERT INTO orders VALUES ($1, 0)", number)


class Forgetting:
    """A sink that tells when everything went."""

    def __init__(self) -> None:
        self.forgot = asyncio.Event()

    async def apply(self, changes: object) -> None:
        pass

    async def forget(self, reason: object) -> None:
        self.forgot.set()

    async def moved(self, state: object, sent_s: float) -> None:
        pass


def test_savepoints_rollbacks_prepared_transactions_and_a_crash() -> None:
    with in_memory(), start_postgres(settings={**THROWAWAY, "max_prepared_transactions": "2"}) as server:

        @in_house(server.dsn, ORDERS, WATCH)
        async def _(there: House, one: asyncpg.Connection) -> None:
            await one.execute("BEGIN; SAVEPOINT a; INSERT INTO orders VALUES (1); ROLLBACK TO a")
            await one.execute("SAVEPOINT b; INSERT INTO orders VALUES (2); RELEASE b")
            assert await there.polled() == []
            await one.execute("COMMIT; BEGIN; INSERT INTO orders VALUES (3); ROLLBACK")
            assert await there.polled() == [{"order:2", OWN}]
            await one.execute("BEGIN; INSERT INTO orders VALUES (4); PREPARE TRANSACTION 'p'")
            await one.execute("INSERT INTO orders VALUES (5)")
            assert await there.polled() == [{"order:5", OWN}]
            await one.execute("COMMIT PREPARED 'p'")
            assert await there.polled() == [{"order:4", OWN}]
            assert await there.polled() == []
            os.kill(one.get_server_pid(), signal.SIGKILL)  # with all the others the server starts anew
            forgetting = Forgetting()
            poller = Poller(there.connect, [there.heard, forgetting], position=there.poller.state.position)
            running = asyncio.create_task(poller.run())
            async with asyncio.timeout(60):
                await forgetting.forgot.wait()
            running.cancel()
            await asyncio.wait([running])
            assert there.heard.forgot == ["start", "epoch"]


def test_a_row_tells_the_transaction_that_a_snapshot_can_be_asked_of(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        before = there.poller.state.position
        await one.execute("BEGIN; SAVEPOINT a; INSERT INTO orders VALUES (1)")
        xid = await one.fetchval("SELECT pg_current_xact_id()::text::bigint")
        await there.poller.poll()
        between = there.poller.state.position
        await one.execute("COMMIT")
        await there.poller.poll()
        after = there.poller.state.position
        assert [change.xid for change in there.heard.changes] == [xid]
        assert before is not None and between is not None and after is not None  # noqa: PT018
        assert [one.snapshot.sees(xid) for one in (before, between, after)] == [False, False, True]
        assert after.snapshot.covers(between.snapshot)


def test_a_long_transaction_has_nothing_read_again(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        long = await there.connect()
        await long.execute("BEGIN; INSERT INTO orders VALUES (-1)")
        for number in range(300):
            await write(one, number)
        assert len(await there.polled()) == 300
        await one.execute("SET enable_seqscan = off; ANALYZE plimsoll_changes.changelog")
        state = there.poller.state.position
        assert state is not None
        plan = await one.fetch(
            "EXPLAIN (COSTS off) SELECT xid FROM plimsoll_changes.changelog WHERE xid >= $1::text::xid8 "
            "UNION ALL SELECT xid FROM plimsoll_changes.changelog WHERE xid = ANY ($2::text[]::xid8[])",
            str(state.snapshot.xmax),
            list(map(str, state.snapshot.running)),
        )
        assert not any("Seq Scan" in row[0] for row in plan)
        await write(one, 999)
        assert await there.polled() == [{"order:999", OWN}]
        await long.execute("COMMIT")
        assert await there.polled() == [{"order:-1", OWN}]


STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "write", "save", "undo", "commit", "rollback", "poll"]), st.integers(0, 2)),
    max_size=30,
)


async def interleaved(there: House, sessions: Sequence[asyncpg.Connection], steps: Sequence[tuple[str, int]]) -> None:
    """Carries out the steps, each of one session; in the end all commit, and the polls are held against the table."""
    number = 0
    for step, which in [*steps, *(("commit", which) for which in range(len(sessions))), ("poll", 0)]:
        session = sessions[which]
        if step == "poll":
            await there.poller.poll()
            continue
        if not session.is_in_transaction():
            await session.execute("BEGIN; SAVEPOINT s")
        if step == "write":
            number += 1
            await write(session, number)
        else:
            await session.execute({"save": "SAVEPOINT s", "undo": "ROLLBACK TO s"}.get(step, step))
    committed = {row["id"] for row in await sessions[0].fetch("SELECT id FROM orders")}
    assert Counter(tag for found in there.heard.tags() for tag in found if tag != OWN) == {
        f"order:{one}": 1 for one in committed
    }
    await sessions[0].execute("DELETE FROM orders")
    await there.polled()


def test_the_polls_of_interleaved_transactions_are_what_was_committed(postgres_server: PostgresServer) -> None:
    with fresh_database(postgres_server) as name, asyncio.Runner() as runner:
        entered = house(postgres_server.dsn_of(name), ORDERS, WATCH)
        there, _ = runner.run(entered.__aenter__())
        sessions = [runner.run(there.connect()) for _ in range(3)]

        @settings(max_examples=40)
        @given(STEPS)
        def holds(steps: list[tuple[str, int]]) -> None:
            runner.run(interleaved(there, sessions, steps))

        try:
            holds()
        finally:
            runner.run(entered.__aexit__(None, None, None))


def test_the_polls_of_writers_side_by_side_are_what_was_committed(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, first: asyncpg.Connection) -> None:
        async def writer(number: int) -> None:
            session, random = await there.connect(), Random(number)
            for turn in range(25):
                transaction = session.transaction()
                await transaction.start()
                for one in range(random.randint(1, 3)):
                    await write(session, number * 1000 + turn * 10 + one)
                await (transaction.rollback() if random.random() < 0.3 else transaction.commit())

        writing = asyncio.gather(*(writer(number) for number in range(4)))
        while not writing.done():
            await there.poller.poll()
        await writing
        await there.poller.poll()
        committed = {f"order:{row['id']}" for row in await first.fetch("SELECT id FROM orders")}
        told = [tag for found in there.heard.tags() for tag in found if tag != OWN]
        assert (sorted(told), there.heard.forgot) == (sorted(committed), ["start"])
