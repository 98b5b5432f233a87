"""A JTL file of any kind -> batches of samples, with what was made of the file. Reads it once, in bounded memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from plimsoll.analyze.reading.batch import Form, batch_of
from plimsoll.analyze.reading.blocks import blocks
from plimsoll.analyze.reading.csv_rows import CsvRows
from plimsoll.analyze.reading.layout import Layout
from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.analyze.reading.opening import Opened, check_is_file, open_bytes, unreadable
from plimsoll.analyze.reading.recognizing import Recognized, recognize
from plimsoll.analyze.reading.stamps import Stamped, stamped_at
from plimsoll.analyze.reading.sub_results import SUB_RESULT, SubResults
from plimsoll.analyze.reading.xml_rows import XmlRows
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

JUDGED_ROWS: Final = 20_000  # by which it is decided what time stamps mean
FAR_MS: Final = 10 * 365 * 86_400_000


@dataclass(slots=True)
class Told:
    """What reading found out about a file; complete when its batches are through."""

    rows: int = 0
    sub_results: int = 0
    several: int = 0
    headers: int = 0
    breaks: Sequence[int] = ()
    transactions_are_requests: bool = False
    stamped: Stamped = "start"
    strange_stamp: str = ""
    cut_short_because: str = ""
    left_out: LeftOut = field(default_factory=LeftOut)


class JtlFile:
    """An open file. `told` grows while `batches` are taken."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._opened: Opened = open_bytes(file)
        if not self._opened.head and (why := self._opened.ending.cut_short_because):
            raise UsageError("nothing of the file can be unpacked", where=str(path), why=why)
        self.recognized: Recognized = recognize(self._opened.head, str(path))
        self.packing = self._opened.packing
        self.told = Told()
        self._judged = False
        self._first_ms: int | None = None
        self._sub_results = SubResults()

    def batches(self) -> "Iterator[pl.DataFrame]":
        """Samples, without sub-results; columns as of `reading.batch`, `start_ms` for `stamp_ms`."""
        for raw, form in self._raw():
            self.told.rows += len(raw)
            self.told.strange_stamp = self.told.strange_stamp or form.strange
            self.told.several += several(raw)
            left_out_before = self.told.left_out.rows
            batch = batch_of(raw, form, self.told.left_out)
            self.told.rows -= self.told.left_out.rows - left_out_before
            batch = self._placed(batch)
            if len(batch):
                yield self._sub_results.without(batch)
        self.told.sub_results += self._sub_results.count
        self.told.cut_short_because = self._opened.ending.cut_short_because

    def _raw(self) -> "Iterator[tuple[pl.DataFrame, Form]]":
        if self.recognized.layout is None:
            yield from self._xml()
            return
        reader = CsvRows(self.recognized.layout, self.told.left_out)
        known: tuple[Layout, Form] | None = None
        for block in blocks(self._opened.pieces, self.told.left_out):
            for layout, frame in reader.read(block):
                if known is None or known[0] is not layout:
                    known = layout, form_of(layout, frame)
                yield frame, known[1]
        self.told.headers = reader.headers

    def _xml(self) -> "Iterator[tuple[pl.DataFrame, Form]]":
        reader = XmlRows(self.told.left_out)
        yield from reader.read(self._opened.pieces)
        self.told.sub_results += reader.sub_results
        self.told.breaks = reader.breaks

    def _placed(self, batch: "pl.DataFrame") -> "pl.DataFrame":
        """With starts instead of stamps; without what lies years away from the first of the file."""
        import polars as pl

        if not self._judged and len(batch):
            self._judge(batch)
        if self.told.stamped == "end":
            batch = batch.with_columns(stamp_ms=pl.col("stamp_ms") - pl.col("elapsed_ms"))
        if self._first_ms is not None:
            far = (batch["stamp_ms"] - self._first_ms).abs() > FAR_MS
            if far.any():
                for line in batch.filter(far)["line"]:
                    self.told.left_out.add("its time stamp lies years away from the others", line)
                self.told.rows -= int(far.sum())
                batch = batch.filter(~far)
        return batch.rename({"stamp_ms": "start_ms"})

    def _judge(self, batch: "pl.DataFrame") -> None:
        import polars as pl

        self._judged = True
        if batch["stamp_ms"].null_count():
            return
        self._first_ms = int(batch["stamp_ms"].head(JUDGED_ROWS).sort()[len(batch.head(JUDGED_ROWS)) // 2])
        plain = batch.head(JUDGED_ROWS).filter(~pl.col("transaction") & ~pl.col("label").str.contains(SUB_RESULT))
        self.told.stamped = stamped_at(
            plain["thread"].to_list(), plain["stamp_ms"].to_list(), plain["elapsed_ms"].to_list()
        )


def open_jtl(path: Path) -> "tuple[BinaryIO, JtlFile]":
    """The file is the caller's to close. Raises UsageError for what is no JTL or cannot be read."""
    check_is_file(path)
    try:
        file = path.open("rb")
        try:
            return file, JtlFile(file, path)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise unreadable(path, error) from error


def several(raw: "pl.DataFrame") -> int:
    """Rows that stand for more than one sample."""
    import polars as pl

    if "SampleCount" not in raw.columns:
        return 0
    return int((raw["SampleCount"].cast(pl.Int64, strict=False) > 1).sum())


def form_of(layout: Layout, frame: "pl.DataFrame") -> Form:
    stamps = frame["timeStamp"].head(200).drop_nulls().to_list() if "timeStamp" in layout.columns else []
    return Form.by(list(map(str, stamps)), layout.told)
