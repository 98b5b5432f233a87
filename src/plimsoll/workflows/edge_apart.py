"""`plimsoll edge serve` in a process of its own, for who shows it: it ends with whoever started it, however that ends.

What it is told comes over its standard input, where no other process reads a DSN; that input's end is its own.
"""

import asyncio
import json
import os
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from time import monotonic
from typing import Final

from plimsoll.core.errors import PlimsollError, ServiceError

COMMAND: Final = (sys.executable, "-m", "plimsoll.workflows.edge_apart")
SERVING: Final = "serving "
STARTED_S_MAX: Final = 60.0
ENDED_S_MAX: Final = 15.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What an edge was asked, and how often it asked the platform, since it began."""

    requests: int = 0
    reached: int = 0

    def since(self, before: "Counted") -> "Counted":
        return Counted(self.requests - before.requests, self.reached - before.reached)


@dataclass(frozen=True, slots=True)
class RunningEdge:
    """Where it is, and the token for its figures and purges."""

    url: str
    token: str

    def counted(self) -> Counted:
        """Raises ServiceError."""
        connection = HTTPConnection(self.url.partition("//")[2], timeout=30)
        try:
            connection.request("GET", "/.plimsoll/figures", headers={"Authorization": f"Bearer {self.token}"})
            told = json.loads(connection.getresponse().read())
            reached = told["forwarded"] + told["renewed"] + told["instead"] + told["failed"]
            return Counted(reached + told["hits"] + told["collapsed"], reached)
        except (OSError, ValueError, KeyError) as error:
            raise ServiceError("the edge does not tell what it counts", why=str(error)) from None
        finally:
            connection.close()


@contextmanager
def edge_before(origin: str, dsn: str) -> Iterator[RunningEdge]:
    """Before `origin`, following the database `dsn`: it does by the time it is given. Raises ServiceError."""
    token = secrets.token_urlsafe(32)
    # In a session of its own, so that Ctrl-C in the terminal is ours alone to answer.
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    try:
        yield RunningEdge(_url(process, json.dumps({"origin": origin, "dsn": dsn, "token": token})), token)
    finally:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        try:
            process.wait(ENDED_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _url(process: "subprocess.Popen[bytes]", told: str) -> str:
    """Where it serves, once it follows. Raises ServiceError."""
    from plimsoll.workflows.edge_changes import FOLLOWED

    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError):  # it ended already, and says why
        process.stdin.write(f"{told}\n".encode())
        process.stdin.flush()
    url, last, heard = "", "it said nothing in time", b""
    until_s = monotonic() + STARTED_S_MAX
    while (left_s := until_s - monotonic()) > 0 and select.select([process.stdout], [], [], left_s)[0]:
        some = os.read(process.stdout.fileno(), 4096)
        if not some:
            break
        *lines, heard = (heard + some).split(b"\n")
        for line in lines:
            last = line.decode(errors="replace")
            if last.startswith(SERVING):
                url = last.rpartition(" ")[2]
            elif last == FOLLOWED:
                return url
    raise ServiceError("the edge does not serve", why=last, remedy="see what plimsoll edge serve says")


async def _serve(told: dict[str, str]) -> None:
    from plimsoll.edge.serving.origin.origin import Place
    from plimsoll.postgres.dsn import read_target
    from plimsoll.settings.masking import Secret
    from plimsoll.workflows.edge import EdgeRequest, serve

    target = read_target(told["dsn"], os.environ, where="the database that is followed")
    request = EdgeRequest(Place.read(told["origin"]), port=0, token=Secret(told["token"]), database=target)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(0, stop.set)  # nothing more is said there: it is its end
    try:
        await serve(request, stop, _say)
    finally:
        loop.remove_reader(0)


def _say(line: str) -> None:
    """Nobody may read any more: those who started us hear only how it begins."""
    with suppress(OSError):
        os.write(1, f"{line}\n".encode())


def main() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.set_blocking(1, False)  # a pipe that nobody empties must not hold the edge up
    try:
        asyncio.run(_serve(json.loads(sys.stdin.buffer.readline())))
    except PlimsollError as error:
        _say(str(error))


if __name__ == "__main__":
    main()
