"""Asking the server from event loops: a pool for each loop, and never longer than the limit."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from valkey.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from valkey.exceptions import ConnectionError as LostError
from valkey.exceptions import ResponseError

from plimsoll.cache.shared.asking import Address, AwayError, Command, Reply, packed
from plimsoll.cache.shared.routing import (
    GREETING,
    POOL_MAX,
    SLOTS,
    Routing,
    away,
    lost_scripts,
    refused,
    run_of,
)

_KINDS: dict[str, Any] = {"tcp": Connection, "tls": SSLConnection, "unix": UnixDomainSocketConnection}


class Line:
    """One connection, and to which server process. Limits are set around it."""

    def __init__(self, there: Any, address: Address) -> None:
        self._there = there
        self.address = address
        self.run = ""

    @staticmethod
    async def open(routing: Routing, address: Address) -> "Line":
        """Connected, and greeted. Raises the driver's errors, or AwayError."""
        options = routing.place.at(address)
        limits = {"socket_timeout": None, "socket_connect_timeout": routing.connect_s}
        kind = _KINDS[routing.place.kind]
        line = Line(kind(**options, **limits, lib_name=None, lib_version=None, protocol=2), address)
        try:
            async with asyncio.timeout(routing.connect_s):
                await line._there.connect()
                told, *_ = await line.exchange(GREETING)
            line.run = run_of(told)
        except BaseException:
            line.close()
            raise
        return line

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Values of the replies."""
        await self._there.send_packed_command([packed(commands, self.run)], check_health=False)
        return [await self._reply() for _ in commands]

    def close(self) -> None:
        """At once; also from another thread than the loop's, or after its end."""
        writer, self._there._writer, self._there._reader = self._there._writer, None, None
        if writer is not None:
            with suppress(RuntimeError):  # the loop has ended before
                writer.transport.abort()

    async def _reply(self) -> Any:
        try:
            return await self._there.read_response(disable_decoding=True)
        except ResponseError as error:
            return refused(error)


class _Pool:
    """The connections of one loop."""

    def __init__(self) -> None:
        self.places = asyncio.Semaphore(POOL_MAX)
        self.idle: dict[Address, list[Line]] = {}

    def drop(self) -> None:
        lines = [line for idle in self.idle.values() for line in idle]
        self.idle.clear()
        for line in lines:
            line.close()


class Loops:
    """`exchange` in whatever loop runs."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._limit_s = routing.limit_s
        self._lock = threading.Lock()
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pool] = WeakKeyDictionary()
        self._closed = False

    async def exchange(self, commands: Sequence[Command]) -> list[Reply]:
        """One round trip to each node that has a part. Raises AwayError."""
        with self._lock:
            pool = self._pools.setdefault(asyncio.get_running_loop(), _Pool())
        try:
            async with asyncio.timeout(self._limit_s):
                await pool.places.acquire()
        except TimeoutError:
            raise AwayError(f"no connection was free within {self._limit_s * 1000:g} ms") from None
        try:
            if self._routing.asks_for_slots:
                await self._learn_slots(pool)
            return await self._exchange(pool, commands)
        except AwayError:
            self._routing.failed()
            raise
        except Exception as error:  # whatever the driver raises: no fill and no poll must fail for it
            self._routing.failed()
            raise away(error) from error
        finally:
            pool.places.release()

    def close(self) -> None:
        """Nothing stays open in the loop that runs here; in others, with their end."""
        self._closed = True
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        with self._lock:
            pools = list(self._pools.items())
        for loop, pool in pools:
            if loop is here or loop.is_closed():
                pool.drop()
            else:
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(pool.drop)

    async def _exchange(self, pool: _Pool, commands: Sequence[Command]) -> list[Reply]:
        parts = self._routing.split(commands)
        replies: dict[int, Reply] = {}
        if len(parts) == 1:
            (address,) = parts
            return self._routing.heard(await self._at(pool, address, commands))
        asked = [self._at(pool, address, [commands[number] for number in part]) for address, part in parts.items()]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for part, answer in zip(parts.values(), answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            replies |= zip(part, answer, strict=True)
        return self._routing.heard([replies[number] for number in range(len(commands))])

    async def _at(self, pool: _Pool, address: Address, part: Sequence[Command]) -> list[Reply]:
        idle = pool.idle.get(address)
        fresh = not idle
        line = idle.pop() if idle else await Line.open(self._routing, address)
        try:
            async with asyncio.timeout(self._limit_s):
                values = await line.exchange(part)
        except LostError:
            line.close()
            pool.drop()
            if fresh:
                raise
            return await self._at(pool, address, part)  # it was lost while idle: once more on a new one
        except BaseException:
            line.close()
            raise
        if not fresh and lost_scripts(values):
            line.close()
            pool.drop()
            return await self._at(pool, address, part)  # a new one brings them
        if self._closed:
            line.close()
        else:
            pool.idle.setdefault(address, []).append(line)
        return [Reply(value, line.run, address) for value in values]

    async def _learn_slots(self, pool: _Pool) -> None:
        trouble: Exception | None = None
        for seed in self._routing.seeds:
            try:
                line = await Line.open(self._routing, seed)
                try:
                    async with asyncio.timeout(self._routing.connect_s):
                        (told,) = await line.exchange([SLOTS])
                finally:
                    line.close()
                self._routing.learn(told, seed)
            except Exception as error:  # noqa: BLE001  # raised below, if all fail
                trouble = error
            else:
                pool.drop()
                return
        assert trouble is not None
        raise trouble
