"""How points and roll-ups lie on disk: columns, bytes of one weight side by side, compressed. Pure.

A number that is small enough for it is kept to 7 digits in 4 bytes; where one of a column is larger (bytes, counts) the
column takes 8, so that whole numbers stay what they were. With its time (in milliseconds) a point of noise
takes about 4 bytes, one of a value that seldom changes less than 1.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Final

_LEVEL: Final = 1  # zlib's: half the time of the default for a few more bytes
_SMALL_MAX: Final = float(2**24)  # whole numbers up to this one are exact in 4 bytes
_HEAD: Final = struct.Struct("<cI")  # the type of the values, and how many there are
STEP_MS_MAX: Final = 2**32 - 1  # between two points of one block
Numbers = Sequence[float]


def pack_points(times_ms: Sequence[int], values: Numbers) -> bytes:
    """Points in the order of time, each at most `STEP_MS_MAX` after the other. The first time is kept beside it."""
    steps = [0, *(after - before for before, after in pairwise(times_ms))]
    kind = _kind_of(values)
    return _packed(kind, len(values), (("I", steps), (kind, values)))


def unpack_points(blob: bytes, first_ms: int) -> tuple[list[float], list[float]]:
    """Times in seconds since 1970, and values."""
    steps, values = _unpacked(blob, "Iv")
    return [at / 1000 for at in accumulate(steps, initial=first_ms)][1:], values.tolist()


def pack_rollup(slots: Numbers, low: Numbers, mean: Numbers, high: Numbers, counts: Numbers) -> bytes:
    """`slots` are whole numbers: how many steps after the beginning of its block each lies."""
    kind = _kind_of((*low, *high))
    return _packed(kind, len(slots), (("I", slots), (kind, low), (kind, mean), (kind, high), ("I", counts)))


def unpack_rollup(blob: bytes) -> Sequence[Numbers]:
    """The columns, as `pack_rollup` was given them."""
    return _unpacked(blob, "IvvvI")


def short(values: Numbers) -> list[float]:
    """Without the digits that 4 bytes made up: 0.1 again, not 0.10000000149011612. Large numbers are kept whole."""
    return [float(f"{value:.7g}") if -_SMALL_MAX < value < _SMALL_MAX else value for value in values]


def _kind_of(values: Numbers) -> str:
    return "f" if not values or -_SMALL_MAX < min(values) <= max(values) < _SMALL_MAX else "d"


def _packed(kind: str, size: int, columns: Sequence[tuple[str, Numbers]]) -> bytes:
    body = b"".join(_by_weight(array(typecode, numbers)) for typecode, numbers in columns)
    return _HEAD.pack(kind.encode(), size) + zlib.compress(body, _LEVEL)


def _unpacked(blob: bytes, layout: str) -> "list[array[float]]":
    """`layout` names the type of each column; "v" is the one of the values."""
    kind, size = _HEAD.unpack_from(blob)
    body, at, columns = zlib.decompress(blob[_HEAD.size :]), 0, []
    for typecode in layout.replace("v", kind.decode()):
        column: array[float] = array(typecode)
        end = at + size * column.itemsize
        column.frombytes(_side_by_side(body[at:end], column.itemsize))
        if sys.byteorder == "big":  # files are little-endian wherever they were written
            column.byteswap()
        columns.append(column)
        at = end
    return columns


def _by_weight(column: "array[float]") -> bytes:
    """First the lowest byte of every number, then the next: what changes little lies together, and compresses."""
    if sys.byteorder == "big":
        column.byteswap()
    data = column.tobytes()
    return b"".join(data[place :: column.itemsize] for place in range(column.itemsize))


def _side_by_side(data: bytes, width: int) -> bytes:
    size = len(data) // width
    whole = bytearray(len(data))
    for place in range(width):
        whole[place::width] = data[place * size : (place + 1) * size]
    return bytes(whole)
