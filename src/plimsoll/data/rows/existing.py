"""Tables that keep the rows they have: what is filled refers to these."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import Column, ForeignKey, Table
from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.plan.formulas import names_in
from plimsoll.data.plan.values import ColumnPlan, SeedPlan
from plimsoll.data.rows.model import Batch, Link, TableModel
from plimsoll.data.rows.sources import INTEGERS
from plimsoll.data.rows.timing import MOMENTS

ROWS_MAX: Final = 500_000  # of all tables together; some 250 bytes each while they are read


@dataclass(frozen=True, slots=True)
class Existing:
    """A table and the rows it has, as far as others need their columns; not `all_rows` of them where there are more."""

    table: Table
    rows: pl.DataFrame
    all_rows: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """The values that are there."""

    series: pl.Series

    def values(self, batch: Batch, column: Column) -> pl.Series:
        return self.series.gather(pl.Series(batch.n))


@dataclass(frozen=True, slots=True, eq=False)
class HeldRows:
    """The rows that are referred to."""

    parents: Numbers

    def rows(self, batch: Batch) -> Numbers:
        return self.parents[batch.n]


def columns_needed(table: Table, tables: Iterable[Table], plan: SeedPlan) -> list[str]:
    """The columns that others refer to, that refer to others themselves, that the plan names, and all moments."""
    names = {name for foreign in table.foreign_keys for name in foreign.columns}
    keys = [foreign for other in tables for foreign in other.foreign_keys if foreign.referenced == table.name]
    names |= {name for foreign in keys for name in foreign.referenced_columns}
    said = plan.tables.values()
    names |= {name for of_table in said for one in of_table.columns.values() for name in mentions(one)}
    names |= {name for of_table in said for name in of_table.where}
    names |= {column.name for column in table.columns if column.type.base in MOMENTS}
    names |= {name for unique in table.uniques if unique.primary for name in unique.columns if name is not None}
    return [column.name for column in table.columns if column.name in names]


async def read_existing(
    connection: asyncpg.Connection, table: Table, columns: Sequence[str], rows_max: int
) -> Existing:
    """The first `rows_max` rows by primary key, in a transaction of its own."""
    primary = table.primary_key
    order = [quote_identifier(name) for name in (primary.columns if primary else ()) if name is not None]
    by = f"ORDER BY {', '.join(order)}" if order else ""
    listed = ", ".join(_selected(table.column(name)) for name in columns) or "NULL AS nothing"
    query = f"SELECT {listed} FROM {table.name.quoted} {by} LIMIT {rows_max + 1}"
    parts: list[pl.DataFrame] = []
    async with connection.transaction(readonly=True):
        cursor = await connection.cursor(query)
        while found := await cursor.fetch(BATCH_ROWS):
            parts.append(_frame(table, columns, found))
    rows = pl.concat(parts) if parts else _frame(table, columns, [])
    return Existing(table, rows.head(rows_max), rows.height <= rows_max)


def existing_models(existing: Sequence[Existing]) -> dict[TableName, TableModel]:
    """Models whose values are those that are there, linked to each other as their foreign keys say."""
    models = {one.table.name: TableModel(one.table, 0, place, one.rows.height) for place, one in enumerate(existing)}
    for one in existing:
        model = models[one.table.name]
        model.sources = {series.name: Held(series) for series in one.rows.get_columns()}
        for foreign in one.table.foreign_keys:
            _link(model, foreign, models, one.rows)
    return models


def _link(model: TableModel, foreign: ForeignKey, models: Mapping[TableName, TableModel], rows: pl.DataFrame) -> None:
    """Finds the rows that are referred to by value; keys of a table to itself need none."""
    parent = models.get(foreign.referenced)
    if parent is None or parent is model or any(name not in parent.sources for name in foreign.referenced_columns):
        return
    theirs = pl.DataFrame({name: parent.column(name, np.arange(parent.rows)) for name in foreign.referenced_columns})
    found = rows.select(foreign.columns).join(
        theirs.with_row_index("row"), left_on=foreign.columns, right_on=foreign.referenced_columns, how="left",
        maintain_order="left",
    )  # fmt: skip
    parents = found["row"].cast(pl.Int64).fill_null(-1).to_numpy()
    free = tuple(name for name in foreign.columns if name not in model.origin)
    model.links[foreign.name] = Link(
        foreign.name, parent, foreign.columns, foreign.referenced_columns, HeldRows(parents), free
    )
    model.origin.update(dict.fromkeys(free, foreign.name))


def mentions(plan: ColumnPlan) -> Iterator[str]:
    """Names of columns, of this table or another, that a column's plan speaks of."""
    paths = [plan.copy, plan.after, plan.before, (plan.language or "").removeprefix("column:").strip()]
    paths += [path for case in plan.cases for path in case.when]
    if plan.among is not None:
        paths += [plan.among.by, plan.among.take, plan.among.other_than, *plan.among.where]
    for path in paths:
        yield from (path or "").split(".")
    for formula in (plan.formula, plan.words):
        yield from names_in(formula) if isinstance(formula, str) else ()
    inner = [*plan.first, *(case.then for case in plan.cases), *([plan.otherwise] if plan.otherwise else [])]
    for one in (*inner, *(plan.json or {}).values()):
        yield from mentions(one)


def _selected(column: Column) -> str:
    name = quote_identifier(column.name)
    return name if _dtype(column) != pl.String() else f"{name}::text AS {name}"


def _frame(table: Table, columns: Sequence[str], rows: Sequence[Any]) -> pl.DataFrame:
    made = {}
    for place, name in enumerate(columns):
        values = [row[place] for row in rows]
        made[name] = pl.Series(name, [_plain(value) for value in values], dtype=_dtype(table.column(name)))
    return pl.DataFrame(made) if made else pl.DataFrame({"nothing": [None] * len(rows)})


def _dtype(column: Column) -> pl.DataType:
    if column.type.kind != "base":
        return pl.String()
    if column.type.base in INTEGERS:
        return pl.Int64()
    if column.type.base == "date":
        return pl.Date()
    return pl.Datetime("us") if column.type.base in MOMENTS else pl.String()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
