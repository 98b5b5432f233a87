"""Asking the server from threads: a pool of connections, and never longer than the limit."""

import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from valkey.connection import Connection, SSLConnection, UnixDomainSocketConnection
from valkey.exceptions import ConnectionError as LostError
from valkey.exceptions import ResponseError
from valkey.exceptions import TimeoutError as TookTooLongError

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


class _Open(Protocol):
    """What a connection of the driver has that is used here."""

    _sock: Any

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def send_packed_command(self, command: Sequence[bytes], check_health: bool) -> None: ...
    def read_response(self, disable_decoding: bool) -> Any: ...


_KINDS: dict[str, Any] = {"tcp": Connection, "tls": SSLConnection, "unix": UnixDomainSocketConnection}


class Line:
    """One connection, and to which server process."""

    def __init__(self, there: _Open, address: Address) -> None:
        self._there = there
        self.address = address
        self.run = ""

    @staticmethod
    def open(routing: Routing, address: Address) -> "Line":
        """Connected, and greeted. Raises the driver's errors, or AwayError."""
        options = routing.place.at(address)
        limits = {"socket_timeout": routing.connect_s, "socket_connect_timeout": routing.connect_s}
        kind = _KINDS[routing.place.kind]
        line = Line(kind(**options, **limits, lib_name=None, lib_version=None, protocol=2), address)
        try:
            line._there.connect()
            told, *_ = line.exchange(GREETING, time.monotonic() + routing.connect_s)
            line.run = run_of(told)
        except BaseException:
            line.close()
            raise
        return line

    def exchange(self, commands: Sequence[Command], until_s: float) -> list[Any]:
        """Values of the replies."""
        self._within(until_s)
        self._there.send_packed_command([packed(commands, self.run)], check_health=False)
        return [self._reply(until_s) for _ in commands]

    def close(self) -> None:
        self._there.disconnect()

    def _reply(self, until_s: float) -> Any:
        self._within(until_s)
        try:
            return self._there.read_response(disable_decoding=True)
        except ResponseError as error:
            return refused(error)

    def _within(self, until_s: float) -> None:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise TookTooLongError("no answer in time")
        if self._there._sock is not None:
            self._there._sock.settimeout(left_s)


class Threads:
    """`exchange` may be called by several threads at once."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._limit_s = routing.limit_s
        self._lock = threading.Lock()
        self._idle: dict[Address, list[Line]] = {}
        self._places = threading.BoundedSemaphore(POOL_MAX)
        self._closed = False

    def exchange(self, commands: Sequence[Command]) -> list[Reply]:
        """One round trip to each node that has a part. Raises AwayError."""
        until_s = time.monotonic() + self._limit_s
        if not self._places.acquire(timeout=self._limit_s):
            raise AwayError(f"no connection was free within {self._limit_s * 1000:g} ms")
        try:
            if self._routing.asks_for_slots:
                self._learn_slots()
            return self._exchange(commands, until_s)
        except AwayError:
            self._routing.failed()
            raise
        except Exception as error:  # whatever the driver raises: no fill and no poll must fail for it
            self._routing.failed()
            raise away(error) from error
        finally:
            self._places.release()

    def close(self) -> None:
        """Nothing stays open; what is under way fails or ends."""
        with self._lock:
            self._closed = True
        self._drop_idle()

    def _exchange(self, commands: Sequence[Command], until_s: float) -> list[Reply]:
        replies: dict[int, Reply] = {}
        for address, numbers in self._routing.split(commands).items():
            part = [commands[number] for number in numbers]
            replies |= zip(numbers, self._at(address, part, until_s), strict=True)
        return self._routing.heard([replies[number] for number in range(len(commands))])

    def _at(self, address: Address, part: Sequence[Command], until_s: float) -> list[Reply]:
        line, fresh = self._line(address)
        try:
            values = line.exchange(part, until_s)
        except LostError:
            line.close()
            self._drop_idle()
            if fresh:
                raise
            return self._at(address, part, until_s)  # it was lost while idle: once more on a new one
        except BaseException:
            line.close()
            raise
        if not fresh and lost_scripts(values):
            line.close()
            self._drop_idle()
            return self._at(address, part, until_s)  # a new one brings them
        self._give_back(line)
        return [Reply(value, line.run, address) for value in values]

    def _line(self, address: Address) -> tuple[Line, bool]:
        with self._lock:
            idle = self._idle.get(address)
            if idle:
                return idle.pop(), False
        return Line.open(self._routing, address), True

    def _give_back(self, line: Line) -> None:
        with self._lock:
            if not self._closed:
                self._idle.setdefault(line.address, []).append(line)
                return
        line.close()

    def _drop_idle(self) -> None:
        with self._lock:
            lines = [line for idle in self._idle.values() for line in idle]
            self._idle.clear()
        for line in lines:
            line.close()

    def _learn_slots(self) -> None:
        trouble: Exception | None = None
        for seed in self._routing.seeds:
            try:
                line = Line.open(self._routing, seed)
                try:
                    (told,) = line.exchange([SLOTS], time.monotonic() + self._routing.connect_s)
                finally:
                    line.close()
                self._routing.learn(told, seed)
            except Exception as error:  # noqa: BLE001  # raised below, if all fail
                trouble = error
            else:
                self._drop_idle()
                return
        assert trouble is not None
        raise trouble
