"""Faults to order: each is there while its block lasts, and gone after it."""

import asyncio
import os
import time
from pathlib import Path

import asyncpg
import psutil

from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.testing.faults.cores import free_cores, pin, pinned
from plimsoll.testing.faults.disk import server_with_slow_disk
from plimsoll.testing.faults.hog import cpu_hog
from plimsoll.testing.faults.sessions import held_lock, hoarded_connections, idle_transactions

PATIENCE_S = 20.0  # a bound, not a wait


def ask(dsn: str, *statements: str) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
        try:
            *before, last = statements
            for statement in before:
                await connection.execute(statement)
            return await connection.fetchval(last)
        finally:
            await connection.close()

    return asyncio.run(asked())


def until(condition: object, dsn: str) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not ask(dsn, f"SELECT {condition}"):
        assert time.monotonic() < give_up, f"never: {condition}"


def test_a_hog_takes_the_core_it_was_given_and_ends_with_its_block() -> None:
    core = free_cores()[:1]
    with cpu_hog(core, processes=2) as pids:
        assert [sorted(os.sched_getaffinity(pid)) for pid in pids] == [core, core]
        began = [psutil.Process(pid).cpu_times().user for pid in pids]
        give_up = time.monotonic() + PATIENCE_S
        while sum(psutil.Process(pid).cpu_times().user for pid in pids) < sum(began) + 0.2:
            assert time.monotonic() < give_up
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_this_thread_is_pinned_for_a_block_and_a_process_with_its_children_for_good() -> None:
    before = free_cores()
    with pinned(before[-1:]):
        assert free_cores() == before[-1:]
    assert free_cores() == before
    pin(2**22 + 1, before)  # nobody has that id: it had ended


def test_a_lock_is_held_by_a_session_that_does_nothing_and_is_free_afterwards(database: str) -> None:
    ask(database, "CREATE TABLE goods (id int)", "INSERT INTO goods VALUES (1) RETURNING id")
    attempt = "SELECT count(*) FROM (SELECT FROM goods FOR UPDATE SKIP LOCKED) AS free"
    with held_lock(database, "UPDATE goods SET id = id", hold_s=PATIENCE_S, name="job"):
        until(f"0 = ({attempt})", database)
        held = "SELECT state FROM pg_stat_activity WHERE application_name = 'job'"
        assert ask(database, held) == "idle in transaction"
    assert ask(database, attempt) == 1


def test_forgotten_transactions_stay_open_as_long_as_their_block(database: str) -> None:
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'console' AND xact_start IS NOT NULL"
    with idle_transactions(database, ["SELECT 1"], count=3, name="console"):
        assert ask(database, count) == 3
    until("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'console')", database)


def test_a_role_is_left_as_many_connections_as_ordered_even_those_it_has() -> None:
    with start_postgres(settings={"max_connections": "15"}) as server:
        server.sql("CREATE ROLE web LOGIN PASSWORD 'web'")
        web = f"postgresql://web:web@127.0.0.1:{server.port}/postgres"
        got = asyncio.run(_crowded(server, web))
    assert got == 2


async def _crowded(server: PostgresServer, web: str) -> int:
    """How many connections of eight the role still has, and can use, among hoarders."""
    ours = [await asyncpg.connect(web) for _ in range(8)]
    with hoarded_connections(server.dsn, leave=2, role="web"):
        give_up = time.monotonic() + PATIENCE_S
        while sum(not one.is_closed() for one in ours) > 2 or await _gets_one(web):
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)
    left = [one for one in ours if not one.is_closed()]
    answers = [await one.fetchval("SELECT 1") for one in left]
    for one in left:
        await one.close()
    return sum(answers)


async def _gets_one(dsn: str) -> bool:
    try:
        await (await asyncpg.connect(dsn)).close()
    except asyncpg.TooManyConnectionsError:
        return False
    return True


def test_a_disk_is_as_slow_as_ordered_to_the_server_and_quick_again(tmp_path: Path) -> None:
    settings = {"shared_buffers": "1MB", "io_method": "sync", "max_parallel_workers_per_gather": "0"}
    with server_with_slow_disk(settings) as (server, disk):
        ask(server.dsn, "CREATE TABLE wide AS SELECT repeat('x', 2000) AS x FROM generate_series(1, 2000)", "SELECT 1")
        quick = _scanned_s(server.dsn)
        disk.slow(read_ms=2, sync_ms=20)
        slow, commit = _scanned_s(server.dsn), _committed_s(server.dsn)
        disk.fast()
        again = _scanned_s(server.dsn)
    assert slow > 0.1
    assert commit > 0.02
    assert slow > 3 * max(quick, again)


def _scanned_s(dsn: str) -> float:
    began = time.monotonic()
    ask(dsn, "SELECT sum(length(x)) FROM wide")
    return time.monotonic() - began


def _committed_s(dsn: str) -> float:
    async def committed() -> float:
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TEMP TABLE IF NOT EXISTS mine (id int)")
        began = time.monotonic()
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        took = time.monotonic() - began
        await connection.close()
        return took

    return asyncio.run(committed())
