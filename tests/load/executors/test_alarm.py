"""Alarms on the real clock: never early, whatever the event loop's own timers do."""

import asyncio
import sys
from collections.abc import Callable
from time import monotonic_ns
from typing import Any

import pytest

from plimsoll.load.executors.alarm import Alarm, LoopTimer, TimerFd, make_alarm
from plimsoll.load.executors.clock import SYSTEM_CLOCK
from tests.load.real import run

ALARMS: list[Any] = [LoopTimer, make_alarm, *([TimerFd] if sys.platform == "linux" else [])]
MS = 1_000_000


@pytest.mark.parametrize("make", ALARMS)
@pytest.mark.parametrize("on", [run, asyncio.run], ids=["uvloop", "asyncio"])
def test_no_alarm_is_ever_early(make: Callable[[Callable[[], None]], Alarm], on: Callable[[Any], list[int]]) -> None:
    async def ring() -> list[int]:
        rung = asyncio.Event()
        alarm = make(rung.set)
        early = []
        for number in range(60):
            due = monotonic_ns() + number * MS // 7
            alarm.set(due)
            await rung.wait()
            early.append(due - monotonic_ns())
            rung.clear()
        alarm.close()
        return early

    assert max(on(ring())) <= 0


@pytest.mark.parametrize("make", ALARMS)
def test_an_alarm_set_anew_rings_once_at_the_later_time_and_one_for_the_past_at_once(make: Any) -> None:
    async def ring() -> tuple[int, int]:
        times: list[int] = []
        rung = asyncio.Event()

        def ringing() -> None:
            times.append(monotonic_ns())
            rung.set()

        alarm = make(ringing)
        due = monotonic_ns() + 30 * MS
        alarm.set(monotonic_ns() + MS)
        alarm.set(due)
        await rung.wait()
        rung.clear()
        alarm.set(due - 60 * MS)
        await rung.wait()
        alarm.close()
        return len(times), times[0] - due

    rung, late = run(ring())
    assert rung == 2
    assert late >= 0


@pytest.mark.parametrize("make", ALARMS)
def test_a_closed_alarm_is_silent(make: Any) -> None:
    async def ring() -> list[int]:
        times: list[int] = []
        alarm = make(lambda: times.append(1))
        alarm.set(monotonic_ns() + 5 * MS)
        alarm.close()
        await SYSTEM_CLOCK.wait_until(monotonic_ns() + 20 * MS)
        return times

    assert run(ring()) == []


@pytest.mark.parametrize("on", [run, asyncio.run], ids=["uvloop", "asyncio"])
def test_waiting_until_a_moment_never_ends_before_it(on: Callable[[Any], int]) -> None:
    async def wait() -> int:
        worst = 0
        for number in range(60):
            due = monotonic_ns() + number * MS // 7
            await SYSTEM_CLOCK.wait_until(due)
            worst = max(worst, due - monotonic_ns())
        return worst

    assert on(wait()) <= 0
