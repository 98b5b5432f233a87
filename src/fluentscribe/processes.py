"""Server and worker as processes of their own, which live no longer than whoever started them."""

import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import IO, Any

COMMAND = (sys.executable, "-m", "fluentscribe.cli.main")
START_S_MAX = 30.0
END_S_MAX = 10.0  # after which a process is killed
BELIEVED = {"FLUENTSCRIBE_PROXIES": "127.0.0.1"}
LOG_BYTES = 2_000  # of its last words


class NotStarted(Exception):
    """The platform did not start; the message is what it said last."""


@contextmanager
def platform(app_dsn: str, worker_dsn: str, *, cache: bool = False) -> Iterator[str]:
    """The URL of a server that has a worker, for as long as the context."""
    with ExitStack() as stack:
        log = stack.enter_context(tempfile.TemporaryFile())
        served = ("serve", "--port", "0", "--dev", "--json")
        environ = _environ(os.environ, app_dsn) | ({"FLUENTSCRIBE_CACHE": "on"} if cache else {})
        server = stack.enter_context(_running(served, environ, log, subprocess.PIPE))
        stack.enter_context(_running(("worker",), _environ(os.environ, worker_dsn), log, subprocess.DEVNULL))
        yield _where(server, log)


@contextmanager
def workers(app_dsn: str, pool_size: int) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    """The command and the variables of a server that is given its socket; all have the same secret and files."""
    with tempfile.TemporaryDirectory(prefix="fluentscribe-") as files:
        shared = {
            "FLUENTSCRIBE_DSN": app_dsn,
            "FLUENTSCRIBE_TOKEN_SECRET": secrets.token_urlsafe(48),
            "FLUENTSCRIBE_FILES": files,
            "FLUENTSCRIBE_POOL_SIZE": str(pool_size),
            "FLUENTSCRIBE_CACHE": "off",
            "FLUENTSCRIBE_LOG_LEVEL": "warning",
        }
        yield (*COMMAND, "serve", "--fd", "{fd}"), shared


def _environ(environ: Mapping[str, str], dsn: str) -> dict[str, str]:
    """Ours, without what is meant for another platform. Who loads it from this machine says from which address each
    of its users comes, so that their failed logins are not those of one."""
    others = {name: value for name, value in environ.items() if not name.startswith("FLUENTSCRIBE_")}
    return {**others, "FLUENTSCRIBE_DSN": dsn, "FLUENTSCRIBE_LOG_LEVEL": "warning", **BELIEVED}


@contextmanager
def _running(
    words: tuple[str, ...], environ: Mapping[str, str], log: IO[bytes], out: int
) -> Iterator[subprocess.Popen[bytes]]:
    """In a session of its own, so that Ctrl-C in the terminal is ours alone to answer."""
    argv = [*COMMAND, *words, "--owned"]
    process = subprocess.Popen(argv, env=environ, stdin=subprocess.PIPE, stdout=out, stderr=log, start_new_session=True)
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _where(server: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """What it says when it listens. Raises NotStarted."""
    assert server.stdout is not None
    ready, _, _ = select.select([server.stdout], [], [], START_S_MAX)
    line = server.stdout.readline() if ready else b""
    if not line:
        raise NotStarted(_last_words(log))
    said: dict[str, Any] = json.loads(line)
    return str(said["url"])


def _last_words(log: IO[bytes]) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - LOG_BYTES))
    lines = log.read().decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.startswith("error: ")), "it said nothing in time")
