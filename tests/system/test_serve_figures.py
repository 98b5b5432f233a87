"""A real `plimsoll watch` measures for a real `plimsoll serve`; killed, it is no longer believed, and that is said."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from plimsoll.core.scaling import ScalingStatus
from plimsoll.embedded import PostgresServer
from tests.prove.connections.ground import CONNECTIONS, PATIENCE_S, RESERVED, Served, database, served
from tests.system.harness import Project, Running, until

TOKEN = "a-token-of-the-watch-17"
SETTINGS = '[monitor]\nhost_period = "1s"\ndatabase_period = "1s"\n[monitor.server]\nread_token = "env:WATCH_TOKEN"\n'
WORDS = ("--workers", "1..8", "--capacity", "1000", "--pool", "10")
OTHERS = 12


def address_of(watch: Running) -> str:
    until(lambda: "listening on" in watch.err.read_text(), "an address")
    found = re.search(r"listening on (http://\S+)", watch.err.read_text())
    assert found
    return f"{found[1]}/metrics"


async def until_told(one: Served, fits: Callable[[ScalingStatus], object]) -> ScalingStatus:
    async with asyncio.timeout(PATIENCE_S):
        while not fits(status := await one.status()):  # noqa: ASYNC110  # no event tells it
            await asyncio.sleep(0.02)
    return status


def others_of(status: ScalingStatus) -> float:
    return (status.database and status.database.others) or 0.0


def watched(status: ScalingStatus) -> bool:
    return status.database is not None and status.database.measured_by.startswith("http")


@asynccontextmanager
async def connected(server: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(server.dsn)
    try:
        yield connection
    finally:
        connection.terminate()


async def play(server: PostgresServer, folder: Path, watch: Running) -> None:
    address = address_of(watch)
    async with asyncio.timeout(PATIENCE_S), AsyncExitStack() as stack:
        for _ in range(OTHERS):
            await stack.enter_async_context(connected(server))
        one = await stack.enter_async_context(served(server, folder, *WORDS, "--figures", address, hold_s=0.0))
        before = await until_told(one, lambda status: watched(status) and others_of(status) >= OTHERS)
        assert before.figures is not None
        assert before.database is not None
        assert (before.figures.trouble, before.database.measured_by) == ("", address)
        assert 0 < before.figures.readings["machine_memory"] < 1
        assert others_of(before) < OTHERS + 5  # and the watch's own; the workers' ten are theirs
        assert before.database.workers_max == (CONNECTIONS - RESERVED - 10 - OTHERS) // 10
        watch.tell(signal.SIGKILL)
        alone = await until_told(one, lambda status: not watched(status) and others_of(status) >= OTHERS)
        assert alone.figures is not None
        assert "nobody listens there" in alone.figures.trouble
    assert any("the database is asked for its connections itself" in line for line in one.said)
    assert not any(TOKEN in line for line in one.said)


def test_what_a_watch_measures_caps_the_workers_until_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLIMSOLL_FIGURES_TOKEN", TOKEN)
    with database() as server:
        project = Project(tmp_path, server, "postgres", environ={"WATCH_TOKEN": TOKEN})
        (tmp_path / "plimsoll.toml").write_text(SETTINGS)
        with project.started("watch", "--dsn", "env:TEST_DSN", "--port", "0", "--no-dashboard") as watch:
            asyncio.run(play(server, tmp_path, watch))
