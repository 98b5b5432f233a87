"""What is wrong with a statement by its text and counters, where no plan is, or where a plan does not say. Pure."""

from collections.abc import Callable, Iterator
from typing import Final

from plimsoll.analyze.statements.costs import named, pages_per_call
from plimsoll.analyze.statements.problems import LARGE_ROWS, Problem, Sizes
from plimsoll.core.details import StatementRow
from plimsoll.core.sql.shape import Shape
from plimsoll.core.units import format_count

SKIPPED_MIN: Final = 10.0  # pages read for each row that is returned


def text_problems(row: StatementRow, shape: Shape, tables: Sizes) -> list[Problem]:
    return [problem for look in _LOOKS for problem in look(row, shape, tables)]


def _offset(row: StatementRow, shape: Shape, tables: Sizes) -> Iterator[Problem]:
    if (
        shape.offset
        and not shape.aggregates
        and pages_per_call(row) >= SKIPPED_MIN * max(1.0, row.rows / max(1, row.calls))
    ):
        pages, rows = format_count(round(pages_per_call(row))), format_count(round(row.rows / max(1, row.calls)))
        yield Problem("offset", f"OFFSET reads what it skips: {pages} pages a call for {rows} rows")


def _not_in(row: StatementRow, shape: Shape, tables: Sizes) -> Iterator[Problem]:
    if shape.not_in:
        yield Problem("not-in", "NOT IN of a subquery may be executed for each row")


def _counted(row: StatementRow, shape: Shape, tables: Sizes) -> Iterator[Problem]:
    name = next((named(tables, one) for one in shape.tables.values()), None)
    if shape.counts_all and name is not None and tables[name].rows >= LARGE_ROWS:
        yield Problem("count-all", f"count(*) reads all of {name} each time", name)


def _wrapped(row: StatementRow, shape: Shape, tables: Sizes) -> Iterator[Problem]:
    for one in shape.conditions:
        written = shape.tables.get(one.table) or (next(iter(shape.tables.values())) if len(shape.tables) == 1 else "")
        name = named(tables, written) if written else None
        if name is None or tables[name].rows < LARGE_ROWS:
            continue
        if one.wrapped and one.kind in ("equal", "range"):
            what = f"{name} is searched by {one.wrapped}, which an index on {one.column} does not serve"
            yield Problem("function-on-column", what, name, one.column)
        elif one.kind == "pattern":
            yield Problem("pattern", f"{name}.{one.column} is searched by a pattern", name, one.column)


_LOOKS: Final[tuple[Callable[[StatementRow, Shape, Sizes], Iterator[Problem]], ...]] = (
    _offset, _not_in, _counted, _wrapped,
)  # fmt: skip
