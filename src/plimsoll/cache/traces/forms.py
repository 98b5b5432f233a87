"""The forms of traces: how each is told, and how its requests are read.

| form | is |
|---|---|
| `keys` | a line a request: the key, which may hold blanks |
| `sizes` | a line a request: the key, blank, its size in bytes |
| `csv` | a header, and columns of a key and, where there is one, a size |
| `arc` | "start count ignore request": blocks, as in the ARC paper's P1 to P14 and OLTP (Megiddo, Modha, FAST 2003) |
| `oracle-general` | libCacheSim's: 24 bytes a request, little-endian: time u32, key u64, size u32, next request i64 |
| `log` | a web server's lines in the Common Log Format, as NASA's: the path of a GET or HEAD, and the bytes sent |
"""

import csv
import io
import re
import struct
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from plimsoll.cache.traces.opening import lines
from plimsoll.core.errors import UsageError

Request = tuple[Hashable, int | None]  # the key, and the size in bytes where it is known
KEY_COLUMNS: Final = ("key", "obj_id", "object_id", "id", "object", "cache_key", "url", "path", "block")
SIZE_COLUMNS: Final = ("size", "bytes", "obj_size", "object_size", "value_size", "length")
BLOCKS_MAX: Final = 1_000_000  # that one line of an ARC trace may ask for
SIZE_MAX: Final = 2**48
DIGITS_MAX: Final = 20  # of a number of 64 bits
LINES_JUDGED: Final = 100  # by which a form is told
RECORD: Final = struct.Struct("<IQIq")
# Each part ends at a character that it cannot hold, so that no line takes longer than its length.
_LOG: Final = re.compile(rb'\S+ \S+ [^\[]*\[[^\]]*\] "([A-Z]+) ([^\s"]+)(?: [^"]*)?" \d{3} (\d{1,15}|-)(?!\d)')


@dataclass(frozen=True, slots=True)
class Columns:
    """Of a CSV file: what was asked for, or "" to find them by their names."""

    key: str = ""
    size: str = ""


@dataclass(slots=True)
class Reading:
    """A file that is read: `where` for errors; `left_out` counts lines that are no requests of a cache."""

    file: io.BufferedReader
    where: str
    columns: Columns
    left_out: int = 0
    line: int = 0

    def wrong(self, number: int, what: str, why: str, remedy: str = "") -> UsageError:
        return UsageError(what, where=f"{self.where}, line {number}", why=why, remedy=remedy)


def keys(reading: Reading) -> Iterator[Request]:
    return ((line, None) for _, line in lines(reading.file, reading.where))


def sizes(reading: Reading) -> Iterator[Request]:
    for number, line in lines(reading.file, reading.where):
        key, _, size = line.rpartition(b" ") if b"\t" not in line else line.rpartition(b"\t")
        if not key:
            why = "the others are a key and its size"
            raise reading.wrong(number, "this line has no size", why, "--format keys, if sizes do not matter")
        yield key.strip(), _size(reading, number, size)


def table(reading: Reading) -> Iterator[Request]:
    """CSV with a header; a quoted field may hold commas, and no line's end."""
    cells = csv.reader(_texts(reading))
    try:
        header = [name.strip().lower() for name in next(cells, [])]
        key_at, size_at = _columns(header, reading)
        needed = max(key_at, size_at)
        for row in cells:
            if len(row) <= needed:
                raise reading.wrong(reading.line, "this row is too short", f"{len(row)} of {len(header)} columns")
            key = row[key_at].encode()
            yield key, _size(reading, reading.line, row[size_at].encode()) if size_at >= 0 else None
    except csv.Error as error:
        raise reading.wrong(reading.line, "this is not a row of a table", str(error)) from error


def _texts(reading: Reading) -> Iterator[str]:
    for number, text in lines(reading.file, reading.where):
        reading.line = number
        yield text.decode("utf-8-sig", "replace")


def arc(reading: Reading) -> Iterator[Request]:
    for number, line in lines(reading.file, reading.where):
        fields = line.split()
        if len(fields) < 2 or not (_is_number(fields[0]) and _is_number(fields[1])):
            raise reading.wrong(number, "this is no line of an ARC trace", "it is no `start count ignore request`")
        start, count = int(fields[0]), int(fields[1])
        if not count <= BLOCKS_MAX:
            raise reading.wrong(number, "this line asks for too many blocks", f"{count:,} of at most {BLOCKS_MAX:,}")
        for block in range(start, start + count):
            yield block, None


def oracle_general(reading: Reading) -> Iterator[Request]:
    size = RECORD.size
    records, before = 0, 0
    while piece := reading.file.read(size * 4096):
        if len(piece) % size:
            raise UsageError(
                "the trace ends in the middle of a record", where=reading.where,
                why=f"after record {records + len(piece) // size:,}, {len(piece) % size} of {size} bytes are left",
                remedy="was it copied whole, and is it oracleGeneral?",
            )  # fmt: skip
        for time, key, weight, _ in RECORD.iter_unpack(piece):
            records += 1
            if time < before:
                raise UsageError(
                    "this is no oracleGeneral trace", where=f"{reading.where}, record {records:,}",
                    why="its time is before that of the one before", remedy="name its form: --format",
                )  # fmt: skip
            before = time
            yield key, weight


def log(reading: Reading) -> Iterator[Request]:
    for _, line in lines(reading.file, reading.where):
        match = _LOG.match(line)
        if match is None or match[1] not in (b"GET", b"HEAD"):
            reading.left_out += 1
            continue
        yield match[2], 0 if match[3] == b"-" else int(match[3])


FORMS: Final[Mapping[str, Callable[[Reading], Iterator[Request]]]] = {
    "keys": keys, "sizes": sizes, "csv": table, "arc": arc, "oracle-general": oracle_general, "log": log,
}  # fmt: skip


def recognize(head: bytes) -> str:
    """The form, by the first bytes; `keys` where nothing else fits. All of the first lines must have it."""
    if b"\0" in head:
        return "oracle-general"
    whole = head[: head.rfind(b"\n") + 1] or head
    found = [line.strip() for line in whole.splitlines()[:LINES_JUDGED] if line.strip()]
    if not found:
        return "keys"
    names = {cell.strip().strip('"').lower() for cell in found[0].decode("utf-8-sig", "replace").split(",")}
    if b"," in found[0] and names & {*KEY_COLUMNS}:
        return "csv"
    if all(_LOG.match(line) for line in found[:10]):
        return "log"
    fields = [line.split() for line in found]
    if all(len(row) == 4 and all(map(_is_number, row)) for row in fields):
        return "arc"
    if all(len(row) == 2 and _is_number(row[1]) for row in fields):
        return "sizes"
    return "keys"


def _columns(header: list[str], reading: Reading) -> tuple[int, int]:
    """Where key and size stand; -1 for no size."""
    key = _column(header, reading.columns.key, KEY_COLUMNS)
    size = _column(header, reading.columns.size, SIZE_COLUMNS)
    for asked, at, option in ((reading.columns.key, key, "--key"), (reading.columns.size, size, "--size-of")):
        if (asked or option == "--key") and at < 0:
            raise UsageError(
                f"there is no column {asked}" if asked else "no column is known for a key",
                where=f"{reading.where}, line 1", why=f"it has {', '.join(header[:20]) or 'none'}",
                remedy=f"{option} COLUMN",
            )  # fmt: skip
    return key, size


def _column(header: list[str], asked: str, usual: tuple[str, ...]) -> int:
    wanted = (asked.lower(),) if asked else usual
    return next((header.index(name) for name in wanted if name in header), -1)


def _is_number(text: bytes) -> bool:
    return text.isdigit() and len(text) <= DIGITS_MAX


def _size(reading: Reading, number: int, text: bytes) -> int:
    text = text.strip()
    if not _is_number(text) or int(text) > SIZE_MAX:
        said = text[:40].decode(errors="replace")
        raise reading.wrong(number, f'"{said}" is no size', "it is not a whole number of bytes, 0 to 2^48")
    return int(text)
