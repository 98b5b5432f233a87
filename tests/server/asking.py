"""Asks an application as a client would, without a socket; and a watch that has seen something."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from plimsoll.core.observation import CollectorState, Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.app import create_app
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.watch import Watch, WatchRequest

NOW = 1_800_000_000.0
READ, ADMIN = "a-token-to-read-with", "a-token-to-change-with"
CPU = SeriesKey.of("host_cpu_busy_percent")
GUARDED = MonitorServer(read_token=Secret(READ), admin_token=Secret(ADMIN))
READS = SeriesKey.of("host_disk_reads_per_s", device="sda")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def a_watch() -> Watch:
    """Of a host, which was seen ten times at `NOW`, and of a database that is lost."""
    watch = Watch(WatchRequest(Settings(monitor=MonitorSettings(store=None))), None)
    watch.board.observe(watch.recent.put)
    watch.board.states["host"] = CollectorState("host", 2.0, "ok", NOW - 100, NOW, pass_ms=1.0)
    return watch


def see(watch: Watch, at_s: float, value: float = 50.0, **details: Any) -> None:
    """One look of the host."""
    watch.board.put(Observation("host", at_s, {CPU: value, READS: value / 2}, details))


def lose(watch: Watch, why: str = "connection refused") -> None:
    watch.board.states["sessions"] = CollectorState("sessions", 10.0, "lost", NOW - 60, NOW - 60, why)


def happen(watch: Watch, text: str) -> None:
    watch.board.put(Observation("host", NOW, events=(Event(NOW, "restart", text, "host"),)))


def an_app(watch: Watch | None = None, server: MonitorServer = MonitorServer()) -> FastAPI:  # noqa: B008  # frozen
    """With its clock at `NOW`."""
    app = create_app(watch or a_watch(), MonitorSettings(server=server), {})
    app.state.served.wall = lambda: NOW
    app.state.served.started_s = NOW - 100
    return app


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def ask(
    app: FastAPI, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """`path` with its query, below the API's where it does not begin with a slash."""
    return asyncio.run(asked(app, path, method, headers, body))


async def asked(
    app: FastAPI, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """As `ask`, within a loop that goes on."""
    path = path if path.startswith("/") else f"/api/v1/monitoring/{path}"
    stated = {"host": "localhost:8765", **(headers or {})}
    plain, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in stated.items()],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8765),
    }
    asked = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        return asked.pop(0) if asked else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    said = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], said, b"".join(message.get("body", b"") for message in sent[1:]))
