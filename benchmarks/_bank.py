"""What the load benchmarks share: the embedded server with pgbench's tables, and running pgbench and plimsoll on it."""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._clients import FINE, INVALID, PLIMSOLL, Ended, call
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


def pgbench_rate(output: str) -> float:
    """Transactions per second, without the time to connect."""
    found = re.search(r"^tps = ([\d.]+)", output, re.MULTILINE)
    assert found, output
    return float(found[1])


def pgbench_count(output: str) -> int:
    found = re.search(r"number of transactions actually processed: (\d+)", output)
    assert found, output
    return int(found[1])
