"""The alarm clock rings at the times of a trigger, and our trigger's times are those of cron."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.interval import IntervalTrigger

from plimsoll.core.cron import parse_cron
from plimsoll.schedule.alarm import Alarm, CronTrigger


def test_it_rings_whenever_the_trigger_says_so() -> None:
    async def go() -> list[str]:
        rung: list[str] = []
        done = asyncio.Event()

        async def ring(name: str) -> None:
            rung.append(name)
            if len(rung) == 2:
                done.set()

        alarm = Alarm()
        alarm.at(IntervalTrigger(seconds=0.01, timezone=UTC), ring, "nightly")
        alarm.start()
        await done.wait()
        alarm.stop()
        return rung[:2]

    assert asyncio.run(asyncio.wait_for(go(), 30)) == ["nightly", "nightly"]


def test_monday_is_monday_and_the_next_time_is_after_both_moments() -> None:
    trigger = CronTrigger(parse_cron("0 3 * * 1"), ZoneInfo("UTC"))
    sunday = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, sunday) == datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert trigger.get_next_fire_time(datetime(2026, 3, 2, 3, tzinfo=UTC), sunday) == datetime(
        2026, 3, 9, 3, tzinfo=UTC
    )
