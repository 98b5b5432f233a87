"""Recording: the hot path packs a sample into a buffer; everything else happens in batches on another thread.

A batch is handed over once a second, or when a buffer is full. The batch's thread spends its time in numpy and polars,
which release the interpreter's lock. What it cannot keep up with is counted as lost, not queued for ever.
"""

import struct
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from plimsoll.core.sample import StepKind
from plimsoll.load.recording.fold import NO_ERROR, VOID, Fold
from plimsoll.runs.samples import ERROR, NAME, ROW_FIELDS, SCHEDULED, SampleName

ROW = struct.Struct(f"{len(ROW_FIELDS)}q")
ROW_BYTES = ROW.size
FIELD = struct.Struct("q")
NO_HTTP = (0, 0, 0, 0, 0)  # what the row of another kind of step has for connect, TLS, first byte, sent and received
BUFFER_ROWS = 65_536  # 6.5 MiB: about a second of one process at full speed
BUFFER_BYTES = BUFFER_ROWS * ROW_BYTES
BUFFERS_MAX = 8  # waiting for the batch thread; beyond it samples are lost and counted
NAMES_MAX = 2_000  # steps and journeys; steps beyond it are recorded together, under OTHER
ERROR_CLASSES_MAX = 500  # likewise
OTHER = "(other)"


class SampleSink(Protocol):
    """What keeps samples beyond their fold, such as `runs.samples.SampleWriter`. Called on the batch thread."""

    lost: int

    def add(self, rows: NDArray[np.int64], names: Sequence[SampleName], errors: Sequence[str | None]) -> None: ...

    def flush(self, names: Sequence[SampleName], errors: Sequence[str | None]) -> None: ...


class RowHolder(Protocol):
    """Whoever may still change its last row: `row_at` is the row's place in the buffer, or -1."""

    row_at: int


class Recorder:
    """One process's samples. All methods are for the event loop's thread.

    Samples scheduled before `measure_from_ns` (the warm-up's) are kept apart; `executor` does the batches' work, one
    after another, by itself in a thread.
    """

    def __init__(
        self, holders: Sequence[RowHolder], sink: SampleSink | None = None, executor: Executor | None = None
    ) -> None:
        self.buffer = bytearray(BUFFER_BYTES)
        self.end = 0
        self._lost = 0
        self._holders = holders
        self._sink = sink
        self._thread = executor or ThreadPoolExecutor(1, thread_name_prefix="recorder")
        self._waiting = threading.Semaphore(BUFFERS_MAX)
        self._spare: list[bytearray] = []
        self._fold = Fold()
        self._warmup_fold = Fold()
        self.measure_from_ns = 0
        self._names: list[SampleName] = []
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._errors: list[str | None] = [None]
        self._error_numbers: dict[str, int] = {}

    def step_number(self, journey: str, step: str, kind: StepKind) -> int:
        """The number that stands for a step in a row."""
        known = self._numbers.get((journey, step))
        if known is not None:
            return known
        if len(self._names) >= NAMES_MAX and step != OTHER:
            return self.step_number(journey, OTHER, "custom")
        return self._new_number(SampleName(journey, step, kind))

    def journey_number(self, journey: str) -> int:
        """The number that stands for a journey's own sample in a row."""
        known = self._numbers.get((journey, None))
        return self._new_number(SampleName(journey, None, None)) if known is None else known

    def _new_number(self, name: SampleName) -> int:
        self._names.append(name)
        self._numbers[(name.journey, name.step)] = len(self._names) - 1
        return len(self._names) - 1

    def error_number(self, error_class: str) -> int:
        """The number that stands for an error class in a row; NO_ERROR stands for none."""
        known = self._error_numbers.get(error_class)
        if known is not None:
            return known
        if len(self._errors) >= ERROR_CLASSES_MAX and error_class != OTHER:
            return self.error_number(OTHER)
        self._errors.append(error_class)
        self._error_numbers[error_class] = len(self._errors) - 1
        return len(self._errors) - 1

    def record(self, *row: int) -> int:
        """Records a row of ROW_FIELDS and returns its place, good until the next `hand_over`."""
        if self.end >= BUFFER_BYTES:
            self.hand_over()
        at = self.end
        ROW.pack_into(self.buffer, at, *row)
        self.end = at + ROW_BYTES
        return at

    def fail_row(self, at: int, error_class: str) -> bool:
        """Marks a row that its holder still holds as failed; False if it had failed before."""
        place = at + ERROR * FIELD.size
        if FIELD.unpack_from(self.buffer, place)[0] != NO_ERROR:
            return False
        FIELD.pack_into(self.buffer, place, self.error_number(error_class))
        return True

    def hand_over(self) -> None:
        """Gives what has been recorded to the batch thread. Rows that their holders may still change stay."""
        full, end = self.buffer, self.end
        if not end:
            return
        self.buffer = self._spare.pop() if self._spare else bytearray(BUFFER_BYTES)
        self.end = 0
        kept = self._keep_held_rows(full)
        if not self._waiting.acquire(blocking=False):
            self._lost += end // ROW_BYTES - kept
            self._spare.append(full)
            return
        self._thread.submit(self._work, full, end)

    def _keep_held_rows(self, full: bytearray) -> int:
        """Moves them to the new buffer, and tells how many."""
        for holder in self._holders:
            if holder.row_at >= 0 and self.end < BUFFER_BYTES:
                row = full[holder.row_at : holder.row_at + ROW_BYTES]
                FIELD.pack_into(full, holder.row_at, VOID)
                self.buffer[self.end : self.end + ROW_BYTES] = row
                holder.row_at = self.end
                self.end += ROW_BYTES
        return self.end // ROW_BYTES

    @property
    def samples_lost(self) -> int:
        """Samples that were not stored, counted or not, because something was too slow, too full or too small."""
        return self._lost + (self._sink.lost if self._sink is not None else 0)

    @property
    def samples_uncounted(self) -> int:
        """Those among the lost that are not in the figures either: the batch thread was too far behind."""
        return self._lost

    def take(self, *, warmup: bool = False) -> Future[Fold]:
        """Hands over, and promises the sum of all that was scheduled within (or after) the warm-up since the last."""
        self.hand_over()
        return self._thread.submit(self._swap, warmup)

    def store(self) -> Future[None]:
        """Hands over, and promises that the sink stores what it can; `samples_lost` is then the last word."""
        self.hand_over()
        return self._thread.submit(self._flush)

    def close(self) -> None:
        """Stores what is left; blocks until it is done."""
        self.store()
        self._thread.shutdown(wait=True)

    def _flush(self) -> None:
        if self._sink is not None:
            self._sink.flush(self._names, self._errors)

    def _swap(self, warmup: bool) -> Fold:
        if warmup:
            fold, self._warmup_fold = self._warmup_fold, Fold()
        else:
            fold, self._fold = self._fold, Fold()
            early, self._warmup_fold = self._warmup_fold, Fold()
            fold.carried = sum(journey.count for journey in early.journeys.values())
        return fold

    def _work(self, buffer: bytearray, end: int) -> None:
        rows = np.frombuffer(buffer, np.int64, end // FIELD.size).reshape(-1, len(ROW_FIELDS))
        rows = rows[rows[:, NAME] != VOID]  # a copy: the buffer is used again
        self._spare.append(buffer)
        self._waiting.release()
        early = rows[:, SCHEDULED] < self.measure_from_ns
        if early.any():
            self._warmup_fold.add(rows[early], self._names, self._errors)
            self._fold.add(rows[~early], self._names, self._errors)
        else:
            self._fold.add(rows, self._names, self._errors)
        if self._sink is not None:
            self._sink.add(rows, self._names, self._errors)
