"""2,000 users who think between requests, in one process: what they take in memory.

    python benchmarks/http_users_memory.py [--seconds 15] [--users 2000] [--write]

The peak is that of the worker process, which holds the users, and of the coordinating one.
"""

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from benchmarks._clients import PLIMSOLL
from benchmarks._site import FILE, Site, site
from benchmarks._tables import Row, finish, options

MEMORY_MB_MAX = 300
SCENARIO = f'''"""Somebody who reads for a while."""

from plimsoll import journey


@journey
async def read(user):
    reply = await user.http("small file", "GET", "/{FILE}")
    user.check("whole", len(reply.bytes) > 0)
    await user.think(1, 3)
'''


class Peak:
    """The most memory that a program and its children had at once, by kind, while it ran."""

    def __init__(self, pid: int) -> None:
        self.worker_mb = self.all_mb = 0.0
        self._process = psutil.Process(pid)
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while self._process.is_running() and self._process.status() != psutil.STATUS_ZOMBIE:
            try:
                sizes = [
                    one.memory_info().rss / 1e6 for one in [self._process, *self._process.children(recursive=True)]
                ]
            except psutil.NoSuchProcess:
                break
            self.all_mb = max(self.all_mb, sum(sizes))
            self.worker_mb = max(self.worker_mb, *sizes[1:], 0.0)
            sleep(0.1)  # a look, not a wait for anything

    def join(self) -> None:
        self._thread.join(5)


def measure(site: Site, users: int, seconds: float) -> tuple[dict[str, Any], Peak]:
    scenario = site.folder / "reading.py"
    scenario.write_text(SCENARIO, encoding="utf-8")
    argv = [PLIMSOLL, "run", scenario, "--url", site.url, "--users", users, "--duration", f"{seconds:g}s", "--json"]
    running = subprocess.Popen(
        [str(word) for word in argv], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=site.folder
    )
    peak = Peak(running.pid)
    output, _ = running.communicate(timeout=seconds + 120)
    peak.join()
    return json.loads(output), peak


def main() -> None:
    parser = options("Memory of many users over HTTP.", seconds=15.0)
    parser.add_argument("--users", type=int, default=2000, help="how many (2000)")
    asked = parser.parse_args()
    with site() as served:
        summary, peak = measure(served, asked.users, asked.seconds)
        server = served.version
    kept, failed = peak.worker_mb < MEMORY_MB_MAX, summary["errors"]
    rows = [
        Row("the process with the users, at most", f"{peak.worker_mb:.0f} MB", "", "", f"< {MEMORY_MB_MAX} MB", kept),
        Row("that and the coordinating process", f"{peak.all_mb:.0f} MB"),
        Row("requests, failed", f"{summary['requests']:,}, {failed}", "", "", "0 failed", failed == 0),
        Row("latency p99", f"{summary['latency_ms']['p99']:.2f} ms"),
    ]
    note = f"{asked.users:,} users with a connection each, a think time of 1 to 3 s, {asked.seconds:g} s"
    finish("http_users_memory", rows, notes=[note], more_versions=[f"nginx {server}"])


if __name__ == "__main__":
    main()
