"""UUIDs of version 4."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.data.drawing import Draw
from plimsoll.data.types.characters import HEX, Codes, strings

# Two digits for each value of a byte.
_PAIRS: Final = np.array([[HEX[byte >> 4], HEX[byte & 15]] for byte in range(256)], dtype=np.uint8)
_GROUPS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


@dataclass(frozen=True, slots=True)
class Uuids:
    """122 random bits: two of a billion rows are alike with a chance of 1e-19."""

    @property
    def capacity(self) -> int | None:
        return None

    def values(self, draw: Draw) -> pl.Series:
        digits = hex_digits(draw, 16)
        digits[:, 12] = HEX[4]
        digits[:, 16] = np.frombuffer(b"89ab", dtype=np.uint8)[digits[:, 16] & 3]
        codes = np.full((len(draw.n), 36), ord("-"), dtype=np.uint8)
        for group, (start, stop) in enumerate(_GROUPS):
            codes[:, start + group : stop + group] = digits[:, start:stop]
        return strings(codes)


def hex_digits(draw: Draw, count: int) -> Codes:
    """`count` random bytes, two digits each."""
    words = [draw.ints(2**32, f"bytes {start}").astype("<u4") for start in range(0, count, 4)]
    octets = np.stack(words, axis=1).view(np.uint8)[:, :count]
    return _PAIRS[octets].reshape(len(draw.n), 2 * count)
