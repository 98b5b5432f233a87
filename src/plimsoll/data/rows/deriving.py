"""Columns that a check makes equal to a formula of others, as total = quantity * price: reckoned, not tried."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from sqlglot import exp

from plimsoll.core.schema import Check, Column, Table
from plimsoll.data.checks.terms import bare, column_of, literal_of, parsed
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Floats
from plimsoll.data.rows.model import Batch, TableModel
from plimsoll.data.rows.sources import fitted, masked

_NUMBERS: Final = ("int2", "int4", "int8", "numeric", "float4", "float8")
_MOMENTS: Final = ("date", "timestamp")  # not timestamptz, whose year depends on the session's zone
_PARTS: Final[Mapping[str, Callable[[pl.Series], pl.Series]]] = {
    "YEAR": lambda moments: moments.dt.year(),
    "MONTH": lambda moments: moments.dt.month(),
    "WEEK": lambda moments: moments.dt.week(),
    "DAY": lambda moments: moments.dt.day(),
}
_OPERATIONS: Final[Mapping[type[exp.Expression], Callable[[Floats, Floats], Floats]]] = {
    exp.Add: np.add,
    exp.Sub: np.subtract,
    exp.Mul: np.multiply,
}


@dataclass(frozen=True, slots=True)
class Reckoned:
    """By a formula; NULL where one of its columns is. Exact up to 15 digits."""

    formula: exp.Expression
    domain: Domain

    def values(self, batch: Batch, column: Column) -> pl.Series:
        numbers = np.broadcast_to(_value(self.formula, batch), (len(batch),))
        unknown = np.isnan(numbers)
        return masked(fitted(np.nan_to_num(numbers), column.type, self.domain), unknown)


def formulas(table: Table, checks: tuple[Check, ...]) -> dict[str, exp.Expression]:
    """The columns that checks define, with their formulas over other columns of numbers."""
    known = {column.name for column in table.columns if column.type.base in _NUMBERS and column.type.kind == "base"}
    moments = {column.name for column in table.columns if column.type.base in _MOMENTS}
    found: dict[str, exp.Expression] = {}
    resting: dict[str, set[str]] = {}
    for check in checks:
        tree = parsed(check.expression)
        node = None if tree is None else bare(tree)
        if not isinstance(node, exp.EQ):
            continue
        for side, other in _sides(node):
            name = column_of(_uncast(side))
            columns = _columns(other, known, moments)
            if name in known and name not in found and columns and name not in _rests_on(columns, resting):
                found[name], resting[name] = bare(other), columns
                break
    return found


def _rests_on(columns: set[str], found: Mapping[str, set[str]]) -> set[str]:
    """The columns, and those that they are reckoned from."""
    seen: set[str] = set()
    waiting = list(columns)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += found.get(name, ())
    return seen


def _sides(node: exp.EQ) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """What stands alone and what it equals, in every form: a + b = c is a = c - b too."""
    for side, other in ((node.this, node.expression), (node.expression, node.this)):
        yield side, other
        whole = bare(side)
        if isinstance(whole, exp.Add):
            yield whole.this, exp.Sub(this=other.copy(), expression=whole.expression.copy())
            yield whole.expression, exp.Sub(this=other.copy(), expression=whole.this.copy())


def reckon(model: TableModel, domains: Mapping[str, Domain], taken: set[str]) -> None:
    """Sets the sources of the columns that checks define; those of `taken` and of keys stay as they are."""
    for name, formula in formulas(model.table, model.unsolved).items():
        if name not in taken and name not in model.keys and name not in model.origin:
            model.sources[name] = Reckoned(formula, domains.get(name, Domain()))
            model.null_rules.pop(name, None)


def _columns(node: exp.Expression, known: set[str], moments: set[str]) -> set[str] | None:
    """The columns of a formula; None where it holds what is not understood."""
    node = _uncast(node)
    name = column_of(node)
    if name is not None:
        return {name} if name in known else None
    if isinstance(node, exp.Literal):
        return None if node.is_string else set()
    if isinstance(node, exp.Extract):
        of = column_of(node.expression)
        return {of} if of in moments and node.name.upper() in _PARTS else None
    if isinstance(node, exp.Round):
        return _columns(node.this, known, moments) if _digits(node) is not None else None
    if type(node) not in _OPERATIONS:
        return None
    left, right = _columns(node.this, known, moments), _columns(node.expression, known, moments)
    return None if left is None or right is None else left | right


def _value(node: exp.Expression, batch: Batch) -> Floats:
    node = _uncast(node)
    name = column_of(node)
    if name is not None:
        numbers: Floats = batch.column(name).cast(pl.Float64).fill_null(np.nan).to_numpy()
        return numbers
    if isinstance(node, exp.Literal):
        return np.float64(node.this)  # type: ignore[return-value]  # it is broadcast
    if isinstance(node, exp.Extract):
        part: Floats = (
            _PARTS[node.name.upper()](batch.column(column_of(node.expression) or "")).cast(pl.Float64).to_numpy()
        )
        return part
    if isinstance(node, exp.Round):
        return _rounded(_value(node.this, batch), _digits(node) or 0)
    return _OPERATIONS[type(node)](_value(node.this, batch), _value(node.expression, batch))


def _digits(node: exp.Round) -> int | None:
    """Those of round(a, digits); None where they are no literal."""
    said = node.args.get("decimals")
    text = "0" if said is None else literal_of(said)
    return int(text) if text is not None and text.lstrip("-").isdigit() else None


def _rounded(numbers: Floats, digits: int) -> Floats:
    """Halves away from zero, as numeric is rounded; what is a hair below a half for a float's sake is one."""
    scaled = np.abs(numbers) * 10.0**digits
    found: Floats = np.sign(numbers) * np.floor(scaled + 0.5 + 1e-12 * np.maximum(scaled, 1.0)) / 10.0**digits
    return found


def _uncast(node: exp.Expression) -> exp.Expression:
    """Casts to numeric and to wider numbers change no value; a rounding one is found out by the check itself."""
    node = bare(node)
    while isinstance(node, exp.Cast):
        node = bare(node.this)
    return node
