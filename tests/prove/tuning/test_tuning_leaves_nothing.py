"""`plimsoll tune --prove` leaves nothing behind however it ends, and only reads the database that it is about."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import psutil
import pytest

from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.testing.postgres import fresh_database, in_memory
from tests.prove.tuning.cases import Case
from tests.prove.tuning.catalogue import catalogue
from tests.prove.tuning.playing import workload_text
from tests.prove.tuning.validating import fill

CASE: Case = next(case for case in catalogue() if case.name == "whole/three-for-twelve")
MOMENTS = ("copying", "searching", "proving 2")
ENDINGS = [(how, moment) for how in (signal.SIGINT, signal.SIGKILL) for moment in MOMENTS] + [(None, "copying")]
ENDED_S = 60.0
OURS_MS_MAX = 2_000.0  # of the database's time: pg_dump reads all of it once
CATALOG = """
SELECT md5(string_agg(version, '' ORDER BY version)) FROM (
    SELECT 'c' || xmin::text || ' ' || oid || relname || relfilenode || relhasindex FROM pg_class
    UNION ALL SELECT 'i' || xmin::text || ' ' || indexrelid || indisvalid || indislive FROM pg_index
    UNION ALL SELECT 'p' || xmin::text || ' ' || oid FROM pg_proc
    UNION ALL SELECT 'e' || xmin::text || ' ' || oid FROM pg_extension
    UNION ALL SELECT 'd' || xmin::text || ' ' || oid || datname FROM pg_database
    UNION ALL SELECT 's' || setdatabase || ' ' || setrole || setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT 'r' || xmin::text || ' ' || oid || rolname FROM pg_authid
) AS every (version)
"""
WRITTEN = """
SELECT tup_inserted, tup_updated, tup_deleted, temp_files FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of the source: what it was changed by, and how long it was busy in all."""

    catalog: str
    written: tuple[int, ...]
    sessions: int
    active_ms: float


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Nothing but us writes there, not even its own housekeeping."""
    with in_memory(), start_postgres(settings={"autovacuum": "off", "fsync": "off"}) as made:
        yield made


@pytest.fixture
def source(server: PostgresServer) -> Iterator[str]:
    with fresh_database(server) as name:
        asyncio.run(fill(CASE, server.dsn_of(name)))
        yield server.dsn_of(name)


@pytest.mark.parametrize("place", ["own", "beside"])
@pytest.mark.parametrize(("how", "moment"), ENDINGS)
def test_however_it_ends_the_database_is_as_it_was(
    source: str, tmp_path: Path, place: str, how: signal.Signals | None, moment: str
) -> None:
    before = asyncio.run(seen(source))
    code, children = tuned(source, tmp_path, place, how, moment)
    _, alive = psutil.wait_procs(children, timeout=ENDED_S)
    after = asyncio.run(seen(source))
    assert alive == []
    assert (after.catalog, after.written, after.sessions) == (before.catalog, before.written, 0)
    assert code == {signal.SIGINT: 130, signal.SIGKILL: -9, None: 0}[how]
    assert after.active_ms - before.active_ms < OURS_MS_MAX
    assert [path for path in (tmp_path / "temporary").iterdir() if "plimsoll" in path.name] == []


def tuned(
    dsn: str, place: Path, where: str, how: signal.Signals | None, moment: str
) -> tuple[int, list[psutil.Process]]:
    """Its exit code, and all that it had started at that moment, when the signal is sent."""
    (place / "temporary").mkdir(mode=0o777)
    (place / "temporary").chmod(0o777)
    (place / "workload.sql").write_text(workload_text(CASE.asked))
    words = ["tune", "--dsn", dsn, "--sql", "workload.sql", "--prove", "--clone-on", where, "--tunings", "kept"]
    environment = {"TMPDIR": str(place / "temporary"), "PYTHONPATH": ":".join(sys.path)}
    children = list[psutil.Process]()
    with subprocess.Popen(
        [sys.executable, "-m", "plimsoll.cli.main", *words],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=place, env=environment,
    ) as process:  # fmt: skip
        for line in process.stderr or ():
            if moment in line and not children:
                children = psutil.Process(process.pid).children(recursive=True)
                if how is not None:
                    process.send_signal(how)
        return process.wait(ENDED_S), children


async def seen(dsn: str) -> Seen:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
        active = "SELECT active_time FROM pg_stat_database WHERE datname = current_database()"
        return Seen(
            await connection.fetchval(CATALOG),
            tuple(await connection.fetchrow(WRITTEN) or ()),
            await connection.fetchval(others),
            await connection.fetchval(active),
        )
    finally:
        await connection.close()
