"""Batches of samples folded into counts: what metrics, goals and evidence of a file are computed from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from plimsoll.analyze.metrics.counted import Times
from plimsoll.analyze.metrics.error_classes import CLASSES_MAX, OTHERS, error_class
from plimsoll.analyze.metrics.timeline import Timeline
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    import polars as pl

STEPS_MAX: Final = 1_000  # labels with their thread groups; who puts numbers into labels has more
OTHER_STEPS: Final = "(other labels)"
KEYS_MAX: Final = 2_000_000  # (step, outcome, time) held apart before they are joined: 32 MB
DENSE_MAX: Final = 1 << 20
MESSAGE_MAX: Final = 300  # characters of a message that are looked at
_TIME_BITS: Final = 40

_masked = lru_cache(4096)(mask)  # the same few classes come again and again


@dataclass(slots=True)
class StepSums:
    """What is counted of a step beside its times. Bytes are None where no row told them."""

    group: str
    label: str
    error_classes: Counter[str] = field(default_factory=Counter)
    received: int | None = None
    sent: int | None = None
    connects: int = 0
    http: bool = False


@dataclass(frozen=True, slots=True)
class FoldedStep:
    sums: StepSums
    ok: Times
    failed: Times

    @property
    def count(self) -> int:
        return self.ok.count + self.failed.count

    def times(self) -> Times:
        return Times.merged([self.ok, self.failed])


class Fold:
    """One kind of samples: requests, or transactions. `start_ms` and `end_ms` are of the first and the last."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.start_ms: int | None = None
        self.end_ms: int | None = None
        self.rows = 0
        self._ids: dict[tuple[str, str], int] = {}
        self._sums: list[StepSums] = []
        self._parts: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._held = 0

    def add(self, batch: "pl.DataFrame") -> None:
        if not len(batch):
            return
        self.rows += len(batch)
        steps = self._steps(batch)
        elapsed = batch["elapsed_ms"].to_numpy()
        failed = ~batch["ok"].to_numpy()
        self._add_times(steps, elapsed, failed)
        self._add_sums(batch, steps)
        self._add_errors(batch, steps, failed)
        if batch["start_ms"].null_count() == 0:
            start = batch["start_ms"].to_numpy()
            self.timeline.add(start, elapsed, failed)
            self._widen(int(start.min()), int((start + elapsed).max()))

    def steps(self) -> Sequence[FoldedStep]:
        """Those that took most time first."""
        self._join()
        keys, counts = self._parts[0] if self._parts else (np.zeros(0, np.int64), np.zeros(0, np.int64))
        owner, ms = keys >> _TIME_BITS, keys & ((1 << _TIME_BITS) - 1)
        bounds = np.searchsorted(owner, np.arange(2 * len(self._sums) + 1))
        times = [Times(ms[low:high], counts[low:high]) for low, high in pairwise(bounds)]
        found = [FoldedStep(sums, times[2 * at], times[2 * at + 1]) for at, sums in enumerate(self._sums)]
        return sorted(found, key=lambda step: -(step.ok.sum_ms + step.failed.sum_ms))

    def _steps(self, batch: "pl.DataFrame") -> NDArray[np.int64]:
        """The number of each row's step."""
        labels, label_at = _numbered(batch["label"])
        threads, thread_at = _numbered(batch["thread"])
        groups, group_of = np.unique([group_name(thread) for thread in threads], return_inverse=True)
        pairs = label_at * len(groups) + group_of[thread_at]
        known, where = _distinct(pairs, len(labels) * len(groups))
        ids = [self._id(str(groups[pair % len(groups)]), labels[pair // len(groups)]) for pair in known]
        found: NDArray[np.int64] = np.array(ids, np.int64)[where]
        return found

    def _id(self, group: str, label: str) -> int:
        found = self._ids.get((group, label))
        if found is not None:
            return found
        key = (group, label) if len(self._ids) < STEPS_MAX else ("", OTHER_STEPS)
        if key not in self._ids:
            self._ids[key] = len(self._sums)
            self._sums.append(StepSums(*key))
        return self._ids[key]

    def _add_times(self, steps: NDArray[np.int64], elapsed: NDArray[np.int64], failed: NDArray[np.bool_]) -> None:
        keys, counts = np.unique(((steps * 2 + failed) << _TIME_BITS) | elapsed, return_counts=True)
        self._parts.append((keys, counts))
        self._held += len(keys)
        if self._held > KEYS_MAX:
            self._join()

    def _join(self) -> None:
        if len(self._parts) < 2 and self._held <= KEYS_MAX:
            return
        keys, where = np.unique(np.concatenate([part[0] for part in self._parts]), return_inverse=True)
        counts = np.bincount(where, weights=np.concatenate([part[1] for part in self._parts])).astype(np.int64)
        if len(keys) > KEYS_MAX // 2:
            keys, counts = _coarser(keys, counts)
        self._parts, self._held = [(keys, counts)], len(keys)

    def _add_sums(self, batch: "pl.DataFrame", steps: NDArray[np.int64]) -> None:
        import polars as pl

        frame = batch.select("received", "sent", "connected", "http").with_columns(step=pl.Series(steps))
        told = [pl.col(name).count().alias(f"{name}_told") for name in ("received", "sent")]
        sums = frame.group_by("step").agg(
            pl.col("received", "sent").sum(), *told, pl.col("connected").sum(), pl.col("http").any()
        )
        for row in sums.iter_rows(named=True):
            step = self._sums[row["step"]]
            step.connects += row["connected"]
            step.http |= row["http"]
            if row["received_told"]:
                step.received = (step.received or 0) + row["received"]
            if row["sent_told"]:
                step.sent = (step.sent or 0) + row["sent"]

    def _add_errors(self, batch: "pl.DataFrame", steps: NDArray[np.int64], failed: NDArray[np.bool_]) -> None:
        import polars as pl

        if not failed.any():
            return
        rows = (
            batch.select("code", "said", "failure", "http")
            .with_columns(step=pl.Series(steps))
            .filter(pl.Series(failed))
        )
        short = pl.col("said", "failure").str.slice(0, MESSAGE_MAX).str.replace_all(r"\d+", "N")
        counted = rows.with_columns(short).group_by(pl.all()).len()
        for code, said, failure, http, step, count in counted.iter_rows():
            classes = self._sums[step].error_classes
            name = _masked(error_class(code, said, failure, http=http))
            classes[name if name in classes or len(classes) < CLASSES_MAX else OTHERS] += count

    def _widen(self, start_ms: int, end_ms: int) -> None:
        self.start_ms = start_ms if self.start_ms is None else min(self.start_ms, start_ms)
        self.end_ms = end_ms if self.end_ms is None else max(self.end_ms, end_ms)


def _numbered(column: "pl.Series") -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts, and of each row the number of its."""
    import polars as pl

    names = column.unique()
    numbers = column.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return names.to_list(), numbers


def _distinct(values: NDArray[np.int64], below: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct values, ascending, and of each value the place of its. Counting is quicker where they are few."""
    if below > DENSE_MAX:
        known, where = np.unique(values, return_inverse=True)
        return known, where
    present = np.bincount(values, minlength=below) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[values]


def group_name(thread: str) -> str:
    """JMeter names a thread after its group: "Thread Group 1-5"."""
    return thread.rstrip("0123456789-").rstrip()


def _coarser(keys: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Times to 0.05 %, which bounds their number whatever they are."""
    owner, ms = keys >> _TIME_BITS, keys & ((1 << _TIME_BITS) - 1)
    bits = np.maximum(0, np.frexp(ms.astype(np.float64))[1].astype(np.int64) - 11)
    rounded = (ms >> bits << bits) + ((1 << bits) >> 1)
    found, where = np.unique((owner << _TIME_BITS) | rounded, return_inverse=True)
    return found, np.bincount(where, weights=counts).astype(np.int64)


def error_counts(steps: Sequence[FoldedStep]) -> Mapping[str, int]:
    """Of all steps together, the most frequent first."""
    return dict(sum((step.sums.error_classes for step in steps), Counter[str]()).most_common())
