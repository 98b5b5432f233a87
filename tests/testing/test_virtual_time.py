"""The loop whose clock jumps: exact to the nanosecond, instant, and never stuck."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.testing.virtual_time import (
    START_NS,
    DeadlockError,
    InlineExecutor,
    VirtualAlarm,
    run_virtual,
    virtual_now_ns,
)


def test_an_hour_of_sleep_takes_no_time_and_ends_at_the_very_nanosecond() -> None:
    async def sleep() -> int:
        await asyncio.sleep(3600.000_000_001)
        return virtual_now_ns()

    before = time.monotonic()
    assert run_virtual(sleep()) == START_NS + 3_600_000_000_001
    assert time.monotonic() - before < 60


@given(st.lists(st.integers(1, 10**15), min_size=1, max_size=30))
def test_timers_fire_in_order_each_at_its_own_nanosecond(delays_ns: list[int]) -> None:
    async def fire() -> list[int]:
        rung: list[int] = []
        alarms = [VirtualAlarm(lambda: rung.append(virtual_now_ns() - START_NS)) for _ in delays_ns]
        for alarm, delay_ns in zip(alarms, delays_ns, strict=True):
            alarm.set(START_NS + delay_ns)
        await asyncio.sleep(max(delays_ns) / 1e9 + 1)
        return rung

    assert run_virtual(fire()) == sorted(delays_ns)


def test_an_alarm_set_anew_rings_once_at_its_last_time_and_a_closed_one_never() -> None:
    async def fire() -> list[int]:
        rung: list[int] = []
        alarm, closed = (VirtualAlarm(lambda: rung.append(virtual_now_ns() - START_NS)) for _ in range(2))
        alarm.set(START_NS + 5)
        alarm.set(START_NS + 7)
        closed.set(START_NS + 6)
        closed.close()
        await asyncio.sleep(1)
        return rung

    assert run_virtual(fire()) == [7]


def test_a_hang_is_an_error_that_names_who_waits() -> None:
    async def wait_for_nothing() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.set_name("the stuck one")
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError, match="the stuck one"):
        run_virtual(wait_for_nothing())


def test_what_would_run_in_a_thread_is_done_in_place() -> None:
    async def work() -> tuple[int, int]:
        before = virtual_now_ns()
        doubled = await asyncio.to_thread(lambda: 21 * 2)
        await asyncio.wrap_future(InlineExecutor().submit(int, "7"))
        return doubled, virtual_now_ns() - before

    assert run_virtual(work()) == (42, 0)


def test_what_an_inline_executor_raises_belongs_to_its_future() -> None:
    assert isinstance(InlineExecutor().submit(int, "x").exception(), ValueError)
