"""Which learned source a column gets, if any."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.distribution import key
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, ForeignKey, Table
from plimsoll.data.domain import Bound, Domain, Unsatisfiable
from plimsoll.data.drawing import Floats, Generator
from plimsoll.data.learning.comparing import is_earlier, is_later
from plimsoll.data.learning.parents import FanOut
from plimsoll.data.learning.quantiles import Quantiles
from plimsoll.data.learning.sources import (
    LearnedPool,
    Pool,
    Spans,
    learned_moments,
    learned_numbers,
    learned_texts,
    pool_ends,
)
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.meaning.progress import Reach
from plimsoll.data.plan.values import Distribution
from plimsoll.data.plausible.figures import Figures
from plimsoll.data.rows.model import Source, TableModel
from plimsoll.data.rows.sources import Drawn
from plimsoll.data.rows.timing import MOMENTS, to_micros
from plimsoll.data.types.spaces import open_segments

_UNSEEN = 1e-6  # share of what statistics have nothing of
_NEAR = 0.05  # of two shares that are taken for the same
_FEW = 0.1  # of the rows: what values that stand out may have and still be as good as none
_SPREAD = 0.5  # sigma of numbers of which nothing is known but their magnitude
_LEVELS = 200  # points of a distribution that are held against what the column may hold

MakeGenerator = Callable[[Column, int, bool], Generator]  # of so many different values if the last is true


@dataclass(frozen=True, slots=True)
class Learning:
    """What is known of the columns of one table, and how it is used. `rows_there` are those of all tables learned."""

    statistics: TableStatistics = field(default_factory=TableStatistics)
    rows_there: Mapping[TableName, int] = field(default_factory=dict)

    def fan_out(self, foreign: ForeignKey) -> FanOut | None:
        """How children fall on parents, by the first of the key's columns that is known."""
        known = next((known for name in foreign.columns if (known := self.statistics.columns.get(name))), None)
        return None if known is None else FanOut(known, self.statistics.rows, self.rows_there.get(foreign.referenced))

    def null_share(self, name: str) -> float | None:
        """Never nothing: that no NULL was seen does not say that none may be, where a check can be met no other way."""
        known = self.statistics.columns.get(name)
        return None if known is None else max(known.null_share, _UNSEEN)

    def null_shares(self) -> dict[str, float]:
        return {name: share for name in self.statistics.columns if (share := self.null_share(name)) is not None}

    def texts(self, name: str) -> tuple[str, ...]:
        """The frequent values of a column, as far as they were read."""
        known = self.statistics.columns.get(name)
        return () if known is None else known.frequent

    def states(self, status: str, event: str, named: Collection[str]) -> tuple[str, ...] | None:
        """The states in which an event has happened: those `named` after it, and as many more as its NULLs leave room.

        None where no set of states comes near the share of rows in which it happened; `named` where nothing is known.
        """
        known, of_event = self.statistics.columns.get(status), self.statistics.columns.get(event)
        if of_event is not None and of_event.null_share >= 1:
            return None
        if known is None or of_event is None or not known.frequent:
            return tuple(named)
        shares = dict(zip(known.frequent, known.frequent_shares, strict=True))
        happened = 1.0 - of_event.null_share
        chosen, total = list(named), sum(shares.get(text, 0.0) for text in named)
        for text, share in shares.items():
            if text not in chosen and total + share <= happened + _NEAR / 5:
                chosen.append(text)
                total += share
        return tuple(chosen) if abs(total - happened) <= _NEAR else None

    def share_of(self, status: str, event: str, reach: Reach, usual: float) -> float | None:
        """Of rows in the states in which an event may have happened: the share in which it has; `usual` if not known.

        None where what was learned contradicts the states.
        """
        known, of_event = self.statistics.columns.get(status), self.statistics.columns.get(event)
        if known is None or of_event is None or not known.frequent:
            return usual
        shares = dict(zip(known.frequent, known.frequent_shares, strict=True))
        sure, maybe = (sum(shares.get(text, 0.0) for text in texts) for texts in (reach.sure, reach.maybe))
        more = 1.0 - of_event.null_share - sure
        if not -_NEAR <= more <= maybe + _NEAR:
            return None
        return min(max(more / maybe, 0.0), 1.0) if maybe > _UNSEEN else usual

    def source(
        self, model: TableModel, column: Column, domain: Domain, make: MakeGenerator, before: tuple[str, ...] = ()
    ) -> Source | None:
        """None where nothing is known, or where what is known does not fit what the column may hold.

        `before` are moments of the row that come before the column's.
        """
        known = self.statistics.columns.get(column.name)
        if known is None or domain.is_null or domain.patterns or known.null_share >= 1:
            return None
        numbers = learned_numbers(known, column.type, domain, model.rows)
        if numbers is not None:
            return numbers if _fits(numbers.quantiles, domain) else None
        birth = model.birth == column.name
        follows = () if birth else (*self._after_birth(model, column), *self._after_others(known, before))
        moments = learned_moments(known, column.type, model.rows, follows, birth=birth, spans=_spans(column, domain))
        if moments is not None or column.type.base in MOMENTS:
            return moments if moments is not None and _fits(moments.quantiles, domain) else None
        texts = learned_texts(known, column.type, domain, model.rows)
        if texts is not None:
            return texts
        sized = _sized(model.table, column, known, domain)
        if sized is None:
            return self._pool(model, column, known, make)
        return self._pool(model, column, known, lambda *_: sized) or Drawn(sized)

    def _after_birth(self, model: TableModel, column: Column) -> tuple[str, ...]:
        """What comes after births there comes after them here."""
        known, birth = self.statistics.columns[column.name], self.statistics.columns.get(model.birth or "")
        later = birth is not None and is_later(known, birth)
        return (model.birth,) if later and model.birth is not None else ()

    def _after_others(self, known: ColumnStatistics, before: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the moments that come `before` of which what was learned does not say that they come after."""
        columns = self.statistics.columns
        return tuple(name for name in before if name not in columns or not is_earlier(known, columns[name]))

    def _pool(
        self, model: TableModel, column: Column, known: ColumnStatistics, make: MakeGenerator
    ) -> LearnedPool | None:
        """None where nearly all values differ: then they are made as ever, and agree with others of their rows."""
        distinct = known.distinct_of(model.rows)
        if sum(known.frequent_shares) < _FEW and distinct * 2 > model.rows:
            return None
        plain = make(column, distinct, False)
        try:
            unique = make(column, distinct, True)
        except Unsatisfiable:
            unique = plain
        pool = Pool.of(key(model.seed_key, "pool", column.name), distinct, plain, unique)
        return LearnedPool(pool_ends(known), distinct, pool)


def _spans(column: Column, domain: Domain) -> Spans:
    """Where moments may lie, if checks or partitions say so."""
    if column.type.base not in MOMENTS or not (domain.high or domain.intervals):
        return ()
    segments = sorted((-np.inf if low is None else float(low), np.inf if high is None else float(high))
                      for low, high in open_segments(domain, Fraction(1)))  # fmt: skip
    return tuple(segments)


def _sized(table: Table, column: Column, known: ColumnStatistics, domain: Domain) -> Figures | None:
    """Numbers of our own, as large as those withheld; None where their meaning or a check says how large they are."""
    if known.magnitude is None or domain != Domain(not_null=domain.not_null):
        return None
    if meaning_of(table, column) not in (None, Meaning.MONEY):
        return None
    middle = 10.0 ** (known.magnitude + 0.5)
    return Figures(Distribution("lognormal", {"median": middle, "sigma": _SPREAD}), column.type, domain, decimals=2)


def _fits(quantiles: Quantiles, domain: Domain) -> bool:
    """Whether what was learned lies within the bounds that the column has here."""
    levels = quantiles.at(np.linspace(0, 1 - 1e-9, _LEVELS))
    if domain.choices is not None:
        return False
    if not _within(levels, domain.low, domain.high).all():
        return False
    inside = [_within(levels, low, high) for low, high in domain.intervals]
    return not inside or bool(np.logical_or.reduce(inside).all())


def _within(levels: Floats, low: Bound | None, high: Bound | None) -> "np.typing.NDArray[np.bool_]":
    found = np.ones(len(levels), dtype=np.bool_)
    if low is not None:
        found &= levels >= _number(low)
    if high is not None:
        found &= (levels <= _number(high)) if high.inclusive else (levels < _number(high))
    return found


def _number(bound: Bound) -> float:
    if isinstance(bound.value, Decimal):
        return float(bound.value)
    moment: date | datetime = bound.value
    return float(to_micros(pl.Series([moment])).item())
