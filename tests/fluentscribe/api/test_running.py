"""What a server tells those who run it, and that it finishes what is in flight when it is told to end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fastapi import Request
from pydantic import SecretStr

from fluentscribe.api.caller import UNKNOWN_ADDRESS, address_of
from fluentscribe.api.metrics import Metrics
from fluentscribe.api.middleware import Observed
from fluentscribe.api.problems import Problem
from fluentscribe.api.routes.health import ready
from fluentscribe.api.state import State
from fluentscribe.database.migrating import APP
from fluentscribe.serving import server_of
from fluentscribe.settings import Settings
from tests.fluentscribe.api.service import OURS, SECRET, TIMEOUT_S, Platform, as_role
from tests.fluentscribe.api.waiting import held

NAMES = (
    'http_request_duration_seconds_count{method="GET",route="/projects",status="200"} 1.0',
    'logins_total{outcome="failed"} 1.0',
    "http_requests_in_flight 1.0",
    "db_pool_connections",
    "process_cpu_seconds_total",
)
SETTINGS = Settings(dsn=SecretStr("postgresql://nowhere"), token_secret=SecretStr(SECRET))
SERVE = (sys.executable, "-m", "fluentscribe.cli.main", "serve", "--port", "0", "--json")


@contextmanager
def process_of(platform: Platform, files: Path) -> Iterator[tuple[subprocess.Popen[str], Platform]]:
    """Another server of the platform's database, in a process of its own."""
    given = {"DSN": as_role(platform.dsn, APP), "TOKEN_SECRET": SECRET, "FILES": str(files)}
    environ = os.environ | {f"FLUENTSCRIBE_{name}": value for name, value in given.items()}
    pipe = subprocess.PIPE
    with subprocess.Popen(SERVE, env=environ, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            host, _, port = json.loads(process.stdout.readline())["url"].partition("//")[2].partition(":")
            yield process, replace(platform, host=host, port=int(port))
        finally:
            process.kill()


def until_not_ready(platform: Platform) -> None:
    """Returns once it says so, or hears nobody any more."""
    limit = time.monotonic() + TIMEOUT_S
    while time.monotonic() < limit:
        connection = HTTPConnection(platform.host, platform.port, timeout=TIMEOUT_S)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 503:
                return
        except (OSError, HTTPException):
            return
        finally:
            connection.close()
    raise AssertionError("still ready")


def test_what_is_in_flight_is_finished_and_logged_before_the_process_ends(platform: Platform, tmp_path: Path) -> None:
    path, change, named = f"/projects/{OURS}", {"priority": "high"}, {"X-Request-ID": "of-tests-1"}
    with process_of(platform, tmp_path) as (process, server), ThreadPoolExecutor(1) as threads:
        with held(platform, "SELECT FROM projects WHERE id = $1 FOR UPDATE", OURS) as lock:
            slow = threads.submit(server.call, "PATCH", path, "owner", change, named)
            lock.until_waiting(1)
            process.send_signal(signal.SIGTERM)
            until_not_ready(server)
            assert not slow.done()
        reply = slow.result()
        assert (reply.status, reply.json["priority"], reply.headers["x-request-id"]) == (200, "high", "of-tests-1")
        _, said = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0
    lines = [json.loads(line) for line in said.splitlines()]
    (told,) = [line for line in lines if line.get("request_id") == "of-tests-1"]
    assert {name: told[name] for name in ("level", "method", "route", "status")} == {
        "level": "info", "method": "PATCH", "route": "/projects/{project_id}", "status": 200,
    }  # fmt: skip
    assert SECRET not in said


def test_metrics_name_routes_and_never_paths(platform: Platform) -> None:
    assert platform.call("GET", "/projects?limit=1", "owner").status == 200
    assert platform.call("GET", f"/projects/{OURS}", "owner").status == 200
    assert platform.call("POST", "/auth/login", None, {"email": "a@b", "password": "c"}).status == 401
    told = platform.call("GET", "/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    said = told.body.decode()
    assert [name for name in NAMES if name not in said] == []
    assert str(OURS) not in said


def test_a_server_that_is_told_to_end_is_not_ready_from_that_moment_on() -> None:
    server = server_of(SETTINGS)
    app: Any = server.config.app
    app.state.platform = State(SETTINGS, *cast(Any, [None] * 5))  # which is not looked at any more
    server.handle_exit(signal.SIGTERM, None)
    with pytest.raises(Problem, match="stopping") as refused:
        asyncio.run(ready(Request({"type": "http", "app": app})))
    assert (refused.value.status, server.should_exit, server.config.proxy_headers) == (503, True, False)


def test_what_outlasts_the_grace_is_told_to_come_again_unless_its_answer_has_begun() -> None:
    stopping = replace(State(SETTINGS, *cast(Any, [None] * 5)), stopping=True)

    def cut_off(*before: dict[str, Any]) -> list[Any]:
        """What is sent where the request is cancelled after these messages."""
        sent: list[Any] = []

        async def application(scope: Any, receive: Any, send: Any) -> None:
            for message in before:
                await send(message)
            raise asyncio.CancelledError

        async def sending(message: Any) -> None:
            sent.append(message)

        app = SimpleNamespace(state=SimpleNamespace(platform=stopping))
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"r1")], "app": app}
        asyncio.run(Observed(application, Metrics())(scope, cast(Any, None), sending))
        return sent

    start, body = cut_off()
    headers = dict(start["headers"])
    assert (start["status"], headers[b"x-request-id"], headers[b"retry-after"]) == (503, b"r1", b"2")
    assert (json.loads(body["body"])["request_id"], headers[b"content-type"]) == ("r1", b"application/problem+json")
    with pytest.raises(asyncio.CancelledError):
        cut_off({"type": "http.response.start", "status": 200, "headers": []})
    stopping.stopping = False
    with pytest.raises(asyncio.CancelledError):
        cut_off()


def test_proxies_are_believed_where_they_are_named() -> None:
    named = Settings(dsn=SecretStr("postgresql://nowhere"), token_secret=SecretStr(SECRET), proxies="192.0.2.0/24")
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    config = server_of(named).config
    config.app = application
    config.load()
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    for client in ("192.0.2.7", "198.51.100.1"):
        scope = {"type": "http", "client": (client, 1), "headers": headers}
        asyncio.run(config.loaded_app(scope, cast(Any, None), cast(Any, None)))
    assert seen == ["203.0.113.9", "198.51.100.1"]


def test_addresses_that_are_none_are_nobodys() -> None:
    for host, address in (("::1%eth0", "::1"), ("192.0.2.1", "192.0.2.1"), ("a proxy's joke", UNKNOWN_ADDRESS)):
        assert address_of(Request({"type": "http", "client": (host, 1)})) == address
    assert address_of(Request({"type": "http", "client": None})) == UNKNOWN_ADDRESS
