"""How long work may take: both the search and the proof end in time, or when told to."""

import asyncio
import math
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, TypeVar

from plimsoll.core.tuning.advice import TIME_UP

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Until:
    """When to end: at a moment of the monotonic clock, or when `stop` is set. What else would come to nothing may go on
    until `latest`."""

    end: float
    stop: asyncio.Event
    latest: float = 0.0

    @classmethod
    def within(cls, time_s: float, stop: asyncio.Event) -> "Until":
        """From now on."""
        return cls(monotonic() + time_s, stop)

    @classmethod
    def endless(cls) -> "Until":
        return cls(math.inf, asyncio.Event())

    @property
    def over(self) -> bool:
        return self.stop.is_set() or monotonic() >= self.end

    @property
    def left_s(self) -> float:
        return max(0.0, self.end - monotonic())

    @property
    def why(self) -> str:
        """By what it ended."""
        return "interrupted" if self.stop.is_set() else TIME_UP

    @property
    def stretched(self) -> "Until":
        """For what else would come to nothing."""
        return replace(self, end=max(self.end, self.latest))

    def part(self, share: float, most: float = 0.0) -> "Until":
        """That share of what is left, and `most` of it for what else would come to nothing."""
        now, left_s = monotonic(), self.left_s
        return replace(self, end=now + share * left_s, latest=now + most * left_s)


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T], minds: asyncio.Event | None = None) -> T | None:
    """What comes of it; None if `stop` cut it off. From when `minds` is set it looks at `stop` itself, and keeps what
    it has."""
    doing, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({doing, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return await doing if doing.done() or (minds is not None and minds.is_set()) else None
    finally:
        doing.cancel()
        stopped.cancel()
        await asyncio.gather(doing, stopped, return_exceptions=True)
