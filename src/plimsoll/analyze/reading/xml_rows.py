"""Samples of a JTL as XML -> frames of text. Streams, and goes on behind what is not well-formed.

A sample is any element with a time (`t`) and a label or a time stamp, whatever its name. Its row is made of the start
tag, so that a file that a crash cut off gives all that began. Samples within a sample are its parts and are counted by
it; within a transaction they are samples of their own.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from plimsoll.analyze.reading.batch import TRANSACTION, Form, raw_frame
from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

BATCH_ROWS: Final = 50_000
PIECE_BYTES: Final = 1 << 20
TEXT_MAX: Final = 500  # characters of a failure message that are kept
TAIL_BYTES: Final = 64 << 10  # in which the beginning of a tag is looked for
UNPARSED_BYTES_MAX: Final = 8 << 20  # that a single tag may take
DEPTH_MAX: Final = 200
CUT_OFF: Final = "its tag is cut off"
NO_XML: Final = "a table amid the XML"
BREAKS_MAX: Final = 3  # of which the lines are told
ATTRIBUTES: Final[Mapping[str, str]] = {
    "timeStamp": "ts", "elapsed": "t", "label": "lb", "responseCode": "rc", "responseMessage": "rm", "threadName": "tn",
    "success": "s", "bytes": "by", "sentBytes": "sby", "Connect": "ct", "SampleCount": "sc",
}  # fmt: skip
_SAMPLE: Final = re.compile(rb'<[A-Za-z_][\w.:-]*\s[^<>]{0,65536}?\bt="\d')
_BEGINS_SAMPLE: Final = re.compile(rb'<(?:\w*[sS]ample\b|[A-Za-z_][\w.:-]*\s[^<>]*\b(?:t|lb|ts)=")')
_TABLE_ROW: Final = re.compile(rb"^[^<>\n]*[,;\t|][^<>\n]*[,;\t|][^<>\n]*$", re.MULTILINE)
_DECLARED: Final = re.compile(rb"""\s*<\?xml[^>]{0,100}?encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_TEXTS: Final = {"failureMessage": "failureMessage", "java.net.URL": "URL"}


class XmlRows:
    """Pieces of a file in, frames out; `sub_results` counts the parts of samples, `breaks` are ill-formed lines."""

    def __init__(self, left_out: LeftOut) -> None:
        self.sub_results = 0
        self.breaks: list[int] = []
        self._left_out = left_out
        self._rows: list[dict[str, str]] = []
        self._lines: list[int] = []
        self._form: Form | None = None
        self._lines_before = 0
        self._start_parser()

    def read(self, pieces: Iterable[bytes]) -> "Iterator[tuple[pl.DataFrame, Form]]":
        tail = b""
        for piece in _small(as_utf8(pieces)):
            tail = self._feed(tail + piece)
            if len(self._lines) >= BATCH_ROWS:
                yield self._batch()
        self._finish(tail)
        if self._lines:
            yield self._batch()

    def _start_parser(self) -> None:
        parser = expat.ParserCreate("utf-8")  # whatever the file declares: it is UTF-8 by now
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser = parser
        self._fed = 0
        self._depth = 0
        self._open: list[tuple[int, dict[str, str] | None, bool]] = []  # depth, row if any, whether a transaction
        self._text: list[str] = []
        self._last = b""
        self._searching = False

    def _feed(self, data: bytes) -> bytes:
        """Parses all of it but for what a search for the next sample wants to see again."""
        while data:
            if self._searching:
                found = _SAMPLE.search(data)
                if found is None:
                    kept = len(data) - TAIL_BYTES if b"<" in data[-TAIL_BYTES:] else len(data)
                    cut = data.rfind(b"\n", 0, max(0, kept)) + 1  # whole lines
                    self._drop(data[:cut])
                    return data[cut:]
                self._drop(data[: found.start()])
                self._resume()
                data = data[found.start() :]
            try:
                self._parser.Parse(data, False)
            except (expat.ExpatError, _TooDeepError):
                data = self._broken(data)
                continue
            self._fed += len(data)
            self._last = self._last[-TAIL_BYTES:] + data
            if self._fed - self._parser.CurrentByteIndex > UNPARSED_BYTES_MAX:
                self._lose(CUT_OFF)
            return b""
        return b""

    def _broken(self, data: bytes) -> bytes:
        """What is left of the data behind the place where the parser stopped."""
        at = max(0, min(len(data), self._parser.ErrorByteIndex - self._fed))
        begin = data.find(b"<", data.rfind(b">", 0, at) + 1, at + 1)
        if begin >= 0 and _BEGINS_SAMPLE.match(data, begin):
            self._lose(CUT_OFF)
        else:
            self._lose("")
        return data[max(at, begin + 1) :]

    def _lose(self, row_because: str) -> None:
        line = self._lines_before + self._parser.CurrentLineNumber
        if row_because:
            self._left_out.add(row_because, line)
        if len(self.breaks) < BREAKS_MAX and line not in self.breaks:
            self.breaks.append(line)
        self._lines_before = line - 1
        self._searching = True

    def _drop(self, data: bytes) -> None:
        """Passes over what is no sample; rows of a table in it are samples that somebody appended."""
        rows = sum(1 for _ in _TABLE_ROW.finditer(data))
        if rows and (first := _TABLE_ROW.search(data)):
            line = self._lines_before + 1 + data.count(b"\n", 0, first.start())
            self._left_out.add(NO_XML, line, rows)
        self._lines_before += data.count(b"\n")

    def _resume(self) -> None:
        self._start_parser()
        self._parser.Parse(b"<testResults>", False)
        self._fed = len(b"<testResults>")

    def _finish(self, tail: bytes) -> None:
        if self._searching:
            self._drop(tail)
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            begin = self._last.rfind(b"<")
            unfinished = self._last[begin:] if begin >= 0 and b">" not in self._last[begin:] else b""
            if not self._searching and _BEGINS_SAMPLE.match(unfinished):
                self._left_out.add(CUT_OFF, self._lines_before + self._parser.CurrentLineNumber)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise _TooDeepError
        if "t" in attributes and ("lb" in attributes or "ts" in attributes):
            self._sample(tag, attributes)
        elif tag in _TEXTS:
            self._text = []
            self._parser.CharacterDataHandler = self._characters

    def _sample(self, tag: str, attributes: dict[str, str]) -> None:
        if self._open and not self._open[-1][2]:
            self.sub_results += 1
            self._open.append((self._depth, None, False))
            return
        self._open.append((self._depth, attributes, attributes.get("rm", "").startswith(TRANSACTION)))
        self._rows.append(attributes)
        self._lines.append(self._lines_before + self._parser.CurrentLineNumber)
        if tag.startswith("http"):
            attributes["URL"] = tag

    def _characters(self, text: str) -> None:
        if len(self._text) < TEXT_MAX:
            self._text.append(text[:TEXT_MAX])

    def _end(self, tag: str) -> None:
        if self._parser.CharacterDataHandler is not None and tag in _TEXTS:
            self._parser.CharacterDataHandler = None
            self._keep_text(_TEXTS[tag])
        if self._open and self._open[-1][0] == self._depth:
            self._open.pop()
        self._depth -= 1

    def _keep_text(self, column: str) -> None:
        row = self._open[-1][1] if self._open else None
        if row is not None and not row.get(column):
            row[column] = "".join(self._text).strip()[:TEXT_MAX]

    def _batch(self) -> "tuple[pl.DataFrame, Form]":
        rows, lines = self._rows, self._lines
        self._rows, self._lines = [], []
        if self._form is None:
            stamps = [text for row in rows[:200] if (text := row.get("ts"))]
            told = {*ATTRIBUTES, *_TEXTS.values()} - (set() if stamps else {"timeStamp"})
            self._form = Form.by(stamps, frozenset(told))
        columns = {column: [row.get(name) for row in rows] for column, name in ATTRIBUTES.items()}
        columns |= {column: [row.get(column, "") for row in rows] for column in _TEXTS.values()}
        columns["success"] = [row.get("s", "true") for row in rows]
        columns["responseCode"] = [row.get("rc") or row.get("rs") for row in rows]
        return raw_frame(columns, lines), self._form


class _TooDeepError(Exception):
    """Elements within elements without end."""


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """From the encoding that the file declares, with replacement characters for what is not in it."""
    decoder: codecs.IncrementalDecoder | None = None
    for piece in pieces:
        if decoder is None:
            decoder = codecs.getincrementaldecoder(_encoding(piece))(errors="replace")
        if piece.isascii() and not decoder.getstate()[0]:
            yield piece
        else:
            yield decoder.decode(piece).encode()
    if decoder is not None and (rest := decoder.decode(b"", final=True)):
        yield rest.encode()


def _encoding(head: bytes) -> str:
    """UTF-8 where nothing else is declared that has ASCII in it."""
    declared = _DECLARED.match(head)
    name = declared[1].decode() if declared else "utf-8"
    try:
        return name if "<a b='1'>".encode(name) == b"<a b='1'>" else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for at in range(0, len(piece), PIECE_BYTES):
            yield piece[at : at + PIECE_BYTES]


def _refuse_doctype(*_: object) -> None:
    raise UsageError(
        "this XML is refused",
        why="it declares a document type, as no JTL does",
        remedy="write the results anew, or remove the declaration",
    )
