"""The alarm clock: calls back whenever a schedule may be due. APScheduler waits; what is due our own cron decides.

Its CronTrigger is not used: it counts days of the week from Monday, wants day of the month *and* of the week to fit,
and has rules of its own for the days when the clock jumps.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, tzinfo
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from plimsoll.core.cron import Cron
from plimsoll.core.firing import next_after

BEAT_S: Final = 30  # a machine that slept finds out within this time: its timers stood still meanwhile


class CronTrigger(BaseTrigger):  # type: ignore[misc]  # the library ships no types
    """Says when a cron expression is due next."""

    def __init__(self, cron: Cron, zone: tzinfo) -> None:
        self._cron = cron
        self._zone = zone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The first moment after both: what lies between is for whoever is called to find."""
        return next_after(self._cron, self._zone, max(now, previous or now))


class Alarm:
    """Calls back in the running event loop from `start` to `stop`."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(_beat, IntervalTrigger(seconds=BEAT_S, timezone=UTC))

    def at(self, trigger: BaseTrigger, call: Callable[[str], Awaitable[None]], name: str) -> None:
        """Calls with a name whenever a trigger says so; once for all times that passed unheard."""
        self._scheduler.add_job(call, trigger, (name,), coalesce=True, misfire_grace_time=None)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)


async def _beat() -> None:
    """Being called makes the scheduler look at the clock."""
