"""Messages between the coordinating process and its workers: length-prefixed pickles over a socket pair of our own."""

import asyncio
import pickle
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from plimsoll.core.errors import UsageError
from plimsoll.core.interval import Interval
from plimsoll.load.processes.engine import Ending
from plimsoll.load.processes.plan import Assignment, LoadPlan

_LENGTH = struct.Struct(">Q")
FRAME_BYTES_MAX = 1 << 30  # a feed of two million rows fits; more is a mistake


@dataclass(frozen=True, slots=True)
class Task:
    """An assignment under way. `values` are packed apart: they may be of the scenario's own classes, which a worker
    knows only once it has loaded the file."""

    plan: LoadPlan
    process: int
    values: bytes

    def unpacked(self) -> Assignment:
        shared, feed_values = pickle.loads(self.values)  # noqa: S301  # from our own parent
        return Assignment(self.plan, self.process, shared, feed_values)


def pack_values(shared: Any, feed_values: Mapping[int, list[Any]]) -> bytes:
    """For `Task`. Raises UsageError for what cannot be handed to another process."""
    try:
        packed = pickle.dumps((shared, feed_values), protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(
            "what @setup returned, or a feed holds, cannot be handed to the worker processes",
            why=str(error),
            remedy="use plain values there: numbers, texts, lists, dicts, dataclasses",
        ) from error
    if len(packed) > FRAME_BYTES_MAX // 2:
        raise UsageError("feeds and @setup's result are too large", why=f"{len(packed):,} bytes of at most 512 MiB")
    return packed


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded the scenario and opened its first connections."""


@dataclass(frozen=True, slots=True)
class Begin:
    """Load from this moment on (monotonic nanoseconds, the same clock in all processes of a machine)."""

    start_ns: int


@dataclass(frozen=True, slots=True)
class Stop:
    at_once: bool


@dataclass(frozen=True, slots=True)
class Measured:
    interval: Interval


@dataclass(frozen=True, slots=True)
class Ended:
    ending: Ending


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker cannot go on; `error` is one of ours, or says what a foreign one said."""

    error: Exception


def packed(message: Any) -> bytes:
    """A message as it travels."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    if len(body) > FRAME_BYTES_MAX:
        raise ValueError(f"a message of {len(body)} bytes is too large")
    return body


def unpacked(body: bytes) -> Any:
    """The message that travelled so."""
    return pickle.loads(body)  # noqa: S301  # from our own child or parent, by way of a cluster that could run anything


class Channel:
    """One end of the talk. `receive` returns None once the other end has gone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Any) -> None:
        await self.pass_on(packed(message))

    async def receive(self) -> Any:
        body = await self.take()
        return None if body is None else unpacked(body)

    async def pass_on(self, body: bytes) -> None:
        """Sends a message that somebody has packed already."""
        self._writer.write(_LENGTH.pack(len(body)) + body)
        await self._writer.drain()

    async def take(self) -> bytes | None:
        """Receives a message as it is, for one who only hands it on."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None

    async def close(self) -> None:
        self._writer.close()
