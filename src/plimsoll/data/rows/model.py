"""Tables as functions: the value of any column in any rows, made when it is asked for.

A `TableModel` knows where each column's values come from. A `Batch` is some rows of it in one try; it makes each column
once, when another column, a child's row or the fill asks for it.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from plimsoll.core.distribution import key
from plimsoll.core.errors import UsageError
from plimsoll.core.schema import Check, Column, Table
from plimsoll.data.drawing import Draw, Numbers
from plimsoll.data.rows.births import Births
from plimsoll.data.rows.groups import Groups, Index, Signed

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

    `keys` are columns that no further try changes. `attempts` are, by column, each row's try, where some are in a
    further one. `indexes` are of its rows, by what a column comes from. `links` are by the foreign key's name;
    `ancestry` holds, of some of these, the row that each row refers to.
    `origin` says, for a column that a foreign key decides, which. `groups` are the rows dealt out to the rows of the
    parent of the link that groups them. `births` are those of the rows of all tables.
    """

    table: Table
    seed_key: int
    place: int = 0
    rows: int = 0
    groups: Groups | None = None
    sources: dict[str, Source] = field(default_factory=dict)
    null_rules: dict[str, list[NullRule]] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    later: tuple[str, ...] = ()
    unsolved: tuple[Check, ...] = ()
    birth: str | None = None
    attempts: dict[str, NDArray[np.uint16]] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    ancestry: dict[str, Signed] = field(default_factory=dict)
    births: Births = field(default_factory=Births)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.columns if not column.generated)

    def frame(self, n: Numbers, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows `n`, columns in order, or only those named; those of `later` are NULL."""
        names = self.columns if columns is None else columns
        made = self.many(tuple(name for name in names if name not in self.later), n)
        empty = {name: pl.Series(name, [None] * len(n), dtype=pl.String) for name in self.later}
        return pl.DataFrame({name: made.get(name, empty.get(name)) for name in names})

    def later_frame(self, n: Numbers) -> pl.DataFrame:
        """The primary key, then the columns that had to wait."""
        primary = self.table.primary_key
        names = tuple(name for name in (primary.columns if primary else ()) if name is not None)
        return pl.DataFrame(self.many((*names, *self.later), n))

    def retry(self, n: Numbers, attempt: int, columns: Collection[str]) -> None:
        linked = [self.links[self.origin[name]].assigned for name in columns if name in self.origin]
        for name in {*columns, *(name for names in linked for name in names)} - self.keys:
            if name not in self.attempts:
                self.attempts[name] = np.zeros(self.rows, dtype=np.uint16)
            self.attempts[name][n] = attempt
        self.indexes.clear()
        if not self.origin.keys().isdisjoint(columns):  # others may follow these: all of them are asked anew
            self.ancestry.clear()
        self.births.forget(self.place)

    def tries(self, name: str, n: Numbers) -> Numbers | None:
        """The try that each row's value of a column is in; None: all are in the first (0)."""
        known = self.attempts.get(name)
        if known is None:
            return None
        found = known[n]
        return found.astype(np.int64) if found.any() else None

    def column(self, name: str, n: Numbers) -> pl.Series:
        """One column of any rows, repeated ones among them."""
        distinct, places = np.unique(n, return_inverse=True)
        if len(distinct) == len(n):
            return self.many((name,), n)[name]
        return self.many((name,), distinct)[name].gather(pl.Series(places.astype(np.uint32)))

    def many(self, names: tuple[str, ...], n: Numbers) -> dict[str, pl.Series]:
        batch = Batch(self, n)
        return {name: batch.column(name) for name in names}


class Batch:
    """Some rows of a table; columns, parents' rows and NULLs are made once.

    `attempt` is the try for which chance is drawn here. Values of rows that are in another try of a column are made in
    batches of their own, so each column is in the try that `TableModel.tries` says, whatever asks for it.
    """

    def __init__(self, model: TableModel, n: Numbers, attempt: int = 0) -> None:
        self.model = model
        self.n = n
        self.attempt = attempt
        self._columns: dict[str, pl.Series] = {}
        self._rows: dict[str, Numbers] = {}
        self._nulls: dict[str, Mask] = {}
        self._making: list[str] = []

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
            parts = [batch._made(name) for batch in self._by_try(name)]
            whole = parts[0] if len(parts) == 1 else _joined(parts)[self._back(name)]
            self._columns[name] = whole.alias(name)
        return self._columns[name]

    def _made(self, name: str) -> pl.Series:
        with self._once(name):
            raw = self.model.sources[name].values(self, self.model.table.column(name))
        mask = self._nulls_made(name)
        return pl.select(pl.when(pl.Series(~mask)).then(raw)).to_series() if mask.any() else raw

    def beneath(self, name: str) -> pl.Series:
        """What a column's values would be were none of them NULL by decision."""
        column = self.model.table.column(name)
        parts = [self.model.sources[name].values(batch, column) for batch in self._by_try(name)]
        return parts[0] if len(parts) == 1 else _joined(parts)[self._back(name)]

    def _by_try(self, name: str) -> list["Batch"]:
        """This batch, or one for each try that the column's rows are in, by rising try."""
        tries = self.model.tries(name, self.n)
        if tries is None:
            return [self if self.attempt == 0 else Batch(self.model, self.n)]
        return [Batch(self.model, self.n[tries == attempt], attempt) for attempt in np.unique(tries).tolist()]

    def _back(self, name: str) -> Numbers:
        """Where each row is among the parts of `_by_try`, put end to end."""
        tries = self.model.tries(name, self.n)
        assert tries is not None
        order: Numbers = np.argsort(np.argsort(tries, kind="stable"), kind="stable")
        return order

    def parents(self, link: str) -> Numbers:
        """The row numbers of the rows that a foreign key refers to; -1 for none."""
        if link not in self._rows:
            decided = self.model.links[link].assigned
            parts = [batch._picked(link) for batch in self._by_try(decided[0])] if decided else [self._picked(link)]
            self._rows[link] = parts[0] if len(parts) == 1 else np.concatenate(parts)[self._back(decided[0])]
        return self._rows[link]

    def _picked(self, link: str) -> Numbers:
        with self._once(link):
            return self.model.links[link].picker.rows(self)

    @contextmanager
    def _once(self, name: str) -> Iterator[None]:
        """While a column or a link is made. Raises UsageError where it would need itself."""
        if name in self._making:
            around = [*self._making[self._making.index(name) :], name]
            raise UsageError(
                "columns are made of each other",
                where=str(self.model.table.name),
                why=" from ".join(around),
                remedy="state one of them in the seed plan by itself",
            )
        self._making.append(name)
        yield
        self._making.pop()

    def nulls(self, name: str) -> Mask:
        """Where the column is NULL by decision; a source may have nulls of its own besides."""
        if name not in self._nulls:
            parts = [batch._nulls_made(name) for batch in self._by_try(name)]
            self._nulls[name] = parts[0] if len(parts) == 1 else np.concatenate(parts)[self._back(name)]
        return self._nulls[name]

    def _nulls_made(self, name: str) -> Mask:
        mask = np.zeros(len(self), dtype=np.bool_)
        for rule in self.model.null_rules.get(name, ()):
            mask = rule.mask(self, name, mask)
        return mask


def _joined(parts: list[pl.Series]) -> pl.Series:
    """One after another; a part that is all NULL has no type of its own."""
    if len({part.dtype for part in parts}) == 1:
        return pl.concat(parts)
    typed = next((part for part in parts if part.null_count() < len(part)), parts[0])
    return pl.concat([part.cast(typed.dtype, strict=False) for part in parts])
