"""Tables of translations: a header names the columns, a row is a unit."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from fluentscribe.formats.checking import Ids
from fluentscribe.formats.csv_lines import Lines
from fluentscribe.formats.languages import CODE, best
from fluentscribe.formats.limits import SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.values import Header, Refused, State, Text, Unit

DELIMITERS = ",;\t|"
ROWS_MAX = 1_000_000  # blank ones too: a file of line ends alone would keep us busy for long
# Header names in lower case, of letters only.
_NAMES = {
    "source": "source sourcetext sourcesegment sourcestring sourcelanguage original originaltext src text english",
    "target": "target targettext targetsegment targetstring targetlanguage translation translationtext translatedtext "
    "translated trg tgt",
    "id": "id key identifier segmentid stringid unitid resourceid resname name no number",
    "note": "note notes comment comments description remark remarks context",
    "length": "maxlength maxlen lengthmax maximumlength maxchars maxcharacters characterlimit charlimit lengthlimit "
    "limit",
    "state": "state status",
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names.split()}
_STATES: dict[str, State] = {
    "initial": "initial", "new": "initial", "untranslated": "initial", "draft": "initial",
    "needs-translation": "initial", "translated": "translated", "needs-review": "translated", "reviewed": "reviewed",
    "approved": "reviewed", "signed-off": "reviewed", "final": "final",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the columns are that matter, and in which languages, where the header says."""

    delimiter: str
    width: int
    columns: dict[str, int]
    source_language: str | None = None
    target_language: str | None = None


def read(file: BinaryIO, source: str | None, target: str | None) -> tuple[Header, Iterator[Unit]]:
    """The header and the rows. Columns named by languages are found by those given. Raises Refused, then and later."""
    lines = Lines(file)
    first = next(lines, "")
    if re.fullmatch(r"sep=.\s*", first):  # Excel's way to say which delimiter follows
        first = next(lines, "")
    table = _table(first, lines.number, source, target)
    units = _units(lines, table)
    head = next(units, None)
    if head is None:
        raise Refused("no-units", "the table has a header and no rows")
    return Header("csv", table.source_language, table.target_language), chain((head,), units)


def _table(line: str, number: int, source: str | None, target: str | None) -> _Table:
    """By the delimiter with which the header names a source and a target."""
    found = [_columns(line, sign, source, target) for sign in DELIMITERS]
    for table in found:
        if {"source", "target"} <= table.columns.keys():
            return table
    missing = "target" if any("source" in table.columns for table in found) else "source"
    raise Refused("missing-column", f"the header names no {missing} column", number)


def fields_of(line: str, delimiter: str) -> list[str]:
    """The fields of one line; none where it is no row."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _columns(line: str, delimiter: str, source: str | None, target: str | None) -> _Table:
    names = fields_of(line, delimiter)
    known: dict[str, int] = {}
    for index, name in enumerate(names):
        if (column := _COLUMNS.get(re.sub(r"[^a-z]", "", name.lower()))) is not None:
            known.setdefault(column, index)
    languages = _languages(names, known, source, target)
    by_language = {column: names.index(name) for column, name in languages.items()}
    named = {column: name.strip() for column, name in languages.items()}
    return _Table(delimiter, len(names), {**known, **by_language}, named.get("source"), named.get("target"))


def _languages(names: Sequence[str], known: dict[str, int], source: str | None, target: str | None) -> dict[str, str]:
    """Headers that are languages, for the columns that no name was found for."""
    codes = [name for i, name in enumerate(names) if CODE.fullmatch(name.strip()) and i not in known.values()]
    found: dict[str, str] = {}
    for column, wanted in (("source", source), ("target", target)):
        rest = [code for code in codes if code not in found.values()]
        chosen = rest[0] if wanted is None and rest else best(rest, wanted) if wanted is not None else None
        if column not in known and chosen is not None:
            found[column] = chosen
    return found


def _units(lines: Lines, table: _Table) -> Iterator[Unit]:
    rows = csv.reader(lines, delimiter=table.delimiter, strict=True)
    ids = Ids()
    seq = 0
    for _ in range(ROWS_MAX):
        line = lines.number + 1
        lines.new_row()
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise _malformed(error, line) from None
        if row is None:
            return
        if any(row):
            seq += 1
            yield _unit(row, table, seq, line, ids)
    raise Refused("too-many-units", f"more than {ROWS_MAX:,} rows; split the file", lines.number)


def _malformed(error: csv.Error, line: int) -> Refused:
    if "field limit" in str(error):
        return Refused("too-long", f"a field of more than {csv.field_size_limit():,} characters", line)
    if "end of data" in str(error):
        return Refused("truncated-csv", "a quoted field does not end", line)
    return Refused("malformed-csv", f"not a well-formed row ({error})", line)


def _unit(row: Sequence[str], table: _Table, seq: int, line: int, ids: Ids) -> Unit:
    if len(row) > table.width:
        raise Refused("malformed-csv", f"{len(row)} fields instead of {table.width}; quote what holds delimiters", line)
    fields = {column: row[index] if index < len(row) else "" for column, index in table.columns.items()}
    source, target, unit_id = fields["source"], fields["target"], fields.get("id", "").strip()
    if not source:
        raise Refused("missing-source", "a row has no source", line)
    if max(len(source), len(target), len(fields.get("note", ""))) > SEGMENT_CHARACTERS_MAX:
        raise Refused("too-long", f"a field of more than {SEGMENT_CHARACTERS_MAX:,} characters", line)
    if unit_id:
        ids.add_at(unit_id, line)
    return Unit(
        seq=seq,
        id=unit_id,
        source=Text(source),
        target=Text(target),
        state=_state(fields.get("state", ""), target, line),
        note=fields.get("note", "").strip(),
        length_max=_length(fields.get("length", "").strip(), line),
        line=line,
    )


def _state(written: str, target: str, line: int) -> State:
    name = re.sub(r"[\s_]+", "-", written.strip().lower())
    if not name:
        return "translated" if target else "initial"
    if name not in _STATES:
        raise Refused("bad-state", f"the state {written!r} is not known; known are {', '.join(_STATES)}", line)
    return _STATES[name]


def _length(written: str, line: int) -> int | None:
    if not written:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", written):
        raise Refused("bad-length", f"the length limit {written[:40]!r} is not a whole number", line)
    return int(written)
