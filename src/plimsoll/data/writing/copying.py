"""COPY of frames: made and encoded in a worker thread, one batch ahead of what the server is reading."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Table
from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.writing.watching import Watch

# Rows in one COPY statement. The server keeps a trigger event for every row and foreign key until a statement ends, and
# one that fails is noticed only when all of its rows have been sent.
COPY_ROWS: Final = 10 * BATCH_ROWS

# A batch is as large as rows of the width of the last one allow: what it takes in memory is some five times this. The
# first one is small, for nothing is known of its width.
BATCH_BYTES: Final = 3 * 2**20
FIRST_ROWS: Final = 100
GROWTH: Final = 8
PIECE_BYTES: Final = 2**18  # handed to the driver at a time, which copies it

_CLOSED: Final = "connection was closed in the middle of operation"

MakeFrame = Callable[[Numbers], pl.DataFrame]


class Destination(NamedTuple):
    """Where rows are copied to."""

    schema: str
    name: str
    columns: tuple[str, ...]


@dataclass(slots=True)
class Work:
    """A fill under way, and what has come of it so far."""

    connection: asyncpg.Connection
    watch: Watch
    table: Table | None = None  # the one being filled, for errors
    bytes_copied: int = 0
    written: dict[TableName, int] = field(default_factory=dict)  # fewer than were sent where triggers drop rows
    retried: dict[TableName, int] = field(default_factory=dict)


def encode(frame: pl.DataFrame) -> bytes:
    """The frame as COPY's CSV: NULL is an empty field, an empty text is quoted.

    In a single column every text is quoted: up to PostgreSQL 17 a line of `\\.` alone ends the data.
    """
    single_text = frame.width == 1 and frame.dtypes[0] == pl.String
    buffer = io.BytesIO()
    frame.write_csv(
        buffer,
        include_header=False,
        quote_style="non_numeric" if single_text else "necessary",
        datetime_format="%Y-%m-%dT%H:%M:%S%.6f",
        time_format="%H:%M:%S%.6f",
    )
    return buffer.getvalue()


def spans(first: int, end: int, step: int) -> Iterator[tuple[int, int]]:
    """range(first, end) in pieces of at most `step`, as (start, stop)."""
    for start in range(first, end, step):
        yield start, min(start + step, end)


async def copy_rows(
    work: Work, to: Destination, make: MakeFrame, numbers: Numbers, sent: Callable[[int], None] | None = None
) -> int:
    """Copies the frames of the rows `numbers` in one COPY: how many the server took.

    `sent` is told how many of them have been sent.
    """
    if not numbers.size:
        return 0
    async with aclosing(_batches(work, make, numbers, sent)) as source:
        return rows_in(await _copied(work.connection, to, source))


async def _copied(connection: asyncpg.Connection, to: Destination, source: AsyncIterable[memoryview]) -> str:
    """The driver's COPY, except that it ends when the connection does.

    The driver itself waits for ever for room to write if it is lost meanwhile, and may write to what is no longer there
    (an AttributeError).
    """
    lost = asyncio.Event()

    def on_loss(_connection: asyncpg.Connection) -> None:
        lost.set()

    copying = asyncio.ensure_future(
        connection.copy_to_table(
            to.name, schema_name=to.schema, columns=list(to.columns), source=source, format="csv", encoding="utf-8"
        )
    )
    losing = asyncio.ensure_future(lost.wait())
    connection.add_termination_listener(on_loss)
    try:
        await asyncio.wait({copying, losing}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        connection.remove_termination_listener(on_loss)
        losing.cancel()
        copying.cancel()
        await asyncio.wait({copying})
        error = None if copying.cancelled() else copying.exception()
    if connection.is_closed():
        raise asyncpg.ConnectionDoesNotExistError(_CLOSED) from error
    status: str = copying.result()
    return status


def rows_in(status: str) -> int:
    """The number at the end of what a command answers: "COPY 12", "INSERT 0 12"."""
    return int(status.split()[-1])


def row_numbers(start: int, stop: int) -> Numbers:
    return np.arange(start, stop, dtype=np.int64)


async def _batches(
    work: Work, make: MakeFrame, numbers: Numbers, sent: Callable[[int], None] | None
) -> AsyncGenerator[memoryview, None]:
    """Two batches at most are in memory here: the one being sent and the one being made."""
    start, stop = 0, min(FIRST_ROWS, len(numbers))
    ahead = _made(make, numbers[start:stop])
    try:
        while start < stop:
            data = await ahead
            start, stop = stop, min(stop + rows_after(stop - start, len(data)), len(numbers))
            if start < stop:
                ahead = _made(make, numbers[start:stop])
            for piece in _pieces(data):
                if work.connection.is_closed():  # the driver would go on to take all batches and throw them away
                    raise asyncpg.ConnectionDoesNotExistError(_CLOSED)
                yield piece
            work.bytes_copied += len(data)
            if sent is not None:
                sent(start)
    finally:
        ahead.cancel()
        ahead.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody waits for it any more


def rows_after(rows: int, size: int) -> int:
    """How many rows the next batch has, after one of `rows` rows and `size` bytes."""
    fitting = BATCH_BYTES * rows // max(size, 1)
    return max(1, min(BATCH_ROWS, GROWTH * rows, fitting))


def _pieces(data: bytes) -> Iterator[memoryview]:
    """So that the driver and the socket hold little of a batch again."""
    view = memoryview(data)
    for start, stop in spans(0, len(data), PIECE_BYTES):
        yield view[start:stop]


def _made(make: MakeFrame, numbers: Numbers) -> asyncio.Task[bytes]:
    return asyncio.create_task(asyncio.to_thread(lambda: encode(make(numbers))))
