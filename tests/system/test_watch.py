"""`plimsoll watch` as a process of its own: trouble on a real server is seen, and told, within two looks."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from websockets.asyncio.client import ClientConnection, connect

from plimsoll.embedded import PostgresServer, start_postgres
from tests.system.harness import OK, Project, Running, until

LIMIT = 16  # connections; three of them are kept for superusers
END_THEM = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'clerk'"
SETTINGS = """
[monitor]
database_period = "1s"
[monitor.keep]
size = "20MB"
[alerts.rules.idle_in_transaction]
above = 0.5
[alerts.rules.long_statement]
above = 0.5
[alerts.rules.connections]
for = "1s"
"""


async def client(dsn: str, stack: AsyncExitStack) -> asyncpg.Connection:
    """An ordinary role's session, so that the limit for ordinary roles holds for it."""
    connection = await asyncpg.connect(dsn)
    stack.callback(connection.terminate)
    return connection


@asynccontextmanager
async def told(address: str) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{address}/api/v1/monitoring/ws") as socket:
        await socket.send(json.dumps({"subscribe": ["alerts", "locks", "status"]}))
        yield socket


async def until_told(socket: ClientConnection, topic: str, fits: Any) -> Any:
    """The first of what is said of a topic that fits. Bounded, not waited for."""
    async with asyncio.timeout(30):
        while True:
            said = json.loads(await socket.recv()).get("topics") or {}
            if topic in said and fits(said[topic]):
                return said[topic]


def firing(topic: Any) -> dict[str, Any]:
    return {alert["rule"]: alert for alert in topic["active"] if alert["state"] == "firing"}


def address_of(watch: Running) -> str:
    until(lambda: "listening on" in watch.err.read_text(), "an address")
    found = re.search(r"listening on http://(\S+)", watch.err.read_text())
    assert found
    return found[1]


async def trouble(server: PostgresServer, dsn: str, address: str) -> dict[str, Any]:
    """A chain of locks three deep that hangs on a session which does nothing, a runaway statement, no place left."""
    async with AsyncExitStack() as stack, told(address) as socket:
        sessions = [await client(dsn, stack) for _ in range(4)]
        tasks = []
        for session, own in zip(sessions[:3], (1, 2, 3), strict=True):
            await session.execute("BEGIN")
            await session.execute("UPDATE held SET n = n + 1 WHERE id = $1", own)
        for session, others in ((sessions[1], 1), (sessions[2], 2)):
            tasks.append(asyncio.create_task(session.execute("UPDATE held SET n = n + 1 WHERE id = $1", others)))
        tasks.append(asyncio.create_task(sessions[3].execute("SELECT pg_sleep(600)")))
        locks = await until_told(socket, "locks", lambda tree: tree is not None and len(tree["rows"]) == 3)
        while True:
            try:
                await client(dsn, stack)
            except asyncpg.TooManyConnectionsError:
                break
        wanted = {"lock_chain", "idle_in_transaction", "long_statement", "connections"}
        alerts = await until_told(socket, "alerts", lambda topic: wanted <= set(firing(topic)))
        await asyncio.to_thread(server.sql, END_THEM)  # a client that goes away does not end what runs
        await asyncio.gather(*tasks, return_exceptions=True)
    async with told(address) as socket:
        await until_told(socket, "alerts", lambda topic: not wanted & set(firing(topic)))
    return {"locks": locks["rows"], "alerts": firing(alerts)}


def test_a_chain_of_locks_a_runaway_statement_and_a_full_server_are_seen_and_told(tmp_path: Path) -> None:
    with start_postgres(settings={"max_connections": str(LIMIT)}) as server:
        server.sql(
            "CREATE ROLE clerk LOGIN PASSWORD 'clerks-own'",
            "CREATE TABLE held (id int PRIMARY KEY, n int)",
            "INSERT INTO held SELECT g, 0 FROM generate_series(1, 3) g",
            "GRANT ALL ON held TO clerk",
        )
        project = Project(tmp_path, server, "postgres")
        (tmp_path / "plimsoll.toml").write_text(SETTINGS)
        with project.started("watch", "--dsn", "env:TEST_DSN", "--port", "0", "--no-dashboard") as watch:
            seen = asyncio.run(trouble(server, project.dsn_as("clerk", "clerks-own"), address_of(watch)))
            watch.tell(signal.SIGTERM)
            assert watch.ended().code == OK
    assert [row["depth"] for row in seen["locks"]] == [0, 1, 2]
    assert seen["locks"][0]["state"] == "idle in transaction"
    assert seen["alerts"]["connections"]["value"] == 100.0
    assert seen["alerts"]["connections"]["severity"] == "critical"
