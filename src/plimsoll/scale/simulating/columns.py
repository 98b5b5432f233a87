"""A table of counts: what parts its cells, and which columns hold counts and times, by its header or as asked for."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

COUNTS: Final = (
    "count", "requests", "value", "rate", "requests_per_s", "rps", "qps", "req/s", "tweets", "hits", "y", "invocations",
)  # fmt: skip
TIMES: Final = (
    "timestamp", "time", "date", "datetime", "second", "seconds", "t", "ts", "ds", "period", "epoch", "bucket",
    "minute", "minutes", "hour", "hours", "day", "days",
)  # fmt: skip
_UNITS: Final = {"minute": 60, "minutes": 60, "hour": 3600, "hours": 3600, "day": 86_400, "days": 86_400}
_TOTAL: Final = re.compile(r"(?<![a-z])(?:total|cumulative|cumulated|accumulated)(?![a-z])")
_RATE: Final = re.compile(  # so many a second: rate(http_requests_total[5m]), request_rate, req/s, hits_per_sec
    r"(?<![a-z])(?:rate(?=[^a-z]*$|\()|[rqt]ps(?![a-z])|per[^a-z]+s(?![a-z]))"
    r"|(?:per[^a-z]*|/ ?)sec(?:ond)?s?(?![a-z])|/ ?s(?![a-z])"
)
SEPARATORS: Final = "\t;, "  # of a line that has several the first of these parts it


@dataclass(frozen=True, slots=True)
class Columns:
    """`count`, `time` are places, `time` -1 where there is none. Without a `header` the first line is one of counts."""

    separator: str
    header: tuple[str, ...]
    count: int
    time: int

    @property
    def rate(self) -> str:
        """The name of the counts' column, where it says that they are for a second, whatever lies between two."""
        name = self.header[self.count]
        return name if _RATE.search(name) else ""

    @property
    def total(self) -> str:
        """The name of the counts' column, where it may be one that counts on: http_requests_total."""
        name = self.header[self.count]
        return name if _TOTAL.search(name) else ""

    @property
    def unit_s(self) -> int:
        """Of times that are no dates and not since 1970, by the name of their column: those of `minute` are minutes."""
        words = _words(self.header[self.time]) if self.time >= 0 else set()
        return max((_UNITS[word] for word in words & _UNITS.keys()), default=1)

    def cells(self, line: str) -> list[str]:
        return cells(line, self.separator)


def separator_of(line: str) -> str:
    return next((one for one in SEPARATORS if one in line), "")


def cells(line: str, separator: str) -> list[str]:
    if separator in ("", " "):
        return line.split() if separator else [line]
    return next(csv.reader([line], delimiter=separator), []) if '"' in line else line.split(separator)


def headless(line: str, is_number: Callable[[str], bool], is_time: Callable[[str], bool]) -> bool:
    """Whether a line is a time and a count, with no header above it."""
    found = cells(line, separator_of(line))
    return len(found) == 2 and is_time(found[0].strip('"')) and is_number(found[1])


def headed(line: str, count: str, time: str) -> Columns | None:
    """As the header says; `count` and `time` are asked for by name. None where no column is known for a count."""
    separator = separator_of(line)
    names = [cell.strip().strip('"').lower() for cell in cells(line, separator)]
    time_at = _place(names, time, TIMES)
    count_at = _place(names, count, COUNTS, without=time_at)
    if count_at < 0 and not count and len(names) == 2 and time_at >= 0:
        count_at = 1 - time_at
    return Columns(separator, tuple(names), count_at, time_at) if count_at >= 0 else None


def _place(names: list[str], asked: str, usual: tuple[str, ...], without: int = -1) -> int:
    """By the whole name, else by a word of it: event_count is a count. -1 where there is none."""
    if asked:
        return names.index(asked.lower()) if asked.lower() in names else -1
    words = [_words(name) for name in names]
    whole = next((names.index(name) for name in usual if name in names and names.index(name) != without), -1)
    parts = (at for at, one in enumerate(words) if at != without and one & set(usual))
    return whole if whole >= 0 else next(parts, -1)


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name)) | {name}
