"""Time stamps as JTL files have them: in which format, and whether of a sample's start or its end. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import polars as pl

Stamped = Literal["start", "end"]
MS: Final = "ms"
SECONDS: Final = "s"
MICROSECONDS: Final = "us"
NANOSECONDS: Final = "ns"
PARTS: Final = {MICROSECONDS: 1_000, NANOSECONDS: 1_000_000}  # of a millisecond
WITH_OFFSET: Final = "%Y-%m-%d %H:%M:%S%.f%z"
CLEARLY: Final = 0.5  # of the overlaps of the other reading
_FORMATS: Final = (
    (re.compile(r"\d{11,14}|\d{1,8}"), MS),  # few digits: since the start of the load
    (re.compile(r"\d{9,10}(\.\d+)?"), SECONDS),
    (re.compile(r"\d{15,17}"), MICROSECONDS),
    (re.compile(r"\d{18,19}"), NANOSECONDS),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d([.,]\d{1,9})? ?(Z|[+-]\d\d(:?\d\d)?)"), WITH_OFFSET),
    (re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d[.,]\d{1,9}"), "%d.%m.%Y %H:%M:%S%.f"),
    (re.compile(r"\d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d"), "%d.%m.%Y %H:%M:%S"),
    (re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d [AP]M"), "%m/%d/%y %I:%M:%S %p"),
    (re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d[.,]\d{1,9}"), "%Y/%m/%d %H:%M:%S%.f"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.,]\d{1,9}"), "%Y-%m-%d %H:%M:%S%.f"),
    (re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d"), "%Y/%m/%d %H:%M:%S"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d"), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d[.,]\d{1,9}"), "%m/%d/%y %H:%M:%S%.f"),
    (re.compile(r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d"), "%m/%d/%y %H:%M:%S"),
)


def stamp_format(texts: Iterable[str]) -> str | None:
    """The format that most of the texts are in; None where none is known."""
    votes = [name for text in texts for pattern, name in _FORMATS if pattern.fullmatch(text.strip())]
    return max(votes, key=votes.count, default=None)


def to_ms(column: "pl.Expr", form: str | None) -> "pl.Expr":
    """Milliseconds since 1970, of a column of text; null where the text is none of this format."""
    import polars as pl

    text = column.cast(pl.String).str.strip_chars()
    if form is None:
        return pl.lit(None, pl.Int64)
    if form == MS:
        return text.cast(pl.Int64, strict=False)
    if form == SECONDS:
        return (text.cast(pl.Float64, strict=False) * 1000).round().cast(pl.Int64)
    if form in PARTS:
        return text.cast(pl.Int64, strict=False) // PARTS[form]
    plain = text.str.replace("T", " ", literal=True).str.replace(",", ".", literal=True)
    if form == WITH_OFFSET:
        plain = plain.str.replace(r" ?(Z|[+-]\d\d)$", "$1:00").str.replace("Z:00", "+00:00", literal=True)
        plain = plain.str.replace(r" ([+-])", "$1")
    return plain.str.to_datetime(form, time_unit="ms", strict=False).cast(pl.Int64)


def stamped_at(threads: Sequence[str | None], stamps_ms: Sequence[int], elapsed_ms: Sequence[int]) -> Stamped:
    """Whether the stamps are of starts or ends, by what would make a thread do two things at once.

    On one thread a sample begins after the one before it ended; read wrongly, samples overlap. Where that does not
    tell, it is the start, which is JMeter's default.
    """
    last: dict[str, tuple[int, int]] = {}
    start = end = 0
    for thread, stamp, took in zip(threads, stamps_ms, elapsed_ms, strict=True):
        if thread and thread in last:
            before, before_took = last[thread]
            start += stamp < before + before_took
            end += stamp - took < before
        if thread:
            last[thread] = stamp, took
    return "end" if end < CLEARLY * start else "start"
