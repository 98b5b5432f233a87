"""A server's log as entries, in each of the forms in which the server writes it. Pure: lines go in one by one.

Nothing here raises on a damaged line: it is counted.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

MESSAGE_MAX: Final = 400_000  # characters of one entry; what is beyond is cut, which is the end of a plan
Form = Literal["text", "csv", "json"]

_SEVERITY: Final = re.compile(
    r"(?<![A-Za-z])(LOG|DETAIL|STATEMENT|HINT|CONTEXT|QUERY|LOCATION|ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|DEBUG\d?):  "
)
_CSV_LINE: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* [^,\s]+,")
# What syslog, container runtimes and docker compose write in front of each line.
_CARRIER: Final = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S+ \S+\[\d+\]: (?:\[\d+-\d+\] )?"
    r"|\d{4}-\d\d-\d\dT\S+ (?:stdout|stderr) [FP] |[\w.-]+ *\| )(?P<tab>#011)?"
)
_USER, _DATABASE, _MESSAGE, _DETAIL, _APPLICATION = 1, 2, 13, 14, 22  # columns of a CSV log
_KEYS: Final = (
    ("message", ""), ("detail", ""), ("dbname", "database_name"), ("user", "user_name"), ("application_name", ""),
)  # fmt: skip
_ANY: Final = r"\S*?"
# What each escape of log_line_prefix is written as; of those that are not here, anything without a space.
_ESCAPES: Final[Mapping[str, str]] = {
    "a": r"(?P<application>.*?)", "u": r"(?P<user>.*?)", "d": r"(?P<database>.*?)", "%": "%", "q": "",
    "m": r"\S+ \S+(?: \S+)?", "t": r"\S+ \S+(?: \S+)?", "s": r"\S+ \S+(?: \S+)?", "i": r".*?", "b": r".*?",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with its DETAIL. Whose it is, where the log tells: "" is nobody's, None is not told."""

    message: str
    detail: str = ""
    database: str | None = None
    user: str | None = None
    application: str | None = None


class Damage:
    """How many lines or entries could not be read."""

    def __init__(self) -> None:
        self.count = 0


def form_of(first: str) -> Form:
    """By the first line with something on it."""
    first = uncarried(first)
    if first.lstrip().startswith("{"):
        return "json"
    return "csv" if _CSV_LINE.match(first) else "text"


def entries(lines: Iterable[str], form: Form, damage: Damage, prefix: str = "") -> Iterator[Entry]:
    """`prefix` is the server's log_line_prefix, by which whose an entry is is found in a text."""
    lines = _all_uncarried(lines)
    if form == "csv":
        return _of_csv(lines, damage)
    return _of_json(lines, damage) if form == "json" else _of_text(lines, damage, prefix_pattern(prefix))


def uncarried(line: str) -> str:
    """Without what a carrier of lines wrote in front of it."""
    found = _CARRIER.match(line)
    return line if found is None else ("\t" if found["tab"] else "") + line[found.end() :]


def _all_uncarried(lines: Iterable[str]) -> Iterator[str]:
    """If the first has a carrier, all have."""
    every = iter(lines)
    first = next(every, "")
    carried = _CARRIER.match(first) is not None
    yield uncarried(first)
    if carried:
        yield from map(uncarried, every)
    else:
        yield from every


def prefix_pattern(prefix: str) -> re.Pattern[str]:
    """What a log_line_prefix is written as. After %q only sessions have something."""
    made, seen, optional = [], set[str](), False
    for found in re.finditer(r"%-?\d*([A-Za-z%])|([^%]+|%)", prefix.rstrip()):
        escape, plain = found[1], found[2]
        written = re.escape(plain) if plain else _ESCAPES.get(escape, _ANY)
        if escape in seen and escape in ("a", "u", "d"):
            written = ".*?"
        seen.add(escape)
        if escape == "q":
            made.append("(?:")
            optional = True
        made.append(written if plain or escape in ("%", "q") else rf"\s*{written}\s*?")
    return re.compile("".join(made) + (")?" if optional else "") + r"\s*$")


def _of_text(lines: Iterable[str], damage: Damage, prefix: re.Pattern[str]) -> Iterator[Entry]:
    """An entry begins with its severity, lines that go on with a tab; DETAIL comes behind what it is of."""
    waiting: Entry | None = None
    part: _Part | None = None
    for line in lines:
        if line.startswith("\t"):
            if part is not None:
                part.add(line[1:])
            continue
        found = _SEVERITY.search(line)
        if found is None:
            damage.count += bool(line.strip())
            continue
        if part is not None:
            ended, waiting = _put(waiting, part)
            if ended is not None:
                yield ended
        part = _Part(found[1], line[found.end() :], prefix.match(line[: found.start()]))
    if part is not None:
        ended, waiting = _put(waiting, part)
        if ended is not None:
            yield ended
    if waiting is not None:
        yield waiting


class _Part:
    """Lines under one severity."""

    def __init__(self, severity: str, first: str, whose: re.Match[str] | None) -> None:
        self.severity = severity
        self.whose = whose.groupdict() if whose is not None else {}
        self._lines = [first.rstrip("\r\n")]
        self._left = MESSAGE_MAX - len(first)

    def add(self, line: str) -> None:
        if self._left > 0:
            self._lines.append(line.rstrip("\r\n"))
            self._left -= len(line)

    @property
    def text(self) -> str:
        return "\n".join(self._lines)[:MESSAGE_MAX]


def _put(waiting: Entry | None, part: _Part) -> tuple[Entry | None, Entry | None]:
    """The entry that is complete, and that which may get a detail."""
    if part.severity == "LOG":
        return waiting, Entry(part.text, **{name: _said(value) for name, value in part.whose.items()})
    if part.severity == "DETAIL" and waiting is not None:
        return replace(waiting, detail=part.text), None
    return waiting, None


def _said(value: str | None) -> str:
    return (value or "").strip()


def _of_csv(lines: Iterable[str], damage: Damage) -> Iterator[Entry]:
    rows = csv.reader(line.replace("\0", "") for line in lines)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            damage.count += 1
            continue
        if len(row) <= _APPLICATION:
            damage.count += bool(row)
        else:
            message, detail = row[_MESSAGE][:MESSAGE_MAX], row[_DETAIL]
            yield Entry(message, detail, row[_DATABASE], row[_USER], row[_APPLICATION])


def _of_json(lines: Iterable[str], damage: Damage) -> Iterator[Entry]:
    for line in lines:
        try:
            found = json.loads(line)
            found = found.get("record") or found  # as an operator of Kubernetes wraps it
            said = [str(found.get(name) or found.get(other) or "") for name, other in _KEYS]
        except (ValueError, AttributeError, RecursionError):
            damage.count += bool(line.strip())
            continue
        message, detail, database, user, application = said
        yield Entry(message[:MESSAGE_MAX], detail, database, user, application)
