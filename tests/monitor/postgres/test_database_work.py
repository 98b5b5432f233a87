"""What a database does: rates that are right against a known load, and none after resets. On real servers."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.observation import Event, Observation
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.postgres.database_work import DatabaseWorkCollector, look_of, values_of
from tests.monitor.postgres.servers import ALONE, WATCHING, figures, key, link_to, run, sessions, until

TRANSACTIONS = 300
ROWS = 1_000


async def work(dsn: str) -> None:
    """A known number of transactions and rows, by a session whose end has all of it counted."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"INSERT INTO t SELECT generate_series(1, {ROWS})")
    await connection.execute("UPDATE t SET n = n + 1 WHERE n <= 200")
    for _ in range(TRANSACTIONS - 3):
        await connection.execute("SELECT 1")
    await connection.execute("BEGIN; DELETE FROM t WHERE n = 5; ROLLBACK")
    await connection.execute("SET work_mem = '64kB'")
    await connection.execute("SELECT count(*) FROM (SELECT md5(n::text) FROM generate_series(1, 20000) n ORDER BY 1) x")
    await connection.close()


def test_a_known_load_makes_the_rates_right(each_database: str) -> None:
    """Within 1 %, though what the watch does itself is counted by the server too."""

    async def go() -> tuple[Observation, float]:
        async with sessions(each_database, 1) as (looking,):
            await looking.execute("CREATE TABLE t (n int) WITH (autovacuum_enabled = off)")
        other = link_to(each_database)
        collector = DatabaseWorkCollector(link := link_to(each_database), 10.0, others=(other,))
        await collector.collect()
        before = collector.looked
        for _ in range(20):
            await link.answer_ms()
            await other.answer_ms()
        await work(each_database)
        async with sessions(each_database, 1, server_settings=WATCHING) as (looking,):
            await looking.execute(until(ALONE))
        seen = await collector.collect()
        assert before is not None
        assert collector.looked is not None
        await collector.close()
        await other.close()
        return seen, collector.looked.steady_s - before.steady_s

    seen, seconds = run(go())
    counted = {name: rate * seconds for name, rate in figures(seen).items()}
    expected = {"commits": TRANSACTIONS + 1, "rollbacks": 1, "tuples_inserted": ROWS, "tuples_updated": 200}
    expected |= {"deadlocks": 0, "conflicts": 0, "tuples_deleted": 1}
    for name, count in expected.items():
        assert counted[f"database_{name}_per_s"] == pytest.approx(count, rel=0.01, abs=0.01), name
    assert counted["database_temp_files_per_s"] >= 1
    assert counted["database_temp_bytes_per_s"] > 100_000
    assert 0 < figures(seen)["database_cache_hit_percent"] <= 100


def test_a_reset_of_the_statistics_is_an_event_and_gives_no_rate(each_database: str) -> None:
    async def go() -> tuple[Observation, Observation]:
        collector = DatabaseWorkCollector(link_to(each_database), 10.0)
        await collector.collect()
        async with sessions(each_database, 1) as (one,):
            await one.execute("SELECT pg_stat_reset()")
        seen = [await collector.collect(), await collector.collect()]
        await collector.close()
        return seen[0], seen[1]

    reset, after = run(go())
    assert reset.values == {}
    assert [event.kind for event in reset.events] == ["statistics reset"]
    assert min(figures(after).values()) >= 0
    assert key("database_commits_per_s") in after.values


def test_a_deadlock_is_an_event(database: str) -> None:
    async def go() -> list[Event]:
        async with sessions(database, 2, server_settings={"deadlock_timeout": "10ms"}) as (one, other):
            collector = DatabaseWorkCollector(link_to(database), 10.0)
            await collector.collect()
            await one.execute("BEGIN; SELECT pg_advisory_xact_lock(1)")
            await other.execute("BEGIN; SELECT pg_advisory_xact_lock(2)")
            outcomes = await asyncio.gather(
                one.execute("SELECT pg_advisory_xact_lock(2)"),
                other.execute("SELECT pg_advisory_xact_lock(1)"),
                return_exceptions=True,
            )
            assert sum(isinstance(outcome, asyncpg.DeadlockDetectedError) for outcome in outcomes) == 1
            for session in (one, other):
                await session.execute("ROLLBACK")
                await session.execute("SELECT pg_stat_force_next_flush() FROM pg_database LIMIT 1")
            seen = await collector.collect()
            await collector.close()
            return list(seen.events)

    events = run(go())
    assert [event.kind for event in events] == ["deadlock"]
    assert events[0].text.startswith("1 deadlock in database test_")


def test_what_the_watch_did_itself_is_taken_off_and_never_too_much() -> None:
    def commits(counted: dict[str, float]) -> float:
        return values_of(Difference(10.0, counted))[key("database_commits_per_s")]

    assert commits({"xact_commit": 120.0, "own": 20.0}) == 10.0
    assert commits({"xact_commit": 10.0, "own": 20.0}) == 0.0


def test_a_hit_rate_of_no_pages_and_counters_that_are_not_kept_are_left_out() -> None:
    assert key("database_cache_hit_percent") not in values_of(Difference(1.0, {"blks_hit": 0, "blks_read": 0}))
    names = ["xact_commit", "xact_rollback", "blks_read", "blks_hit", "tup_returned", "tup_fetched", "tup_inserted"]
    names += ["tup_updated", "tup_deleted", "temp_files", "temp_bytes", "deadlocks", "conflicts"]
    row = dict.fromkeys(names, 1) | {"checksum_failures": None, "started_at": 1.0, "datid": 5, "reset_at": None}
    assert "checksum_failures" not in look_of(row, 0.0, 0).counters
