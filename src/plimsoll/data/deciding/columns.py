"""Where a column's values come from when the plan says nothing: its key, its meaning, its type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from plimsoll.core.schema import Column
from plimsoll.data.checks import domain_of
from plimsoll.data.deciding.birth import covers, years_of_birth
from plimsoll.data.deciding.defaults import NULL_SHARE as DEFAULTED_NULL_SHARE
from plimsoll.data.deciding.defaults import often_default
from plimsoll.data.deciding.events import Events
from plimsoll.data.deciding.following import event_followed, flagged
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.spans import beginning_of
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Context, Generator
from plimsoll.data.learning.choosing import Learning
from plimsoll.data.learning.sources import LearnedPool, LearnedTexts
from plimsoll.data.meaning.defaults import constant_default
from plimsoll.data.meaning.judging import Meaning, meaning_of, singular
from plimsoll.data.meaning.naming import TEXT
from plimsoll.data.meaning.stages import lies_ahead
from plimsoll.data.plan.values import Distribution, TimePattern
from plimsoll.data.plausible import plausible
from plimsoll.data.plausible.siblings import Agreeing, agreeing, follows
from plimsoll.data.plausible.statuses import statuses
from plimsoll.data.rows.adjusting import Defaulted
from plimsoll.data.rows.epochs import Epoch
from plimsoll.data.rows.in_groups import DayInGroup, crossed
from plimsoll.data.rows.lasting import Lasting, may_last
from plimsoll.data.rows.model import NullRule, Source, TableModel
from plimsoll.data.rows.nulling import Reached, Share, Where, With
from plimsoll.data.rows.sources import (
    ChoiceInGroup,
    Drawn,
    FromParent,
    PlaceInGroup,
    Weighted,
)
from plimsoll.data.rows.timing import MOMENTS, After, Birth, Later, Moment, OfRow, Within
from plimsoll.data.types import of_type
from plimsoll.data.types.containers import Arrays, Ranges
from plimsoll.data.types.numbered import RowNumbers
from plimsoll.data.types.spaces import Counted

NULL_SHARE: Final = 0.1
_FIRST: Final = re.compile(r"creat|insert|regist|add|post|event|^(time_?stamp|ts|epoch|unix)$", re.IGNORECASE)
_SECONDS: Final = re.compile(r"unix|sec|[mca]time|time(created|updated|modified|added)", re.IGNORECASE)
_PLAIN: Final = (Drawn, Agreeing, Defaulted, FromParent, Weighted, LearnedPool, LearnedTexts)
_EXPIRY: Final = Distribution("lognormal", {"median": 30 * 86_400.0, "sigma": 1.0}, low=86_400.0)


@dataclass(slots=True)
class ColumnChooser:
    """Chooses the sources of one table's columns that nothing else decides. Raises Unsatisfiable."""

    model: TableModel
    domains: Mapping[str, Domain]
    keying: Keying
    context: Context
    learning: Learning = field(default_factory=Learning)
    latest: datetime | None = None  # of births, where children's must come soon after
    events: Events = field(default_factory=Events)
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # all texts of columns that the plan lists

    def choose(self, column: Column) -> None:
        """Sets the column's source and its share of NULLs."""
        self.model.sources[column.name] = self.source(column)
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
        if (
            not isinstance(made, Arrays)
            or made.unique
            or self._domain(column).item_choices
            or element is None
            or element.base not in TEXT
        ):
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

    def source(self, column: Column) -> Source:
        """Where its values come from, but for NULLs."""
        keying = self.keying
        of_key = self._of_key(column)
        if of_key is not None:
            return of_key
        if self._counts_rows(column):
            return Drawn(RowNumbers(1, 1))
        if column.name not in keying.unique:
            before = self.events.before.get(column.name, ())
            learned = self.learning.source(self.model, column, self._domain(column), self.generator, before)
            ours = isinstance(learned, LearnedPool) and follows(self.model.table, column, self._plain)
            if learned is not None and not ours:
                return learned
        if column.type.base in MOMENTS and _scalar(column):
            of_people = meaning_of(self.model.table, column) is Meaning.BIRTH_DATE
            if self.model.birth in (column.name, None) and not of_people:
                return self._birth(column)
            if column.name not in keying.unique:
                return self._moment(column)
        if column.name not in keying.unique and meaning_of(self.model.table, column) is Meaning.EPOCH:
            return self._epoch(column)
        generator = self.generator(column, self.model.rows)
        if isinstance(generator, Ranges) and not generator.unique and may_last(column):
            return Lasting(generator, self.context)
        made = agreeing(self.model.table, column, generator, self._plain) or Drawn(generator)
        often = None if column.name in keying.unique else often_default(self.model.table, column, self._domain(column))
        return made if often is None else Defaulted(made, *often)

    def _of_key(self, column: Column) -> Source | None:
        """Where it is by its place among others that a row of a unique key differs."""
        names = self.keying.crossed
        if column.name in names:
            known = [choices(self.model.table.column(name), self.domains.get(name, Domain())) for name in names]
            return crossed(known, names.index(column.name))
        if self.model.groups is None:
            return None
        if column.name in self.keying.counted:
            return PlaceInGroup(self._first(column))
        if column.name in self.keying.dated:
            assert self.keying.group is not None
            return DayInGroup(self.keying.group, self.context)
        return ChoiceInGroup(choices(column, self._domain(column))) if column.name in self.keying.cycled else None

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
        domain, meaning, birth = self._domain(column), meaning_of(self.model.table, column), self.model.birth
        own = of_type(column.type, domain, self.context) if _restricted(domain) else None
        within = Within(own) if isinstance(own, Counted) and not covers(own, column, self.context) else None
        if meaning is Meaning.BIRTH_DATE and (years := years_of_birth(domain, self.context.now)):
            return Moment(TimePattern(*years))
        if own is not None and (meaning is Meaning.BIRTH_DATE or not isinstance(own, Counted)):
            return Drawn(own)
        assert birth is not None
        before = self.events.before.get(column.name, ())
        if within is None and (meaning is Meaning.EXPIRES_AT or lies_ahead(column.name)):
            return After(OfRow(beginning_of(self.model.table, column) or birth), _EXPIRY, None)
        end = self.events.end if meaning is Meaning.UPDATED_AT and self.events.end in before else None
        return Later((birth, *before), self.context.now, end, within, always=column.name in self.events.reaches)

    def _epoch(self, column: Column) -> Source:
        domain = self._domain(column)
        if domain != Domain() and domain != Domain(low=domain.low):
            return Drawn(of_type(column.type, domain, self.context))
        per_second = 1 if column.type.base == "int4" or _SECONDS.search(column.name) else 1_000
        return Epoch(self.context, per_second, bool(_FIRST.search(column.name)), self.model.birth)

    def _choose_nulls(self, column: Column) -> None:
        rules, events = self.model.null_rules.setdefault(column.name, []), self.events
        known = self._nulls_by_states(column) or self._nulls_followed(column)
        if known:
            rules += known
            return
        gate, states = next(
            ((one, found) for one in events.gates(column.name) if (found := self._states(one))), (None, None)
        )
        if states is not None and gate == column.name:
            rules.append(Where(states[0], states[1], exactly=True))
            return
        rules.append(Share(self._null_share(column), events.course(column.name)))
        if states is not None and self.learning.null_share(column.name) is None:
            rules.append(Where(states[0], states[1], exactly=False))

    def follow(self, column: Column) -> None:
        """Of a key's column that tells more of an event: it is NULL where that has not happened."""
        if column.nullable and column.name not in self.model.keys and not self._domain(column).not_null:
            known = self._nulls_by_states(column) or self._nulls_followed(column)
            self.model.null_rules.setdefault(column.name, []).extend(known)

    def _nulls_by_states(self, column: Column) -> list[NullRule]:
        """Where a status tells whether an event has happened, and no flag of its name does."""
        events, name = self.events, column.name
        reach, status = events.reaches.get(name), events.status
        if reach is None or status is None or flagged(self.model.table, column):
            return []
        share = self.learning.share_of(status, name, reach, events.shares.get(name, 1.0))
        hidden = [] if share is None or not reach.maybe else [Share(1.0 - share, events.course(name))]
        return [] if share is None else [*hidden, Reached(status, reach.sure, reach.maybe)]

    def _nulls_followed(self, column: Column) -> list[NullRule]:
        event = event_followed(self.model.table, column)
        return [] if event is None else [With(event, decided=column.name in self.model.origin)]

    def _null_share(self, column: Column) -> float:
        known = self.learning.null_share(column.name)
        if known is not None:
            return known
        if often_default(self.model.table, column, self._domain(column)) is not None:
            return DEFAULTED_NULL_SHARE
        if column.name == self.model.birth and column.name not in self.events.shares:
            return 0.0
        return 1.0 - self.events.shares.get(column.name, 1.0 - NULL_SHARE)

    def _states(self, name: str) -> tuple[str, tuple[str, ...]] | None:
        """The column and its texts that tell whether the event has happened: status = 'closed' for closed_at."""
        if self.model.table.column(name).type.base not in MOMENTS:
            return None
        for other in sorted(self.model.table.columns, key=lambda one: one.type.base != "bool"):  # flags are surer
            found = self.events.states(name, other, self._known(other))
            states = self.learning.states(other.name, name, found) if found else None
            if states is not None:
                return other.name, states
        return None

    def _known(self, column: Column) -> tuple[str, ...]:
        """What a column may say, where that is known beforehand."""
        domain = self._domain(column)
        known = self.said.get(column.name) or choices(column, domain) or self.learning.texts(column.name)
        if known or domain.patterns or meaning_of(self.model.table, column) is not Meaning.STATUS:
            return known
        usual = constant_default(column)
        known = statuses(self.model.table, column.type.length, usual)
        return known if usual is None else tuple(dict.fromkeys((usual, *known)))

    def _domain(self, column: Column) -> Domain:
        return self.domains.get(column.name, Domain())


def choices(column: Column, domain: Domain) -> tuple[str, ...]:
    """All texts the column may have, where these are few and known; else none."""
    if domain.choices is not None:
        return domain.choices
    if column.type.kind == "enum":
        return column.type.labels
    return ("false", "true") if column.type.base == "bool" and _scalar(column) else ()


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
