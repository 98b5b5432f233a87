"""The load line of targets whose capacity is known, by the real command; the table goes into docs/proofs.md."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks._tables import ROOT, put, table
from plimsoll.analyze.load_line.concluding import conclude
from plimsoll.testing.slots import SlotServer
from tests.analyze.load_line.queueing import Queue, Search

PLIMSOLL = Path(sys.executable).parent / "plimsoll"
DSN = "PLIMSOLL_PROOF_DSN"
HTTP = """
from plimsoll import journey

@journey
async def look(user):
    await user.http("get", "GET", "/")
"""
SQL = """
from plimsoll import journey

@journey
async def nap(user):
    await user.sql("nap", "SELECT pg_sleep(0.05)")
"""
SERVERS = {"8 slots of 20 ms": (8, 0.02), "2 slots of 20 ms": (2, 0.02), "32 slots of 40 ms": (32, 0.04)}
CONNECTIONS, NAP_S = 8, 0.05
QUEUES = {
    "8 slots of 20 ms": Queue(8, 0.02),
    "1 slot of 50 ms": Queue(1, 0.05),
    "20 slots of 500 ms": Queue(20, 0.5),
    "100 slots of 100 ms": Queue(100, 0.1),
    "4 slots, exponential, mean 10 ms": Queue(4, 0.01, exponential=True),
}
SEEDS = range(1, 21)


def find(folder: Path, scenario: str, words: Sequence[object], environ: dict[str, str]) -> dict[str, Any]:
    (folder / "scenario.py").write_text(scenario, encoding="utf-8")
    argv = [str(PLIMSOLL), "find", "scenario.py", "--json", *map(str, words)]
    done = subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    line: dict[str, Any] = json.loads(done.stdout)
    return line


@pytest.fixture(scope="module")
def proved() -> list[list[str]]:
    return []


def judge(words: str, capacity: float, line: dict[str, Any], proved: list[list[str]]) -> None:
    off = line["rate_per_s"] / capacity - 1
    interval = f"{line['rate_per_s']:g} to {line['failed_per_s']:g}/s"
    proved.append(["real", words, f"{capacity:g}/s", interval, f"{off:+.1%}", str(len(line["steps"]))])
    assert abs(off) <= 0.05
    assert len(line["steps"]) <= 12


@pytest.mark.parametrize("words", SERVERS)
def test_an_http_servers_capacity_is_found(words: str, tmp_path: Path, proved: list[list[str]]) -> None:
    slots, service_s = SERVERS[words]
    with SlotServer(slots=slots, service_s=service_s) as server:
        line = find(tmp_path, HTTP, ["--url", server.url], {})
    judge(f"HTTP, {words}", slots / service_s, line, proved)


def test_a_pool_of_connections_capacity_is_found(tmp_path: Path, database: str, proved: list[list[str]]) -> None:
    line = find(tmp_path, SQL, ["--dsn", f"env:{DSN}", "--connections", CONNECTIONS], {DSN: database})
    judge(f"SQL, pg_sleep of 50 ms over {CONNECTIONS} connections", CONNECTIONS / NAP_S, line, proved)


@pytest.mark.parametrize("words", QUEUES)
def test_simulated_queues_capacities_are_found_whatever_the_seed(words: str, proved: list[list[str]]) -> None:
    queue = QUEUES[words]
    start = 0.5 * min(8 / queue.service_s, queue.capacity)
    searches = [Search(queue, start, seed).run() for seed in SEEDS]
    lines = [conclude(one.steps, one.ended).rate_per_s or 0.0 for one in searches]
    off = [line / queue.capacity - 1 for line in lines]
    most = max(len(one.steps) for one in searches)
    proved.append(
        [
            f"virtual time, {len(SEEDS)} seeds",
            words,
            f"{queue.capacity:g}/s",
            f"{min(lines):g} to {max(lines):g}/s",
            f"{min(off):+.1%} to {max(off):+.1%}",
            f"at most {most}",
        ]
    )
    assert max(map(abs, off)) <= 0.05
    assert most <= 12


def test_the_table_of_what_was_found_is_written(proved: list[list[str]]) -> None:
    assert len(proved) == len(SERVERS) + 1 + len(QUEUES)
    headings = ["", "target", "capacity", "found", "off", "steps"]
    put(ROOT / "docs" / "proofs.md", "load_line", "\n".join(table(headings, proved)))
