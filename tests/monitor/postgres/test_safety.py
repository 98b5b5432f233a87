"""Replication, slots, wraparound and the archive: on a real primary, and what becomes of a standby's answers."""

from typing import Any

import pytest

from plimsoll.core.observation import Observation
from plimsoll.monitor.postgres.safety import (
    SafetyCollector,
    replay_notes,
    replay_values,
    slot_notes,
    standby_notes,
    standby_values,
)
from plimsoll.monitor.postgres.safety_sql import REPLAY
from tests.monitor.postgres.servers import figures, link_to, run, sessions


def test_a_primary_tells_its_age_what_a_slot_retains_and_what_the_archive_failed(each_database: str) -> None:
    slot = each_database.rpartition("/")[2]

    async def go() -> tuple[Observation, float, float]:
        async with sessions(each_database, 1) as (client,):
            link = link_to(each_database)
            collector = SafetyCollector(link, 30.0)
            await collector.collect()
            await client.fetch("SELECT pg_create_physical_replication_slot($1, true)", slot)
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


def standby(name: str, lag_bytes: float | None, lag_s: float | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "address": "10.0.0.1", "state": "streaming", "lag_bytes": lag_bytes, "lag_s": lag_s} | more


def told(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {str(key): value for key, value in standby_values(rows).items()}


def test_a_standby_that_has_everything_is_not_behind_and_one_whose_lag_is_not_told_is_unknown() -> None:
    assert told([standby("east", 0.0, None)]) == {
        'database_replication_lag_bytes{standby="east"}': 0.0,
        'database_replication_lag_s{standby="east"}': 0.0,
    }
    assert told([standby("east", 500.0, None)]) == {'database_replication_lag_bytes{standby="east"}': 500.0}
    assert told([standby("east", 500.0, 2.5)])['database_replication_lag_s{standby="east"}'] == 2.5


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
    def lag(**row: Any) -> list[float]:
        return list(replay_values(row).values())

    assert lag(streaming=True, caught_up=True, age_s=3600.0) == [0.0]
    assert lag(streaming=True, caught_up=False, age_s=7.5) == [7.5]
    assert lag(streaming=True, caught_up=None, age_s=7.5) == []
    assert lag(streaming=False, caught_up=True, age_s=3600.0) == []
    assert len(replay_notes([{"streaming": False}])) == 1
    assert replay_notes([{"streaming": True}]) == []


def test_a_slot_that_lost_its_log_is_said_to_be_useless() -> None:
    lost = {"name": "old", "active": False, "wal_status": "lost", "retained_bytes": None}
    read = {"name": "in use", "active": True, "wal_status": "reserved", "retained_bytes": 5.0}
    assert slot_notes([lost, read]) == [
        "slot old has lost log that its reader still needs: drop it and set the reader up anew"
    ]
