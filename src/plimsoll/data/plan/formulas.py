"""Numbers that a plan reckons from others: `formula = "floor(random() * length(segment_id.target))"`.

A formula has numbers, + - * /, columns of this row or (FOREIGN_KEY_COLUMN.COLUMN) of its parent, `length` and `words`
of texts, `floor`, `ceil`, `round`, `least`, `greatest`, `random()` (from 0 up to, not including, 1), and `sum` over the
rows of another table that come in groups, one a row of this table: `sum(words(qa_segments.source))`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import numpy as np
import polars as pl
from sqlglot import exp

from plimsoll.core.errors import UsageError
from plimsoll.core.schema import Column, DataType
from plimsoll.data.checks.terms import parsed
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import BATCH_ROWS, Floats, Numbers
from plimsoll.data.plan.wording import Words
from plimsoll.data.rows.model import Batch, Source, TableModel
from plimsoll.data.rows.picking import Grouped
from plimsoll.data.rows.sources import fitted, masked
from plimsoll.data.rows.timing import OfRow

Term = Callable[[Batch], Floats]

TEXT_MAX: Final = 1_000
_NO_COLUMN: Final = Column("", DataType("double precision", "float8"))  # for sources that do not ask which it is
_TWO: Final[Mapping[type[exp.Expression], Callable[[Floats, Floats], Floats]]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
    exp.Div: np.divide,
}
_ENDS: Final[Mapping[type[exp.Expression], Callable[[Floats, Floats], Floats]]] = {
    exp.Least: np.minimum,
    exp.Greatest: np.maximum,
}
_ONE: Final[Mapping[type[exp.Expression], Callable[[Floats], Floats]]] = {
    exp.Neg: np.negative,
    exp.Floor: np.floor,
    exp.Ceil: np.ceil,
    exp.Paren: np.positive,
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A column of numbers; NULL where a value in its formula is, or where that divides by 0."""

    term: Term
    domain: Domain

    def values(self, batch: Batch, column: Column) -> pl.Series:
        with np.errstate(divide="ignore", invalid="ignore"):
            numbers = np.broadcast_to(self.term(batch), (len(batch),))
        known = np.isfinite(numbers)
        return masked(fitted(np.where(known, numbers, 0.0), column.type, self.domain), ~known)


@dataclass(slots=True)
class FormulaReader:
    """Turns the text of a formula for one column into what reckons it. Raises UsageError.

    `source` gives that of a column, by name or path; `tables` are all there are, by the names the plan uses.
    """

    column: str
    source: Callable[[str], Source]
    tables: Mapping[str, TableModel]
    where: str
    use: str = ""
    _number: "count[int]" = field(default_factory=count)

    def read(self, text: str) -> Term:
        tree = None if len(text) > TEXT_MAX else parsed(text)
        if tree is None:
            raise self._wrong(f"{text[:60]!r} is no formula", 'as "floor(random() * length(title))"')
        return self._term(tree)

    def _term(self, node: exp.Expression) -> Term:
        if isinstance(node, exp.Literal) and not node.is_string:
            number = np.full(1, float(node.this))
            return lambda batch: number
        if isinstance(node, exp.Rand):
            column, use = self.column, f"random{self.use} {next(self._number)}"
            return lambda batch: batch.draw_for(column).floats(use)
        if isinstance(node, exp.Column):
            source, path = self.source(_path(node)), _path(node)
            return lambda batch: self._numbers(path, source.values(batch, _NO_COLUMN))
        if isinstance(node, exp.Length) or (isinstance(node, exp.Anonymous) and node.name.lower() == "words"):
            return self._measure(node)
        if isinstance(node, exp.Sum):
            return self._sum(node.this)
        return self._operation(node)

    def _numbers(self, path: str, values: pl.Series) -> Floats:
        if values.dtype.is_temporal():
            raise self._wrong(f"{path} is a date or a time", 'after = "…" and delay for moments; numbers here')
        try:
            return _floats(values)
        except pl.exceptions.InvalidOperationError:
            raise self._wrong(f"{path} is no number", f"as length({path}), or a column of numbers") from None

    def _operation(self, node: exp.Expression) -> Term:
        kind = type(node)
        if kind in _ONE:
            inner = self._term(node.this)
            return lambda batch: _ONE[kind](inner(batch))
        if kind is exp.Div and _is_nought(node.expression):
            raise self._wrong(f"{node.sql(dialect='postgres')[:60]!r} divides by 0", "another number")
        if kind in _TWO:
            left, right = self._term(node.this), self._term(node.expression)
            return lambda batch: _TWO[kind](left(batch), right(batch))
        if kind in _ENDS:
            terms = [self._term(one) for one in (node.this, *node.expressions)]
            return lambda batch: _folded(_ENDS[kind], [term(batch) for term in terms])
        decimals = node.args.get("decimals")
        if isinstance(node, exp.Round) and (decimals is None or decimals.is_int):
            inner, digits = self._term(node.this), 0 if decimals is None else int(decimals.name)
            return lambda batch: np.round(inner(batch), digits)
        raise self._wrong(f"a formula knows no {node.sql(dialect='postgres')[:60]!r}", "use what the guide lists")

    def _measure(self, node: exp.Expression) -> Term:
        """Characters or words of a column of texts."""
        of = node.this if isinstance(node, exp.Length) else next(iter(node.expressions), None)
        if not isinstance(of, exp.Column):
            raise self._wrong("length and words are those of a column", "as words(title)")
        source, name = self.source(_path(of)), of.name
        if isinstance(node, exp.Length):
            return lambda batch: _floats(_texts(source, batch).str.len_chars())
        return lambda batch: _words(source, name, batch)

    def _sum(self, inner: exp.Expression) -> Term:
        names = {column.table for column in inner.find_all(exp.Column)}
        if len(names) != 1 or not names <= set(self.tables):
            raise self._wrong("sum is over the columns of one table", "as sum(words(order_lines.note))")
        name = names.pop()
        child = self.tables[name]
        term = FormulaReader(self.column, _column_of(name), self.tables, self.where, f"{self.use} sum")._term(inner)

        def summed(batch: Batch) -> Floats:
            if not any(_deals_out(link.picker) and link.parent is batch.model for link in child.links.values()):
                why = f"the rows of {name} do not come in groups, one a row of {batch.model.table.name}"
                raise self._wrong(why, f'state per = "…" in tables.{name}')
            return _summed(term, child, batch)

        return summed

    def _wrong(self, why: str, remedy: str) -> UsageError:
        return UsageError("the seed plan does not fit", where=self.where, why=why, remedy=remedy)


def _is_nought(node: exp.Expression) -> bool:
    inner = node.unnest()
    return isinstance(inner, exp.Literal) and not inner.is_string and float(inner.this) == 0


def names_in(formula: str) -> set[str]:
    """The columns that a formula speaks of, of whatever table; none for what is no formula."""
    tree = parsed(formula)
    return set() if tree is None else {name for one in tree.find_all(exp.Column) for name in (one.table, one.name)}


def _column_of(table: str) -> Callable[[str], Source]:
    """Within `sum`: columns of the table's own rows, by TABLE.COLUMN."""
    return lambda path: OfRow(path.removeprefix(f"{table}."))


def _summed(term: Term, child: TableModel, batch: Batch) -> Floats:
    """Over the rows of each of our rows' groups, some at a time."""
    groups = child.groups
    assert groups is not None
    first = groups.starts[batch.n].astype(np.int64)
    sizes = groups.size(batch.n)
    ends: Numbers = np.cumsum(sizes)
    sums = np.zeros(len(batch))
    for start in range(0, int(sizes.sum()), BATCH_ROWS):
        at = np.arange(start, min(start + BATCH_ROWS, int(ends[-1])))
        owner = np.searchsorted(ends, at, side="right")
        rows = first[owner] + at - (ends[owner] - sizes[owner])
        values = np.broadcast_to(term(Batch(child, rows)), (len(rows),))
        np.add.at(sums, owner, np.nan_to_num(values))  # one after another, so that parts make no difference
    return sums


def _deals_out(picker: object) -> bool:
    return isinstance(picker, Grouped)


def _words(source: Source, name: str, batch: Batch) -> Floats:
    """Of texts that a plan asks for by words, the number is known before they are made."""
    made = batch.model.sources.get(name) if isinstance(source, OfRow) else None
    plain = name not in batch.model.null_rules and batch.model.tries(name, batch.n) is None
    if isinstance(made, Words) and made.length_max is None and plain:
        return made.counts(batch, batch.model.table.column(name)).astype(np.float64)
    return _floats(_texts(source, batch).str.count_matches(r"\S+"))


def _texts(source: Source, batch: Batch) -> pl.Series:
    return source.values(batch, _NO_COLUMN).cast(pl.String)


def _floats(series: pl.Series) -> Floats:
    numbers: Floats = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    return numbers


def _folded(operation: Callable[[Floats, Floats], Floats], numbers: list[Floats]) -> Floats:
    found = numbers[0]
    for other in numbers[1:]:
        found = operation(found, other)
    return found


def _path(column: exp.Column) -> str:
    return f"{column.table}.{column.name}" if column.table else column.name
