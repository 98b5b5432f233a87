"""Putting a captured statement together: each parameter's source, and the rows of its feed. Pure."""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from plimsoll.core.schema import Table
from plimsoll.core.sql.casting import cast_from_text
from plimsoll.core.sql.values import Cell, guess_of, reading_of
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.fresh import Fresh
from plimsoll.load.importers.capture.journeys import Captured, Parameter, Source, label_of, named
from plimsoll.load.importers.capture.parsing import Parsed
from plimsoll.load.importers.capture.uses import SAMPLED, Use
from plimsoll.load.importers.source import literal

LIST_MAX: Final = 100
LIST_GUESS: Final = 3
_PAGES: Final = (1, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 5000, 10_000, 100_000)
# Constants of which the place in the text tells what they are likely to be.
_LIKELY: Final = (
    (r"date_trunc\s*\(\s*", "day"), (r"date_part\s*\(\s*", "day"), (r"to_char\s*\([^,()]+,\s*", "YYYY-MM-DD"),
    (r"at\s+time\s+zone\s+", "UTC"), (r"timezone\s*\(\s*", "UTC"), (r"\bescape\s+", "\\"),
    (r"string_agg\s*\([^,()]+,\s*", ", "), (r"date_trunc\s*\([^,()]+,[^,()]+,\s*", "UTC"),
    (r"to_(?:date|timestamp)\s*\([^,()]+,\s*", "YYYY-MM-DD"), (r"(?:en|de)code\s*\([^,()]+,\s*", "hex"),
)  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A statement that could be prepared. `types` by number as format_type names them; `enums` are those of them."""

    statement: WorkloadStatement
    query: str
    parsed: Parsed | None
    types: Mapping[int, str]
    enums: frozenset[str] = frozenset()
    uses: Sequence[Use] = field(default_factory=list)

    @property
    def unknown(self) -> str:
        """Why the parameters cannot be told; empty where they can."""
        for use in self.uses:
            if use.kind == "unknown":
                return f"${use.number}: {use.why}"
            type_name = self.types[use.number]
            if use.kind == "guess" and guess_of(type_name) is None:
                return f"${use.number}: nothing tells its value, and nothing can stand for its type {type_name}"
        return ""

    @property
    def list_size(self) -> int:
        """How many values `x = ANY ($1)` is given: as many as rows come back, where that tells."""
        rows = round(self.statement.rows_per_call)
        return min(LIST_MAX, rows) if rows >= 1 else LIST_GUESS


def limit_of(rows_per_call: float) -> int:
    """What LIMIT may have said: what every call returned, or the next usual size of a page."""
    if rows_per_call >= 1 and math.isclose(rows_per_call, round(rows_per_call), abs_tol=1e-6):
        return round(rows_per_call)
    return next((page for page in _PAGES if page >= rows_per_call), _PAGES[-1])


def likely(query: str, number: int) -> str | None:
    """What a constant is likely to be by what stands before it."""
    for before, value in _LIKELY:
        if re.search(rf"{before}\${number}\b", query, re.IGNORECASE):
            return value
    return None


def fixed_of(draft: Draft) -> tuple[dict[int, str], list[str]]:
    """Values that are the same each time, and what is to be said of them."""
    values: dict[int, str] = {}
    notes = []
    for use in draft.uses:
        if use.kind in SAMPLED or use.kind in ("span", "unknown"):
            continue
        if use.kind == "limit":
            values[use.number] = str(limit_of(draft.statement.rows_per_call))
        elif use.kind == "offset":
            values[use.number] = "0"
        else:
            values[use.number] = likely(draft.query, use.number) or guess_of(draft.types[use.number]) or ""
            if re.search(rf"EXISTS\s*\(\s*SELECT\s+\${use.number}\b", draft.query, re.IGNORECASE):
                continue  # nobody looks at it
            notes.append(
                f"${use.number}: nothing tells what this constant was; {literal(values[use.number])} stands for it."
            )
    return values, notes


def readable(draft: Draft, rows: Sequence[Mapping[int, Cell]]) -> list[Mapping[int, Cell]]:
    """The rows that a feed could read: Python has no infinite date, and none before the year 1."""
    reads = {number: reading_of(name, is_enum=name in draft.enums).read for number, name in draft.types.items()}
    return [row for row in rows if all(cell is None or _can(reads[number], cell) for number, cell in row.items())]


def _can(read: Callable[[str], Any], cell: str) -> bool:
    try:
        read(cell)
    except (ValueError, ArithmeticError):
        return False
    return True


def captured(
    draft: Draft, rows: Sequence[Mapping[int, Cell]], fresh: Fresh, table: Table | None, more_notes: Sequence[str] = ()
) -> Captured:
    """The statement with its feed."""
    fixed, notes = fixed_of(draft)
    constant, feed_rows = _split(draft, rows, fixed)
    names = named(draft.uses)
    parameters = []
    for use in draft.uses:
        type_name = draft.types[use.number]
        reading = reading_of(type_name, is_enum=type_name in draft.enums)
        way = fresh.ways.get(use.name, "") if use.kind in ("stored", "rows") else ""
        source: Source = "fresh" if way else "fixed" if use.number in constant else "feed"
        many = draft.list_size if use.kind == "rows" else 0
        length = table.column(use.name).type.length if way == "text" and table is not None else None
        parameters.append(
            Parameter(
                use.number, type_name, reading, source, names[use.number], constant.get(use.number), way, length, many
            )
        )
    notes += [f"May break the unique key {key}: nothing new can be made for it." for key in fresh.colliding]
    one = Captured(
        draft.statement,
        with_casts(draft.query, parameters),
        draft.parsed.effect if draft.parsed else "reads",
        label_of(draft.parsed, draft.uses),
        tuple(parameters),
        notes=(*notes, *more_notes),
        relations=draft.parsed.relations if draft.parsed else (),
    )
    cells = [tuple(row[column.number] for column in one.columns) for row in feed_rows] if one.columns else []
    return replace(one, rows=cells)


def different(draft: Draft, rows: Sequence[Mapping[int, Cell]]) -> dict[str, int]:
    """How many different values are there for each column that the statement stores, by its name."""
    written = [use for use in draft.uses if use.kind in ("stored", "rows")]
    found = {use.name: {cell for row in rows if (cell := row.get(use.number)) is not None} for use in written}
    arrays = {use.name for use in written if use.kind == "rows"}
    return {name: len(_elements(cells) if name in arrays else cells) for name, cells in found.items()}


def _elements(cells: Collection[str]) -> set[str]:
    """Of arrays in either form that `array_text` gives."""
    return {
        str(element)
        for cell in cells
        for element in (json.loads(cell) if cell.startswith("[") else cell.strip("{}").split(","))
    }


def _split(
    draft: Draft, rows: Sequence[Mapping[int, Cell]], fixed: Mapping[int, str]
) -> tuple[dict[int, Cell], Sequence[Mapping[int, Cell]]]:
    """Columns of the feed that hold one value only are fixed instead."""
    constant: dict[int, Cell] = dict(fixed)
    for use in draft.uses:
        if use.number not in constant and rows and len({row[use.number] for row in rows}) == 1:
            constant[use.number] = rows[0][use.number]
    return constant, rows


def with_casts(query: str, parameters: Sequence[Parameter]) -> str:
    """Types for which the driver has no Python value are given as text."""
    return cast_from_text(query, {one.number: one.type_name for one in parameters if one.reading.cast})
