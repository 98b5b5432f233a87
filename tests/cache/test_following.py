"""A cache that follows a real database: what is committed there is gone here, whoever wrote it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling, Token, tag
from plimsoll.cache.following import pace_of
from plimsoll.cache.pressure import Memory
from plimsoll.changes.polling import Change, Pace, State
from plimsoll.core.errors import PlimsollError, RefusedError, UsageError

NOTE = "SELECT note FROM orders WHERE id = $1"


class Watching:
    """A sink after the cache's: `until` waits for a transaction to be applied everywhere."""

    def __init__(self) -> None:
        self._moved = threading.Condition()
        self._state: State | None = None

    async def apply(self, changes: Sequence[Change]) -> None:
        pass

    async def forget(self, reason: object) -> None:
        pass

    async def moved(self, state: State, sent_s: float) -> None:
        with self._moved:
            self._state = state
            self._moved.notify_all()

    def until(self, xid: int) -> None:
        with self._moved:
            assert self._moved.wait_for(
                lambda: (
                    self._state is not None
                    and self._state.position is not None
                    and self._state.position.snapshot.sees(xid)
                ),
                30,
            )


class Holding(Watching):
    """One that can hold up the polls: `hold` returns when the poller stands still, until `go`."""

    def __init__(self) -> None:
        super().__init__()
        self._hold, self._held, self.go = threading.Event(), threading.Event(), threading.Event()

    async def moved(self, state: State, sent_s: float) -> None:
        await super().moved(state, sent_s)
        if self._hold.is_set() and not self.go.is_set():
            self._held.set()
            assert self.go.wait(30)

    def hold(self) -> None:
        self._hold.set()
        assert self._held.wait(30)


Story = Callable[[Cache, asyncpg.Connection, Watching], Awaitable[None]]


def following(dsn: str) -> Callable[[Story], None]:
    """Runs a story with a cache that follows, and a connection to write by."""

    def run(story: Story) -> None:
        async def go() -> None:
            watching = Watching()
            with Cache(staleness_s=60) as cache:
                cache.follow(dsn, wait_s=30, sinks=[watching])
                connection = await asyncpg.connect(dsn)
                try:
                    await story(cache, connection, watching)
                finally:
                    await connection.close()

        asyncio.run(go())

    return run


async def wrote(connection: asyncpg.Connection, statement: str, *arguments: Any) -> int:
    """The transaction's id."""
    async with connection.transaction():
        await connection.execute(statement, *arguments)
        return int(await connection.fetchval("SELECT pg_current_xact_id()::text"))


def test_a_committed_change_is_gone_and_nothing_else_is(shop: str) -> None:
    @following(shop)
    async def _(cache: Cache, one: asyncpg.Connection, watching: Watching) -> None:
        async def note(number: int) -> str:
            async def fill(filling: Filling) -> str:
                await filling.on(one)
                return str(await one.fetchval(NOTE, number))

            return str(await cache.fetch(f"note:{number}", fill, ttl=60, tags=[tag("order", number)]))

        await one.execute("INSERT INTO orders VALUES (1, 'old'), (2, 'two')")
        assert [await note(1), await note(2)] == ["old", "two"]
        assert [cache.get("note:1"), cache.get("note:2")] == ["old", "two"]
        watching.until(await wrote(one, "UPDATE orders SET note = 'new' WHERE id = 1"))
        assert [cache.get("note:1"), cache.get("note:2")] == [None, "two"]
        assert await note(1) == "new"
        assert cache.get("note:1") == "new"


def test_who_carries_a_token_reads_what_was_written(shop: str) -> None:
    @following(shop)
    async def _(cache: Cache, one: asyncpg.Connection, watching: Watching) -> None:
        asked = 0

        async def fill() -> int:
            nonlocal asked
            asked += 1
            return asked

        assert await cache.fetch("k", fill) == 1
        xid = await wrote(one, "INSERT INTO orders VALUES (10, '')")
        watching.until(xid)
        with cache.after(Token(xid)):
            assert [await cache.fetch("k", fill), cache.get("k")] == [1, 1]
        to_come = Token(xid + 1_000)
        with cache.after(to_come):
            assert cache.get("k") is None
            assert await cache.fetch("k", fill) == 2
        assert await cache.fetch("k", fill, after=to_come) == 3
        assert cache.get("k") == 3
        with suppress(UsageError), cache.after(5):  # type: ignore[arg-type]
            pass
        watching.until(await wrote(one, "INSERT INTO orders VALUES (11, '')"))  # nobody polls by what was refused
        assert (cache.status().trouble, cache.status().failures) == ("", 0)


@pytest.mark.parametrize(
    ("dsn", "error", "words"),
    [
        ("postgresql://who:secret@127.0.0.1:1/x", RefusedError, "nothing listens at 127.0.0.1, port 1"),
        ("nonsense=1", UsageError, "nonsense"),
    ],
)
def test_what_cannot_be_followed_is_said_to_who_waits(dsn: str, error: type[PlimsollError], words: str) -> None:
    cache = Cache()
    with pytest.raises(error, match=words) as raised:
        cache.follow(dsn, wait_s=30)
    assert "secret" not in f"{raised.value}{raised.value.remedy}"


def test_a_database_without_a_changelog_is_said_to_who_waits(database: str) -> None:
    with pytest.raises(RefusedError, match="plimsoll cache install"):
        Cache().follow(database, wait_s=30)


def test_a_writer_gets_a_token_and_its_own_tags_are_gone_at_once(shop: str) -> None:
    @following(shop)
    async def _(cache: Cache, one: asyncpg.Connection, watching: Watching) -> None:
        await cache.fetch("k", lambda: "old", tags=[tag("order", 20)])
        async with cache.writing(one, tag("order", 20)) as written:
            await one.execute("INSERT INTO orders VALUES (20, '')")
            assert await cache.token_of(one) is not None
            assert cache.get("k") == "old"
        assert cache.get("k") is None
        assert written.token is not None
        assert written.token.epoch
        assert Token.parse(str(written.token)) == written.token
        watching.until(written.token.xid)
        await cache.fetch("k", lambda: "new", tags=[tag("order", 20)])
        with cache.after(str(written.token)):
            assert cache.get("k") == "new"
        async with cache.writing(one, tag("order", 20)) as written:
            await one.fetch("SELECT FROM orders")
        assert (written.token, cache.get("k")) == (None, "new")
        with suppress(ZeroDivisionError):
            async with cache.writing(one, tag("order", 20)) as written:
                await one.execute("INSERT INTO orders VALUES (21, '')")
                raise ZeroDivisionError
        assert (written.token, cache.get("k")) == (None, "new")


def test_what_was_read_in_a_transaction_that_wrote_or_by_an_old_snapshot_is_not_kept(shop: str) -> None:
    @following(shop)
    async def _(cache: Cache, one: asyncpg.Connection, watching: Watching) -> None:
        async def fill(filling: Filling) -> str:
            await filling.on(one)
            return "value"

        async with one.transaction():
            await one.execute("INSERT INTO orders VALUES (30, '')")
            assert await cache.fetch("wrote", fill) == "value"
        other = await asyncpg.connect(shop)
        async with one.transaction(isolation="repeatable_read"):
            await one.fetch("SELECT FROM orders")
            watching.until(await wrote(other, "INSERT INTO orders VALUES (31, '')"))
            assert await cache.fetch("old", fill) == "value"
        assert await cache.fetch("fine", fill) == "value"
        assert [cache.get(key) for key in ("wrote", "old", "fine")] == [None, None, "value"]
        refused = cache.status().refused
        assert (refused["old snapshot"], refused["read in a transaction that has written"]) == (1, 1)
        await other.close()


def test_a_cached_value_within_a_fill_is_not_vouched_for_by_the_fills_own_snapshot(shop: str) -> None:
    """The inner one was read before a commit that the outer one's snapshot sees, and nobody has polled in between."""

    async def story() -> None:
        one = await asyncpg.connect(shop)
        await one.execute("INSERT INTO orders VALUES (40, 'old')")
        held, sink = Cache(staleness_s=60), Holding()
        with held:
            held.follow(shop, wait_s=30, sinks=[sink])

            async def note() -> str:
                return str(await one.fetchval(NOTE, 40))

            async def inner() -> str:
                return str(await held.fetch("inner", note, tags=["order:40"]))

            async def outer(filling: Filling) -> str:
                await filling.on(one)
                return await inner()

            assert await inner() == "old"
            await asyncio.to_thread(sink.hold)
            xid = await wrote(one, "UPDATE orders SET note = 'new' WHERE id = 40")
            assert await held.fetch("outer", outer) == "old"
            sink.go.set()
            await asyncio.to_thread(sink.until, xid)
            assert held.get("outer") is None
            assert await held.fetch("outer", outer) == "new"
        await one.close()

    asyncio.run(story())


def test_a_token_that_is_not_seen_yet_has_the_next_poll_sent_at_once(
    shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.cache.following.pace_of", lambda *_: Pace(60, 60, 0.001, slowest_s=60))

    @following(shop)
    async def _(cache: Cache, one: asyncpg.Connection, watching: Watching) -> None:
        for number in (70, 71):
            xid = await wrote(one, "INSERT INTO orders VALUES ($1, 'awaited')", number)
            with cache.after(str(xid)):
                await asyncio.to_thread(watching.until, xid)


def test_polls_may_be_seldom_but_not_so_that_the_promise_is_at_risk() -> None:
    assert (pace_of(0.1, 0.25).busy_s, pace_of(0.1, 0.25).idle_s) == (0.02, 0.1)
    assert pace_of(0.1, 0.25, 0.1).busy_s == 0.1
    for busy_s in (0.0, 0.2):
        with pytest.raises(UsageError, match="busy_s"):
            pace_of(0.1, 0.25, busy_s)
    for every_s, staleness_s in ((0.0, 0.25), (0.11, 1.0), (0.06, 0.1)):
        with pytest.raises(UsageError, match="cannot be polled like that"):
            pace_of(every_s, staleness_s)


def test_a_server_that_is_lost_is_said_and_raised_into_nothing(shop: str) -> None:
    """It is away from when the follower's session is ended until it is let in again."""
    tries, away, back = threading.Semaphore(0), threading.Event(), threading.Event()

    async def connect() -> asyncpg.Connection:
        if away.is_set() and not back.is_set():
            tries.release()
            raise OSError("no route to password=secret")
        return await asyncpg.connect(shop, server_settings={"application_name": "lost"})

    async def story() -> None:
        watching = Watching()
        with Cache(staleness_s=60) as cache:
            cache.follow(connect, wait_s=30, sinks=[watching])
            one = await asyncpg.connect(shop)
            away.set()
            await one.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost'")
            for _ in range(2):  # at the second the first is known
                assert await asyncio.to_thread(tries.acquire, timeout=30)
            status = cache.status()
            assert "no route to" in status.trouble
            assert "secret" not in status.trouble
            assert status.failures
            assert await cache.fetch("k", lambda: "fine", tags=["order:50"]) == "fine"
            xid = await wrote(one, "INSERT INTO orders VALUES (50, '')")
            back.set()
            await asyncio.to_thread(watching.until, xid)
            assert cache.get("k") is None
            await asyncio.to_thread(watching.until, await wrote(one, "DELETE FROM orders WHERE id = 50"))
            assert cache.status().trouble == ""
            await one.close()

    asyncio.run(story())


def test_what_nobody_thought_of_is_said_and_following_begins_again(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = threading.Event()

    def read_memory() -> Memory:
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError("odd")
        return Memory()

    monkeypatch.setattr("plimsoll.cache.giving.read_memory", read_memory)

    async def story() -> None:
        watching, one = Watching(), await asyncpg.connect(shop)
        with Cache(staleness_s=60) as cache:
            cache.follow(shop, sinks=[watching])
            assert await asyncio.to_thread(failed.wait, 30)
            for number in (60, 61):  # the second is polled after that failure, or by whoever began again
                xid = await wrote(one, "INSERT INTO orders VALUES ($1, '')", number)
                await asyncio.to_thread(watching.until, xid)
            assert cache.status().failures == 1
        await one.close()

    asyncio.run(story())


def test_a_poll_that_is_not_answered_is_said(shop: str) -> None:
    """Nothing fails where a server stands still, and a cache that is passed by says why all the same."""
    with Cache(staleness_s=0.001) as cache:
        sink = Holding()
        cache.follow(shop, every_s=0.0005, wait_s=30, sinks=[sink])
        sink.hold()
        age_s = cache.status().age_s
        assert age_s is not None
        while age_s < 0.001:
            age_s = cache.status().age_s or 0.0
        assert "longer than staleness_s=0.001" in cache.status().trouble
        sink.go.set()


def test_what_is_no_dsn_is_said_at_once() -> None:
    for wrong in (None, 5):
        with pytest.raises(UsageError, match="not a DSN to follow"):
            Cache().follow(wrong)  # type: ignore[arg-type]


def test_a_cache_that_does_not_follow_says_so_and_vouches_for_nothing() -> None:
    cache = Cache()
    assert cache.fetch_sync("k", lambda: 1, tags=["order:1"]) == cache.fetch_sync("untagged", lambda: 1) == 1
    assert (cache.get("k"), cache.get("untagged")) == (None, 1)
    status = cache.status()
    assert "cache.follow" in status.trouble
    assert (status.age_s, status.misses["behind"]) == (None, 1)
    assert status.to_json()["families"] == {"order": {"hits": 0, "misses": 1}}
