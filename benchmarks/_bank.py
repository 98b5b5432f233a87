"""What the load benchmarks share: the embedded server with pgbench's tables, and running pgbench and plimsoll on it."""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plimsoll.embedded import PostgresServer, start_postgres

SCALE = 10  # a million accounts, 150 MB
USERS = 8
DSN_VARIABLE = "PLIMSOLL_BENCHMARK_DSN"
SELECT = "SELECT abalance FROM pgbench_accounts WHERE aid = $1"
SCENARIO = f'''"""pgbench's select-only statement as a journey of one step."""

from plimsoll import feed, journey

accounts = feed.range(1, {SCALE * 100_000})


@journey
async def look_up(user):
    await user.sql("look up account", "{SELECT}", accounts)
'''
PLIMSOLL = Path(sys.executable).parent / "plimsoll"
FINE, INVALID = 0, 5  # exit codes of a run that was measured: one that must not be believed is for us to show
STARTUP_S = 120.0  # beyond the load itself, after which a client is given up


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that has ended well: what it printed, and the CPU seconds of it and all it waited for."""

    output: str
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Bank:
    """A server with pgbench's tables, and a folder for scenarios, runs and logs that goes away with it."""

    server: PostgresServer
    folder: Path

    def call(
        self,
        argv: Sequence[object],
        seconds: float,
        extra: Mapping[str, str] | None = None,
        *,
        allowed: Sequence[int] = (FINE,),
    ) -> Ended:
        """Runs a client until it ends, knowing the server by DSN_VARIABLE. Raises SystemExit when it fails."""
        return call(argv, seconds, {DSN_VARIABLE: self.server.dsn, **(extra or {})}, self.folder, allowed)

    def pgbench(self, seconds: float, *more: str) -> Ended:
        """`pgbench -S -M prepared` with 8 connections on one thread."""
        fixed = ["-n", "-S", "-M", "prepared", "-c", str(USERS), "-j", "1", "-T", str(max(1, round(seconds)))]
        program = self.server.binaries.program("pgbench")
        return self.call([program, *fixed, *more, "-d", self.server.dsn], seconds)

    def plimsoll(self, seconds: float, *more: str) -> tuple[dict[str, Any], Ended]:
        """`plimsoll run` on the select-only journey, recording on; returns the summary."""
        scenario = self.folder / "select_only.py"
        scenario.write_text(SCENARIO, encoding="utf-8")
        argv = [PLIMSOLL, "run", scenario, "--dsn", f"env:{DSN_VARIABLE}", "--json"]
        argv = [*argv, "--runs", self.folder / "runs", "--duration", f"{seconds:g}s", *more]
        ended = self.call(argv, seconds, allowed=(FINE, INVALID))
        return json.loads(ended.output), ended

    def run_directory(self, summary: Mapping[str, Any]) -> Path:
        return self.folder / "runs" / str(summary["run_id"])


@contextmanager
def bank() -> Iterator[Bank]:
    """Starts the server, fills pgbench's tables, warms the cache up; stops and removes everything at the end."""
    with start_postgres() as server, tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as folder:
        made = Bank(server, Path(folder))
        program = server.binaries.program("pgbench")
        made.call([program, "-i", "-q", "-s", str(SCALE), "-d", server.dsn], 120)
        made.pgbench(2)
        yield made


def call(
    argv: Sequence[object], seconds: float, extra: Mapping[str, str], folder: Path, allowed: Sequence[int]
) -> Ended:
    """Runs a client until it ends. Raises SystemExit with its last words for an exit status that is not allowed."""
    environment = {**os.environ, **extra}
    with (folder / "stdout").open("w+") as out, (folder / "stderr").open("w+") as err:
        before = _children_cpu_s()
        try:
            done = subprocess.run(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=environment,
                cwd=folder,
                check=False,
                timeout=seconds + STARTUP_S,
            )
        except subprocess.TimeoutExpired:
            raise SystemExit(f"{Path(str(argv[0])).name} did not end within {seconds + STARTUP_S:.0f} s") from None
        cpu_s = _children_cpu_s() - before
        out.seek(0)
        err.seek(0)
        if done.returncode not in allowed:
            last = (err.read() + out.read())[-1500:]
            raise SystemExit(f"{Path(str(argv[0])).name} ended with status {done.returncode}:\n{last}")
        return Ended(out.read(), cpu_s)


def _children_cpu_s() -> float:
    """Of those that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def pgbench_rate(output: str) -> float:
    """Transactions per second, without the time to connect."""
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    assert found, output
    return float(found[1])


def pgbench_count(output: str) -> int:
    found = re.search(r"number of transactions actually processed: (\d+)", output)
    assert found, output
    return int(found[1])
