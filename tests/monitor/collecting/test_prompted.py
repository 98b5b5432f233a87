"""A collector is looked at when asked, too: never twice at once, and how it fared is counted."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError
from plimsoll.monitor.collecting.prompted import Prompted, spaced
from plimsoll.testing.virtual_time import VirtualTimeLoop


class Scripted:
    """Does one step of a list at each look."""

    name, period_s, budget_s = "scripted", 1.0, 2.0

    def __init__(self, *steps: Callable[[], Awaitable[None]]) -> None:
        self._steps = list(steps)
        self.under_way = 0
        self.most = 0

    async def collect(self) -> Observation:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self._steps.pop(0)()
        finally:
            self.under_way -= 1
        return Observation(self.name, 1.0)

    async def close(self) -> None:
        pass


async def fine() -> None:
    await asyncio.sleep(0.1)


async def never() -> None:
    await asyncio.Event().wait()


async def lost() -> None:
    raise CollectorLostError("connection refused")


async def off() -> None:
    raise CollectorOffError("it is elsewhere")


def looked(collector: Prompted, times: int, *, at_once: bool = False) -> None:
    async def look() -> None:
        with suppress(CollectorLostError, TimeoutError):
            async with asyncio.timeout(1.0):
                await collector.collect()

    async def go() -> None:
        if at_once:
            await asyncio.gather(*(look() for _ in range(times)))
        else:
            for _ in range(times):
                await look()

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(go())


def test_two_looks_never_overlap() -> None:
    inner = Scripted(fine, fine, fine)
    asked = Prompted(inner)
    looked(asked, 3, at_once=True)
    assert (inner.most, asked.looks, asked.missed) == (1, 3, 0)


def test_a_look_soon_after_another_makes_no_rates_of_a_moment() -> None:
    seen = Observation("work", 10.0, {SeriesKey("database_commits_per_s"): 194.0}, {"waits": {"rows": []}})
    assert spaced(9.0, seen, 1.0) == seen
    assert spaced(9.6, seen, 1.0) == Observation("work", 10.0, {}, {"waits": {"rows": []}})
    assert spaced(None, seen, 1.0) == spaced(11.0, seen, 1.0) == seen, "the first, and after a clock was set back"


def test_looks_that_saw_nothing_are_counted_with_the_last_reason() -> None:
    asked = Prompted(Scripted(fine, lost, never))
    looked(asked, 2)
    assert (asked.looks, asked.missed, asked.why) == (2, 1, "connection refused")
    looked(asked, 1)
    assert (asked.looks, asked.missed, asked.why) == (3, 2, "no answer within 2 s")


def test_who_waits_for_the_first_look_is_told_also_where_it_saw_nothing() -> None:
    asked = Prompted(Scripted(lost))
    assert not asked.seen.is_set()
    looked(asked, 1)
    assert asked.seen.is_set()


def test_what_is_not_there_and_is_not_meant_to_be_was_not_missed() -> None:
    collector = Prompted(Scripted(off, off))
    looked(collector, 2)
    assert (collector.looks, collector.missed, collector.why) == (2, 0, "it is elsewhere")
