"""A file's samples, folded: one value that summary, metrics and evidence are made of."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plimsoll.analyze.metrics.fold import Fold, FoldedStep
from plimsoll.analyze.metrics.timeline import POINTS_MAX, TimePoint
from plimsoll.analyze.reading.batch import TRANSACTION
from plimsoll.analyze.reading.jtl import JtlFile, Told, open_jtl
from plimsoll.analyze.reading.opening import unreadable

if TYPE_CHECKING:
    import polars as pl

CHILDREN_MIN: Final = 0.5  # of the samples that transactions say they have, for them to stand in the file


@dataclass(frozen=True, slots=True)
class Measured:
    """`steps` are requests, `journeys` transactions, where their requests are in the file too; times in ms since 1970,
    None where the file has none. `points` are at most 2,400, by the
    second where that suffices, `coarse_points` at most 600."""

    kind: str
    packing: str
    told: Told
    steps: Sequence[FoldedStep]
    journeys: Sequence[FoldedStep]
    points: Sequence[TimePoint]
    coarse_points: Sequence[TimePoint]
    start_ms: int | None
    end_ms: int | None

    @property
    def duration_s(self) -> float:
        return 0.0 if self.start_ms is None or self.end_ms is None else (self.end_ms - self.start_ms) / 1000

    @property
    def requests(self) -> int:
        return sum(step.count for step in self.steps)


class Measuring:
    """Takes batches. Whether transactions are counted as requests is decided when the first of them is seen: they are
    where the samples that they consist of are not in the file."""

    def __init__(self) -> None:
        self.requests = Fold()
        self.transactions = Fold()
        self.parts_told = 0
        self._apart: bool | None = None

    def add(self, batch: "pl.DataFrame") -> None:
        import polars as pl

        if not batch["transaction"].any():
            self.requests.add(batch)
            return
        transactions, samples = batch.filter(pl.col("transaction")), batch.filter(~pl.col("transaction"))
        parts = transactions["said"].str.slice(len(TRANSACTION)).str.extract(r"^(\d{1,9})").cast(pl.Int64)
        self.parts_told += int(parts.sum())
        if self._apart is None:
            self._apart = self.requests.rows + len(samples) >= max(1, CHILDREN_MIN * self.parts_told)
        if not self._apart:
            self.requests.add(batch)
            return
        self.requests.add(samples)
        self.transactions.add(transactions)

    @property
    def transactions_are_requests(self) -> bool:
        return self._apart is False


def measure(path: Path) -> Measured:
    """Reads a JTL file once. Raises UsageError for what is none, or cannot be read."""
    with _opened(path) as jtl:
        measuring = Measuring()
        for batch in jtl.batches():
            measuring.add(batch)
    jtl.told.transactions_are_requests = measuring.transactions_are_requests
    return measured(jtl, measuring)


def measured(jtl: JtlFile, measuring: Measuring) -> Measured:
    requests, transactions = measuring.requests, measuring.transactions
    return Measured(
        kind=jtl.recognized.kind,
        packing=jtl.packing,
        told=jtl.told,
        steps=requests.steps(),
        journeys=transactions.steps(),
        points=requests.timeline.points(),
        coarse_points=requests.timeline.points(POINTS_MAX),
        start_ms=requests.start_ms,
        end_ms=requests.end_ms,
    )


@contextmanager
def _opened(path: Path) -> Iterator[JtlFile]:
    file, jtl = open_jtl(path)
    with file:
        try:
            yield jtl
        except OSError as error:
            raise unreadable(path, error) from error
