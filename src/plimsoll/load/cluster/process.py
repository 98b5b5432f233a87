"""A worker process on another machine, talked to by way of the cluster."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.interval import Interval
from plimsoll.load.cluster import agent
from plimsoll.load.cluster.machines import Machine
from plimsoll.load.cluster.sealed import Sealed
from plimsoll.load.processes.frames import Failed, Measured, packed, unpacked

# Calls a function of the agent on a machine, for the session of this run. Raises ConnectionError.
Ask = Callable[..., Awaitable[Any]]

_NOT_SENT = "only the scenario and its own modules are sent by themselves: add --send FILE"


def samples_in(interval: Interval) -> int:
    """Steps and journeys have one each."""
    return interval.requests + sum(journey.count for journey in interval.journeys.values())


class ClusterProcess:
    """`there` is where the scenario lies on its machine, `here` where it lies on ours."""

    def __init__(self, number: int, machine: Machine, ask: Ask, here: Path) -> None:
        self.number = number
        self.machine = machine
        self.name = f"worker process {number} on {machine.name}"
        self.last_words = ""
        self.there = ""
        self.samples = 0  # that its figures count
        self._here = here
        self._ask = ask
        self._gone = False
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._sending = asyncio.Lock()  # two calls under way could overtake each other

    @property
    def alive(self) -> bool:
        return not self._gone

    @property
    def place_lost(self) -> str:
        return f"{self.machine.name} was lost: {self.machine.lost}" if self.machine.lost else ""

    def local_ns(self, here_ns: int) -> int:
        return here_ns + self.machine.offset.offset_ns

    def heard(self, message: bytes | None, words: str) -> None:
        """What its machine has told of it; None: it has gone."""
        if message is None:
            self._gone = True
            self.last_words = words
        self._messages.put_nowait(message)

    async def send(self, message: object) -> None:
        async with self._sending:
            await self._ask(self.machine, agent.plimsoll_tell, self.number, Sealed(packed(message)))

    async def receive(self) -> Any:
        body = await self._messages.get()
        if body is None:
            return None
        message = self._read(body)
        if isinstance(message, Measured):
            self.samples += samples_in(message.interval)
        return Failed(self._at_home(message.error)) if isinstance(message, Failed) else message

    def _read(self, body: bytes) -> Any:
        try:
            return unpacked(body)
        except Exception as error:  # noqa: BLE001  # code that differs under one version number, as in development
            self.machine.lost = f"what it tells cannot be read: {type(error).__name__}: {error}"
            return None

    async def kill(self) -> None:
        try:
            await self._ask(self.machine, agent.plimsoll_kill, self.number)
        except ConnectionError as error:
            self.machine.lost = self.machine.lost or str(error)
            self.heard(None, "")

    async def reap(self) -> None:
        """Its machine did, before it told of its end."""

    def _at_home(self, error: Exception) -> Exception:
        """An error with our own paths in it and its machine named. The scenario could be loaded here: that it cannot
        be there is that machine's affair."""
        if not isinstance(error, PlimsollError):
            return error
        where = error.where.replace(self.there, str(self._here)) if self.there else error.where
        place = f"{where}, on {self.machine.name}" if where else f"on {self.machine.name}"
        kind = RefusedError if isinstance(error, UsageError) else type(error)
        remedy = _NOT_SENT if "FileNotFoundError" in error.why else f"{error.remedy} (on {self.machine.host})"
        return kind(error.what, where=place, why=error.why, remedy=remedy)
