"""What the benchmark of the balancer stands on: HAProxys with a configuration each, before a HAProxy that answers."""

import asyncio
import select
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from plimsoll.embedded.haproxy import HaproxyProgram, find_haproxy
from plimsoll.scale.balancer.balancer import Balancer
from plimsoll.scale.balancer.settings import BalancerSettings

SERVERS = ("w1", "w2")
CONNECTIONS = 16
BODY_BYTES = 600
REQUEST = b"GET / HTTP/1.1\r\nhost: bench.test\r\nuser-agent: bench\r\naccept: */*\r\naccept-encoding: gzip\r\n\r\n"
ANSWER_SECONDS_MAX = 10.0
# Nothing is faster behind a HAProxy than a HAProxy, so that what stands before limits.
ANSWERING = """
global
    nbthread 1
    maxconn 1000
defaults
    mode http
    timeout client 60s
frontend answering
    {binds}
    http-request return status 200 content-type text/plain string '{body}'
"""
# What one would write by hand for the same two workers, with the same limits, checks and times.
PLAIN = """
global
    nbthread 1
    maxconn 2000
    log stdout len 1024 format raw local0
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 60s
    timeout queue 5s
    timeout http-request 10s
    timeout http-keep-alive 15s
    option forwardfor
    option httpchk GET /
    option redispatch 1
    retry-on {retry_on}
frontend public
    bind fd@{fd}
    {log}
    {again}
    default_backend workers
backend workers
    balance leastconn
    {servers}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A HAProxy with one thread at a port of loopback."""

    port: int
    process: subprocess.Popen[bytes]

    def cpu_us(self) -> float:
        """That it has had. Linux counts it in nanoseconds."""
        return int(Path(f"/proc/{self.process.pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1000


class Clients:
    """Connections that are kept, each with one request on its way: what a slice of the load costs is HAProxy's CPU."""

    def __init__(self, stack: ExitStack, balancer: Running) -> None:
        self.balancer = balancer
        self._poll = select.epoll()
        stack.callback(self._poll.close)
        self._connections: dict[int, socket.socket] = {}
        for _ in range(CONNECTIONS):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", balancer.port), ANSWER_SECONDS_MAX))
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._connections[one.fileno()] = one
            self._poll.register(one, select.EPOLLIN)
        self._answer_bytes = self._first_answer(one)

    def cpu_us_per_request(self, count: int) -> float:
        """Of so many requests, rounded up to what all connections do alike."""
        rounds = -(-count // CONNECTIONS)
        left = dict.fromkeys(self._connections, rounds)
        missing = dict.fromkeys(self._connections, self._answer_bytes)
        before = self.balancer.cpu_us()
        for one in self._connections.values():
            one.sendall(REQUEST)
        while left:
            ready = self._poll.poll(ANSWER_SECONDS_MAX)
            if not ready:
                raise SystemExit("HAProxy does not answer")
            for number, _ in ready:
                missing[number] -= len(self._connections[number].recv(65536)) or self._ended()
                if missing[number]:
                    continue
                missing[number] = self._answer_bytes
                left[number] -= 1
                if left[number]:
                    self._connections[number].sendall(REQUEST)
                else:
                    del left[number]
        return (self.balancer.cpu_us() - before) / (rounds * CONNECTIONS)

    def _first_answer(self, one: socket.socket) -> int:
        """How long each is."""
        one.sendall(REQUEST)
        said = b""
        while len(said.partition(b"\r\n\r\n")[2]) < BODY_BYTES:
            if not (more := one.recv(65536)):
                self._ended()
            said += more
        if not said.startswith(b"HTTP/1.1 200 "):
            raise SystemExit(f"HAProxy answers {said[:100]!r}")
        return len(said)

    def _ended(self) -> int:
        raise SystemExit("HAProxy closed a connection")


@dataclass(frozen=True, slots=True)
class Bench:
    program: HaproxyProgram
    plain: Clients
    managed: Clients


@contextmanager
def bench(*, log: bool, retries: bool) -> Iterator[Bench]:
    """Both stand before the same two workers and are stopped at the end. All sockets are ours, so that nobody comes to
    one before it listens."""
    program = find_haproxy()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-")))
        workers = [_listen_at(stack, folder / f"{name}.sock") for name in SERVERS]
        binds = "\n    ".join(f"bind fd@{one.fileno()}" for one in workers)
        _start(stack, program, folder, "answering", ANSWERING.format(binds=binds, body="x" * BODY_BYTES), workers)
        plain, managed = (
            _plain(stack, program, folder, log=log, retries=retries),
            _managed(stack, program, folder, log=log),
        )
        yield Bench(program, Clients(stack, plain), Clients(stack, managed))


def _plain(stack: ExitStack, program: HaproxyProgram, folder: Path, *, log: bool, retries: bool) -> Running:
    public = _listen(stack)
    line = "server {0} unix@{1}/{0}.sock check inter 200ms fall 2 rise 1 maxconn 50"
    servers = "\n    ".join(line.format(name, folder) for name in SERVERS)
    logged = "log global\n    option httplog" if log else ""
    again = "http-request disable-l7-retry unless METH_GET" if retries else ""
    retry_on = "conn-failure empty-response" if retries else "conn-failure"
    text = PLAIN.format(fd=public.fileno(), servers=servers, log=logged, retry_on=retry_on, again=again)
    return Running(public.getsockname()[1], _start(stack, program, folder, "plain", text, [public]))


def _managed(stack: ExitStack, program: HaproxyProgram, folder: Path, *, log: bool) -> Running:
    public, home = _listen(stack), folder / "managed"
    home.mkdir()
    balancer = Balancer(BalancerSettings(f"fd@{public.fileno()}", access_log=log), home)
    balancer.write()
    process = _run(stack, balancer.argv(program.path), [public])

    async def tell() -> None:
        await balancer.ready()
        for name in SERVERS:
            await balancer.add(name, folder / f"{name}.sock")

    asyncio.run(tell())
    return Running(public.getsockname()[1], process)


def _listen(stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))


def _listen_at(stack: ExitStack, path: Path) -> socket.socket:
    one = stack.enter_context(socket.socket(socket.AF_UNIX))
    one.bind(str(path))
    one.listen(1024)
    return one


def _start(
    stack: ExitStack, program: HaproxyProgram, folder: Path, name: str, text: str, sockets: Sequence[socket.socket]
) -> subprocess.Popen[bytes]:
    path = folder / f"{name}.cfg"
    path.write_text(text, encoding="ascii")
    return _run(stack, [str(program.path), "-db", "-f", str(path)], sockets)


def _run(stack: ExitStack, argv: list[str], sockets: Sequence[socket.socket]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    given = [one.fileno() for one in sockets]
    process = subprocess.Popen(argv, stdin=quiet, stdout=quiet, stderr=quiet, pass_fds=given)
    stack.callback(_stop, process)
    return process


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
