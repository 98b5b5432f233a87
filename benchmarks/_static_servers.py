"""The same folder by several servers, each one worker: ours under uvicorn and Granian, and its peers."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks._site import free_port, program, wait_for

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "/s"  # Granian wants one, so all have it
OURS = """
from plimsoll.edge import Static
app = Static({folder!r}, prefix="/s")
"""
SERVESTATIC = """
from servestatic import ServeStaticASGI

async def missing(scope, receive, send):
    await send({{"type": "http.response.start", "status": 404, "headers": []}})
    await send({{"type": "http.response.body", "body": b""}})

app = ServeStaticASGI(missing, root={folder!r}, prefix="s/")
"""
NGINX = """
worker_processes 1;
daemon off;
pid {home}/nginx.pid;
error_log {home}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    open_file_cache max=1000;
    open_file_cache_valid 1s;
    etag on;
    gzip_static on;
    default_type application/octet-stream;
    types {{ text/javascript js; text/plain txt; }}
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    server {{ listen 127.0.0.1:{port}; location /s/ {{ alias {folder}/; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    process: psutil.Process

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}{PREFIX}/{name}"

    def cpu_s(self) -> float:
        """Of it and all its workers so far."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(sum(one.cpu_times()[:2]) for one in family)


Starting = Callable[[ExitStack, Path, Path], Server]


def started(stack: ExitStack, name: str, home: Path, port: int, argv: Sequence[object]) -> Server:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    quiet = subprocess.DEVNULL
    words = [str(word) for word in argv]
    running = subprocess.Popen(words, cwd=home, env=environ, stdin=quiet, stdout=quiet, stderr=quiet)
    stack.callback(_stop, running)
    wait_for(port, running)
    return Server(name, port, psutil.Process(running.pid))


def _stop(running: subprocess.Popen[bytes]) -> None:
    running.terminate()
    try:
        running.wait(10)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()


def _uvicorn(python: Path, name: str, module: str, text: str) -> Starting:
    def start(stack: ExitStack, home: Path, folder: Path) -> Server:
        (home / f"{module}.py").write_text(text.format(folder=str(folder)), encoding="utf-8")
        port = free_port()
        words = ["--port", port, "--no-access-log", "--log-level", "error", "--loop", "uvloop", "--http", "httptools"]
        return started(stack, name, home, port, [python, "-m", "uvicorn", f"{module}:app", *words])

    return start


def _granian(name: str, *words: str) -> Starting:
    def start(stack: ExitStack, home: Path, folder: Path) -> Server:
        (home / "ours.py").write_text(OURS.format(folder=str(folder)), encoding="utf-8")
        port = free_port()
        served = [str(folder) if word == "FOLDER" else word for word in words]
        argv = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", port, "--workers", 1, "--no-ws"]
        return started(stack, name, home, port, [*argv, "--loop", "uvloop", *served, "ours:app"])

    return start


def _nginx(stack: ExitStack, home: Path, folder: Path) -> Server:
    port, text = free_port(), home / "nginx.conf"
    text.write_text(NGINX.format(home=home, port=port, folder=folder), encoding="utf-8")
    return started(stack, "nginx", home, port, [program("nginx"), "-c", text, "-p", home])


def contenders(peers: Path | None) -> dict[str, Starting]:
    """`peers` is an interpreter that has servestatic and uvicorn, if there is one."""
    found: dict[str, Starting] = {
        "Static, uvicorn": _uvicorn(Path(sys.executable), "Static, uvicorn", "ours", OURS),
        "Static, Granian": _granian("Static, Granian"),
        "Granian's own": _granian(
            "Granian's own",
            "--static-path-route",
            PREFIX,
            "--static-path-mount",
            "FOLDER",
            "--static-path-expires",
            "60",
        ),
        "nginx": _nginx,
    }
    if peers is not None:
        found["servestatic, uvicorn"] = _uvicorn(peers, "servestatic, uvicorn", "theirs", SERVESTATIC)
    return found


@contextmanager
def running(starting: Starting, home: Path, folder: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield starting(stack, home, folder)
