"""An interval a second, from what one process has recorded and counted since the last."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval
from plimsoll.load.recording.fold import Fold
from plimsoll.load.recording.usage import Reading, memory_bytes

if TYPE_CHECKING:
    from plimsoll.load.processes.engine import Engine

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
        self._under_way: asyncio.Task[None] | None = None

    async def run(self, report: Report) -> None:
        """Reports an interval at each boundary, until cancelled."""
        warmup_ns = round(self._engine.profile.warmup_s * 1e9)
        number = 0
        while True:
            offset_ns = boundary_ns(number, warmup_ns)
            await self._engine.clock.wait_until(self._start_ns + offset_ns)
            self._under_way = asyncio.create_task(self._tick(report, warmup=offset_ns <= warmup_ns))
            await asyncio.shield(self._under_way)  # cancelled in the middle, its samples would be lost
            number += 1

    async def _tick(self, report: Report, *, warmup: bool) -> None:
        await report(await self._make(warmup=warmup))

    async def last(self) -> Interval:
        """What is left; it ends with the load or its last sample, so that waiting in vain is not counted as load."""
        if self._under_way is not None:
            await self._under_way
        warmup = self._engine.load_ended_ns < self._start_ns + round(self._engine.profile.warmup_s * 1e9)
        return await self._make(warmup=warmup, last=True)

    async def _make(self, *, warmup: bool, last: bool = False) -> Interval:
        engine = self._engine
        now_ns = engine.clock.now_ns()
        fold = await asyncio.wrap_future(engine.recorder.take(warmup=warmup))
        until_ns = max(fold.last_finished_ns, engine.load_ended_ns) if last else now_ns
        until_ns = max(until_ns, self._from_ns)
        ended_here = last and engine.load_ended_ns >= self._from_ns
        start_s, width_s = (self._from_ns - self._start_ns) / 1e9, (until_ns - self._from_ns) / 1e9
        self._from_ns = until_ns
        before, self._usage = self._usage, Reading.now()
        users, rate = engine.targets_at(start_s)
        return Interval(
            start_s=start_s,
            width_s=width_s,
            warmup=warmup,
            users=engine.users_at_end if ended_here else engine.busy_users,
            waiting=0 if last else engine.waiting_users,
            target_users=users,
            target_rate_per_s=rate,
            steps=fold.step_intervals(),
            journeys=self._journeys(fold),
            wait=fold.wait.value(),
            lag=fold.lag.value(),
            carried=fold.carried,
            generator_memory_bytes=memory_bytes(),
            generator=replace(self._usage.since(before), blocked_s=engine.take_blocked_s()),
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
