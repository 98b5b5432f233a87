"""What a server's log tells of a workload: read as a stream, packed or not, within bounds."""

import asyncio
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedIOBase
from itertools import chain, islice
from pathlib import Path
from typing import Final

import asyncpg

from plimsoll.core.errors import UsageError
from plimsoll.core.units import format_bytes
from plimsoll.tune.workload.asked import Heard
from plimsoll.tune.workload.log_entries import MESSAGE_MAX, entries, form_of
from plimsoll.tune.workload.log_file import LogFold
from plimsoll.workflows.capturing.facts import reading
from plimsoll.workflows.tuning.request import Say

BYTES_MAX: Final = 16 * 2**30  # unpacked; what is beyond is told
LINE_MAX: Final = MESSAGE_MAX  # bytes; of a longer line the rest is a line of its own, and damaged
_BLANK_MAX: Final = 20  # lines at the beginning
_SAID_EACH: Final = 2**30
_PACKED: Final = b"\x1f\x8b"
_DAMAGED: Final = (gzip.BadGzipFile, EOFError, zlib.error)


async def heard_in_log(
    connection: asyncpg.Connection, path: Path, timeout_s: float, stop: asyncio.Event, say: Say
) -> Heard:
    """Raises UsageError for a file that cannot be read."""
    async with reading(connection, timeout_s):
        row = await connection.fetchrow(
            "SELECT current_database()::text AS database, current_setting('log_line_prefix') AS prefix"
        )
    assert row is not None
    fold = LogFold(row["database"])
    loop = asyncio.get_running_loop()

    def say_there(line: str) -> None:
        loop.call_soon_threadsafe(say, line)

    lines = _Lines(path, stop, say_there)
    try:
        await asyncio.to_thread(lines.read, fold, row["prefix"])
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError("cannot read the log", where=str(path), why=why) from error
    finally:
        lines.wanted = False
    heard = fold.heard(path.name)
    return replace(heard, notes=[*([lines.why] if lines.why else []), *heard.notes])


class _Lines:
    """Lines of a file. `why` says why not all of it was read."""

    def __init__(self, path: Path, stop: asyncio.Event, say: Say) -> None:
        self._path = path
        self._stop = stop
        self._say = say
        self.bytes = 0
        self.why = ""
        self.wanted = True

    def read(self, fold: LogFold, prefix: str) -> None:
        with self._path.open("rb") as plain:
            packed = plain.peek(2)[:2] == _PACKED
            with gzip.open(plain) if packed else plain as file:
                lines = self._of(file)
                first = next((line for line in islice(lines, _BLANK_MAX) if line.strip()), "")
                fold.add_all(entries(chain([first], lines), form_of(first), fold.damage, prefix))

    def _of(self, file: BufferedIOBase) -> Iterator[str]:
        told = _SAID_EACH
        while line := self._line(file):
            self.bytes += len(line)
            if self.bytes > BYTES_MAX:
                self.why = f"only the first {format_bytes(BYTES_MAX)} of the log were read"
                return
            if self._stop.is_set() or not self.wanted:
                self.why = f"stopped after {format_bytes(self.bytes)} of the log"
                return
            if self.bytes > told:
                self._say(f"{format_bytes(self.bytes)} of the log read")
                told += _SAID_EACH
            yield line.decode("utf-8", errors="replace")

    def _line(self, file: BufferedIOBase) -> bytes:
        """The next one; what is packed may be damaged or cut anywhere, and ends there."""
        try:
            return file.readline(LINE_MAX)
        except _DAMAGED as error:
            if not self.bytes:
                raise OSError(f"it cannot be unpacked: {error}") from error
            self.why = f"the log breaks off after {format_bytes(self.bytes)}: it is damaged there"
            return b""
