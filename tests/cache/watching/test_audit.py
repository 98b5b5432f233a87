"""Hits that are read again: what was just changing is not stale, what no trigger told is; pure, and on a database."""

import asyncio
from random import Random
from typing import Any

import asyncpg
import pytest

from plimsoll.cache import Cache, Filling, tag
from plimsoll.cache.store.entry import Kept, Options, Stamp
from plimsoll.cache.store.store import Store
from plimsoll.cache.watching.audit import APART_S, DOUBTS_MAX, Audit
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Change, Position
from plimsoll.core.cache_report import STALE_SHOWN_MAX, AuditReport
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot
from tests.cache.test_following import NOTE, Watching, wrote


def test_a_difference_is_judged_only_by_what_was_polled_after_it_was_found() -> None:
    audit, right, stamp = Audit(0.5, Random(1)), {"a": True, "b": False}, Stamp(Kept("x", 1, ""), None)
    audit.compare("a", 1, 1, 10.0, stamp)
    audit.compare("a", 1, 2, 10.0, stamp)
    audit.compare("b", 1, 2, 11.0, stamp)
    audit.compare("c", 1, 2, 11.0, None)
    audit.judge(10.0, lambda key, value: right[key])
    assert audit.report() == AuditReport(4, changing=1)
    audit.judge(10.5, lambda key, value: right[key])
    audit.judge(12.0, lambda key, value: right[key])
    assert audit.report() == AuditReport(4, stale=1, changing=2, found=("a",))


def test_what_cannot_be_compared_is_not_known_and_everything_is_bounded() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise ValueError("an array is neither true nor false")

        __hash__ = None  # type: ignore[assignment]  # as such values have

    audit, stamp = Audit(1.0, Random(1)), Stamp(Kept("x", 1, ""), None)
    audit.compare("odd", Odd(), Odd(), 1.0, stamp)
    for number in range(DOUBTS_MAX + 5):
        audit.compare(f"key {number}", 1, 2, 1.0, stamp)
    audit.judge(2.0, lambda key, value: True)
    found = audit.report()
    assert (found.unknown, found.stale, len(found.found)) == (6, DOUBTS_MAX, STALE_SHOWN_MAX)


def test_one_of_so_many_hits_is_audited_and_not_more_often_than_five_times_a_second() -> None:
    audit = Audit(0.01, Random(1))
    clock = iter(range(1_000_000))
    due = sum(audit.due(lambda: float(next(clock))) for _ in range(50_000))
    assert due == pytest.approx(500, rel=0.15)
    still = Audit(0.01, Random(1))
    assert sum(still.due(lambda: APART_S) for _ in range(50_000)) == 1
    for share in (0, 1.5, -1):
        with pytest.raises(UsageError, match="not an audit"):
            Audit(share, Random(1))


def test_what_is_just_changing_is_not_stale_and_what_no_trigger_told_is(shop: str) -> None:
    async def go() -> None:
        watching, elsewhere = Watching(), ["old"]
        with Cache("shop", staleness_s=60, audit=1.0) as cache:
            cache.follow(shop, wait_s=30, sinks=[watching])
            one, other = await asyncpg.connect(shop), await asyncpg.connect(shop)
            runs: list[str] = []

            async def changing(filling: Filling) -> Any:
                runs.append("changing")
                if len(runs) > 1:  # between the hit and what is read again somebody commits
                    await other.execute("UPDATE orders SET note = 'new' WHERE id = 911")
                await filling.on(one)
                return await one.fetchval(NOTE, 911)

            async def untold() -> str:
                return elsewhere[0]

            async def applied() -> None:
                watching.until(await wrote(other, "UPDATE orders SET note = note WHERE id = 912"))

            async def ask(key: str, fill: Any, number: int) -> Any:
                cache._watching.audit._not_before_s = 0.0  # type: ignore[union-attr]  # not to wait for it
                return await cache.fetch(key, fill, tags=[tag("order", number)], pure=True)

            await other.execute("INSERT INTO orders VALUES (911, 'old'), (912, 'x')")
            await applied()
            assert [await ask("a", changing, 911), await ask("a", changing, 911)] == ["old", "old"]
            await applied()
            assert cache.report().audit == AuditReport(1, changing=1)
            assert await ask("b", untold, 913) == "old"
            elsewhere[0] = "new"
            assert await ask("b", untold, 913) == "old"
            assert await cache.fetch("b", untold, tags=[tag("order", 913)]) == "old"  # not said to be pure
            await applied()
            assert cache.report().audit == AuditReport(2, stale=1, changing=1, found=("b",))

            async def failing() -> str:
                raise ValueError

            assert await ask("b", failing, 913) == "old"
            assert cache.report().audit == AuditReport(3, stale=1, changing=1, unknown=1, found=("b",))
            await one.close()
            await other.close()

    asyncio.run(go())


def test_the_same_value_put_again_after_a_change_is_not_what_was_held() -> None:
    store, old = Store(options=Options(staleness_s=60)), Snapshot(5, 5)
    store.advance(old, 0.0)
    store.put("a", None, 0.0, tags=["order:1"], snapshot=old, begun=store.begin())
    stamp = store.stamp("a")
    assert stamp is not None
    assert store.vouches("a", stamp)
    store.apply([Change(7, ("order:1",))])
    assert not store.vouches("a", stamp)
    new = Snapshot(9, 9)
    store.advance(new, 1.0)
    store.put("a", None, 1.0, tags=["order:1"], snapshot=new, begun=store.begin())
    assert not store.vouches("a", stamp)
    assert store.stamp("b") is None


def test_threads_and_decorated_functions_are_audited_too() -> None:
    seen = {"value": 1}
    cache = Cache(audit=1.0, staleness_s=60)
    audit = cache._watching.audit
    assert audit is not None

    @cache.cached(pure=True)
    def value() -> int:
        return seen["value"]

    @cache.cached(pure=True)
    async def later() -> int:
        return seen["value"]

    def not_followed() -> None:
        pass

    def followed() -> None:
        cache._desk.tier1.advance(Position("here", Snapshot(5, 5)), clock_s())

    ways = (value, lambda: asyncio.run(later()), lambda: cache.fetch_sync("k", lambda: seen["value"], pure=True))
    for follow in (not_followed, followed):  # hits that are looked at again, and plain ones
        follow()
        for fetch in ways:
            seen["value"] = 1
            assert fetch() == 1
            seen["value"] = 2
            audit._not_before_s = 0.0
            assert fetch() == 1
    assert audit.report() == AuditReport(6)
    audit.judge(float("inf"), cache._desk.tier1.vouches)
    assert audit.report().stale == 6
    audit._lock.acquire()  # as another thread may have, when this one forked
    cache.start_in_child()
    assert audit.report() == AuditReport()


def test_only_a_cache_that_promises_something_can_be_audited() -> None:
    with pytest.raises(UsageError, match="not an audit"):
        Cache(staleness_s=None, audit=0.1)
