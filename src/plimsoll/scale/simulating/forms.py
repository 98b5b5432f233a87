"""The forms of traces: how each is told, and how it becomes requests in each second.

| form | is |
|---|---|
| `counts` | a number a line: the requests of a second, or of `step` |
| `csv` | a header, a column of counts, and one of times where there is one; or a time and a count a line |
| `times` | a time a line for each request, in order or not: seconds (since 1970 also ms, µs, ns) or a date |
| `log` | a web server's lines in the Common Log Format, as NASA's: a request each |
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final

from plimsoll.core.errors import UsageError
from plimsoll.core.visible import visible
from plimsoll.scale.simulating.columns import Columns, cells, headed, headless, separator_of

LINE_BYTES_MAX: Final = 64 << 10
JUDGED: Final = 50  # lines by which a form is told
COUNT_MAX: Final = 1e12
ROSE_LEAST: Final = 5  # rows in a row
UNITS_MOST: Final = 1e6  # minutes, hours or days: more is a time since 1970
TIME_MAX: Final = 1e11  # the year 5138; so 1e11 to 1e14 are milliseconds since 1970, then microseconds, nanoseconds
_LOG: Final = re.compile(rb'\S+ \S+ [^\[]*\[([^\]]{20,30})\] "')
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"), 1
    )
}

Point = tuple[float | None, float, int]  # when (None: a step after the one before), how many requests, the line


@dataclass(slots=True)
class Lines:
    """A file's lines, numbered from 1; empty ones and those that begin with # are left out. What is told of them once
    they were read: how many are no requests, and the column whose counts are rates."""

    file: BinaryIO
    where: str
    left_out: int = 0
    rate: str = ""

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        number = 0
        while line := self.file.readline(LINE_BYTES_MAX + 1):
            number += 1
            if len(line) > LINE_BYTES_MAX:
                raise self.wrong(number, "this line is too long for a trace", "it has more than 64 KiB")
            if number == 1:
                line = line.removeprefix(BOM_UTF8)
            if (text := line.strip()) and not text.startswith(b"#"):
                yield number, text

    def wrong(self, number: int, what: str, why: str, remedy: str = "") -> UsageError:
        return UsageError(what, where=f"{self.where}, line {number}", why=why, remedy=remedy or "mend it, or --format")


def counts(lines: Lines) -> Iterator[Point]:
    for number, text in lines:
        yield None, _count(lines, number, text.decode(errors="replace")), number


def times(lines: Lines) -> Iterator[Point]:
    for number, text in lines:
        yield _time(lines, number, text.decode(errors="replace")), 1.0, number


def log(lines: Lines) -> Iterator[Point]:
    """What is no request is left out and counted. A second has many lines: its text is read once."""
    known: dict[bytes, float] = {}
    for number, text in lines:
        match = _LOG.match(text)
        stamp = match[1] if match else b""
        if stamp not in known:
            if len(known) > 1000:
                known.clear()
            known[stamp] = _log_time(stamp)
        if known[stamp] < 0:
            lines.left_out += 1
            continue
        yield known[stamp], 1.0, number


def table(lines: Lines, count: str = "", time: str = "") -> Iterator[Point]:
    """Its columns by their names, or as asked for."""
    columns: Columns | None = None
    unit_s, total = 1, _Total()
    for number, line in lines:
        text = line.decode("utf-8", "replace")
        if columns is None:
            if not (count or time) and headless(text, _is_number, _is_time):
                columns = Columns(separator_of(text), ("time", "count"), 1, 0)
            else:
                columns = _headed(lines, number, text, count, time)
                lines.rate, unit_s = visible(columns.rate)[:40], columns.unit_s
                continue
        row = columns.cells(text)
        if len(row) <= max(columns.count, columns.time):
            raise lines.wrong(number, "this row is too short", f"{len(row)} of {len(columns.header)} columns")
        at = _time(lines, number, row[columns.time]) if columns.time >= 0 else None
        requests = _count(lines, number, row[columns.count])
        total.see(requests)
        yield at if at is None or at >= UNITS_MOST else at * unit_s, requests, number
    if columns is not None and columns.total and total.counts_on:
        why = f"{visible(columns.total)[:40]} never falls in {total.seen:,} rows, so that each holds those before it"
        raise UsageError("this column counts on", where=lines.where, why=why,
                         remedy="write what it rose by from row to row, or name another with --count")  # fmt: skip


class _Total:
    """Whether counts rise and never fall, over so many rows that it can be no load."""

    def __init__(self) -> None:
        self.seen, self._rose, self._fell, self._before = 0, 0, False, 0.0

    def see(self, count: float) -> None:
        if self.seen:
            self._rose, self._fell = self._rose + (count > self._before), self._fell or count < self._before
        self.seen, self._before = self.seen + 1, count

    @property
    def counts_on(self) -> bool:
        return self._rose >= ROSE_LEAST and not self._fell


def _headed(lines: Lines, number: int, text: str, count: str, time: str) -> Columns:
    found = headed(text, count, time)
    if found is not None and (found.time >= 0 or not time):
        return found
    asked, option = (time, "--time") if found is not None else (count, "--count")
    names = ", ".join(cells(text, separator_of(text))[:20])
    what = f"there is no column {asked}" if asked else "no column is known for a count"
    raise lines.wrong(number, what, f"it has {names}", f"{option} COLUMN")


FORMS: Final = ("counts", "csv", "times", "log")


def points(form: str, lines: Lines, count: str = "", time: str = "") -> Iterator[Point]:
    if form == "csv":
        return table(lines, count, time)
    return {"counts": counts, "times": times, "log": log}[form](lines)


def recognize(head: bytes, where: str) -> str:
    """The form, by the first lines; raises UsageError where none fits."""
    whole = (head[: head.rfind(b"\n") + 1] or head).removeprefix(BOM_UTF8)
    numbered = [(number, line.strip()) for number, line in enumerate(whole.split(b"\n")[:JUDGED], 1)]
    numbered = [(number, line) for number, line in numbered if line and not line.startswith(b"#")]
    found = [line for _, line in numbered]
    texts = [line.decode("utf-8", "replace") for line in found]
    if b"\0" in head or not texts:
        why = "it is binary" if texts else "it is empty"
        raise UsageError("this is no trace of requests", where=where, why=why, remedy="counts, times, a CSV or a log")
    if sum(1 for line in found[:10] if _LOG.match(line)) > len(found[:10]) / 2:
        return "log"
    if headless(texts[0], _is_number, _is_time) or _is_header(texts[0]):
        return "csv"
    numbers = [float(text) for text in texts if _is_number(text)]
    if len(numbers) == len(texts):
        rising = numbers == sorted(numbers) and len(numbers) > 5 and any(number % 1 for number in numbers)
        return "times" if rising or min(numbers) > 1e8 else "counts"
    odd = next((at for at, text in enumerate(texts) if _parsed(text) is None), None)
    if odd is None:
        return "times"
    raise UsageError(
        "this is no trace of requests", where=f"{where}, line {numbered[odd][0]}",
        why=f'"{texts[odd][:40]}" is no count, time, header or line of a log',
        remedy="a count a second, a time a request, a CSV with a header, or a web server's log; or say --format",
    )  # fmt: skip


def _is_header(text: str) -> bool:
    separator = separator_of(text)
    parted = separator not in ("", " ") and not _is_number(cells(text, separator)[0])
    return parted or (not _is_number(text) and headed(text, "", "") is not None)


def _is_time(text: str) -> bool:
    return _parsed(text) is not None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d{1,20}(\.\d*)?|\.\d+", text.strip()) is not None


def _count(lines: Lines, number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= COUNT_MAX:
        raise lines.wrong(number, f'"{text[:40]}" is no count of requests', "it is not a number from 0 to 10^12")
    return value


def _time(lines: Lines, number: int, text: str) -> float:
    value = _parsed(text.strip().strip('"'))
    if value is None:
        why = "it is no number of seconds (since 1970 also ms, µs, ns), and no date as 2026-01-31 23:59:59"
        raise lines.wrong(number, f'"{text[:40]}" is no time', why)
    return value


def _parsed(text: str) -> float | None:
    if _is_number(text):
        value = float(text)
        return next((value / unit for unit in (1, 1e3, 1e6, 1e9) if value / unit < TIME_MAX), None)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return value if value < TIME_MAX else None


def _log_time(stamp: bytes) -> float:
    """Of "01/Jul/1995:00:00:01 -0400", on the log's own clock, since days are told by it; −1 where it is none."""
    try:
        day, month, rest = stamp.split(b"/", 2)
        year, hour, minute, second = rest.split(b" ")[0].split(b":")
        moment = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except (KeyError, ValueError):
        return -1.0
    return moment.timestamp()
