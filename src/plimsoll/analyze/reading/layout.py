"""Which column of a JTL is which: by its header, or where there is none by what is in the columns. Pure."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

DELIMITERS: Final = (",", "\t", ";", "|")
NAMES: Final = (
    "timeStamp", "elapsed", "label", "responseCode", "responseMessage", "threadName", "dataType", "success",
    "failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Filename", "Latency", "Encoding",
    "SampleCount", "ErrorCount", "Hostname", "IdleTime", "Connect",
)  # fmt: skip
_KNOWN: Final = {name.lower(): name for name in NAMES}
_BEFORE_SUCCESS: Final = NAMES[:7]
# by the number of columns after `success`: what the versions of JMeter write by default
_AFTER_SUCCESS: Final[Mapping[int, Sequence[str]]] = {
    9: ("failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "URL", "Latency", "IdleTime", "Connect"),
    8: ("failureMessage", "bytes", "sentBytes", "grpThreads", "allThreads", "Latency", "IdleTime", "Connect"),
    7: ("failureMessage", "bytes", "grpThreads", "allThreads", "Latency", "IdleTime", "Connect"),
    6: ("failureMessage", "bytes", "grpThreads", "allThreads", "Latency", "IdleTime"),
    5: ("failureMessage", "bytes", "grpThreads", "allThreads", "Latency"),
    4: ("bytes", "grpThreads", "allThreads", "Latency"),
}
_AFTER_WITHOUT_MESSAGE: Final[Mapping[int, Sequence[str]]] = {
    6: ("bytes", "grpThreads", "allThreads", "Latency", "IdleTime", "Connect"),
    5: ("bytes", "grpThreads", "allThreads", "Latency", "IdleTime"),
}
_HEADERLESS_COLUMNS: Final = range(8, 60)
FITTING_MIN: Final = 3  # rows that have to agree on what the header denies
_BOOLEAN: Final = re.compile(r"(?i)true|false")
_STAMP: Final = re.compile(r"\d{10,13}(\.\d+)?|\d{4}[/-]\d\d[/-]\d\d .*|\d\d/\d\d/\d\d .*")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns` tells where a name's column is; a row has `width` of them."""

    delimiter: str
    width: int
    columns: Mapping[str, int]
    has_header: bool

    @property
    def told(self) -> frozenset[str]:
        return frozenset(self.columns)


def header_layout(line: str) -> Layout | None:
    """What a header says; None where the line is none. A column named twice is the first of that name."""
    found = [layout for delimiter in DELIMITERS if (layout := _as_header(line, delimiter)) is not None]
    return max(found, key=lambda layout: len(layout.columns), default=None)


def _as_header(line: str, delimiter: str) -> Layout | None:
    cells = [cell.strip().lower() for cell in split_line(line, delimiter)]
    columns: dict[str, int] = {}
    for at, cell in enumerate(cells):
        if cell in _KNOWN:
            columns.setdefault(_KNOWN[cell], at)
    enough = "elapsed" in columns and len(columns) >= 3
    return Layout(delimiter, len(cells), columns, has_header=True) if enough else None


def fitted(layout: Layout, lines: Sequence[str]) -> Layout:
    """With as many columns as the rows have, where they all have others than the header: variables without a name, or
    a last column that is not written."""
    rows = [split_line(line, layout.delimiter) for line in lines if line.strip() and line.count('"') % 2 == 0]
    widths = {len(row) for row in rows}
    if (
        len(rows) < FITTING_MIN
        or len(widths) != 1
        or widths == {layout.width}
        or not all(_fits(layout, r) for r in rows)
    ):
        return layout
    width = widths.pop()
    return replace(layout, width=width, columns={name: at for name, at in layout.columns.items() if at < width})


def _fits(layout: Layout, row: Sequence[str]) -> bool:
    """Whether what must be in a row stands where the header says."""
    elapsed, success = layout.columns["elapsed"], layout.columns.get("success", 0)
    if len(row) <= max(elapsed, success) or not _NUMBER.fullmatch(row[elapsed].strip()):
        return False
    return "success" not in layout.columns or _BOOLEAN.fullmatch(row[success].strip()) is not None


def headerless_layout(lines: Sequence[str]) -> Layout | None:
    """What the first rows of a file without a header let one see; None where they are no rows of a JTL."""
    found = [layout for delimiter in DELIMITERS if (layout := _as_rows(lines, delimiter)) is not None]
    return max(found, key=lambda layout: layout.width, default=None)


def _as_rows(lines: Sequence[str], delimiter: str) -> Layout | None:
    rows = [row for line in lines if len(row := split_line(line, delimiter)) in _HEADERLESS_COLUMNS]
    likely = [row for row in rows if _STAMP.fullmatch(row[0].strip()) and _NUMBER.fullmatch(row[1].strip())]
    if not likely:
        return None
    width = max({len(row) for row in likely}, key=lambda size: sum(len(row) == size for row in likely))
    likely = [row for row in likely if len(row) == width]
    success = next((at for at in range(4, width) if all(_BOOLEAN.fullmatch(row[at].strip()) for row in likely)), None)
    if success is None:
        return None
    names = [*_before(success), "success", *_after(likely, success)]
    return Layout(delimiter, width, {name: at for at, name in enumerate(names) if name}, has_header=False)


def _before(success: int) -> Sequence[str]:
    """Without dataType a column is missing; of further missing ones nobody can tell which."""
    if success >= len(_BEFORE_SUCCESS) - 1:
        return [*_BEFORE_SUCCESS[:success], *[""] * (success - len(_BEFORE_SUCCESS))]
    return [*_BEFORE_SUCCESS[:4], *[""] * (success - 4)]


def _after(rows: Sequence[Sequence[str]], success: int) -> Sequence[str]:
    count = len(rows[0]) - success - 1
    is_number = all(_NUMBER.fullmatch(row[success + 1].strip()) for row in rows) if count else False
    if is_number and count in _AFTER_WITHOUT_MESSAGE:
        return _AFTER_WITHOUT_MESSAGE[count]
    known = _AFTER_SUCCESS.get(min(count, 9), ())  # beyond the default ones there are a plan's own variables
    return known if len(known) <= count else ()


def split_line(line: str, delimiter: str) -> list[str]:
    """One row's cells; of what is no row, whatever comes out."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)
