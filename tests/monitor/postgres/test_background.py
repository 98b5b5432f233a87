"""What the server does of its own accord, as it is seen on real servers, and what becomes of its counters."""

import pytest

from plimsoll.core.observation import Observation
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.postgres.background.collector import BackgroundCollector, checkpoint_events, io_rates
from plimsoll.monitor.postgres.background.sql import checkpoints_sql, io_sql
from tests.monitor.postgres.servers import figures, link_to, run, sessions


def test_a_checkpoint_and_the_log_that_was_written_are_seen(each_database: str) -> None:
    async def go() -> tuple[list[Observation], float, int]:
        async with sessions(each_database, 1) as (client,):
            link = link_to(each_database)
            collector = BackgroundCollector(link, 10.0)
            version = (await link.server()).version
            await client.execute("CREATE TABLE t (a text)")
            seen = [await collector.collect()]
            wal = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
            began = await client.fetchval(wal)
            await client.execute("INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
            written = float(await client.fetchval(wal) - began)
            for _ in range(2):  # the server counts a checkpoint after it has answered, but before the next one begins
                await client.execute("CHECKPOINT")
            if version >= 150_000:
                await client.fetch("SELECT pg_stat_force_next_flush()")
            seen.append(await collector.collect())
            await link.close()
            return seen, written, version

    seen, written, version = run(go())
    values = figures(seen[1])
    assert (seen[0].values, seen[0].events, seen[1].notes) == ({}, (), [])
    assert [event.kind for event in seen[1].events] == ["checkpoint"]
    assert values['database_checkpoints_per_s{cause="requested"}'] > 0
    assert values['database_checkpoints_per_s{cause="timed"}'] == 0
    per_checkpoint = values['database_buffers_written_per_s{by="checkpointer"}']
    per_checkpoint /= values['database_checkpoints_per_s{cause="requested"}']
    assert per_checkpoint >= 300  # of 700 pages that the rows filled, and one checkpoint or two
    assert values["database_wal_bytes_per_s"] * (seen[1].at_s - seen[0].at_s) == pytest.approx(written, rel=0.25)
    assert values["database_wal_records_per_s"] > 0
    by = {name for name in values if name.startswith("database_io_")}
    assert (by == set()) == (version < 160_000)
    assert 'database_buffers_written_per_s{by="backends"}' in values


def test_each_version_is_asked_where_it_counts() -> None:
    assert "pg_stat_bgwriter" in checkpoints_sql(160_004)
    assert "NULL::bigint AS done" in checkpoints_sql(170_000)
    assert "c.num_done AS done" in checkpoints_sql(180_000)
    assert "writes * op_bytes" in io_sql(170_000)
    assert "op_bytes" not in io_sql(180_000)


def test_a_checkpoint_is_told_once_when_it_is_done_where_the_server_counts_that() -> None:
    begun = Difference(10.0, {"timed": 0.0, "requested": 1.0})
    assert [event.text for event in checkpoint_events(begun, 5.0)] == ["a checkpoint has begun (requested)"]
    skipped = Difference(10.0, {"timed": 1.0, "requested": 0.0, "done": 0.0})
    assert checkpoint_events(skipped, 5.0) == ()
    done = Difference(10.0, {"timed": 0.0, "requested": 0.0, "done": 1.0})
    assert [(event.at_s, event.text) for event in checkpoint_events(done, 5.0)] == [(5.0, "a checkpoint is done")]
    assert checkpoint_events(Difference(1.0, {}), 5.0) == ()


def test_time_spent_on_io_is_unknown_where_it_is_not_measured() -> None:
    row = {"by": "client backend", "reads": 9, "writes": 0, "evictions": 0, "timed": False, "block_size": 8192.0}
    found = Difference(10.0, {"reads": 20.0, "read_ms": 0.0, "write_bytes": 819_200.0})
    values = {str(key): value for key, value in io_rates(found, row, 180_000).items()}
    assert values == {
        'database_io_reads_per_s{by="client backend"}': 2.0,
        'database_buffers_written_per_s{by="backends"}': 10.0,
    }
    timed = io_rates(found, row | {"timed": True, "by": "checkpointer"}, 180_000)
    assert 'database_io_read_ms_per_s{by="checkpointer"}' in {str(key) for key in timed}
    assert io_rates(found, row | {"reads": 0}, 180_000) == {}
