"""Rows of a JTL as CSV -> frames of text, the regular ones in bulk and only the others one by one.

Lines without a quote need no CSV reader, only cutting at the delimiter: those go to polars together. Rows with quotes,
which may span several lines, are read strictly, one at a time. What does not fit is left out and counted, and reading
goes on with the next line: a row that a crash cut off within a quote does not swallow what was appended after it.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from plimsoll.analyze.reading.batch import raw_frame
from plimsoll.analyze.reading.blocks import LINE_BYTES_MAX, Block
from plimsoll.analyze.reading.csv_cutting import MUST_BE, WANTED, cut, cut_quoted
from plimsoll.analyze.reading.layout import Layout, fitted, header_layout
from plimsoll.analyze.reading.left_out import LeftOut

if TYPE_CHECKING:
    import polars as pl

HEAD_BYTES: Final = 32 << 10
HEAD_LINES: Final = 20  # that tell how many columns the rows under a header have
IRREGULAR_MAX: Final = 0.5  # of the rows of a block; beyond, a file has another form, and no block is tried at once
FEWER: Final = "fewer fields than columns: cut off"
MORE: Final = "more fields than columns"
HEADER_BYTES_MAX: Final = 4096
_NAMED: Final = (b"elapsed", b"Elapsed", b"ELAPSED")  # what every header has; finding beats a pattern that folds case
_LONG_NUMBER: Final = re.compile(rb"\d{8}")
UNCLOSED: Final = "a quote that is never closed: cut off"
MISQUOTED: Final = "quotes where none may be"


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under one header; `closed` where no line of it can go on after it."""

    data: bytes
    line: int
    layout: Layout
    closed: bool


class CsvRows:
    """Takes blocks and gives frames with `layout` as it stands at that place: an appended run may have another."""

    def __init__(self, layout: Layout, left_out: LeftOut) -> None:
        self.layout = layout
        self.headers = 0
        self._left_out = left_out
        self._rest = b""
        self._rest_line = 1
        self._typed = True

    def read(self, block: Block) -> "Iterator[tuple[Layout, pl.DataFrame]]":
        if not self._rest and (regular := self._regular(block)) is not None:
            yield self.layout, regular
            return
        data, line = self._rest + block.data, self._rest_line if self._rest else block.line
        self._rest = b""
        for part in self._parts(data, line, last=block.last):
            for frame in self._frames(part):
                if len(frame):
                    yield part.layout, frame

    def _regular(self, block: Block) -> "pl.DataFrame | None":
        """The whole block at once, where every line of it is a row of numbers and words as they should be.

        A header amid the rows has no number in its place, so that there is none here.
        """
        if not self._typed or not block.data:
            return None
        if b'"' in block.data:
            quoted = cut_quoted(block.data, self.layout)
            return None if quoted is None else _numbered(quoted, block.line)
        frame = cut(block.data, self.layout, typed=True)
        if frame is None or not _is_whole(frame, block.data, self.layout):
            return None
        lacking = [int(frame[name].null_count()) for name in MUST_BE if name in frame.columns]
        self._typed = not lacking or max(lacking) <= len(frame) * IRREGULAR_MAX
        return None if any(lacking) else _numbered(frame, block.line)

    def _parts(self, data: bytes, line: int, *, last: bool) -> Iterator[Part]:
        """Cut at every header: the first line's, and those of runs that were appended."""
        begin = 0
        for start, end, layout in _headers(data):
            if start > begin:
                yield Part(data[begin:start], line, self.layout, closed=True)
            self.headers += 1
            self.layout = fitted(layout, _lines(data[end + 1 : end + 1 + HEAD_BYTES]))
            line += data.count(b"\n", begin, end + 1)
            begin = end + 1
        if begin < len(data):
            yield Part(data[begin:], line, self.layout, closed=last)

    def _frames(self, part: Part) -> "Iterator[pl.DataFrame]":
        if b'"' not in part.data:
            yield self._plain(part.data, part, None)
            return
        lines = part.data.removesuffix(b"\n").split(b"\n")
        quoted, numbers, used = self._quoted(lines, part)
        plain = [at for at in range(len(lines)) if not used[at]]
        frame = self._plain(b"\n".join(lines[at] for at in plain), part, [part.line + at for at in plain])
        yield _in_order(frame, _cells_frame(quoted, numbers, part.layout))

    def _plain(self, data: bytes, part: Part, numbers: Sequence[int] | None) -> "pl.DataFrame":
        """Of lines without a quote. `numbers` are theirs, None where they follow one another."""
        frame = cut(data, part.layout)
        if frame is not None and _is_whole(frame, data, part.layout):
            if numbers is None:
                return _numbered(frame, part.line)
            if len(numbers) == len(frame):  # where they differ there are blank lines
                return _numbered(frame, numbers)
        return self._ragged(data.split(b"\n"), part, numbers)

    def _ragged(self, lines: Sequence[bytes], part: Part, numbers: Sequence[int] | None) -> "pl.DataFrame":
        delimiter, separators = part.layout.delimiter.encode(), part.layout.width - 1
        kept: list[int] = []
        for at, line in enumerate(lines):
            if (found := line.count(delimiter)) == separators and line.strip():
                kept.append(at)
            elif line.strip():
                number = part.line + at if numbers is None else numbers[at]
                self._left_out.add(FEWER if found < separators else MORE, number)
        frame = cut(b"\n".join(lines[at] for at in kept), part.layout)
        assert frame is not None, "every line has as many fields as columns"
        return _numbered(frame, [part.line + at if numbers is None else numbers[at] for at in kept])

    def _quoted(self, lines: Sequence[bytes], part: Part) -> tuple[list[list[str]], list[int], bytearray]:
        """Rows of lines with quotes, their numbers, and which lines are used up: by a row, or as left out."""
        rows: list[list[str]] = []
        numbers: list[int] = []
        used = bytearray(len(lines))
        counts = {at: line.count(b'"') for at, line in enumerate(lines) if b'"' in line}
        closing = _next_odd(counts)
        for at, count in counts.items():
            if used[at]:
                continue
            end = at if count % 2 == 0 else closing.get(at)
            if end is None and not part.closed and sum(map(len, lines[at:])) <= LINE_BYTES_MAX:
                self._rest, self._rest_line = b"\n".join(lines[at:]) + b"\n", part.line + at
                used[at:] = b"\1" * (len(lines) - at)
                break
            reason = self._row(lines, at, end, part.layout, rows)
            if reason:
                self._left_out.add(reason, part.line + at)
                used[at] = 1
                continue
            numbers.append(part.line + at)
            used[at : end + 1 if end is not None else at + 1] = b"\1" * ((at if end is None else end) - at + 1)
        return rows, numbers, used

    def _row(self, lines: Sequence[bytes], at: int, end: int | None, layout: Layout, rows: list[list[str]]) -> str:
        """Adds the row that stands in these lines; says why where there is none."""
        if end is None:
            return UNCLOSED
        try:
            text = b"\n".join(lines[at : end + 1]).decode(errors="replace")
            cells = next(csv.reader(io.StringIO(text), delimiter=layout.delimiter, strict=True))
        except csv.Error:
            return MISQUOTED if end == at else UNCLOSED
        if len(cells) != layout.width:
            return UNCLOSED if end > at else FEWER if len(cells) < layout.width else MORE
        rows.append(cells)
        return ""


def _in_order(plain: "pl.DataFrame", quoted: "pl.DataFrame") -> "pl.DataFrame":
    """As they stood in the file: what belongs together stands together there."""
    import polars as pl

    alike = quoted.select(plain.columns).cast(plain.schema, strict=False)
    return pl.concat([plain, alike]).sort("line")


def _is_whole(frame: "pl.DataFrame", data: bytes, layout: Layout) -> bool:
    """Whether no row lacks a field: polars fills them up, but it refuses more fields than columns."""
    return data.count(layout.delimiter.encode()) == len(frame) * (layout.width - 1)


def _next_odd(counts: dict[int, int]) -> dict[int, int]:
    """For each line with an odd number of quotes, the next such line: where its row may end."""
    odd = [at for at, count in counts.items() if count % 2]
    return dict(pairwise(odd))


def _lines(data: bytes) -> Sequence[str]:
    """The first rows under a header, up to the next one, without a last one that may be cut off."""
    lines = data.decode(errors="replace").split("\n")[:-1]
    return list(takewhile(lambda line: header_layout(line) is None, lines[:HEAD_LINES]))


def _headers(data: bytes) -> Iterator[tuple[int, int, Layout]]:
    """(first byte, last byte, layout) of every line that is a header."""
    for start, end in sorted({place for word in _NAMED for place in _lines_with(word, data)}):
        line = data[start:end] if end - start < HEADER_BYTES_MAX else b""
        line = b"" if _LONG_NUMBER.search(line) else line  # a row whose label has the word in it
        if (layout := header_layout(line.decode(errors="replace"))) is not None:
            yield start, end, layout


def _lines_with(word: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    """(first byte, last byte) of every line that has the word in it."""
    at = data.find(word)
    while at >= 0:
        start, end = data.rfind(b"\n", 0, at) + 1, data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield start, end
        at = data.find(word, end)


def _numbered(frame: "pl.DataFrame", numbers: "int | Sequence[int]") -> "pl.DataFrame":
    import polars as pl

    lines = np.arange(numbers, numbers + len(frame)) if isinstance(numbers, int) else numbers
    return frame.with_columns(line=pl.Series(lines, dtype=pl.Int64))


def _cells_frame(rows: Sequence[Sequence[str]], numbers: Sequence[int], layout: Layout) -> "pl.DataFrame":
    wanted = {name: at for name, at in layout.columns.items() if name in WANTED}
    return raw_frame({name: [row[at] for row in rows] for name, at in wanted.items()}, numbers)
