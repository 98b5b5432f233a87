"""The chapter of the demo that shows an edge: one of its own that follows a database, and what it says in the end."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import asyncpg
import pytest

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.workflows.counting import Stretch
from plimsoll.workflows.demo import Changing, Demo, EdgedDemo, Served
from plimsoll.workflows.demo_caching import Seen, Shown
from plimsoll.workflows.demo_edge import edged_of, lines, load_request, overload_words, seen_words, to_json
from plimsoll.workflows.edge_apart import Counted, edge_before
from tests.report.builders import intervals, summary_of

SUMMARY = summary_of(list(intervals(10)))
NOWHERE = "http://127.0.0.1:1"
PATIENCE_S = 60
# Starts an edge, says where it is, and is killed: what it started must not stay.
STARTING = """
import sys, time
from plimsoll.workflows.edge_apart import edge_before
with edge_before("http://127.0.0.1:1", sys.argv[1]) as edge:
    print(edge.url, flush=True)
    time.sleep(600)
"""


async def prepare(dsn: str) -> str:
    return dsn


@contextmanager
def services(dsn: str, app_dsn: str) -> Iterator[Served]:
    yield Served((), NOWHERE)


EDGED = EdgedDemo((), (), services, Path("s.py"), lambda dsn, url: {}, lambda dsn, url: Changing("", str))
DEMO = Demo(Path("d.py"), prepare, Path("small.toml"), 20, (), edged=EDGED)


@pytest.fixture
def followed(database: str) -> str:
    """A database whose changes are written down."""

    async def install() -> None:
        connection = await asyncpg.connect(database)
        await connection.execute("CREATE TABLE orders (id int PRIMARY KEY)")
        await carry_out(connection, await plan_install(connection, [Watch.parse("orders=order:{id}")]))
        await connection.close()

    asyncio.run(install())
    return database


def test_an_edge_apart_serves_counts_and_ends_with_its_context(followed: str) -> None:
    with edge_before(NOWHERE, followed) as edge:
        connection = HTTPConnection(edge.url.partition("//")[2], timeout=PATIENCE_S)
        connection.request("GET", "/")
        assert connection.getresponse().status == 502
        connection.close()
        assert edge.counted() == Counted(1, 1)
    with pytest.raises(ServiceError, match="does not tell what it counts"):
        edge.counted()


def test_an_edge_apart_does_not_outlive_a_starter_that_is_killed(followed: str) -> None:
    words = [sys.executable, "-c", STARTING, followed]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        url = starter.stdout.readline().strip()
        (edge,) = Path(f"/proc/{starter.pid}/task/{starter.pid}/children").read_text().split()
        watched = os.pidfd_open(int(edge))
        starter.send_signal(signal.SIGKILL)
    try:
        assert url.startswith("http://127.0.0.1:")
        assert ended(watched), "the edge still runs"
    finally:
        os.close(watched)


def ended(process: int) -> bool:
    return bool(select.select([process], [], [], PATIENCE_S)[0])


def test_why_an_edge_apart_does_not_serve_is_said(database: str) -> None:
    with pytest.raises(ServiceError, match="does not begin with http"), edge_before("ftp://127.0.0.1", database):
        pass


def test_the_same_is_loaded_without_and_with_an_edge() -> None:
    request = load_request(DEMO, NOWHERE, 20)
    assert (request.scenario, request.where.settings.environment("demo").url) == (EDGED.scenario, NOWHERE)
    with pytest.raises(UsageError, match="no edge to show"):
        edged_of(replace(DEMO, edged=None))


def test_what_the_platform_was_spared_is_told_and_latencies_only_of_a_machine_that_was_not_full() -> None:
    before = Shown(SUMMARY, Stretch(10, SUMMARY.requests * 10, 1, SUMMARY.requests * 0.002))
    after = Shown(SUMMARY, Stretch(10, SUMMARY.requests, 1, None))
    counted = Counted(1_000, 150).since(Counted(0, 100))
    asked, statements, cpu, *rest = lines(before, after, counted)
    assert asked == ("requests that the platform answered", "all", "50 of 1,000", "95.0% less")
    assert statements == ("statements for each request", "10.00", "1.00", "90% less")
    assert cpu == ("database CPU for each request", "2.000 ms", "not told", "")
    assert [row[0] for row in rest] == ["p50", "p95", "requests"]
    full = replace(after, asked=Stretch(10, 1, 1, None, busy=0.99))
    assert len(list(lines(before, full, counted))) == 3
    assert "cores were 99 % busy with one" in overload_words(before, full)
    assert overload_words(before, after) == ""


def test_changes_are_told_by_their_median_and_the_longest() -> None:
    seen = Seen((10.0, 90.0, 20.0), 400, 0)
    assert "after 20 ms (median), 90 ms at most; of 400 reads none that began more than 250 ms" in seen_words(seen)
    shown = Shown(SUMMARY, None)
    told = to_json(shown, shown, Counted(10, 1), seen)
    assert told["after"]["edge"] == {"requests": 10, "reached_the_platform": 1}
    assert "hit_ratio" not in told["before"]
