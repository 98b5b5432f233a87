"""Small fills made by hand: a table as the catalog would tell it, and functions from row numbers to frames."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import numpy as np
import polars as pl

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Check, Column, DataType, ForeignKey, Table, UniqueKey
from plimsoll.data.drawing import Numbers
from plimsoll.data.writing.fill import Filled, FillPlan
from plimsoll.data.writing.filling import fill

Values = Callable[[Numbers, Numbers], Any]  # row numbers, their tries


def table(name: str, *columns: str | Column, key: str = "", refers_to: str = "", **more: Any) -> Table:
    """A table in `public`, whose columns' types matter only where they are given as Column."""
    made = tuple(Column(c, DataType("text", "text")) if isinstance(c, str) else c for c in columns)
    uniques = (UniqueKey(f"{name}_pkey", (key,), primary=True),) if key else ()
    keys = (ForeignKey("made", (), TableName("public", refers_to), ()),) if refers_to else ()
    return Table(TableName("public", name), made, uniques=uniques, foreign_keys=keys, **more)


def sequenced(name: str, sequence: str, identity: str = "") -> Column:
    return Column(name, DataType("bigint", "int8"), identity=identity, sequence=sequence)


@dataclass
class MadeFill:
    """`values` are those of the columns written; `later_values` those of the key and of the columns set later."""

    table: Table
    rows: int
    values: dict[str, Values]
    unsolved: tuple[Check, ...] = ()
    later_values: dict[str, Values] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def later(self) -> tuple[str, ...]:
        return tuple(self.later_values)[1:]

    def frame(self, n: Numbers, columns: Sequence[str] | None = None) -> pl.DataFrame:
        made = self._made(self.values, n)
        return made if columns is None else made.select(columns)

    def later_frame(self, n: Numbers) -> pl.DataFrame:
        return self._made(self.later_values, n)

    def retry(self, n: Numbers, attempt: int, columns: Collection[str]) -> None:
        self.tries.update(dict.fromkeys(n.tolist(), attempt))

    def _made(self, values: dict[str, Values], n: Numbers) -> pl.DataFrame:
        tries = np.array([self.tries.get(number, 0) for number in n.tolist()], dtype=np.int64)
        return pl.DataFrame({name: make(n, tries) for name, make in values.items()})


def ids(n: Numbers, _tries: Numbers) -> Any:
    """1, 2, 3, …"""
    return n + 1


def given(*values: Any) -> Values:
    """These values, by row number, over and over."""
    series = pl.Series(values)
    return lambda n, _tries: series[(n % len(values)).tolist()]


class Seen:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.tables: list[tuple[str, int]] = []
        self.done: list[tuple[str, int]] = []
        self.phases: list[str] = []

    def begin(self, tables: Sequence[tuple[str, int]]) -> None:
        self.tables = list(tables)

    def rows(self, table: str, done: int) -> None:
        self.done.append((table, done))

    def phase(self, text: str) -> None:
        self.phases.append(text)


def filled(dsn: str, *fills: MadeFill, watch: Seen | None = None, empty_first: bool = False) -> Filled:
    """What `fill` gives for these tables, on a connection of its own that must be fit for use afterwards."""

    async def run() -> Filled:
        connection = await asyncpg.connect(dsn)
        try:
            return await fill(connection, FillPlan(fills), watch=watch or Seen(), empty_first=empty_first)
        finally:
            assert await connection.fetchval("SELECT pg_current_xact_id_if_assigned() IS NULL")
            await connection.close()

    return asyncio.run(run())


def run_sql(dsn: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run())


def rows_of(dsn: str, query: str) -> list[Any]:
    """The rows as tuples; of a single column its values."""

    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        found = await connection.fetch(query)
        await connection.close()
        return [row[0] if len(row) == 1 else tuple(row) for row in found]

    return asyncio.run(run())
