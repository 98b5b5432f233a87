"""Who fills and who waits, in event loops and threads; what a fill says of its value, and what its failing gives."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache import Cache, Filling, Token, filling
from plimsoll.cache.fill.early import SHARE_MAX, early_s
from plimsoll.cache.fill.filling import running
from plimsoll.cache.fill.flights import Ending, Flight, Landed, Sharing, Wake
from plimsoll.cache.fill.wish import Wish
from plimsoll.core.errors import UsageError


class Kitchen:
    """A fill that counts, waits until it is let go, and gives its number. `begun` is set by each that begins."""

    def __init__(self) -> None:
        self.count = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def fill(self) -> int:
        self.count += 1
        mine = self.count
        self.begun.set()
        await self.go.wait()
        await asyncio.sleep(0)
        return mine


def unfollowed(**more: Any) -> Cache:
    return Cache(staleness_s=None, **more)


def test_one_fills_for_all_who_ask_meanwhile_in_a_loop() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(), Kitchen()
        asking = [asyncio.create_task(cache.fetch("k", kitchen.fill)) for _ in range(5)]
        await kitchen.begun.wait()
        kitchen.go.set()
        assert await asyncio.gather(*asking) == [1] * 5
        assert (await cache.fetch("k", kitchen.fill), cache.get("k")) == (1, 1)
        status = cache.status()
        assert (status.fills, status.joined, status.hits, status.misses["absent"]) == (1, 4, 2, 5)

    asyncio.run(story())


def test_one_fills_for_loops_and_threads_together(monkeypatch: pytest.MonkeyPatch) -> None:
    cache, begun, go, count = unfollowed(), threading.Event(), threading.Event(), 0

    def fill() -> str:
        nonlocal count
        count += 1
        begun.set()
        assert go.wait(30)
        return "made"

    async def ask() -> Any:
        return await cache.fetch("k", fill)

    waiting, wait = threading.Semaphore(0), cache._desk.flights.wait

    def told(flight: Flight, wake: Wake) -> bool:
        waits = wait(flight, wake)
        waiting.release()
        return waits

    monkeypatch.setattr(cache._desk.flights, "wait", told)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(cache.fetch_sync, "k", fill)
        assert begun.wait(30)
        others = [pool.submit(asyncio.run, ask()) for _ in range(2)]
        others += [pool.submit(cache.fetch_sync, "k", fill) for _ in range(2)]
        assert all(waiting.acquire(timeout=30) for _ in others)
        go.set()
        assert [one.result(30) for one in (first, *others)] == ["made"] * 5
    assert count == 1


def test_the_leaders_cancellation_does_not_fail_the_others() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(), Kitchen()
        leader = asyncio.create_task(cache.fetch("k", kitchen.fill))
        await kitchen.begun.wait()
        other = asyncio.create_task(cache.fetch("k", kitchen.fill))
        await asyncio.sleep(0)
        leader.cancel()
        kitchen.go.set()
        assert await other == 2
        assert leader.cancelled()

    asyncio.run(story())


def test_a_failing_fill_fails_those_who_wait_with_the_same_error_and_is_not_kept() -> None:
    async def story() -> None:
        cache, kitchen, error = unfollowed(), Kitchen(), OSError("the database is away")

        async def fail() -> None:
            await kitchen.fill()
            raise error

        asking = [asyncio.create_task(cache.fetch("k", fail)) for _ in range(3)]
        await kitchen.begun.wait()
        kitchen.go.set()
        assert await asyncio.gather(*asking, return_exceptions=True) == [error] * 3
        assert await cache.fetch("k", lambda: "fine") == "fine"
        assert cache.status().failed == 1

    asyncio.run(story())


def test_who_has_waited_long_enough_fills_himself() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(), Kitchen()
        leader = asyncio.create_task(cache.fetch("k", kitchen.fill))
        await kitchen.begun.wait()
        assert await cache.fetch("k", lambda: "own", wait_s=0.001) == "own"
        kitchen.go.set()
        assert await leader == 1
        assert cache.status().waited_in_vain == 1

    asyncio.run(story())


def test_of_those_who_have_waited_long_enough_one_fills_at_a_time() -> None:
    desk, wish, now_s = unfollowed()._desk, Wish("k", wait_s=5.0), 0.0
    desk.clock = lambda: now_s

    def board(asked_s: float, **more: bool) -> tuple[Flight, bool]:
        return desk.board(wish, asked_s, None, blocks=False, **more)

    first, leads = board(0.0)
    assert leads
    now_s = 4.0
    assert board(1.0) == (first, False)
    now_s = 6.0
    second, leads = board(1.0)
    assert leads
    assert board(1.0) == board(6.0) == (second, False)
    assert desk.left_s(wish, 1.0, second, alone=False) == 5.0
    with running(Filling("other")):  # it may be that second one for which its own fill waits
        assert board(1.0, alone=True)[1]
    now_s = 11.0
    assert board(1.0)[1]
    assert desk.counts.waited_in_vain == 3


def test_who_waits_gets_what_lands_first() -> None:
    async def story() -> None:
        cache, kitchens = unfollowed(), [Kitchen(), Kitchen()]
        leader = asyncio.create_task(cache.fetch("k", kitchens[0].fill))
        await kitchens[0].begun.wait()
        late = asyncio.create_task(cache.fetch("k", kitchens[1].fill, wait_s=0.001))
        await kitchens[1].begun.wait()
        patient = asyncio.create_task(cache.fetch("k", str))
        await asyncio.sleep(0)
        kitchens[0].go.set()
        assert [await leader, await patient, cache.status().joined] == [1, 1, 1]
        kitchens[1].go.set()
        await late

    asyncio.run(story())


def test_a_fill_that_began_too_long_ago_gives_nothing_that_tier_1_does_not_vouch_for() -> None:
    """Nothing is followed, so it vouches for nothing that carries tags; and what began long ago is all but at once."""

    async def story() -> None:
        cache, kitchen = Cache(staleness_s=1e-9), Kitchen()
        asking = []
        for _ in range(3):
            asking.append(asyncio.create_task(cache.fetch("k", kitchen.fill, tags=["order:1"])))
            await asyncio.sleep(0)
        kitchen.go.set()
        assert await asyncio.gather(*asking) == [1, 2, 2]

    asyncio.run(story())


def test_what_is_invalidated_while_it_is_filled_goes_to_its_leader_and_to_who_asked_before_only() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(), Kitchen()
        leader = asyncio.create_task(cache.fetch("k", kitchen.fill, tags=["order:1"]))
        await kitchen.begun.wait()
        cache.invalidate("order:1")
        own = asyncio.create_task(cache.fetch("k", kitchen.fill, tags=["order:1"]))
        await asyncio.sleep(0)
        kitchen.go.set()
        assert [await leader, await own, cache.get("k")] == [1, 2, 2]
        assert cache.status().refused["changed"] == 1

    asyncio.run(story())


@pytest.mark.parametrize("drop", [lambda cache: cache.delete("k"), lambda cache: cache.clear()])
def test_what_is_deleted_while_it_is_filled_is_not_kept(drop: Callable[[Cache], object]) -> None:
    cache = unfollowed()

    def fill() -> int:
        drop(cache)
        return 1

    assert cache.fetch_sync("k", fill) == 1
    assert cache.get("k") is None


def test_a_fill_that_asks_for_its_own_key_does_not_wait_for_itself() -> None:
    cache = unfollowed()
    assert cache.fetch_sync("k", lambda: cache.fetch_sync("k", lambda: "inner")) == "inner"

    async def story() -> None:
        async def inner() -> Any:
            return await cache.fetch("a", lambda: "inner")

        assert await asyncio.wait_for(cache.fetch("a", inner), 30) == "inner"

    asyncio.run(story())


def test_a_thread_does_not_wait_for_a_fill_that_its_own_loop_runs() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(), Kitchen()
        leader = asyncio.create_task(cache.fetch("k", kitchen.fill))
        await kitchen.begun.wait()
        assert cache.fetch_sync("k", lambda: "own") == "own"
        kitchen.go.set()
        assert await leader == 1

    asyncio.run(story())


def test_a_fill_tells_tags_and_refuses() -> None:
    cache = unfollowed()

    def deep() -> None:
        running = filling()
        assert running is not None
        running.tag("line:7")

    def fill(one: Filling) -> str:
        deep()
        one.tag("order:1")
        return "value"

    for written in ("line:7", "order:1"):
        assert cache.fetch_sync("k", fill) == "value"
        assert cache.get("k") == "value"
        cache.invalidate(written)
        assert cache.get("k") is None

    def refuse(one: Filling) -> str:
        one.refuse("a copy")
        return "value"

    assert cache.fetch_sync("k", refuse) == "value"
    assert cache.get("k") is None
    assert cache.status().refused["a copy"] == 1
    assert filling() is None


def test_a_value_made_of_cached_ones_goes_with_each_of_them() -> None:
    cache = unfollowed()

    def one(number: int) -> int:
        return int(cache.fetch_sync(f"one:{number}", lambda: number, tags=[f"order:{number}", "line:*"]))

    def both() -> int:
        return int(cache.fetch_sync("both", lambda: one(1) + one(2)))

    assert both() == 3
    for written in ("order:1", "order:2", "line:9"):
        assert cache.get("both") == 3
        cache.invalidate(written)
        assert cache.get("both") is None
        assert both() == 3
    assert cache.fetch_sync("outer", lambda: cache.fetch_sync("inner", lambda one: one.refuse("a copy"))) is None
    assert cache.get("outer", "not kept") == "not kept"


def test_none_is_a_value_with_a_time_of_its_own() -> None:
    cache, asked = unfollowed(), []
    for _ in range(2):
        assert cache.fetch_sync("kept", lambda: asked.append("kept")) is None
        assert cache.fetch_sync("not kept", lambda: asked.append("not kept"), negative_ttl=0) is None
    assert asked == ["kept", "not kept", "not kept"]
    assert cache.get("kept", "nothing") is None


def test_a_value_that_has_ended_is_given_while_one_fills_it_again() -> None:
    async def story() -> None:
        cache, kitchen = unfollowed(jitter=0), Kitchen()
        assert await cache.fetch("k", lambda: "old", ttl=1e-9, stale_s=60) == "old"
        assert [await cache.fetch("k", kitchen.fill, ttl=60, stale_s=60) for _ in range(3)] == ["old"] * 3
        await kitchen.begun.wait()
        assert (kitchen.count, cache.stale, cache.get("k")) == (1, 3, None)
        kitchen.go.set()
        await asyncio.gather(*cache._desk.refreshing)
        assert (cache.get("k"), cache.status().refreshed) == (1, 1)

    asyncio.run(story())


def test_a_changed_value_is_never_given_while_it_is_filled_again() -> None:
    cache = unfollowed()
    cache.fetch_sync("k", lambda: "old", ttl=1e-9, stale_s=60, tags=["order:1"])
    cache.invalidate("order:1")
    assert cache.fetch_sync("k", lambda: "new", ttl=60, stale_s=60, tags=["order:1"]) == "new"


def test_in_threads_whoever_is_told_fills_and_keeps_the_old_one_if_that_fails() -> None:
    cache = unfollowed(jitter=0)

    def fail() -> None:
        raise OSError("away")

    cache.fetch_sync("k", lambda: "old", ttl=1e-9, stale_s=60)
    assert cache.fetch_sync("k", fail, stale_s=60) == "old"
    assert cache.status().refreshes_failed == 1


def test_instead_of_an_error_what_is_held_is_given_where_that_is_asked_for() -> None:
    cache = unfollowed()

    def fail() -> None:
        raise OSError("away")

    cache.fetch_sync("k", lambda: "old", tags=["order:1"], stale_if_error=True)
    cache.invalidate("order:1")
    assert cache.fetch_sync("k", fail, stale_if_error=True) == "old"
    assert cache.stale == 1
    with pytest.raises(OSError, match="away"):
        cache.fetch_sync("k", fail)
    with pytest.raises(OSError, match="away"):
        cache.fetch_sync("other", fail, stale_if_error=True)


def test_namespaces_have_keys_and_hits_of_their_own() -> None:
    cache = unfollowed()
    users, orders = cache.namespace("users"), cache.namespace("orders")
    for number, one in enumerate((cache, users, orders)):
        one.fetch_sync("k", lambda number=number: number, tags=["user:1"])
    assert [one.get("k") for one in (cache, users, orders, users)] == [0, 1, 2, 1]
    assert cache.namespace("users") is users
    assert cache.status().namespace_hits == {"users": 2, "orders": 1}
    assert users.clear() == 1
    assert [one.get("k") for one in (cache, users, orders)] == [0, None, 2]
    cache.invalidate("user:1")
    assert [one.get("k") for one in (cache, users, orders)] == [None] * 3
    for name in ("", "a\0b"):
        with pytest.raises(UsageError, match="namespace"):
            cache.namespace(name)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda cache: cache.fetch_sync(7, int), "7 is no text"),
        (lambda cache: cache.fetch_sync("\0a", int), "begins with a NUL"),
        (lambda cache: cache.fetch_sync("k", int, ttl=0), "ttl is 0"),
        (lambda cache: cache.fetch_sync("k", int, tags="order:1"), "tags are several"),
        (lambda cache: cache.fetch_sync("k", int, tags=["order"]), "not a family, a colon and a key"),
        (lambda cache: cache.fetch_sync("k", int, tags=[5]), "5 is not a family, a colon and a key"),
        (lambda cache: cache.invalidate(5), "5 is not a family, a colon and a key"),
        (lambda cache: cache.fetch_sync("k", int, wait_s=-1), "wait_s is -1"),
        (lambda cache: cache.fetch_sync("k", int, ttl="5"), "ttl is '5'"),
        (lambda cache: cache.fetch_sync("k", lambda one: one.on_sync("nope")), "a str executes nothing"),
        (lambda cache: asyncio.run(cache.fetch("k", lambda one: one.on("nope"))), "a str executes nothing"),
        (lambda cache: cache.fetch_sync("k", asyncio.Event().wait), "await cache.fetch"),
        (lambda cache: cache.follow("postgresql:///x"), "does not follow"),
        (lambda cache: cache.after(5), "it is of type int"),
        (lambda cache: cache.after(Token("5")), "'5' with '' is no transaction's id"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_is_said(ask: Callable[[Cache], Any], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        ask(unfollowed())
    assert words in f"{raised.value} {raised.value.remedy}"


@settings(max_examples=50)
@given(st.floats(-1, 1).map(lambda one: round(one, 6)), st.sampled_from(Sharing), st.sampled_from([None, 0.25]))
def test_who_may_have_anothers_value(late_s: float, sharing: Sharing, staleness_s: float | None) -> None:
    """Of a flight that began at 100 s: the promise to who asks at that time plus `late_s` is kept."""
    flight = Flight("k", 100.0)
    flight.landed = Landed(Ending.VALUE, 1, sharing=sharing)
    taken = flight.may_be_taken(100.0 + late_s, staleness_s)
    if sharing is Sharing.NOBODY:
        assert not taken
    elif late_s <= 0:
        assert taken
    elif sharing is Sharing.EARLIER or (staleness_s is not None and late_s > staleness_s + 1e-9):
        assert not taken


@settings(max_examples=30)
@given(st.floats(0, 100), st.floats(0.001, 1e6), st.randoms(use_true_random=False))
def test_an_early_refresh_is_drawn_within_the_time_to_live(took_s: float, ttl_s: float, random: Any) -> None:
    assert 0 <= early_s(took_s, ttl_s, random) <= SHARE_MAX * ttl_s
