"""The supervisor's side of the keeper: start it or find it, give it orders, hear of ends."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import ServiceError
from plimsoll.scale.supervisor.places import Place, supervised

PROGRAM: Final = Path(__file__).parent / "keeper" / "program.py"
VERSION: Final = 1
START_S: Final = 20.0  # for the keeper to be there; it takes 0.1 s
ANSWER_S: Final = 20.0  # for an order
END_S: Final = 7200.0  # for a keeper that is stopping what it holds; its ladders are shorter
TRIES: Final = 5  # a keeper may end between our finding it and its answer
LINE_BYTES_MAX: Final = 4 * 1024 * 1024
BACKLOG: Final = 2048  # connections that wait in a socket's queue; the kernel's net.core.somaxconn bounds it further

Ladder = tuple[tuple[int, float], ...]
POLITE: Final[Ladder] = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class HeldSocket:
    """A listening socket that the keeper holds; children that are given it have it at the same descriptor."""

    name: str
    fd: int
    path: str = ""
    host: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True)
class HeldChild:
    name: str
    pid: int
    note: str
    age_s: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: `code` as of subprocess, negative for a signal; `last` lines that it said. `signalled`: a
    supervisor had sent it one, to end it."""

    name: str
    pid: int
    code: int
    note: str = ""
    age_s: float = 0.0
    last: tuple[str, ...] = ()
    signalled: bool = False

    @property
    def how(self) -> str:
        if self.code >= 0:
            return f"exit code {self.code}"
        try:
            return f"killed by {signal.Signals(-self.code).name}"
        except ValueError:
            return f"killed by signal {-self.code}"


@dataclass(frozen=True, slots=True)
class Held:
    """What a keeper holds when a supervisor comes to it, and what ended while none was there."""

    keeper: int
    sockets: tuple[HeldSocket, ...] = ()
    children: tuple[HeldChild, ...] = ()
    ended: tuple[Ended, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """What a child is to be. `stage`: at the keeper's end, lower ones stop first. `note` is kept for who takes over.
    `log`: where what it says is written."""

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str] = field(default_factory=dict)
    sockets: Sequence[str] = ()
    note: str = ""
    stage: int = 1
    ladder: Ladder = POLITE
    log: str = "workers.log"  # or access.log


OnEnded = Callable[[Ended], None]


class Keeper:
    """A connection to the one keeper of a place. `gone` is set when it is no longer there."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._asked = 0
        self._listening: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()
        self.held = Held(0)
        self.process: subprocess.Popen[bytes] | None = None  # if it was started by us, to be waited for

    async def bind_path(self, name: str, path: Path) -> HeldSocket:
        """Listen at a Unix socket. Raises ServiceError."""
        told = await self._order({"order": "bind", "name": name, "path": str(path), "backlog": BACKLOG}, str(path))
        return HeldSocket(name, **told)

    async def bind_port(self, name: str, host: str, port: int) -> HeldSocket:
        """Listen at a TCP address; port 0 is a free one. Raises ServiceError if it is in use or not ours."""
        where = f"{host}:{port}"
        asked = {"order": "bind", "name": name, "host": host, "port": port, "backlog": BACKLOG}
        told = await self._order(asked, where, "choose another address, or end what listens there")
        return HeldSocket(name, **told)

    async def release(self, name: str) -> None:
        await self._order({"order": "release", "name": name}, name)

    async def start(self, name: str, program: Program) -> int:
        """Returns its process id; how it ends comes to `on_ended`. Raises ServiceError if it cannot be started."""
        asked = {"argv": list(program.argv), "env": dict(program.env), "cwd": program.cwd, "stage": program.stage}
        ladder = [list(step) for step in program.ladder]
        more = {"sockets": list(program.sockets), "note": program.note, "ladder": ladder, "log": program.log}
        told = await self._order({"order": "start", "name": name, **asked, **more}, program.argv[0])
        return int(told["pid"])

    async def signal(self, name: str, pid: int, number: int, *, whole: bool = False) -> bool:
        """To the child of that name and number, or to the `whole` group of processes that it began; False if it has
        ended already."""
        asked = {"order": "signal", "name": name, "pid": pid, "number": int(number), "whole": whole}
        return bool((await self._order(asked, name))["there"])

    async def end(self) -> None:
        """Have it stop what it holds, and wait until it is gone."""
        with suppress(OSError):
            self._send({"id": 0, "order": "end"})
            await self._writer.drain()
        await self.gone.wait()
        await self.close()

    async def close(self) -> None:
        """Leave it to the next supervisor: it holds everything for its grace."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
        if self.process is not None and self.process.poll() is None:
            self.process.returncode = 0  # it is not ours to wait for: it lives on, or is about to end

    async def hello(self, place: Place, grace_s: float, on_ended: OnEnded) -> bool:
        """False if it is ending: wait for `gone`, then start another. Raises RefusedError if it has a supervisor."""
        self._listening = asyncio.create_task(self._listen(on_ended))
        asked = {"order": "hello", "version": VERSION, "grace": grace_s, "pid": os.getpid()}
        told = await self._order(asked, str(place.state))
        if told.get("version") != VERSION:
            raise ServiceError(
                "the workers are held by a keeper of another version of Plimsoll",
                where=str(place.state),
                remedy="stop what serves there with the version that started it, or wait until its grace is over",
            )
        if "refused" in told:
            raise supervised(place, told["refused"])
        if "ending" in told:
            return False
        sockets = tuple(HeldSocket(**one) for one in told["sockets"])
        children = tuple(HeldChild(**one) for one in told["children"])
        self.held = Held(told["keeper"], sockets, children, tuple(_ended(one) for one in told["ended"]))
        return True

    def _send(self, order: dict[str, Any]) -> None:
        self._writer.write(json.dumps(order).encode() + b"\n")

    async def _order(self, order: dict[str, Any], where: str, remedy: str = "") -> dict[str, Any]:
        if self.gone.is_set():
            raise _lost(where)
        self._asked += 1
        number = self._asked
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        try:
            async with asyncio.timeout(ANSWER_S):
                self._send({"id": number, **order})
                await self._writer.drain()
                told = await answer
        except (OSError, TimeoutError) as error:
            raise _lost(where) from error
        finally:
            self._answers.pop(number, None)
        if "failed" in told:
            raise ServiceError(f"cannot {_DOING[order['order']]}", where=where, why=told["failed"], remedy=remedy)
        return dict(told["ok"])

    async def _listen(self, on_ended: OnEnded) -> None:
        try:
            while line := await self._reader.readline():
                told = json.loads(line)
                if "ended" in told:
                    on_ended(_ended(told["ended"]))
                elif (answer := self._answers.get(told["id"])) is not None and not answer.done():
                    answer.set_result(told)
        except (OSError, ValueError):
            pass  # as good as gone: what it says cannot be understood
        finally:
            self.gone.set()
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(ConnectionResetError("the keeper is gone"))


_DOING: Final = {
    "hello": "speak to the keeper",
    "bind": "listen there",
    "release": "let go of a socket",
    "start": "start the program",
    "signal": "send a signal",
}


def _ended(told: dict[str, Any]) -> Ended:
    return Ended(**{**told, "last": tuple(told["last"])})


def _lost(where: str) -> ServiceError:
    return ServiceError("the keeper of the workers does not answer", where=where, why="it ended or was stopped")


async def find_or_start(place: Place, grace_s: float, on_ended: OnEnded) -> Keeper:
    """The place's keeper, with what it `held`, or a new one. The supervisor's lock is held by the caller."""
    started: subprocess.Popen[bytes] | None = None
    for _ in range(TRIES):
        keeper = await _connect(place)
        if keeper is None:
            started = await _start(place, grace_s)
            continue
        try:
            if await keeper.hello(place, grace_s, on_ended):
                keeper.process = started
                return keeper
            async with asyncio.timeout(END_S):
                await keeper.gone.wait()
        except ServiceError:
            if not keeper.gone.is_set():
                raise
        finally:
            if keeper.held.keeper == 0:
                await keeper.close()
    raise _lost(str(place.keeper_socket))


async def _connect(place: Place) -> Keeper | None:
    try:
        reader, writer = await asyncio.open_unix_connection(place.keeper_socket, limit=LINE_BYTES_MAX)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:
        where = str(place.keeper_socket)
        raise ServiceError("cannot reach the keeper", where=where, why=error.strerror or str(error)) from error
    return Keeper(reader, writer)


def _spawn(place: Place, grace_s: float) -> subprocess.Popen[bytes]:
    """A keeper of our place. It outlives us: no event loop may own it."""
    argv = [sys.executable, "-I", "-S", str(PROGRAM), str(place.state), str(place.keeper_socket), str(grace_s)]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with (place.state / "keeper.log").open("wb") as errors:
        return subprocess.Popen(argv, stdin=nothing, stdout=pipe, stderr=errors, start_new_session=True, cwd="/")


async def _start(place: Place, grace_s: float) -> subprocess.Popen[bytes]:
    """Start a keeper and return when it can be spoken to."""
    process = _spawn(place, grace_s)
    assert process.stdout is not None
    reading = asyncio.create_task(asyncio.to_thread(process.stdout.readline, 1000))
    done, _ = await asyncio.wait({reading}, timeout=START_S)
    if not done:
        process.kill()
    said = (await reading).decode(errors="replace").strip()
    process.stdout.close()
    if said == "ready":
        return process
    process.wait()
    if not said:
        said = (place.state / "keeper.log").read_text(errors="replace").strip()[-500:]
    raise ServiceError("the keeper of the workers cannot start", where=str(place.state), why=said or "it said nothing")
