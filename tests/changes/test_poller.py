"""A poller never skips: what it cannot be sure of makes everything go, and the watermark waits for the sinks."""

import asyncio
from heapq import heappop, heappush
from random import Random

import asyncpg
import pytest

from plimsoll.changes import polling
from plimsoll.changes.clock import clock_s
from plimsoll.changes.poller import Poller
from plimsoll.changes.polling import Change, Crowd, Pace, Position, retry_s, tags_with_xids
from plimsoll.core.snapshot import Snapshot
from tests.changes.histories import ORDERS, House, in_house, watch
from tests.postgres.conftest import Pooler, pooler, server_directory

__all__ = ["pooler", "server_directory"]
WATCH = "public.orders=order:{id}"
OWN = "table:public.orders"


def test_the_watermark_waits_for_every_sink_and_changes_come_again(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        before = there.poller.state
        await one.execute("INSERT INTO orders VALUES (1)")
        there.heard.failing = OSError("the server of tier 2 is away")
        with pytest.raises(OSError, match="away"):
            await there.poller.poll()
        assert there.poller.state == before
        there.heard.failing, sent_s = None, clock_s()
        assert await there.polled() == [{"order:1", OWN}]
        assert before.watermark_s is not None
        assert there.poller.state.watermark_s is not None
        assert before.watermark_s < sent_s <= there.poller.state.watermark_s <= clock_s()
        assert there.poller.state.sequence == before.sequence + 1


def test_it_goes_on_where_it_was_after_its_session_was_ended(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        heard = asyncio.Event()

        class Telling:
            async def apply(self, changes: object) -> None:
                heard.set()

            async def forget(self, reason: object) -> None:
                pass

            async def moved(self, state: object, sent_s: float) -> None:
                pass

        poller = Poller(there.connect, [there.heard, Telling()], position=there.poller.state.position, random=Random(1))
        running = asyncio.create_task(poller.run())
        for number in range(3):
            await one.execute(f"INSERT INTO orders VALUES ({number})")
            async with asyncio.timeout(30):
                await heard.wait()
            heard.clear()
            await one.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%plimsoll_changes.%'"
            )
        running.cancel()
        await asyncio.wait([running])
        assert there.heard.tags() == [{f"order:{number}", OWN} for number in range(3)]
        assert there.heard.forgot == ["start"]


def test_rows_that_are_gone_are_told_from_rows_that_changed(each_database: str) -> None:
    @in_house(each_database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        for statement, gone in (
            ("INSERT INTO orders VALUES (1), (2), (3)", False),
            ("UPDATE orders SET id = 4 WHERE id = 3", False),
            ("DELETE FROM orders WHERE id = 1", True),
            ("MERGE INTO orders USING (VALUES (2)) v (id) ON orders.id = v.id WHEN MATCHED THEN DELETE", True),
            ("TRUNCATE orders", True),
        ):
            await one.execute(statement)
            await there.poller.poll()
            assert [change.gone for change in there.heard.changes] == [gone], statement
            there.heard.tags()


def test_it_says_what_is_wrong_and_goes_on_trying(database: str) -> None:
    async def story() -> None:
        tries = 0
        again = asyncio.Event()

        async def connect() -> asyncpg.Connection:
            nonlocal tries
            tries += 1
            if tries == 3:
                again.set()
            return await asyncpg.connect(database)

        poller = Poller(connect, [], random=Random(1))
        running = asyncio.create_task(poller.run())
        async with asyncio.timeout(30):
            await again.wait()
        running.cancel()
        await asyncio.wait([running])
        assert "plimsoll cache install" in poller.counts.trouble
        assert poller.counts.failures >= 2
        assert poller.age_s == float("inf")

    asyncio.run(story())


def test_rows_are_deleted_only_after_they_could_be_read_and_never_missed_silently(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        early = there.poller.state.position
        long = await there.connect()
        await long.execute("BEGIN; INSERT INTO orders VALUES (-1)")
        await one.execute("INSERT INTO orders VALUES (1)")
        await one.execute("UPDATE plimsoll_changes.state SET retain = '0'")
        await there.polled()
        read = there.poller.state.position
        await there.poller.tend()  # marks; what it deletes is what the mark before saw
        await one.execute("INSERT INTO orders VALUES (2)")
        assert await there.poller.tend() == 2
        left = await one.fetch("SELECT tags FROM plimsoll_changes.changelog")
        assert [set(row["tags"]) for row in left] == [{"order:2", OWN}]
        assert await there.polled() == [{"order:2", OWN}]
        assert there.heard.forgot == ["start"]
        there.resumed(read)
        assert await there.polled() == [{"order:2", OWN}]
        there.resumed(early)
        assert await there.polled() == []
        assert there.heard.forgot == ["start", "trimmed"]
        await long.execute("COMMIT")
        assert await there.polled() == [{"order:-1", OWN}]
        assert sum([await there.poller.tend() for _ in range(3)]) == 2


def test_another_epoch_and_too_much_at_once_make_everything_go(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        was = there.poller.state.position
        assert was is not None
        ahead = Snapshot(was.snapshot.xmax + 1000, was.snapshot.xmax + 1000)
        for position in (Position("another", was.snapshot), Position(was.epoch, ahead)):
            there.resumed(position)
            assert await there.polled() == []
        await one.execute("SELECT pg_stat_reset_shared('archiver')")  # as a crash does
        assert await there.polled() == []
        assert there.heard.forgot == ["start", "epoch", "epoch", "epoch"]
        monkeypatch.setattr("plimsoll.changes.polling.POLLED_MAX", 1)
        await one.execute("INSERT INTO orders VALUES (1); INSERT INTO orders VALUES (2)")
        assert await there.polled() == []
        assert there.heard.forgot[-1] == "overrun"
        assert there.poller.counts.everything == {"epoch": 2, "overrun": 1}


def test_a_poll_reads_a_bounded_number_of_rows(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        many = f"generate_series(1, {polling.POLLED_MAX} + 5)"
        await one.execute(f"INSERT INTO plimsoll_changes.changelog (tags) SELECT '{{a:1}}' FROM {many}")
        assert await there.poller.poll() == polling.POLLED_MAX + 1
        assert there.heard.forgot == ["start", "overrun"]


def test_through_a_transaction_pooler_without_any_right_but_to_poll(pooler: Pooler) -> None:
    async def story() -> None:
        server = await asyncpg.connect(pooler.server.dsn)
        there = House(pooler.server.dsn)
        try:
            await server.execute(ORDERS)
            await watch(server, WATCH, readers=["app"])
            pollers = [
                Poller(lambda: asyncpg.connect(pooler.dsn(), statement_cache_size=0), [there.heard], pooled=True)
                for _ in range(4)
            ]
            for number in range(5):
                await asyncio.gather(*(poller.poll() for poller in pollers))
                await server.execute("INSERT INTO orders VALUES ($1)", number)
            await asyncio.gather(*(poller.poll() for poller in pollers))
            assert await pollers[0].tend() == 0
            assert sorted(map(sorted, there.heard.tags())) == sorted(
                sorted({f"order:{number}", OWN}) for number in range(5) for _ in pollers
            )
            app = await asyncpg.connect(pooler.dsn(), statement_cache_size=0)
            for statement in (
                "SELECT FROM plimsoll_changes.changelog",
                "INSERT INTO plimsoll_changes.changelog (tags) VALUES ('{a:1}')",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await app.execute(statement)
            await app.close()
            for poller in pollers:
                await poller.close()
        finally:
            await server.execute("DROP SCHEMA IF EXISTS plimsoll_changes CASCADE; DROP TABLE orders")
            await server.close()

    asyncio.run(story())


def test_polls_are_frequent_while_there_is_something_and_never_take_more_than_their_share() -> None:
    pace, pause = Pace(), 0.0
    assert pace.pause_s(0.025, 3, 0.0001) == pace.busy_s
    for _ in range(20):
        pause = pace.pause_s(pause, 0, 0.0001)
    assert pause == pace.idle_s
    assert pace.pause_s(0.005, 3, 0.01) == pytest.approx(0.03)
    assert pace.pause_s(0.005, 3, 9.0) == pace.slowest_s


@pytest.mark.parametrize(("pollers", "polls_per_s"), [(1, 195), (4, 780), (20, 1_000), (80, 1_000), (200, 2_000)])
def test_however_many_poll_they_poll_no_oftener_together(pollers: int, polls_per_s: int) -> None:
    """In three seconds after two, in which there is always something; above 100 pollers the slowest pace decides."""
    pace, took_s, polls = Pace(), 0.0001, 0
    waiting = [(number / 1000, number, Crowd()) for number in range(pollers)]
    for number in range(10**6):
        now_s, which, crowd = heappop(waiting)
        if now_s > 5:
            break
        polls += now_s > 2
        crowd = crowd.polled(number, now_s)
        heappush(waiting, (now_s + took_s + pace.pause_s(0.005, 1, took_s, crowd.polls), which, crowd))
    assert polls / 3 == pytest.approx(polls_per_s, rel=0.05)


def test_a_poller_counts_the_polls_of_all_and_knows_none_where_nothing_may_be_written(database: str) -> None:
    @in_house(database, ORDERS, WATCH)
    async def _(there: House, one: asyncpg.Connection) -> None:
        asked = "SELECT number FROM plimsoll_changes.poll(NULL)"
        first = await one.fetchval(asked)
        await there.poller.poll()
        assert await one.fetchval(asked) == first + 2
        assert await one.fetchval("SELECT pg_current_xact_id_if_assigned()") is None
        async with one.transaction(readonly=True):
            assert await one.fetchval(asked) is None

    assert Crowd().polled(7, 0.0).polled(None, 0.1) == Crowd()
    assert Crowd().polled(7, 0.0).polled(3, 9.0).polled(5, 10.0).polls == 2


def test_a_tag_that_several_transactions_wrote_is_of_the_latest() -> None:
    changes = [Change(7, ("a:1", "b:1")), Change(9, ("a:1",)), Change(8, ("a:1", "c:*"))]
    assert tags_with_xids(changes) == {"a:1": 9, "b:1": 7, "c:*": 8}


def test_tries_to_connect_are_spread_and_bounded() -> None:
    assert all(0.025 <= retry_s(0, Random(seed)) <= 0.05 for seed in range(50))
    assert all(2.5 <= retry_s(10_000, Random(seed)) <= 5.0 for seed in range(50))
