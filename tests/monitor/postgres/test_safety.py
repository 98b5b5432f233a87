"""Replication, slots, wraparound and the archive: on a real primary, and what becomes of a standby's answers."""

from typing import Any

import pytest

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.safety.collector import (
    SafetyCollector,
    replay_notes,
    replay_values,
    slot_notes,
    standby_notes,
    standby_values,
)
from plimsoll.monitor.postgres.safety.lag import SEEN_MAX, LogSeen
from plimsoll.monitor.postgres.safety.sql import REPLAY
from tests.monitor.postgres.servers import figures, link_to, run, sessions


def test_a_primary_tells_its_age_what_a_slot_retains_and_what_the_archive_failed(each_database: str) -> None:
    slot = each_database.rpartition("/")[2]

    async def go() -> tuple[Observation, float, float]:
        async with sessions(each_database, 1) as (client,):
            link = link_to(each_database)
            collector = SafetyCollector(link, 30.0)
            await collector.collect()
            await client.fetch("SELECT pg_create_physical_replication_slot($1, true)", slot)
            await client.execute("SET synchronous_commit = on")  # what is not written out yet is retained by nobody
            try:
                await client.execute("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
                seen = await collector.collect()
            finally:
                await client.fetch("SELECT pg_drop_replication_slot($1)", slot)
            age = await client.fetchval("SELECT max(age(datfrozenxid)) FROM pg_database")
            assert await link.fetch(REPLAY)  # that a standby answers with more is a matter of its state
            await link.close()
            return seen, float(age), 200_000_000.0

    seen, age, age_max = run(go())
    values = figures(seen)
    assert values[f'database_slot_retained_bytes{{slot="{slot}"}}'] > 1_000_000
    assert seen.notes == [f"nobody reads slot {slot}, and the log is kept for it"]
    assert values["database_wraparound_percent"] == pytest.approx(100 * age / age_max, rel=0.05)
    assert values["database_multixact_wraparound_percent"] >= 0
    assert values["database_archive_failures_per_s"] == 0


END = 10_000.0  # where the log ends now, at 100 s


def standby(name: str, behind: float | None, lag_s: float | None, **more: Any) -> dict[str, Any]:
    replayed = None if behind is None else END - behind
    place = {"name": name, "address": "10.0.0.1", "state": "streaming", "position": END}
    return place | {"replayed": replayed, "lag_s": lag_s} | more


def log_of(*seen: tuple[float, float]) -> LogSeen:
    log = LogSeen()
    for steady_s, end in seen:
        log.add(steady_s, end)
    return log


LOG = log_of((40.0, 8_000.0), (70.0, 9_000.0), (100.0, END))


def told(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {str(key): value for key, value in standby_values(rows, LOG, 100.0).items()}


def lag_s(behind: float, told_s: float | None) -> float | None:
    return told([standby("east", behind, told_s)]).get('database_replication_lag_s{standby="east"}')


def test_a_standby_is_behind_as_long_as_the_server_tells_or_as_it_was_seen_to_be() -> None:
    assert told([standby("east", 500.0, 2.5)])['database_replication_lag_bytes{standby="east"}'] == 500.0
    assert lag_s(500.0, 2.5) == 2.5
    assert lag_s(1_500.0, 0.02) == 30.0  # replay stands still: the server tells what it measured before
    assert lag_s(5_000.0, None) == 60.0
    assert lag_s(0.0, 1.6) == 0.0
    assert lag_s(0.0, None) == 0.0
    assert log_of((0.0, 5.0)).behind_s(5.0, 10.0) == (0.0, 10.0)


def test_a_lag_of_less_than_a_period_that_the_server_does_not_tell_is_unknown() -> None:
    log = log_of((100.0, END - 100.0))
    key = SeriesKey.of("database_replication_lag_s", standby="east")
    assert key not in standby_values([standby("east", 50.0, None)], log, 100.0)


def test_the_log_of_another_server_says_nothing_and_what_is_kept_is_bounded() -> None:
    log = log_of((0.0, 900.0), (10.0, 5.0), (20.0, 9.0))
    assert log.behind_s(0.0, 30.0) == (20.0, None)
    log = log_of(*((float(n), float(n)) for n in range(SEEN_MAX + 50)))
    assert log.behind_s(0.0, SEEN_MAX + 50.0) == (SEEN_MAX, None)


def test_standbys_of_one_name_are_told_apart_by_address_and_the_worse_counts_where_that_is_the_same() -> None:
    rows = [standby("w", 1.0, 1.0), standby("w", 9.0, 2.0), standby("w", 5.0, 3.0, address="10.0.0.2")]
    assert told(rows) == {
        'database_replication_lag_bytes{standby="w 10.0.0.1"}': 9.0,
        'database_replication_lag_s{standby="w 10.0.0.1"}': 2.0,
        'database_replication_lag_bytes{standby="w 10.0.0.2"}': 5.0,
        'database_replication_lag_s{standby="w 10.0.0.2"}': 3.0,
    }


def test_what_is_hidden_from_the_role_is_said() -> None:
    hidden = standby("", None, None, state=None)
    assert told([hidden]) == {}
    assert "GRANT pg_monitor" in standby_notes([hidden])[0]
    assert standby_notes([standby("east", 0.0, None)]) == []


def test_an_idle_primary_is_no_lag_and_a_standby_without_its_primary_is_unknown() -> None:
    def lag(behind: float, age_s: float | None, *, log: LogSeen = LOG, **more: Any) -> list[float]:
        row = {"streaming": True, "position": END, "replayed": END - behind, "age_s": age_s} | more
        return list(replay_values(row, log, 100.0).values())

    assert lag(0.0, 3600.0) == [0.0]
    assert lag(1_500.0, 42.0) == [42.0]
    assert lag(1_500.0, 3600.0) == [60.0]  # all that was there a minute ago is replayed: the primary was idle before
    assert lag(1_500.0, None) == [30.0]
    assert lag(1_500.0, 7.5, log=LogSeen()) == [7.5]
    assert lag(1_500.0, None, log=LogSeen()) == []
    assert lag(1_500.0, 7.5, streaming=False) == []
    assert lag(1_500.0, 7.5, position=None) == []
    assert len(replay_notes([{"streaming": False}])) == 1
    assert replay_notes([{"streaming": True}]) == []


def test_a_slot_that_lost_its_log_is_said_to_be_useless() -> None:
    lost = {"name": "old", "active": False, "wal_status": "lost", "retained_bytes": None}
    read = {"name": "in use", "active": True, "wal_status": "reserved", "retained_bytes": 5.0}
    assert slot_notes([lost, read]) == [
        "slot old has lost log that its reader still needs: drop it and set the reader up anew"
    ]
