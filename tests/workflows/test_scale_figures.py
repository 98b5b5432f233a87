"""Readings of what somebody else runs: real HAProxy, and documents as a Prometheus and an application tell them."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.embedded.haproxy import find_haproxy
from plimsoll.scale.policy.figures import parse_figure
from plimsoll.workflows.scale_figures import Figures, FiguresSource, HaproxySource, QuerySource, Source, parse_query
from tests.scale.balancer.stage import kill, start

PATIENCE_S = 60.0
CONFIGURATION = """
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend ingress
    bind fd@{fd}
    default_backend shop
backend shop
    server web-1 {origin}
{more}
listen stats
    bind fd@{stats}
    stats enable
    stats uri /
"""


@pytest.fixture
def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """An address, and what is found below it: by path and query a text, or a status."""
    found: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = found.get(self.path, 404)
            found["authorization"] = self.headers.get("Authorization")
            body = told.encode() if isinstance(told, str) else b""
            self.send_response(200 if body else told)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Looks:
    """Of sources, one second apart."""

    def __init__(self, *sources: Source) -> None:
        self.said: list[str] = []
        self._now = 0.0
        self._figures = Figures(sources, lambda: self._now, self.said.append, PATIENCE_S)

    def look(self) -> dict[str, float]:
        self._now += 1
        found = asyncio.run(asyncio.wait_for(self._figures.look(), PATIENCE_S))
        return {name: reading.value for name, reading in found.items()}


@contextmanager
def haproxy(folder: Path, origin: str, more: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Addresses of its frontend and of its statistics; who connects before it is up waits."""
    with socket.create_server(("127.0.0.1", 0)) as front, socket.create_server(("127.0.0.1", 0)) as stats:
        config = folder / "haproxy.cfg"
        backends = "\n".join(f"backend {name}\n    server one {origin}" for name in more)
        config.write_text(
            CONFIGURATION.format(fd=front.fileno(), stats=stats.fileno(), origin=origin, more=backends), "utf-8"
        )
        argv = [str(find_haproxy().path), "-db", "-f", str(config)]
        process = start(argv, descriptors=(front.fileno(), stats.fileno()), log=folder / "log")
        try:
            front_port, stats_port = front.getsockname()[1], stats.getsockname()[1]
            yield f"http://127.0.0.1:{front_port}", f"http://127.0.0.1:{stats_port}/;csv"
        finally:
            kill(process)


def asked(url: str) -> bytes:
    with closing(HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE_S)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


def test_haproxy_tells_rate_answers_queue_and_latency(documents: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    origin, found = documents
    found["/"] = "ok"
    with haproxy(tmp_path, origin.removeprefix("http://")) as (front, stats):
        looks = Looks(HaproxySource(stats))
        assert looks.look() == {"in_flight": 0, "queue": 0}
        for _ in range(5):
            assert asked(front) == b"ok"
        seen = looks.look()
        assert (seen["rate"], seen["served"]) == (5, 5)
        assert "latency_s" in seen
        quiet = looks.look()
        assert (quiet["rate"], "latency_s" in quiet) == (0, False)
    assert looks.look() == {}
    assert "nobody listens there" in looks.said[0]


def test_of_several_backends_one_must_be_named(documents: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    origin, _ = documents
    with haproxy(tmp_path, origin.removeprefix("http://"), ["api"]) as (_, stats):
        looks = Looks(HaproxySource(stats))
        assert looks.look() == {}
        assert "which backend? It has api, shop, stats" in looks.said[0]
        assert "queue" in Looks(HaproxySource(stats, "api")).look()
        missing = Looks(HaproxySource(stats, "apo"))
        assert missing.look() == {}
        assert 'there is no backend "apo"' in missing.said[0]


def test_sources_are_joined_and_what_is_missing_is_said_once_for_as_long_as_it_is(
    documents: tuple[str, dict[str, Any]],
) -> None:
    url, found = documents
    sum_of = "/api/v1/query?query=sum%28rate%28x%5B30s%5D%29%29"
    found[sum_of] = json.dumps(
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "8.5"]}]}}
    )
    found["/metrics"] = "# TYPE waiting gauge\nwaiting 3\n"
    found["/status"] = '{"db": {"others": 12}}'
    looks = Looks(
        QuerySource(url + "/", *parse_query("rate=sum(rate(x[30s]))")),
        FiguresSource(url, [parse_figure("queue=waiting")]),
        FiguresSource(f"{url}/status", [parse_figure("other_connections=db.others")]),
    )
    assert looks.look() == {"rate": 8.5, "queue": 3, "other_connections": 12}
    found |= {sum_of: 503, "/metrics": "<html>", "/status": "{"}
    assert looks.look() == looks.look() == {}
    assert len(looks.said) == 3
    found["/metrics"] = "waiting 4\n"
    assert looks.look() == {"queue": 4}
    found["/metrics"] = 500
    looks.look()
    assert len(looks.said) == 4


def test_a_token_is_shown_and_never_told(documents: tuple[str, dict[str, Any]]) -> None:
    url, found = documents
    found["/metrics"] = 401
    looks = Looks(FiguresSource(url, [parse_figure("queue=waiting")], "a-secret-token"))
    assert looks.look() == {}
    assert found["authorization"] == "Bearer a-secret-token"
    assert looks.said == [f"a reading is missing: {url}/metrics wants to be shown another token (HTTP 401)"]
    with pytest.raises(UsageError, match="two secrets"):
        FiguresSource("http://user:word@a", [], "a-secret-token")


def test_a_reading_has_one_source() -> None:
    with pytest.raises(UsageError, match="two sources of rate"):
        Looks(HaproxySource("http://a/;csv"), QuerySource("http://b", "rate", "x"))


@pytest.mark.parametrize("text", ["rate", "=x", "rate=", "speed=x"])
def test_what_is_no_query_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="wrong query"):
        parse_query(text)
