"""A database of forty connections and `plimsoll serve` before it; neither outlives whoever asked for them."""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from plimsoll.core.scaling import ScalingStatus
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.testing.postgres import THROWAWAY, in_memory
from tests.scale.balancer.stage import BOUND

CONNECTIONS = 40
RESERVED = 3
PASSWORD = "nobody-else-is-here"  # of a database that lives for this proof
PATIENCE_S = 60.0  # a bound, not a wait
APPLICATION = Path(__file__).with_name("application.py")
FULL = re.compile(rb"FATAL:.*(?:too many clients|connection slots are reserved|too many connections)")
CLIENTS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
OF_WORKER = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"


@contextmanager
def database() -> Iterator[PostgresServer]:
    """With a role as applications have one: what is reserved for superusers is not for it."""
    with in_memory():
        server = start_postgres(settings={**THROWAWAY, "max_connections": str(CONNECTIONS)})
    with server:
        server.sql(f"CREATE ROLE shop LOGIN PASSWORD '{PASSWORD}'")
        yield server


def application_dsn(server: PostgresServer) -> str:
    return f"postgresql://shop:{PASSWORD}@127.0.0.1:{server.port}/postgres"


def refusals(server: PostgresServer) -> int:
    """How often the server said that it has no connection left."""
    return len(FULL.findall(server.log_path.read_bytes()))


class Served:
    """`plimsoll serve` and what it says, line by line."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.said: list[str] = []
        self.port = 0
        self._process = process
        self._control = ControlClient(folder / ".plimsoll" / "serve" / "application")

    async def until(self, pattern: str) -> re.Match[str]:
        """The next line that matches. Whoever waits is bounded by PATIENCE_S."""
        assert self._process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self._process.stderr.readline()).decode():
                self.said.append(line.rstrip())
                if found := re.search(pattern, line):
                    return found
        raise AssertionError("\n".join(self.said))

    async def status(self) -> ScalingStatus:
        return await self._control.status()

    def reload(self) -> None:
        self._process.send_signal(signal.SIGHUP)


@asynccontextmanager
async def served(server: PostgresServer, folder: Path, *words: str, hold_s: float) -> AsyncIterator[Served]:
    shutil.copy(APPLICATION, folder)
    command = ["-m", "plimsoll.cli.main", "serve", "application:app", "--bind", "127.0.0.1:0", "--grace", "0s"]
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-I", "-S", "-c", BOUND, sys.executable, *command],
        *["--database", "env:DSN", "--health", "/health", "--timeout", "keep-alive=10m", *words],
        stderr=asyncio.subprocess.PIPE, cwd=folder,
        env={**os.environ, "DSN": application_dsn(server), "HOLD_S": str(hold_s)},
    )  # fmt: skip
    one = Served(process, folder)
    try:
        one.port = int((await one.until(r"serving at http://127.0.0.1:(\d+), by"))[1])
        yield one
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(PATIENCE_S):
                _, rest = await process.communicate()
                one.said += rest.decode().splitlines()
        finally:
            if process.returncode is None:
                process.kill()


class Watching:
    """The most connections that were seen, looked at all the time over one of our own, which counts."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.most = 0
        self._connection = connection

    def close(self) -> None:
        self._connection.terminate()

    async def forever(self, every_s: float = 0.01) -> None:
        while True:
            self.most = max(self.most, await self._connection.fetchval(CLIENTS))
            await asyncio.sleep(every_s)


async def left_behind(asking: asyncpg.Connection, worker: str) -> float:
    """Seconds until the server has ended the connections of a worker that was killed."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with asyncio.timeout(PATIENCE_S):
        while await asking.fetchval(OF_WORKER, worker):
            pass
    return loop.time() - begin
