"""The scenario file and its feeds, from what was captured. Pure."""

import csv
import io
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.sql.values import NULL, Reading
from plimsoll.load.importers.capture.journeys import Captured, Parameter
from plimsoll.load.importers.capture.notes import amount
from plimsoll.load.importers.capture.text import wrapped
from plimsoll.load.importers.source import Function, Names, Source, call, literal, long_text

INLINE_MAX: Final = 70  # characters of a statement that stands in its journey; a longer one stands above
_NULLABLE: Final = '''def nullable(read):
    """Reads a cell of a CSV file in which \\\\N stands for NULL."""
    return lambda cell: None if cell == "\\\\N" else read(cell)'''
_FRESH: Final[Mapping[str, tuple[str, str]]] = {  # Python, and the module it needs
    "uuid": ("str(uuid.uuid4())", "uuid"),
    "number": ("secrets.randbelow(2**30) + 2**30", "secrets"),  # above what a young table's sequence has given
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The scenario's text, its feeds by file name, and the names of the journeys in order."""

    scenario: str
    feeds: Mapping[str, str]
    names: tuple[str, ...]


def render(captured: Sequence[Captured], *, about: str, notes: Sequence[str], feeds_in: str) -> Rendered:
    """`about` is the first line, `notes` what a reader has to know, `feeds_in` the folder of the feeds."""
    names = Names(("nullable", "row", "uuid", "secrets", "json", "datetime", "decimal"))
    source = Source(docstring=about, notes=list(notes))
    feeds, journeys = {}, []
    for one in sorted(captured, key=lambda each: each.effect == "writes"):  # reads first; otherwise as they come
        name = names.make(one.label, otherwise="statement")
        journeys.append(name)
        columns = one.columns
        feed = names.make(f"{name}_values", otherwise="values") if columns else ""
        if columns:
            feeds[f"{name}.csv"] = csv_text(columns, one.rows)
            source.constants.append(f"{feed} = {_feed(one, columns, f'{feeds_in}/{name}.csv', len(feed) + 3)}")
        query = long_text(wrapped(one.query, INLINE_MAX))
        if len(query) > INLINE_MAX:
            constant = names.make(name, otherwise="STATEMENT", upper=True)
            source.constants.append(f"{constant} = {query}")
            query = constant
        source.functions.append(_journey(one, name, query, feed))
    source.imports = [f"import {module}" for module in sorted(_modules(captured))]
    if any(_nullable(one, place) for one in captured for place in range(len(one.columns))):
        source.constants.insert(0, f"\n{_NULLABLE}\n\n")  # the feeds below it need it
    return Rendered(source.render(), feeds, tuple(journeys))


def csv_text(columns: Sequence[Parameter], rows: Sequence[Sequence[str | None]]) -> str:
    """A CSV file with a header; NULL is \\N."""
    out = io.StringIO()
    returns = any("\r" in (cell or "") for row in rows for cell in row)  # left bare, where a reader ends the row
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL if returns else csv.QUOTE_MINIMAL)
    writer.writerow([column.name for column in columns])
    writer.writerows([[NULL if cell is None else cell for cell in row] for row in rows])
    return out.getvalue()


def _feed(one: Captured, columns: Sequence[Parameter], path: str, indent: int) -> str:
    types = [
        f"{literal(column.name)}: {_reader(column.reading, nullable=_nullable(one, place))}"
        for place, column in enumerate(columns)
    ]
    return call("feed.csv", [literal(path), "types={" + ", ".join(types) + "}"], indent=indent)


def _nullable(one: Captured, place: int) -> bool:
    return any(row[place] is None for row in one.rows)


def _reader(reading: Reading, *, nullable: bool) -> str:
    return f"nullable({reading.python})" if nullable else reading.python


def _modules(captured: Sequence[Captured]) -> set[str]:
    found = set()
    for one in captured:
        found |= {column.reading.module for column in one.parameters if column.source != "fresh"}
        found |= {
            _FRESH[column.way][1] if column.way in _FRESH else "secrets" for column in one.parameters if column.way
        }
    return found - {""}


def _journey(one: Captured, name: str, query: str, feed: str) -> Function:
    statement = one.statement
    writes = ", writes=True" if one.effect == "writes" else ""
    arguments = [literal(name.replace("_", " ")), query, *(_argument(column, one, feed) for column in one.parameters)]
    drawn = any(re.search(r"\brow\b", argument) for argument in arguments[2:])
    body = [f"row = user.draw({feed})"] if drawn else []
    for note in one.notes:
        body += textwrap.wrap(note, 104, initial_indent="# ", subsequent_indent="# ")
    return Function(
        f"journey(weight={statement.calls}{writes})",
        name,
        _docstring(one),
        [*body, f"await {call('user.sql', arguments)}"],
    )


def _docstring(one: Captured) -> str:
    statement = one.statement
    rows = f"{statement.rows_per_call:,.1f}".removesuffix(".0")
    by = f"; by {', '.join(statement.roles[:3])}" if statement.roles else ""
    text = f"{amount(statement.calls, statement.total_ms)}; {statement.mean_ms:,.3f} ms and {rows} rows each{by}."
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _argument(column: Parameter, one: Captured, feed: str) -> str:
    if column.source == "feed":
        return feed if len(one.columns) == 1 else f"row[{literal(column.name)}]"
    if column.source == "fixed":
        return _fixed(column)
    drawn = "row" if len(one.columns) == 1 else f"row[{literal(column.name)}]"
    if column.way == "text":
        made = f'(secrets.token_hex(4) + ({"value" if column.many else drawn} or ""))'
        made += f"[:{column.length}]" if column.length else ""
        return f"[{made} for value in {drawn}]" if column.many else made
    made = _FRESH[column.way][0]
    return f"[{made} for _ in range({column.many})]" if column.many else made


def _fixed(column: Parameter) -> str:
    if column.value is None:
        return "None"
    reading = column.reading
    if reading.python == "str":
        return literal(column.value)
    if reading.python in ("int", "float"):
        return repr(reading.read(column.value))
    if reading.python == "json.loads":
        return literal(reading.read(column.value))
    if reading.python.startswith("lambda"):
        return repr(reading.read(column.value))
    return f"{reading.python}({literal(column.value)})"
