"""A file of SQL as what a workload asks: weights and values from comments, placeholders as parameters. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.errors import UsageError
from plimsoll.core.sql.tokens import parameters
from plimsoll.core.tuning.query import LeftOut
from plimsoll.tune.workload.asked import Asked, Heard, Seen
from plimsoll.tune.workload.placeholders import NoPlaceholderError, numbered
from plimsoll.tune.workload.splitting import Split, Written, split
from plimsoll.tune.workload.unwrapping import explained, unwrapped
from plimsoll.tune.workload.values import values_of

BYTES_MAX: Final = 10 * 2**20
TEXT_MAX: Final = 100_000  # characters of a statement; a longer one is a bulk load
_LINES_TOLD: Final = 5
_CALLS: Final = re.compile(r"\bcalls\s*[:=]\s*(\S+)", re.IGNORECASE)
_CALLS_MAX: Final = 1e15
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


def decoded(data: bytes, where: str) -> str:
    """Its text. Raises UsageError for what is none, or too much."""
    if len(data) > BYTES_MAX:
        why = f"it has more than {BYTES_MAX // 2**20} MiB"
        raise UsageError("cannot read the SQL file", where=where, why=why, remedy="give the statements that matter")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError("cannot read the SQL file", where=where, why="it holds binary data", remedy="give it as text")
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(
            "cannot read the SQL file",
            where=f"{where}, line {line}",
            why=f"it is not {encoding.removesuffix('-sig').upper()}",
            remedy=f"save it as UTF-8: iconv -f LATIN1 -t UTF-8 {where}",
        ) from error


def heard_in(text: str, name: str) -> Heard:
    """Statements in order, each once; those that stand there several times are called as often as all of them."""
    found = split(text)
    asked: dict[str, Asked] = {}
    left_out, odd = [], list[int]()
    for one in found.statements:
        calls, bare = calls_of(one), unwrapped(explained(one.text))
        why, made = _numbered(bare)
        if why:
            left_out.append(LeftOut(bare[:TEXT_MAX], calls, 0.0, why))
            continue
        before = asked.get(made, Asked(made, 0.0, line=one.line))
        values = values_of(one, len(parameters(made)))
        odd += [one.line] * (None in values)
        seen = [Seen(each, calls) for each in values if each is not None]
        asked[made] = replace(before, calls=before.calls + calls, seen=[*before.seen, *seen])
    return Heard(list(asked.values()), name, left_out=left_out, notes=list(_notes(found, odd)))


def _numbered(text: str) -> tuple[str, str]:
    """Why it cannot be asked, or how."""
    if len(text) > TEXT_MAX:
        return f"it is longer than {TEXT_MAX:,} characters", ""
    try:
        return "", numbered(text)
    except NoPlaceholderError as error:
        return str(error), ""


def calls_of(one: Written) -> float:
    """What `-- calls: 1000` beside it says; 1 where nothing does."""
    said = [number for number in _said(one.comments) if number is not None]
    return said[-1] if said else 1.0


def _said(comments: Sequence[str]) -> Iterator[float | None]:
    """None for what is no number of calls."""
    for comment in comments:
        for found in _CALLS.finditer(comment):
            bare = found[1].removesuffix("*/").replace(",", "").replace("_", "")
            number = float(bare) if re.fullmatch(r"\d{1,15}(?:\.\d{1,6})?", bare) else 0.0
            yield number if 0 < number <= _CALLS_MAX else None


def _notes(found: Split, odd: Sequence[int]) -> Iterator[str]:
    if found.commands:
        yield f"{counted(len(found.commands), 'psql command')} passed over ({_lines(found.commands)})"
    damaged = [one.line for one in found.statements if None in _said(one.comments)]
    if damaged:
        yield f"no number of calls is told by the comment of {_lines(damaged)}: taken for 1"
    if odd:
        yield f"values of {_lines(odd)} are no constants, or not as many as the statement has parameters: passed over"
    if found.unended:
        yield f"{found.unended}; all behind it was taken for one statement"


def _lines(lines: Sequence[int]) -> str:
    told = ", ".join(map(str, lines[:_LINES_TOLD]))
    more = f" and {len(lines) - _LINES_TOLD} more" if len(lines) > _LINES_TOLD else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {told}{more}"
