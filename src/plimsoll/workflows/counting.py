"""What a server was asked beside a load, what processor time that took, what caches on it say: read now and then."""

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from plimsoll.changes.caches import READ_CACHES, seen_cache
from plimsoll.monitor.host.cpu import read_stat
from plimsoll.monitor.host.reading import Reading
from plimsoll.monitor.processes.census import Census
from plimsoll.monitor.processes.reading import descendants, read_process

EVERY_S: Final = 0.5
LOOKS_MAX: Final = 20_000  # nearly three hours; no more are made
_PROC: Final = Path("/proc")
# Statements as they came over connections, but for those of who counts.
_ASKED: Final = """
SELECT coalesce(sum(calls), 0)::int8 AS statements, coalesce(sum(total_exec_time), 0)::float8 AS database_ms
FROM pg_stat_statements WHERE toplevel AND userid <> current_user::regrole
"""
_WHERE: Final = """
SELECT current_setting('data_directory') AS data, to_regprocedure('plimsoll_changes.caches()') IS NOT NULL AS caches,
    pg_backend_pid() AS own
"""


@dataclass(frozen=True, slots=True)
class Look:
    """All since the server was started but what counting takes. `cpu_s` is None where the system does not tell it, and
    so is `ticks`: what the machine's cores were busy, and all that there was. `hits` and `reads` are those of the
    caches on this database."""

    at_s: float
    statements: int
    database_ms: float
    cpu_s: float | None
    ticks: tuple[float, float] | None = None
    hits: int = 0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Between two looks: statements, their time, processor time of all of the server's processes; `seconds` long.

    `busy` is the share of the machine's processor time that somebody used, `hit_ratio` that of the caches' reads that
    were hits; None where nothing tells.
    """

    seconds: float
    statements: int
    database_ms: float
    cpu_s: float | None
    busy: float | None = None
    hit_ratio: float | None = None


def stretch(looks: Sequence[Look], since_s: float, until_s: float) -> Stretch | None:
    """Between the looks that are nearest to the two moments (time.time); None where there are not two."""
    if not looks:
        return None
    first = min(looks, key=lambda one: abs(one.at_s - since_s))
    last = min(looks, key=lambda one: abs(one.at_s - until_s))
    if first.at_s >= last.at_s:
        return None
    cpu_s = None if first.cpu_s is None or last.cpu_s is None else last.cpu_s - first.cpu_s
    reads = last.reads - first.reads
    return Stretch(
        last.at_s - first.at_s,
        last.statements - first.statements,
        last.database_ms - first.database_ms,
        cpu_s,
        _busy(first.ticks, last.ticks),
        (last.hits - first.hits) / reads if reads > 0 else None,
    )


def _busy(before: tuple[float, float] | None, after: tuple[float, float] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])


class Counting:
    """Looks at a server of this machine, from a thread, for as long as its context. `dsn` is a superuser's."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="counting", daemon=True)
        self.looks: list[Look] = []

    def __enter__(self) -> "Counting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    async def _run(self) -> None:
        """A server that does not answer is looked at no more: what was seen stays."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            connection = await asyncpg.connect(self._dsn, timeout=10, command_timeout=10)
            try:
                where = await connection.fetchrow(_WHERE)
                server = Cpu(Path(where["data"]), where["own"])
                while len(self.looks) < LOOKS_MAX:
                    row = await connection.fetchrow(_ASKED)
                    hits, reads = await _cached(connection) if where["caches"] else (0, 0)
                    at_s, cpu_s = time.time(), server.seconds()
                    self.looks.append(Look(at_s, row["statements"], row["database_ms"], cpu_s, ticks(), hits, reads))
                    if await asyncio.to_thread(self._end.wait, EVERY_S):
                        return
            finally:
                connection.terminate()


async def _cached(connection: asyncpg.Connection) -> tuple[int, int]:
    """Hits and reads of all caches on the database, as their processes reported last."""
    told = [seen_cache(row).report for row in await connection.fetch(READ_CACHES)]
    reports = [one for one in told if one is not None]
    return sum(sum(one.hits.values()) for one in reports), sum(one.asked for one in reports)


def ticks(proc: Path = _PROC) -> tuple[float, float] | None:
    """What the machine's cores were busy since it was started, and all that there was; None where nothing tells."""
    reading = Reading()
    try:
        read_stat((proc / "stat").read_text(), reading)
    except (OSError, ValueError):
        return None
    told = {key[1]: value for key, value in reading.counters.items() if isinstance(key, tuple) and key[0] == "cpu"}
    whole = sum(told.values())
    return (whole - told.get("idle", 0.0) - told.get("iowait", 0.0), whole) if whole else None


class Cpu:
    """Processor time of a PostgreSQL on this machine, by its data directory; `own` is the process of who counts."""

    def __init__(self, data: Path, own: int) -> None:
        self._census = Census(_PROC)
        self._own = own
        self._postmaster = 0
        with suppress(OSError, ValueError):
            self._postmaster = int((data / "postmaster.pid").read_text().split("\n", 1)[0])

    def seconds(self) -> float | None:
        """Of all its processes, those that have ended too; None where that cannot be read."""
        try:
            parents = self._census.take(time.monotonic())
        except OSError:
            return None
        pids = [pid for pid in descendants([self._postmaster], parents) if pid != self._own]
        found = [one for pid in pids if (one := read_process(_PROC, pid)) is not None]
        if not found:
            return None
        return sum(one.own + one.inherited for one in found) / os.sysconf("SC_CLK_TCK")
