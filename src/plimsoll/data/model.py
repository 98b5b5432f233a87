"""Tables as functions: the value of any column in any rows, made when it is asked for.

A `TableModel` knows where each column's values come from. A `Batch` is some rows of it in one try; it makes each column
once, when another column, a child's row or the fill asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.core.distribution import key
from plimsoll.core.schema import Check, Column, Table
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.groups import Groups

Mask = NDArray[np.bool_]


class Source(Protocol):
    """Where the values of a column come from."""

    def values(self, batch: "Batch", column: Column) -> pl.Series: ...


class Picker(Protocol):
    """Which rows of the parent the rows of a batch refer to; -1 for none."""

    def rows(self, batch: "Batch") -> Numbers: ...


class NullRule(Protocol):
    """Which values of a column are NULL, given what the rules before it said."""

    def mask(self, batch: "Batch", column: str, mask: Mask) -> Mask: ...


@dataclass(slots=True)
class Link:
    """A foreign key as it is filled: `parent`, whose rows `picker` chooses. `assigned` are the columns it decides."""

    name: str
    parent: "TableModel"
    columns: tuple[str, ...]
    referenced: tuple[str, ...]
    picker: Picker
    assigned: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class TableModel:
    """A table, its number of rows and the sources of its columns; `place` is that in the order of filling.

    `keys` are columns that no further try changes. `links` are by the foreign key's name. `origin` says, for a column
    that a foreign key decides, which. `groups` are the rows dealt out to the rows of the parent of link `per`.
    """

    table: Table
    seed_key: int
    place: int = 0
    rows: int = 0
    groups: Groups | None = None
    per: str | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    null_rules: dict[str, list[NullRule]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    later: tuple[str, ...] = ()
    unsolved: tuple[Check, ...] = ()
    birth: str | None = None
    attempts: dict[int, int] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.columns if not column.generated)

    def frame(self, n: Numbers) -> pl.DataFrame:
        """The rows `n`, columns in order; those of `later` are NULL."""
        made = self.many(tuple(name for name in self.columns if name not in self.later), n)
        empty = {name: pl.Series(name, [None] * len(n), dtype=pl.String) for name in self.later}
        return pl.DataFrame({name: made.get(name, empty.get(name)) for name in self.columns})

    def later_frame(self, n: Numbers) -> pl.DataFrame:
        """The primary key, then the columns that had to wait."""
        primary = self.table.primary_key
        names = tuple(name for name in (primary.columns if primary else ()) if name is not None)
        return pl.DataFrame(self.many((*names, *self.later), n))

    def retry(self, n: Numbers, attempt: int) -> None:
        self.attempts.update(dict.fromkeys(n.tolist(), attempt))

    def column(self, name: str, n: Numbers) -> pl.Series:
        """One column of any rows, repeated ones among them."""
        distinct, places = np.unique(n, return_inverse=True)
        if len(distinct) == len(n):
            return self.many((name,), n)[name]
        return self.many((name,), distinct)[name].gather(pl.Series(places.astype(np.uint32)))

    def many(self, names: tuple[str, ...], n: Numbers) -> Mapping[str, pl.Series]:
        if not self.attempts:
            return self._made(names, Batch(self, n))
        tries = np.fromiter((self.attempts.get(row, 0) for row in n.tolist()), dtype=np.int64, count=len(n))
        if not tries.any():
            return self._made(names, Batch(self, n))
        parts, order = [], []
        for attempt in np.unique(tries).tolist():
            chosen = np.flatnonzero(tries == attempt)
            parts.append(pl.DataFrame(self._made(names, Batch(self, n[chosen], attempt))))
            order.append(chosen)
        back = np.argsort(np.concatenate(order), kind="stable")
        whole = pl.concat(parts, how="vertical_relaxed")[back]
        return {name: whole[name] for name in names}

    def _made(self, names: tuple[str, ...], batch: "Batch") -> dict[str, pl.Series]:
        return {name: batch.column(name) for name in names}


class Batch:
    """Some rows of a table, in one try; columns, parents' rows and NULLs are made once."""

    def __init__(self, model: TableModel, n: Numbers, attempt: int = 0) -> None:
        self.model = model
        self.n = n
        self.attempt = attempt
        self._columns: dict[str, pl.Series] = {}
        self._rows: dict[str, Numbers] = {}
        self._nulls: dict[str, Mask] = {}

    def __len__(self) -> int:
        return len(self.n)

    def draw(self, *use: str | int, fixed: bool = False) -> Draw:
        """Chance for one use in this table; `fixed` gives the same in every try."""
        attempt = 0 if fixed else self.attempt
        return Draw(key(self.model.seed_key, attempt, *use), self.n)

    def draw_for(self, column: str) -> Draw:
        return self.draw("column", column, fixed=column in self.model.keys)

    def column(self, name: str) -> pl.Series:
        """The column's values, NULLs in place."""
        if name not in self._columns:
            column = self.model.table.column(name)
            raw = self.model.sources[name].values(self, column)
            mask = self.nulls(name)
            if mask.any():
                raw = pl.select(pl.when(pl.Series(~mask)).then(raw)).to_series()
            self._columns[name] = raw.alias(name)
        return self._columns[name]

    def parents(self, link: str) -> Numbers:
        """The row numbers of the rows that a foreign key refers to; -1 for none."""
        if link not in self._rows:
            self._rows[link] = self.model.links[link].picker.rows(self)
        return self._rows[link]

    def nulls(self, name: str) -> Mask:
        """Where the column is NULL by decision; a source may have nulls of its own besides."""
        if name not in self._nulls:
            mask = np.zeros(len(self), dtype=np.bool_)
            for rule in self.model.null_rules.get(name, ()):
                mask = rule.mask(self, name, mask)
            self._nulls[name] = mask
        return self._nulls[name]
