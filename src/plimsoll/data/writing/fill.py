"""What is to be filled: decided before anything is written, carried out by `filling`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Check, Table
from plimsoll.data.drawing import Numbers


class TableFill(Protocol):
    """The rows of one table, in the order in which tables are filled.

    `columns` are those written, in the order of `frame`. `later` are columns of a cycle of foreign keys: null in
    `frame`, and set from `later_frame` (the primary key's columns, then `later`) when all tables are filled.
    `unsolved` are checks of which only trying tells; `retried` maps row numbers to the try that satisfied them.
    """

    @property
    def table(self) -> Table: ...
    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def later(self) -> tuple[str, ...]: ...
    @property
    def unsolved(self) -> tuple[Check, ...]: ...

    def frame(self, n: Numbers, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows `n`, each in the try that `retry` last said, else the first (0); all columns, or those named."""
        ...

    def later_frame(self, n: Numbers) -> pl.DataFrame: ...

    def retry(self, n: Numbers, attempt: int, columns: Collection[str]) -> None:
        """From now on these columns of the rows come out as their `attempt`-th try (1, 2, …); keys stay as they are."""
        ...


@dataclass(frozen=True, slots=True)
class FillPlan:
    """All tables to fill, parents first. `notes` say what was decided that a user would want to know.

    `waiting` are foreign keys, by table and name, that must be NOT NULL and checked at once, but close a cycle.
    `withheld` are columns (TABLE.COLUMN) whose values were learned of, but not copied.
    """

    tables: tuple[TableFill, ...]
    notes: tuple[str, ...] = ()
    waiting: tuple[tuple[TableName, str], ...] = ()
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of it. `retried` counts rows, by table, that needed more than one try."""

    rows: Mapping[TableName, int]
    retried: Mapping[TableName, int]
    seconds: float
    bytes_copied: int
