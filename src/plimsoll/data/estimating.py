"""What a fill will come to, before it is done: bytes on disk and seconds, from a sample of its rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from plimsoll.data.fill import TableFill

SAMPLE_ROWS: Final = 500
ROW_OVERHEAD_BYTES: Final = 28  # tuple header 23, aligned to 24, and a line pointer of 4
INDEX_ENTRY_BYTES: Final = 24  # of a btree with a narrow key: 8 of key, 8 of header, 4 of pointer, pages 90 % full
# Of the embedded server and one core for us (docs/benchmarks.md); another server differs, so we say "about".
ROW_SECONDS: Final = 4e-6
BYTE_SECONDS: Final = 25e-9
INDEX_SECONDS: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of one table: what its rows and its unique indexes take on disk, and how long it takes to fill. Rough."""

    table: str
    rows: int
    bytes: int
    seconds: float


def estimate(fill: TableFill) -> Estimate:
    """By making a few rows from all over the table."""
    rows, indexes = fill.rows, len(fill.table.uniques)
    sampled = np.unique(np.linspace(0, max(rows - 1, 0), min(rows, SAMPLE_ROWS)).astype(np.int64))
    width = len(fill.frame(sampled).write_csv(include_header=False).encode()) / len(sampled) if rows else 0.0
    size = rows * (ROW_OVERHEAD_BYTES + width + indexes * INDEX_ENTRY_BYTES)
    seconds = rows * (ROW_SECONDS + width * BYTE_SECONDS + indexes * INDEX_SECONDS)
    return Estimate(str(fill.table.name), rows, round(size), seconds)
