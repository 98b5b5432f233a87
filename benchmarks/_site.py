"""What the HTTP benchmarks share: nginx with one worker and a small file, and running wrk, hey and plimsoll on it."""

import json
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from benchmarks._clients import FINE, INVALID, PLIMSOLL, Ended, call

CONNECTIONS = 16
FILE = "small.html"
FILE_BYTES = 612  # as nginx's own first page has
SCENARIO = f'''"""A small file, again and again."""

from plimsoll import journey


@journey
async def get(user):
    await user.http("small file", "GET", "/{FILE}")
'''
# The file is kept open and sent with the head in one call, so that the server is not what limits: with sendfile it
# answers 50,000 requests a second on a core, so 120,000.
CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    sendfile off;
    open_file_cache max=10;
    open_file_cache_valid 1h;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Site:
    """A server that serves, its process id, and a folder for scenarios and runs that goes away with it."""

    url: str
    folder: Path
    pid: int
    version: str

    @property
    def file_url(self) -> str:
        return f"{self.url}/{FILE}"

    def call(
        self,
        argv: Sequence[object],
        seconds: float,
        extra: Mapping[str, str] | None = None,
        *,
        more: Sequence[int] = (),
    ) -> Ended:
        return call(argv, seconds, extra or {}, self.folder, (FINE, *more))

    def plimsoll(self, seconds: float, *more: str) -> tuple[dict[str, Any], Ended]:
        """`plimsoll run` on the small file, recording on; returns the summary."""
        scenario = self.folder / "small_file.py"
        scenario.write_text(SCENARIO, encoding="utf-8")
        argv = [PLIMSOLL, "run", scenario, "--url", self.url, "--json", "--runs", self.folder / "runs"]
        ended = self.call([*argv, "--duration", f"{seconds:g}s", *more], seconds, more=(INVALID,))
        return json.loads(ended.output), ended

    def run_directory(self, summary: Mapping[str, Any]) -> Path:
        return self.folder / "runs" / str(summary["run_id"])


def program(name: str) -> str:
    """Where a program of the system is. Raises SystemExit with the way to get it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        package = "nginx-light" if name == "nginx" else name
        raise SystemExit(f"{name} is not installed. Try: apt-get install {package} (Debian, Ubuntu)")
    return found


@contextmanager
def site() -> Iterator[Site]:
    """Starts nginx on a free port of loopback and stops it at the end."""
    nginx = program("nginx")
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its worker may run as another account
        port = free_port()
        (folder / "www").mkdir()
        (folder / "www" / FILE).write_text("".join(Random(1).choices("abcdefgh <>/\n", k=FILE_BYTES)), encoding="ascii")
        configuration = folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, port=port), encoding="utf-8")
        said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
        version = said.rpartition("/")[2].strip()
        running = subprocess.Popen([nginx, "-c", str(configuration), "-p", str(folder)], stderr=subprocess.DEVNULL)
        try:
            wait_for(port, running)
            yield Site(f"http://127.0.0.1:{port}", folder, running.pid, version)
        finally:
            running.terminate()
            running.wait(10)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if running.poll() is not None:
            raise SystemExit("the server ended at once")
        with socket.socket() as tried:
            tried.settimeout(1)
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        with suppress(subprocess.TimeoutExpired):
            running.wait(0.05)
    raise SystemExit("the server does not listen")


def wrk_rate(output: str) -> float:
    found = re.search(r"^Requests/sec:\s+([\d.]+)", output, re.MULTILINE)
    assert found, output
    return float(found[1])


def wrk_count(output: str) -> int:
    found = re.search(r"^\s*(\d+) requests in", output, re.MULTILINE)
    assert found, output
    return int(found[1])


def hey_rate(output: str) -> float:
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert found, output
    return float(found[1])
