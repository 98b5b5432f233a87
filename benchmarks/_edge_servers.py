"""Caches before one application, each one worker: `Edge` under uvicorn and Granian, `edge serve`, and their peers."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks._site import free_port, program
from benchmarks._static_servers import Server, Starting, started

APPLICATION = """
made = 0

async def application(scope, receive, send):
    global made
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": (await receive())["type"] + ".complete"})
        return
    made += 1
    fields = [(b"content-type", b"text/plain"), (b"cache-control", b"max-age=3600"), (b"etag", b'"1"')]
    fields += [(b"vary", b"accept-encoding"), (b"cache-tag", b"page:1"), (b"content-length", b"1024")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"%01024d" % made})
"""
WITHOUT = APPLICATION + "\napp = application\n"
OURS = APPLICATION + "\nfrom plimsoll.edge import Edge\n\napp = Edge(application)\n"
HISHEL = APPLICATION + "\nfrom hishel.asgi import ASGICacheMiddleware\n\napp = ASGICacheMiddleware(application)\n"
NGINX = """
worker_processes 1;
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    proxy_cache_path {home}/cache keys_zone=edge:10m;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_cache edge; proxy_cache_lock on; proxy_pass http://127.0.0.1:{origin}; }}
    }}
}}
"""
VARNISH = 'vcl 4.1;\nbackend origin {{ .host = "127.0.0.1"; .port = "{origin}"; }}\n'


def _module(python: Path, name: str, module: str, text: str) -> Starting:
    def start(stack: ExitStack, home: Path, folder: Path) -> Server:
        (home / f"{module}.py").write_text(text, encoding="utf-8")
        port = free_port()
        words = ["--port", port, "--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools"]
        return started(stack, name, home, port, [python, "-m", "uvicorn", f"{module}:app", *words])

    return start


def _granian(stack: ExitStack, home: Path, folder: Path) -> Server:
    (home / "ours.py").write_text(OURS, encoding="utf-8")
    port = free_port()
    words = ["--interface", "asgi", "--port", port, "--workers", 1, "--no-ws", "--loop", "uvloop", "ours:app"]
    return started(stack, "Edge, Granian", home, port, [sys.executable, "-m", "granian", *words])


def _origin(stack: ExitStack, home: Path, folder: Path) -> int:
    return _module(Path(sys.executable), "application", "without", WITHOUT)(stack, home, folder).port


def _proxy(stack: ExitStack, home: Path, folder: Path) -> Server:
    port, origin = free_port(), _origin(stack, home, folder)
    words = ["edge", "serve", "--origin", f"http://127.0.0.1:{origin}", "--bind", f"127.0.0.1:{port}"]
    return started(stack, "edge serve", home, port, [sys.executable, "-m", "plimsoll.cli.main", *words])


def _nginx(stack: ExitStack, home: Path, folder: Path) -> Server:
    port, text, origin = free_port(), home / "nginx.conf", _origin(stack, home, folder)
    text.write_text(NGINX.format(home=home, port=port, origin=origin), encoding="utf-8")
    return started(stack, "nginx", home, port, [program("nginx"), "-c", text, "-p", home])


def _varnish(stack: ExitStack, home: Path, folder: Path) -> Server:
    port, text, origin = free_port(), home / "edge.vcl", _origin(stack, home, folder)
    text.write_text(VARNISH.format(origin=origin), encoding="utf-8")
    words = ["-F", "-j", "none", "-T", "none", "-a", f"127.0.0.1:{port}", "-f", text, "-n", home / "varnish"]
    return started(stack, "Varnish", home, port, [program("varnishd"), *words, "-s", "malloc,64m"])


def contenders(peers: Path | None) -> dict[str, Starting]:
    """`peers` is an interpreter that has hishel and uvicorn, if there is one."""
    ours = Path(sys.executable)
    found: dict[str, Starting] = {
        "Edge, uvicorn": _module(ours, "Edge, uvicorn", "ours", OURS),
        "Edge, Granian": _granian,
        "edge serve": _proxy,
        "no cache, uvicorn": _module(ours, "no cache, uvicorn", "without", WITHOUT),
        "nginx": _nginx,
        "Varnish": _varnish,
    }
    if peers is not None:
        found["hishel, uvicorn"] = _module(peers, "hishel, uvicorn", "theirs", HISHEL)
    return found


@contextmanager
def running(starting: Starting, home: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield starting(stack, home, home)
