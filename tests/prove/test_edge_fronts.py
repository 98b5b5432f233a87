"""nginx and Varnish with what `plimsoll edge config` prints: after a purge was acknowledged nobody is told what was
before it, however requests, fetches and purges meet; the table goes into docs/proofs.md."""

import asyncio
import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from benchmarks._tables import ROOT, put, table
from tests.edge.printing.fronts import PATIENCE_S, Change, Origin, Server, origin, running_nginx, running_varnish

PATHS = ("/1", "/2", "/3", "/4", "/5", "/varied")
PURGES, WRITERS, READERS = 600, 2, 12
FETCH_S = 0.02  # at most; a row is read at its beginning


def swapped(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


# What is printed, and the same without what it takes: then the check must find something.
CASES: tuple[tuple[str, str, Change], ...] = (
    ("nginx", "as printed", str),
    ("nginx", "what is kept is as old as its answer, not as its request", swapped("ngx.req.start_time()", "ngx.now()")),
    (
        "nginx",
        "tables so small that all is forgotten again and again",
        swapped("plimsoll_kept 64m", "plimsoll_kept 12k"),
    ),
    ("varnish", "as printed", str),
    ("varnish", "a fetch from before is kept", swapped('var.global_get("purged"), 0.0) >=', '"0", 0.0) >')),
)
BROKEN = {CASES[1][1], CASES[4][1]}


@dataclass(slots=True)
class Versioned(Origin):
    """Tells which version a row had when the request began."""

    versions: dict[str, int] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(1))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        body = str(self.versions.get(path, 0)).encode()
        await asyncio.sleep(self.random.random() * FETCH_S)
        fields = [(b"cache-control", b"max-age=60"), (b"cache-tag", f"row:{path[1:]}".encode())]
        fields += [(b"vary", b"accept-language")] if path == "/varied" else []
        fields.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class Watch:
    """What was acknowledged for each path, and what was told."""

    front: Server
    rows: Versioned
    acknowledged: dict[str, int] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def write(self, seed: int) -> None:
        random, mine = Random(seed), PATHS[seed::WRITERS]
        pause = threading.Event()
        for _ in range(PURGES // WRITERS):
            path = random.choice(mine)
            version = self.rows.versions[path] = self.rows.versions.get(path, 0) + 1
            assert self.front.purge(tags=[f"row:{path[1:]}"]) == 200
            self.acknowledged[path] = version
            pause.wait(random.random() * 2 * FETCH_S)

    def read(self, seed: int) -> tuple[int, int, int]:
        """How many requests, hits, and answers that were older than what had been acknowledged."""
        random, asked, hits, stale = Random(seed), 0, 0, 0
        connection = http.client.HTTPConnection("127.0.0.1", self.front.port, timeout=PATIENCE_S)
        while not self.ended.is_set():
            path, language = random.choice(PATHS), random.choice(("de", "fr"))
            least = self.acknowledged.get(path, 0)
            connection.request("GET", path, headers={"Host": "h.test", "Accept-Language": language})
            answer = connection.getresponse()
            asked += 1
            hits += "hit" in answer.getheader("cache-status", "")
            stale += int(answer.read()) < least
        connection.close()
        return asked, hits, stale


def watched(starting: Callable[..., Any], folder: Path, change: Change) -> tuple[int, int, int]:
    rows = Versioned()
    with origin(rows), starting(rows, folder, change) as front, ThreadPoolExecutor(READERS + WRITERS) as threads:
        watch = Watch(front, rows)
        reading = [threads.submit(watch.read, 100 + seed) for seed in range(READERS)]
        try:
            for writing in [threads.submit(watch.write, seed) for seed in range(WRITERS)]:
                writing.result()
        finally:
            watch.ended.set()
        asked, hits, stale = (sum(some) for some in zip(*(one.result(PATIENCE_S) for one in reading), strict=True))
    return asked, hits, stale


def test_nobody_is_told_what_was_before_a_purge(tmp_path_factory: pytest.TempPathFactory) -> None:
    rows = []
    for name, what, change in CASES:
        starting = {"nginx": running_nginx, "varnish": running_varnish}[name]
        asked, hits, stale = watched(starting, tmp_path_factory.mktemp(name), change)
        assert hits > 0
        assert (stale > 0) == (what in BROKEN), (name, what, stale)
        rows.append([name, what, f"{asked:,}", f"{hits:,}", f"{PURGES:,}", f"{stale:,}"])
    headings = ["server", "configuration", "requests", "hits", "purges", "older than acknowledged"]
    put(ROOT / "docs" / "proofs.md", "edge_fronts", "\n".join(table(headings, rows)))
