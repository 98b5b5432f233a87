"""An interval a second, from what one process has recorded and counted since the last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import monotonic_ns
from typing import TYPE_CHECKING

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval
from plimsoll.load.fold import Fold
from plimsoll.load.usage import Reading

if TYPE_CHECKING:
    from plimsoll.load.engine import Engine

TICK_NS = 1_000_000_000
Report = Callable[[Interval], Awaitable[None]]
_NOTHING = JourneyInterval(0, 0, Histogram())


def boundary_ns(number: int, warmup_ns: int) -> int:
    """Where interval `number` ends, since the start: every second, such that one ends exactly with the warm-up."""
    first = warmup_ns % TICK_NS or TICK_NS
    return first + number * TICK_NS


class Ticker:
    """Makes the intervals of one engine, in order and without gaps."""

    def __init__(self, engine: Engine, start_ns: int) -> None:
        self._engine = engine
        self._start_ns = start_ns
        self._from_ns = start_ns
        self._usage = Reading.now()
        self._counted: Counter[str] = Counter()

    async def run(self, report: Report) -> None:
        """Reports an interval at each boundary, until cancelled."""
        warmup_ns = round(self._engine.profile.warmup_s * 1e9)
        number = 0
        while True:
            offset_ns = boundary_ns(number, warmup_ns)
            await _not_before(self._start_ns + offset_ns)
            interval = await self._make()
            if offset_ns == warmup_ns:
                self._engine.recorder.measure_from(self._start_ns + warmup_ns)
            number += 1
            await report(interval)

    async def last(self) -> Interval:
        """What is left; it ends with its last sample, so that waiting for stragglers is not counted as load."""
        return await self._make(last=True)

    async def _make(self, *, last: bool = False) -> Interval:
        engine = self._engine
        fold = await asyncio.wrap_future(engine.recorder.take())
        until_ns = fold.last_finished_ns if last else monotonic_ns()
        until_ns = max(until_ns, self._from_ns)
        start_s, width_s = (self._from_ns - self._start_ns) / 1e9, (until_ns - self._from_ns) / 1e9
        self._from_ns = until_ns
        before, self._usage = self._usage, Reading.now()
        users, rate = engine.targets_at(start_s)
        return Interval(
            start_s=start_s,
            width_s=width_s,
            warmup=start_s + width_s / 2 < engine.profile.warmup_s,
            users=engine.busy_users,
            target_users=users,
            target_rate_per_s=rate,
            steps=fold.step_intervals(),
            journeys=self._journeys(fold),
            wait=fold.wait.value(),
            lag=fold.lag.value(),
            generator=self._usage.since(before),
            **self._counts(),
        )

    def _journeys(self, fold: Fold) -> dict[str, JourneyInterval]:
        intervals = fold.journey_intervals()
        dropped, cut = self._engine.take_dropped(), self._engine.take_cut()
        for name in {*dropped, *cut}:
            known = intervals.get(name, _NOTHING)
            intervals[name] = replace(known, dropped=dropped[name], incomplete=cut[name])
        return intervals

    def _counts(self) -> dict[str, int]:
        now = self._engine.counted()
        before, self._counted = self._counted, now
        return {name: now[name] - before[name] for name in now}


async def _not_before(at_ns: int) -> None:
    """Sleeps until a moment has passed: a loop's timer may fire a little early, an interval must not end so."""
    while (remaining_ns := at_ns - monotonic_ns()) > 0:  # noqa: ASYNC110  # the clock is no event
        await asyncio.sleep(remaining_ns / 1e9)
