"""A HAProxy before workers whose listening sockets the test holds. Nothing of it outlives the test's process."""

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plimsoll.core.balancing import BalancerFigures
from plimsoll.embedded.haproxy import find_haproxy
from plimsoll.scale.balancer.balancer import Balancer
from plimsoll.scale.balancer.settings import BalancerSettings, Bounds, HealthCheck, Timeouts
from tests.scale.balancer.origin import HEALTH, Origin

SECONDS_MAX = 30.0  # of anything that is waited for
# Ends with whoever started it, however that ends (prctl(2), PR_SET_PDEATHSIG).
BOUND = (
    "import ctypes, os, sys; sys.platform == 'linux' and ctypes.CDLL(None).prctl(1, 9); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)
Story = Callable[["Stage"], Awaitable[None]]
APP = Path(__file__).with_name("app.py")


def start(argv: Sequence[str], *, descriptors: Sequence[int], log: Path, name: str = "") -> subprocess.Popen[bytes]:
    with log.open("ab") as words:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", BOUND, *argv],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env={"WORKER": name, "PATH": os.defpath, "LC_ALL": "C"},
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@dataclass(frozen=True)
class Answer:
    """`status` 0: the connection ended without an answer."""

    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, said: bytes) -> "Answer":
        head, _, body = said.decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return cls(int(first.split()[1]) if first else 0, headers, body)


@dataclass
class Stage:
    """`await stage.origins("w1")`, `stage.balancer`, `await stage.get("/")`."""

    folder: Path
    balancer: Balancer
    public: socket.socket
    tls: ssl.SSLContext | None = None
    haproxy: subprocess.Popen[bytes] | None = None
    sockets: dict[str, socket.socket] = field(default_factory=dict)
    origin: dict[str, Origin] = field(default_factory=dict)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        return self.folder / "haproxy.log"

    def start_haproxy(self) -> None:
        argv = self.balancer.argv(find_haproxy().path)
        self.haproxy = start(argv, descriptors=[self.public.fileno()], log=self.log)

    def kill_haproxy(self) -> None:
        if self.haproxy is not None:
            kill(self.haproxy)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.sock"

    def hold(self, name: str) -> socket.socket:
        """A listening socket for a worker, held by us."""
        self.sockets[name] = listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.path(name)))
        listening.listen(1024)
        return listening

    async def origins(self, *names: str) -> list[Origin]:
        """Workers in this process, known to the balancer."""
        for name in names:
            self.origin[name] = Origin(name)
            await self.origin[name].serve(self.hold(name))
            await self.balancer.add(name, self.path(name))
        return [self.origin[name] for name in names]

    def start_worker(self, name: str) -> None:
        """uvicorn on the socket that we hold."""
        number = self.sockets[name].fileno()
        argv = [sys.executable, "-m", "uvicorn", "app:app", "--app-dir", str(APP.parent), "--fd", str(number)]
        more = ["--lifespan", "off", "--log-level", "error", "--no-access-log"]
        self.workers[name] = start([*argv, *more], descriptors=[number], log=self.folder / "workers.log", name=name)

    async def answers(self, name: str) -> None:
        """Returns when the worker does. Its socket is held, so that the question waits in its queue until then."""
        async with asyncio.timeout(SECONDS_MAX):
            reader, writer = await asyncio.open_unix_connection(str(self.path(name)))
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            assert await reader.read()
            writer.close()

    def ended(self, name: str) -> int:
        """Waits for the worker to end."""
        return self.workers[name].wait(SECONDS_MAX)

    async def get(self, path: str = "/", *headers: str, method: str = "GET", body: str = "") -> Answer:
        head = [f"{method} {path} HTTP/1.1", "host: example.test", "connection: close", *headers]
        head += [f"content-length: {len(body)}"] if method == "POST" else []
        return Answer.of(await self.say("\r\n".join([*head, "", body])))

    async def say(self, text: str) -> bytes:
        """What comes back until HAProxy ends the connection."""
        host, port = self.public.getsockname()
        async with asyncio.timeout(SECONDS_MAX):
            reader, writer = await asyncio.open_connection(host, port, ssl=self.tls)
            try:
                writer.write(text.encode())
                return await reader.read()
            finally:
                writer.close()

    async def has_in_flight(self, count: int) -> BalancerFigures:
        return await self.until(lambda figures: figures.in_flight == count)

    async def until(self, holds: Callable[[BalancerFigures], bool]) -> BalancerFigures:
        """HAProxy's figures, asked for until they are so."""
        async with asyncio.timeout(SECONDS_MAX):
            while not holds(figures := await self.balancer.figures()):
                pass
        return figures


@asynccontextmanager
async def stage(folder: Path, *, tls: ssl.SSLContext | None = None, **settings: Any) -> AsyncIterator[Stage]:
    """`settings` are those of BalancerSettings."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as public:
        told = {"health": HealthCheck(path=HEALTH, within_s=20), "bounds": Bounds(slow_start_s=0), **settings}
        one = Stage(folder, Balancer(BalancerSettings(f"fd@{public.fileno()}", **told), folder), public, tls)
        try:
            if one.balancer.certifying is not None:
                one.balancer.certifying.begin()
            one.balancer.write()
            one.start_haproxy()
            await one.balancer.ready(SECONDS_MAX)
            yield one
        finally:
            one.kill_haproxy()
            for worker in one.workers.values():
                kill(worker)
            for origin in one.origin.values():
                await origin.close()
            for held in one.sockets.values():
                held.close()


def play(story: Story, folder: Path, **settings: Any) -> None:
    async def whole() -> None:
        async with asyncio.timeout(SECONDS_MAX), stage(folder, **settings) as one:
            await story(one)

    asyncio.run(whole())


__all__ = ["SECONDS_MAX", "Answer", "Bounds", "HealthCheck", "Stage", "Timeouts", "play", "stage"]
