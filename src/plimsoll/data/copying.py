"""COPY of frames: made and encoded in a worker thread, one batch ahead of what the server is reading."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Table
from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.watching import Watch

# Rows in one COPY statement. The server keeps a trigger event for every row and foreign key until a statement ends, and
# one that fails is noticed only when all of its rows have been sent.
COPY_ROWS: Final = 10 * BATCH_ROWS

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


async def _copied(connection: asyncpg.Connection, to: Destination, source: AsyncIterable[bytes]) -> str:
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
) -> AsyncGenerator[bytes, None]:
    """Two batches at most are in memory here: the one being sent and the one being made."""
    bounds = list(spans(0, len(numbers), BATCH_ROWS))
    ahead = _made(make, numbers, bounds[0])
    try:
        for place, (_, stop) in enumerate(bounds):
            data = await ahead
            if place + 1 < len(bounds):
                ahead = _made(make, numbers, bounds[place + 1])
            if work.connection.is_closed():  # the driver would go on to take all batches and throw them away
                raise asyncpg.ConnectionDoesNotExistError(_CLOSED)
            yield data
            work.bytes_copied += len(data)
            if sent is not None:
                sent(stop)
    finally:
        ahead.cancel()
        ahead.add_done_callback(lambda task: task.cancelled() or task.exception())  # nobody waits for it any more


def _made(make: MakeFrame, numbers: Numbers, bounds: Sequence[int]) -> asyncio.Task[bytes]:
    start, stop = bounds
    return asyncio.create_task(asyncio.to_thread(lambda: encode(make(numbers[start:stop]))))
