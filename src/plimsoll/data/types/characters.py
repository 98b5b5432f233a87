"""Strings of one width, made all at once."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.data.drawing import Draw, Numbers

Codes = NDArray[np.uint8]  # ASCII, one row for each string; never 0

LOWER: Final = b"abcdefghijklmnopqrstuvwxyz"
DIGITS: Final = b"0123456789"
HEX: Final = b"0123456789abcdef"
BASE36: Final = DIGITS + LOWER
BITS: Final = b"01"


def strings(codes: Codes) -> pl.Series:
    """One string for each row of codes."""
    count, width = codes.shape
    if not width:
        return pl.Series([""] * count, dtype=pl.String)
    whole = np.ascontiguousarray(codes).view(f"S{width}").ravel()
    return pl.Series(whole, dtype=pl.Binary).cast(pl.String)


def digits(numbers: Numbers, alphabet: bytes, width: int) -> Codes:
    """The last `width` digits of numbers from 0 up, leading zeros written; injective below len(alphabet)**width."""
    letters = np.frombuffer(alphabet, dtype=np.uint8)
    codes = np.empty((len(numbers), width), dtype=np.uint8)
    rest = numbers
    for place in range(width - 1, -1, -1):
        rest, digit = np.divmod(rest, len(alphabet))
        codes[:, place] = letters[digit]
    return codes


def random_digits(draw: Draw, alphabet: bytes, width: int) -> Codes:
    """Any digits at all."""
    step = 8  # digits from one draw: 36**8 < 2**53
    parts = [
        digits(
            draw.ints(len(alphabet) ** min(step, width - start), f"digits {start}"), alphabet, min(step, width - start)
        )
        for start in range(0, width, step)
    ]
    return joined(*parts) if parts else np.empty((len(draw.n), 0), dtype=np.uint8)


def joined(*parts: "Codes | bytes") -> Codes:
    """Side by side; bytes stand in every row."""
    count = next(len(part) for part in parts if isinstance(part, np.ndarray))
    columns: list[NDArray[Any]] = [
        np.broadcast_to(np.frombuffer(part, dtype=np.uint8), (count, len(part))) if isinstance(part, bytes) else part
        for part in parts
    ]
    return np.concatenate(columns, axis=1, dtype=np.uint8)
