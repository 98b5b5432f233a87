"""Connections to the origin: few, used again while they are young, and a bounded line of who waits for one."""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Final

from plimsoll.edge.serving.origin.failing import OriginFailed
from plimsoll.edge.serving.origin.wire import Wire

IDLE_S: Final = 4.0  # below what servers keep idle ones for: uvicorn 5 s, nginx and Granian more


@dataclass(frozen=True, slots=True)
class Bounds:
    """`connections` to the origin at once; `waiting` who wait for one, beyond which 503 is answered at once.

    In seconds: `connect_s` with TLS, and for a free connection; `answer_s` from the request's end to the answer's
    head; `pause_s` between two pieces of a body, in either direction.
    """

    connections: int = 100
    waiting: int = 1_000
    connect_s: float = 5.0
    answer_s: float = 60.0
    pause_s: float = 30.0


class Pool:
    """`take` and `give` frame each exchange; what is not given back is closed."""

    def __init__(
        self, host: str, port: int, bounds: Bounds, tls: ssl.SSLContext | None = None, name: str | None = None
    ) -> None:
        self.bounds = bounds
        self._where = (host, port)
        self._tls = tls
        self._name = name or host
        self._idle: deque[Wire] = deque()
        self._free = asyncio.Semaphore(bounds.connections)
        self._waiting = self._taken = 0
        self._busy: set[Wire] = set()

    async def take(self, *, fresh: bool = False) -> Wire:
        """A connection, the one used last first; `fresh`: a new one. Raises OriginFailed."""
        await self._admit()
        try:
            wire = None if fresh else self._used()
            if wire is None:
                self._make_room()
                wire = await self._connect()
        except BaseException:
            self._release()
            raise
        self._busy.add(wire)
        return wire

    def give(self, wire: Wire) -> None:
        """It is read to the end, or done with."""
        self._busy.discard(wire)
        self._release()
        if wire.end(monotonic()):
            self._idle.append(wire)

    def close(self) -> None:
        """All of them."""
        for wire in (*self._idle, *self._busy):
            wire.close()
        self._idle.clear()

    async def _admit(self) -> None:
        if self._free.locked() and self._waiting >= self.bounds.waiting:
            raise OriginFailed(503, f"{self._waiting} requests wait for a connection to the origin")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.bounds.connect_s):
                await self._free.acquire()
                self._taken += 1
        except TimeoutError:
            raise OriginFailed(503, f"no connection was free within {self.bounds.connect_s:g} s") from None
        finally:
            self._waiting -= 1

    def _release(self) -> None:
        self._taken -= 1
        self._free.release()

    def _make_room(self) -> None:
        """Those that are idle count, too."""
        while self._idle and self._taken + len(self._idle) > self.bounds.connections:
            self._idle.popleft().close()

    def _used(self) -> Wire | None:
        oldest_s = monotonic() - IDLE_S
        while self._idle and (self._idle[0].idle_since_s < oldest_s or self._idle[0].transport is None):
            self._idle.popleft().close()
        while self._idle:
            wire = self._idle.pop()
            if wire.transport is not None:
                return wire
        return None

    async def _connect(self) -> Wire:
        loop = asyncio.get_running_loop()
        host, port = self._where
        try:
            async with asyncio.timeout(self.bounds.connect_s):
                _, wire = await loop.create_connection(
                    partial(Wire, loop), host, port, ssl=self._tls, server_hostname=self._name if self._tls else None
                )
        except TimeoutError:
            raise OriginFailed(504, f"no connection to the origin within {self.bounds.connect_s:g} s") from None
        except OSError as error:
            raise OriginFailed(502, f"no connection to the origin: {error}") from None
        return wire
