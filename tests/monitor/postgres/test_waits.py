"""Wait events as average active sessions: the arithmetic, the pace, and a real server's waits."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.postgres.waits import collector as waits
from plimsoll.monitor.postgres.waits.collector import WaitSampler, WaitsCollector
from plimsoll.monitor.postgres.waits.counting import KEYS_MAX, ROWS_SHOWN, Tally, paced, values_of
from tests.monitor.postgres.servers import (
    ALONE,
    SLEEPING,
    WAITING,
    WATCHING,
    at_work,
    figures,
    key,
    link_to,
    run,
    sessions,
    until,
)


def group(kind: str | None, event: str | None, count: int, query: str | None = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "event": event, "sessions": count, "query_id": query, "hidden": False} | more


def tally_of(*samples: list[dict[str, Any]]) -> Tally:
    tally = Tally()
    for rows in samples:
        tally.add(rows)
    return tally


def test_samples_become_average_sessions_and_no_wait_is_cpu() -> None:
    tally = tally_of([group(None, None, 3), group("Lock", "tuple", 1)], [group(None, None, 1)], [], [])
    assert tally.by_class() == {"CPU": 1.0, "Lock": 0.25}


def test_a_class_that_was_seen_once_is_told_ever_after() -> None:
    seen = {"CPU", "Lock", "IO"}
    assert values_of(tally_of([group("IO", "WalSync", 2)]).by_class(), seen) == {
        key('database_active_sessions{wait="CPU"}'): 0.0,
        key('database_active_sessions{wait="IO"}'): 2.0,
        key('database_active_sessions{wait="Lock"}'): 0.0,
    }


def test_waits_are_told_by_event_and_statement_the_weightiest_first_and_not_all() -> None:
    rows = [group("IO", f"event {number}", 1) for number in range(ROWS_SHOWN)]
    told = tally_of([*rows, group("Lock", "tuple", 7, "42")], []).detail(10.0)
    assert told["rows"][0] == {"wait": "Lock:tuple", "query_id": "42", "sessions": 3.5}
    assert (len(told["rows"]), told["left_out"], told["samples"], told["hz"]) == (ROWS_SHOWN, 1, 2, 10.0)


def test_very_many_statements_are_counted_without_being_told_apart() -> None:
    tally = tally_of([group(None, None, 1, str(number)) for number in range(KEYS_MAX + 50)])
    assert len(tally.counts) == KEYS_MAX + 1
    assert tally.by_class() == {"CPU": KEYS_MAX + 50}


def test_hidden_sessions_are_counted_apart() -> None:
    tally = tally_of([group(None, None, 4, hidden=True)])
    assert (tally.hidden, tally.by_class()) == (4, {"CPU": 0.0})


@pytest.mark.parametrize(
    ("hz", "sample_s", "then"),
    [(10, 0.001, 10), (10, 0.019, 10), (10, 0.021, 5), (5, 0.02, 5), (5, 0.001, 10), (8, 0.0, 10)],
)
def test_the_pace_is_halved_where_samples_cost_too_much_and_taken_up_again(
    hz: float, sample_s: float, then: float
) -> None:
    assert paced(hz, 10.0, sample_s) == then


@given(st.floats(0.0001, 0.5))
def test_whatever_samples_cost_the_pace_settles_within_its_share(sample_s: float) -> None:
    hz = 10.0
    for _ in range(20):
        hz = paced(hz, 10.0, sample_s)
    assert paced(hz, 10.0, sample_s) == hz
    assert hz * sample_s <= 0.2


def test_a_real_servers_waits_are_seen_and_sampling_goes_on_between_looks(each_database: str) -> None:
    """One session waits for an advisory lock, one sleeps; afterwards none, and both classes are told as 0."""

    async def go() -> list[Observation]:
        async with (
            sessions(each_database, 1, server_settings=WATCHING) as (looking,),
            sessions(each_database, 3) as (holder, waiter, sleeper),
        ):
            await holder.execute("SELECT pg_advisory_lock(7)")
            sampler = WaitSampler(link_to(each_database), 500.0)
            async with at_work((waiter, "SELECT pg_advisory_lock(7)"), (sleeper, "SELECT pg_sleep(600)")):
                await looking.execute(until(WAITING.format(count=1), SLEEPING))
                await sampler.collect()
                for _ in range(300):
                    await looking.execute("SELECT 1")
                busy = await sampler.collect()
            for one in (holder, waiter, sleeper):
                await one.close()
            await looking.execute(until(ALONE))
            await sampler.collect()
            idle = await sampler.collect()
            await sampler.close()
            return [busy, idle]

    busy, idle = run(go())
    assert figures(busy)['database_active_sessions{wait="Lock"}'] == 1
    assert figures(busy)['database_active_sessions{wait="Timeout"}'] == 1
    assert {"Lock:advisory", "Timeout:PgSleep"} <= {row["wait"] for row in busy.details["waits"]["rows"]}
    assert busy.details["waits"]["samples"] > 1
    assert figures(idle)['database_active_sessions{wait="Lock"}'] == 0


def test_a_lost_server_is_told_and_sampling_survives_it(database: str) -> None:
    async def go() -> None:
        link = link_to(database)
        collector = WaitsCollector(link, 10.0)
        await collector.collect()
        pid = (await link.server()).pid
        for _ in range(2):
            with pytest.raises(CollectorLostError, match="the server ended our session"):
                await link.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        assert figures(await collector.collect())['database_active_sessions{wait="CPU"}'] == 0
        assert (await link.server()).pid != pid
        await collector.close()
        assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    run(go())


def test_what_ends_sampling_by_mistake_is_raised_where_it_is_seen_and_sampling_begins_anew(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go() -> None:
        sampler = WaitSampler(link_to(database), 1000.0)
        await sampler.collect()
        with monkeypatch.context() as patched:
            patched.setattr(waits, "_SAMPLE", 7)
            assert sampler._sampling is not None
            await asyncio.wait([sampler._sampling])
            with pytest.raises(TypeError):
                await sampler.collect()
        assert (await sampler.collect()).details["waits"]["samples"] >= 1
        await sampler.close()

    run(go())
