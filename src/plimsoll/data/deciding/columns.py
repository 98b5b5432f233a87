"""Where a column's values come from when the plan says nothing: its key, its meaning, its type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.schema import Column
from plimsoll.data.checks import domain_of
from plimsoll.data.deciding.birth import covers
from plimsoll.data.deciding.defaults import NULL_SHARE as DEFAULTED_NULL_SHARE
from plimsoll.data.deciding.defaults import Defaulted, often_default
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.spans import beginning_of
from plimsoll.data.domain import Domain, Ordering, Unsatisfiable
from plimsoll.data.drawing import Context, Generator
from plimsoll.data.learning.choosing import Learning
from plimsoll.data.learning.sources import LearnedPool, LearnedTexts
from plimsoll.data.meaning.defaults import constant_default
from plimsoll.data.meaning.judging import Meaning, meaning_of, singular
from plimsoll.data.meaning.naming import TEXT
from plimsoll.data.plan.values import Distribution, TimePattern
from plimsoll.data.plausible import plausible
from plimsoll.data.plausible.siblings import Agreeing, agreeing, follows
from plimsoll.data.plausible.statuses import states_after, statuses
from plimsoll.data.rows.epochs import Epoch
from plimsoll.data.rows.model import Batch, Source, TableModel
from plimsoll.data.rows.nulling import Share, Where
from plimsoll.data.rows.sources import (
    INTEGERS,
    ChoiceInGroup,
    Drawn,
    FromParent,
    PlaceInGroup,
    Weighted,
    fitted,
    masked,
)
from plimsoll.data.rows.timing import MOMENTS, After, Birth, Later, Moment, OfRow, Within
from plimsoll.data.types import of_type
from plimsoll.data.types.containers import Arrays
from plimsoll.data.types.numbered import RowNumbers
from plimsoll.data.types.spaces import Counted

NULL_SHARE: Final = 0.1
DELETED_SHARE: Final = 0.95  # of rows that were never deleted
_FIRST: Final = re.compile(r"creat|insert|regist|add|post|event|^(time_?stamp|ts|epoch|unix)$", re.IGNORECASE)
_SECONDS: Final = re.compile(r"unix|sec|[mca]time|time(created|updated|modified|added)", re.IGNORECASE)
_EVENT: Final = re.compile(r"^(.+?)_?(at|on|date|time)$", re.IGNORECASE)
_EXPIRY: Final = Distribution("lognormal", {"median": 30 * 86_400.0, "sigma": 1.0})
_PLAIN: Final = (Drawn, Agreeing, Defaulted, FromParent, Weighted, LearnedPool, LearnedTexts)
_OLDEST: Final = timedelta(days=80 * 365)  # of people
_YOUNGEST: Final = timedelta(days=18 * 365)


@dataclass(slots=True)
class ColumnChooser:
    """Chooses the sources of one table's columns that nothing else decides. Raises Unsatisfiable."""

    model: TableModel
    domains: Mapping[str, Domain]
    keying: Keying
    context: Context
    learning: Learning = field(default_factory=Learning)
    latest: datetime | None = None  # of births, where children's must come soon after

    def choose(self, column: Column) -> None:
        """Sets the column's source and its share of NULLs."""
        self.model.sources[column.name] = self._source(column)
        if column.nullable and column.name not in self.model.keys and not self._domain(column).not_null:
            self._choose_nulls(column)

    def generator(self, column: Column, rows: int, unique: bool | None = None) -> Generator:
        """By meaning where one is known and fits, else by type; unique where a key says so, if not told."""
        domain, unique = self._domain(column), column.name in self.keying.unique if unique is None else unique
        if domain.choices is None and column.type.kind == "base" and not domain.intervals:
            meaning = meaning_of(self.model.table, column)
            if meaning is not None:
                table = self.model.table
                made = plausible(meaning, table, column, domain, self.context, unique=unique, rows=rows)
                if made is not None:
                    return made
        return self._of_items(column, of_type(column.type, domain, self.context, unique=unique, rows=rows))

    def _of_items(self, column: Column, made: Generator) -> Generator:
        """Arrays of texts whose name tells what each is: tags, languages."""
        element, table = column.type.element, self.model.table
        if not isinstance(made, Arrays) or made.unique or element is None or element.base not in TEXT:
            return made
        one = Column(singular(column.name), element)
        meaning = meaning_of(table, one)
        if meaning is None:
            return made
        item = plausible(meaning, table, one, domain_of(element), self.context, unique=False, rows=0)
        return made if item is None else replace(made, first=item, item=item)

    def capacity(self, column: Column, wanted: int) -> int | None:
        """How many rows may have values of their own in a unique column, at least if it is `wanted`; None: any."""
        if self._counts_rows(column):
            return None
        try:
            return self.generator(column, wanted).capacity
        except Unsatisfiable:
            return self.generator(column, 1).capacity

    def _counts_rows(self, column: Column) -> bool:
        return _is_surrogate(column, self.model) and not _restricted(self._domain(column))

    def _source(self, column: Column) -> Source:
        keying = self.keying
        if column.name in keying.counted and self.model.groups is not None:
            return PlaceInGroup(self._first(column))
        if column.name in keying.cycled and self.model.groups is not None:
            return ChoiceInGroup(choices(column, self._domain(column)))
        if self._counts_rows(column):
            return Drawn(RowNumbers(1, 1))
        if column.name not in keying.unique:
            learned = self.learning.source(self.model, column, self._domain(column), self.generator)
            ours = isinstance(learned, LearnedPool) and follows(self.model.table, column, self._plain)
            if learned is not None and not ours:
                return learned
        if column.type.base in MOMENTS and _scalar(column):
            if self.model.birth in (column.name, None):
                return self._birth(column)
            if column.name not in keying.unique:
                return self._moment(column)
        if column.name not in keying.unique and meaning_of(self.model.table, column) is Meaning.EPOCH:
            return self._epoch(column)
        generator = self.generator(column, self.model.rows)
        made = agreeing(self.model.table, column, generator, self._plain) or Drawn(generator)
        often = None if column.name in keying.unique else often_default(self.model.table, column, self._domain(column))
        return made if often is None else Defaulted(made, *often)

    def _plain(self, name: str) -> bool:
        """Whether a column's values come from nothing that may rest on this one in turn."""
        source = self.model.sources.get(name)
        return source is None or isinstance(source, _PLAIN)

    def _first(self, column: Column) -> int:
        low = self._domain(column).low
        if low is None:
            return 1
        return int(low.value) + (not low.inclusive) if isinstance(low.value, Decimal) else 1

    def _birth(self, column: Column) -> Source:
        """Within what checks, partitions and unique keys leave, where that is not all of the time that rows are of."""
        unique, rows = column.name in self.keying.unique, self.model.rows
        domain, context = self._domain(column), replace(self.context, now=self.latest or self.context.now)
        own = of_type(column.type, domain, context, unique=unique, rows=rows)
        if not isinstance(own, Counted) or (unique and column.type.base == "date"):  # there are few days
            return Drawn(own)
        return Within(own, rows) if unique else Within(own) if not covers(own, column, context) else Birth(context)

    def _moment(self, column: Column) -> Source:
        domain = self._domain(column)
        bounded = domain.choices is not None or domain.low or domain.high or domain.intervals
        own = Drawn(of_type(column.type, domain, self.context)) if bounded else None
        meaning = meaning_of(self.model.table, column)
        if meaning is Meaning.BIRTH_DATE and own is None:
            return Moment(TimePattern(self.context.now - _OLDEST, self.context.now - _YOUNGEST))
        if own is not None:
            return own
        assert self.model.birth is not None
        before = self._before(column, self.model.birth)
        if meaning is Meaning.EXPIRES_AT:
            return After(OfRow(before), _EXPIRY, None)
        return Later(before, self.context.now)

    def _before(self, column: Column, birth: str) -> str:
        """The column whose moment comes before: that of what ends then, if nothing else decides it, or the birth."""
        began = beginning_of(self.model.table, column)
        if began is None or not isinstance(self.model.sources.get(began), Birth | Later | None):
            return birth
        return began

    def _epoch(self, column: Column) -> Source:
        domain = self._domain(column)
        if domain != Domain() and domain != Domain(low=domain.low):
            return Drawn(of_type(column.type, domain, self.context))
        per_second = 1 if column.type.base == "int4" or _SECONDS.search(column.name) else 1_000
        return Epoch(self.context, per_second, bool(_FIRST.search(column.name)), self.model.birth)

    def _choose_nulls(self, column: Column) -> None:
        rules = self.model.null_rules.setdefault(column.name, [])
        states = self._states(column)
        if states is not None:
            rules.append(Where(states[0], states[1], exactly=True))
            return
        known = self.learning.null_share(column.name)
        if known is not None:
            rules.append(Share(known, column.name))
            return
        if often_default(self.model.table, column, self._domain(column)) is not None:
            rules.append(Share(DEFAULTED_NULL_SHARE, column.name))
            return
        deleted = meaning_of(self.model.table, column) is Meaning.DELETED_AT
        share = DELETED_SHARE if deleted else 0.0 if column.name == self.model.birth else NULL_SHARE
        rules.append(Share(share, column.name))

    def _states(self, column: Column) -> tuple[str, tuple[str, ...]] | None:
        """The column and its texts that tell whether the event has happened: status = 'closed' for closed_at."""
        event = _EVENT.match(column.name) if column.type.base in MOMENTS else None
        if event is None:
            return None
        for other in sorted(self.model.table.columns, key=lambda one: one.type.base != "bool"):  # flags are surer
            found = states_after(event[1], other, self._known(other))
            states = self.learning.states(other.name, column.name, found) if found else None
            if states is not None:
                return other.name, states
        return None

    def _known(self, column: Column) -> tuple[str, ...]:
        """What a column may say, where that is known beforehand."""
        domain = self._domain(column)
        known = choices(column, domain) or self.learning.texts(column.name)
        if known or domain.patterns or meaning_of(self.model.table, column) is not Meaning.STATUS:
            return known
        usual = constant_default(column)
        known = statuses(self.model.table, column.type.length, usual)
        return known if usual is None else tuple(dict.fromkeys((usual, *known)))

    def _domain(self, column: Column) -> Domain:
        return self.domains.get(column.name, Domain())


@dataclass(frozen=True, slots=True)
class NotBelow:
    """Values that a check wants at or above those of another column: what falls short is mirrored up."""

    source: Source
    rule: Ordering
    domain: Domain
    now: datetime

    def values(self, batch: Batch, column: Column) -> pl.Series:
        upper = self.source.values(batch, column)
        lower = batch.column(self.rule.lower)
        if column.type.base in MOMENTS:
            return _mirrored(upper, lower, self.rule.strict, column, self.now)
        low, high = lower.cast(pl.Float64).to_numpy(), upper.cast(pl.Float64).to_numpy()
        step = 1.0 if column.type.base in INTEGERS else 10.0 ** -(column.type.scale or 2)
        mirrored = np.where(high < low, 2 * low - high, high) + np.where((high == low) & self.rule.strict, step, 0)
        made = fitted(np.where(np.isnan(low) | np.isnan(high), np.nan_to_num(high), mirrored), column.type, self.domain)
        return masked(made, np.isnan(high))


def choices(column: Column, domain: Domain) -> tuple[str, ...]:
    """All texts the column may have, where these are few and known; else none."""
    if domain.choices is not None:
        return domain.choices
    if column.type.kind == "enum":
        return column.type.labels
    return ("false", "true") if column.type.base == "bool" and _scalar(column) else ()


def _mirrored(upper: pl.Series, lower: pl.Series, strict: bool, column: Column, now: datetime) -> pl.Series:
    """What would lie beyond now comes round again."""
    high, low = upper.cast(pl.Datetime("us")), lower.cast(pl.Datetime("us"))
    step = pl.duration(days=1) if column.type.base == "date" else pl.duration(seconds=1)
    left = pl.lit(now) - low
    beyond = pl.when(left > pl.duration(days=1)).then(
        (low - high).cast(pl.Int64) % left.cast(pl.Duration("us")).cast(pl.Int64)
    )
    gap = pl.coalesce(beyond.cast(pl.Duration("us")), low - high)
    mirrored = pl.when(high < low).then(low + gap).otherwise(high)
    if strict:
        mirrored = pl.when(high == low).then(low + step).otherwise(mirrored)
    return pl.select(pl.when(low.is_null()).then(high).otherwise(mirrored)).to_series().cast(upper.dtype)


def _is_surrogate(column: Column, model: TableModel) -> bool:
    """A number that counts the rows: an identity, a serial, or a primary key of its own."""
    primary = model.table.primary_key
    alone = primary is not None and primary.columns == (column.name,)
    whole = column.type.base in ("int2", "int4", "int8", "numeric") and column.type.kind == "base"
    return whole and (bool(column.identity or column.sequence) or alone)


def _restricted(domain: Domain) -> bool:
    return bool(domain.choices or domain.low or domain.high or domain.intervals or domain.excluded)


def _scalar(column: Column) -> bool:
    return column.type.kind == "base"
