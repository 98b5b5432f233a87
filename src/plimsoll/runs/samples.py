"""Samples on disk: Parquet parts, each written whole, so that what was flushed can be read whatever came after.

Columns: journey, step and kind (null for a journey's own sample), user, scheduled_ns, ready_ns, started_ns, finished_ns
(since the start of the load), think_ns, error (its class, or null), and of HTTP steps (0 elsewhere) connect_ns, tls_ns
(0 on a kept connection), first_byte_ns (since started_ns), sent and received (bytes on the wire).
"""

import errno
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.sample import StepKind

if TYPE_CHECKING:
    import polars

PART_ROWS_MAX = 262_144  # about 6 MB on disk, 20 MB in memory
PART_SECONDS_MAX = 5.0  # what a kill -9 can lose
FULL_BYTES = 1 << 20  # of a disk that has no more free, whatever the library says of a part that was not written

# A recorded row: int64 fields in this order; name and error are numbers into lists kept beside.
ROW_FIELDS = (
    "name", "user", "scheduled", "ready", "started", "finished", "think", "error",
    "connect", "tls", "first_byte", "sent", "received",
)  # fmt: skip
(
    NAME, USER, SCHEDULED, READY, STARTED, FINISHED, THINK, ERROR, CONNECT, TLS, FIRST_BYTE, SENT, RECEIVED,
) = range(len(ROW_FIELDS))  # fmt: skip
_HTTP = {"connect_ns": CONNECT, "tls_ns": TLS, "first_byte_ns": FIRST_BYTE, "sent": SENT, "received": RECEIVED}
_TIMES = {"scheduled_ns": SCHEDULED, "ready_ns": READY, "started_ns": STARTED, "finished_ns": FINISHED}


@dataclass(frozen=True, slots=True)
class SampleName:
    """What a row's name number stands for; a journey's own sample has neither step nor kind."""

    journey: str
    step: str | None
    kind: StepKind | None


class SampleWriter:
    """Writes one process's samples as numbered parts, at most `bytes_max` in all.

    What does not fit, or cannot be written (a full disk), is counted in `lost` and never raised.
    """

    def __init__(self, directory: Path, process: int, *, bytes_max: int) -> None:
        import polars  # noqa: F401  # paid here, before the load, rather than at the first flush

        self._directory = directory
        self._process = process
        self._bytes_left = bytes_max
        self.epoch_ns = 0  # what times are counted from
        self._rows: list[NDArray[np.int64]] = []
        self._row_count = 0
        self._parts = 0
        self._opened_at_s: float | None = None
        self.lost = 0
        self.problem = ""

    def add(self, rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        """Takes int64 rows of `ROW_FIELDS` and keeps them; flushes when enough have come together."""
        if self._bytes_left <= 0:
            self.lost += len(rows)
            return
        self._rows.append(rows)
        self._row_count += len(rows)
        now_s = time.monotonic()
        if self._opened_at_s is None:
            self._opened_at_s = now_s
        if self._row_count >= PART_ROWS_MAX or now_s - self._opened_at_s >= PART_SECONDS_MAX:
            self.flush(names, errors)

    def flush(self, names: Sequence[SampleName], errors: Sequence[str | None]) -> None:
        if not self._row_count:
            return
        rows, self._rows, self._opened_at_s = self._rows, [], None
        count, self._row_count = self._row_count, 0
        path = self._directory / f"part-{self._process:03}-{self._parts:06}.parquet"
        temporary = path.with_suffix(".tmp")
        try:
            frame = _frame(np.concatenate(rows), names, errors, self.epoch_ns)
            frame.write_parquet(temporary, compression="zstd", compression_level=1, statistics=False)
            size = temporary.stat().st_size
            if size > self._bytes_left:
                self._stop(temporary, count)
                return
            temporary.replace(path)
        except Exception as error:  # noqa: BLE001  # polars has its own classes for a full disk; no kind of it may end a run
            self._give_up(temporary, count, error)
            return
        self._parts += 1
        self._bytes_left -= size

    def _stop(self, temporary: Path, count: int) -> None:
        """This part would go beyond the limit: what has been stored is all."""
        temporary.unlink()
        self._bytes_left = 0
        self.lost += count
        self.problem = "the samples reached their limit in bytes; later ones were not stored"

    def _give_up(self, temporary: Path, count: int, error: Exception) -> None:
        why = str(error).partition("\n")[0][:200]
        with suppress(OSError):
            why = write_reason(why, shutil.disk_usage(self._directory).free)  # while what fills it is there
            temporary.unlink(missing_ok=True)
        self.lost += count
        self.problem = f"samples could not be written: {why}"


def write_reason(told: str, free_bytes: int) -> str:
    """Why a part was not written: of a full disk the library may speak in riddles."""
    return f"{os.strerror(errno.ENOSPC)} ({told})" if free_bytes < FULL_BYTES else told


def _frame(
    rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None], epoch_ns: int
) -> "polars.DataFrame":
    import polars as pl

    columns = {
        "journey": _named(rows[:, NAME], [name.journey for name in names]),
        "step": _named(rows[:, NAME], [name.step for name in names]),
        "kind": _named(rows[:, NAME], [name.kind for name in names]),
        "user": pl.Series(rows[:, USER].astype(np.int32)),
    }
    columns |= {column: pl.Series(rows[:, at] - epoch_ns) for column, at in _TIMES.items()}
    columns["think_ns"] = pl.Series(rows[:, THINK])
    columns |= {column: pl.Series(rows[:, at]) for column, at in _HTTP.items()}
    columns["error"] = _named(rows[:, ERROR], errors)
    return pl.DataFrame(columns)


def _named(numbers: NDArray[np.int64], names: Sequence[str | None]) -> "polars.Series":
    import polars as pl

    return pl.Series(names, dtype=pl.String).cast(pl.Categorical).gather(pl.Series(numbers))


def scan_samples(directory: Path) -> "polars.LazyFrame":
    """All samples of a run, lazily, in no particular order. Raises RunDirectoryError where there are none."""
    import polars as pl

    if not any(directory.glob("part-*.parquet")):
        raise RunDirectoryError(
            "this run has no samples",
            where=str(directory),
            why="they were switched off, or nothing was measured",
            remedy="repeat it without --no-samples",
        )
    return pl.scan_parquet(str(directory / "part-*.parquet"))
