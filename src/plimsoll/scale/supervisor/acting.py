"""Doing what the fleet decided: for each worker in order, for all at once."""

import asyncio
import hashlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.errors import PlimsollError, ServiceError
from plimsoll.scale.supervisor.holding import HeldChild, Keeper, Ladder, Program
from plimsoll.scale.supervisor.keeper.sockets import unlink_socket
from plimsoll.scale.supervisor.launching import Launch, Listening, worker_environment
from plimsoll.scale.supervisor.places import Place
from plimsoll.scale.supervisor.ports import a_port
from plimsoll.scale.supervisor.probing import Reachable
from plimsoll.scale.supervisor.states import (
    Died,
    Drained,
    Event,
    Join,
    Leave,
    NotStarted,
    Pass,
    Release,
    Signal,
    Start,
    Started,
)
from plimsoll.scale.supervisor.traffic import Traffic

STAGE = 1  # of workers, at the keeper's end: after the balancer
PASSING = Path(__file__).with_name("passing.py")
JOIN_RETRY_S, JOIN_RETRY_S_MAX = 0.2, 5.0


@dataclass(frozen=True, slots=True)
class Left:
    """What a worker's note at the keeper tells who takes over."""

    generation: int
    digest: str
    port: int = 0


class Hands:
    """Starts and ends workers through the keeper, and tells the balancer of them.

    A worker's starts and signals go one after another, and so do its coming and going at the balancer; the two do not
    wait for each other, for one that the balancer does not let go must still be ended.
    """

    def __init__(
        self, place: Place, made: Launch, traffic: Traffic, ladder: Ladder, tell: Callable[[Event], None]
    ) -> None:
        self.made = made
        self.where: dict[str, Reachable] = {}
        self._place, self._traffic, self._ladder, self._tell = place, traffic, ladder, tell
        self._keeper: asyncio.Future[Keeper] = asyncio.get_running_loop().create_future()
        self._process_turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._traffic_turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def take(self, keeper: Keeper) -> None:
        """Everything goes through this keeper from now on."""
        if self._keeper.done():
            self.drop()
        self._keeper.set_result(keeper)

    def drop(self) -> None:
        """The keeper is gone: what is to be done waits for the next."""
        if self._keeper.done():
            self._keeper = asyncio.get_running_loop().create_future()

    def adopt(self, child: HeldChild) -> Left:
        left = read_note(child.note)
        self.where[child.name] = self._reachable(child.name, left.port)
        return left

    async def start(self, action: Start) -> None:
        async with self._process_turn[action.name]:
            try:
                pid = await self._start(action)
            except (PlimsollError, OSError) as error:
                self._tell(NotStarted(action.name, str(error)))
            else:
                self._tell(Started(action.name, pid))

    async def _start(self, action: Start) -> int:
        keeper, made, name = await asyncio.shield(self._keeper), self.made, action.name
        path, port, sockets = self._place.socket(name), 0, []
        match made.listening:
            case Listening.FD:
                value, sockets = str((await keeper.bind_path(name, path)).fd), [name]
            case Listening.SOCKET:
                value = str(path)
                unlink_socket(value)
            case Listening.PORT:
                port = a_port(self.where[name].port if name in self.where else 0)  # the balancer knows the old one
                value = str(port)
        self.where[name] = self._reachable(name, port)
        note = json.dumps({"generation": action.generation, "digest": digest(made), "port": port})
        environment = worker_environment(made, name)
        return await keeper.start(
            name, Program(made.argv(value), made.cwd, environment, sockets, note, STAGE, self._ladder)
        )

    def _reachable(self, name: str, port: int) -> Reachable:
        return Reachable(name, port=port) if port else Reachable(name, path=str(self._place.socket(name)))

    async def signal(self, action: Signal) -> None:
        async with self._process_turn[action.name]:
            keeper = await asyncio.shield(self._keeper)
            with suppress(ServiceError):  # a keeper that is gone took it along
                if await keeper.signal(action.name, action.pid, action.number, whole=action.whole):
                    return
        self._tell(Died(action.name, action.pid, "nobody saw how"))  # if that was not told already

    async def pass_on(self, action: Pass) -> None:
        """By a small process, which ends when it is done. Who listens for itself has no queue that outlives it."""
        paths = [where.path for name in action.to if (where := self.where.get(name)) is not None and where.path]
        if self.made.listening is not Listening.FD or not paths:
            return
        async with self._process_turn[action.name]:
            keeper = await asyncio.shield(self._keeper)
            with suppress(ServiceError):  # then they wait for the next process, as they did
                held = await keeper.bind_path(action.name, self._place.socket(action.name))
                argv = [sys.executable, "-I", "-S", str(PASSING), str(held.fd), str(action.until), *paths]
                await keeper.start(f"{action.name}.passing", Program(argv, "/", sockets=[action.name], stage=STAGE))

    async def release(self, action: Release) -> None:
        async with self._process_turn[action.name]:
            keeper = await asyncio.shield(self._keeper)
            self.where.pop(action.name, None)
            with suppress(ServiceError):
                await keeper.release(action.name)
            unlink_socket(str(self._place.socket(action.name)))  # of a command that binds it itself

    async def join(self, action: Join, note: Callable[[str, str], None], wanted: Callable[[str], bool]) -> None:
        """Until it is done, or nobody wants it any more: a balancer that is just being started again is waited for."""
        retry_s = JOIN_RETRY_S
        async with self._traffic_turn[action.name]:
            while wanted(action.name) and (where := self.where.get(action.name)) is not None:
                try:
                    await self._traffic.add(where)
                except (PlimsollError, OSError) as error:
                    note(f"the balancer does not take it: {error}", action.name)
                    await asyncio.sleep(retry_s)
                    retry_s = min(retry_s * 2, JOIN_RETRY_S_MAX)
                else:
                    return

    async def leave(self, action: Leave, note: Callable[[str, str], None]) -> None:
        async with self._traffic_turn[action.name]:
            try:
                await self._traffic.remove(action.name)
            except (PlimsollError, OSError) as error:
                note(f"the balancer does not let go of it: {error}", action.name)
        self._tell(Drained(action.name))


def digest(made: Launch) -> str:
    """Of how workers are started: who takes over sees whether that is still so."""
    told = json.dumps([made.words, made.cwd, sorted(made.environment.items())])
    return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()[:16]


def read_note(note: str) -> Left:
    """Of a keeper's child. One that says nothing of use is of generation 1, started otherwise than now."""
    try:
        told = json.loads(note)
        return Left(int(told["generation"]), str(told["digest"]), int(told["port"]))
    except (ValueError, TypeError, KeyError):
        return Left(1, "")


def kill_group(pid: int) -> None:
    """What a worker started and left behind when it was killed with its keeper."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, 9)
