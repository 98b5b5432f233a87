"""What the seed plan says of a column, as a source of its values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.schema import Column, DataType
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.plan.formulas import Formula, FormulaReader
from plimsoll.data.plan.numbers import nearest
from plimsoll.data.plan.stated import shares_of, texts
from plimsoll.data.plan.taking import By, Taken
from plimsoll.data.plan.values import Among, Case, ColumnPlan, Condition, Distribution
from plimsoll.data.plan.wording import Words
from plimsoll.data.rows.model import Link, Source, TableModel
from plimsoll.data.rows.picking import Same
from plimsoll.data.rows.sources import (
    ByCase,
    FromParent,
    InTurn,
    JsonObject,
    Nothing,
    Number,
    Template,
    Weighted,
    WithNulls,
)
from plimsoll.data.rows.timing import MOMENTS, After, Moment, OfRow

_PIECE: Final = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|([^{}]+)|(.)", re.DOTALL)
_JSON_TYPES: Final[Mapping[type, DataType]] = {
    bool: DataType("boolean", "bool"),
    int: DataType("bigint", "int8"),
    float: DataType("double precision", "float8"),
    str: DataType("text", "text"),
}
_AT_ONCE: Final = Distribution("constant", {"value": 0.0})


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns a table's column plans into sources; `models` are all tables, by the names that the plan uses.

    `needed` gathers what is taken for columns that may not be NULL.
    """

    model: TableModel
    models: Mapping[str, TableModel]
    domains: Mapping[str, Domain]
    context: Context
    needed: list[Taken] = field(default_factory=list)

    def source(self, column: Column, plan: ColumnPlan, use: str = "") -> Source:
        """Raises UsageError naming table and column for what does not fit."""
        made = self._source(column, plan, use)
        if plan.null is None or isinstance(made, Nothing):
            return made
        return WithNulls(made, plan.null, use)

    def _source(self, column: Column, plan: ColumnPlan, use: str) -> Source:  # noqa: C901  # one line a kind
        if plan.values:
            return _weighted(plan, use)
        if plan.number is not None:
            return Number(plan.number, self.domains.get(column.name, Domain()), column.type, use)
        if plan.words is not None:
            return self._words(column, plan.words, plan.language, use)
        if plan.time is not None:
            return Moment(plan.time)
        if plan.after is not None:
            latest = None if self._may_pass_now(column, plan) else self.context.now
            before = None if plan.before is None else self._moment(column, plan.before)
            return After(self._moment(column, plan.after), plan.delay or _AT_ONCE, latest, use, before)
        if plan.copy is not None:
            return self._copy(column, plan.copy)
        if plan.among is not None:
            return self._among(column, plan.among, plan.zipf or 0.0, use)
        if plan.template is not None:
            return self._template(column, plan.template)
        if plan.formula is not None:
            return Formula(self._reader(column, use).read(plan.formula), self.domains.get(column.name, Domain()))
        if plan.json is not None:
            return self._json(column, plan.json, use)
        if plan.cases:
            return self._by_case(column, plan, use)
        if plan.first:
            return self._in_turn(column, plan, use)
        if plan.null == 1.0:
            return Nothing()
        raise self._wrong(column, "it states no values", "see docs/reference/seed-plan.md for the kinds")

    def _may_pass_now(self, column: Column, plan: ColumnPlan) -> bool:
        """Whether what comes after something may still lie ahead: where the plan says so, or the column is an end."""
        if column.type.base not in MOMENTS:
            return True
        is_end = meaning_of(self.model.table, column) is Meaning.EXPIRES_AT
        return is_end if plan.future is None else plan.future

    def reference(self, column: Column, path: str) -> Source:
        """COLUMN of this row, or FOREIGN_KEY_COLUMN.COLUMN of the parent's."""
        own, _, theirs = path.partition(".")
        if not theirs:
            self._known(column, self.model, own)
            return OfRow(own)
        link = self.link_of(column, own)
        self._known(column, link.parent, theirs)
        return FromParent(link.name, theirs)

    def _moment(self, column: Column, path: str) -> Source:
        """As `reference`, of a column that holds a date or a time."""
        made = self.reference(column, path)
        table = self.model.links[made.link].parent.table if isinstance(made, FromParent) else self.model.table
        kind = table.column(path.rpartition(".")[2]).type
        if kind.base not in MOMENTS or kind.kind != "base":
            raise self._wrong(column, f"{path!r} is {kind.name}, no date or time", "name a column that is")
        return made

    def link_of(self, column: Column, name: str) -> Link:
        """The foreign key that a column of this table belongs to, the narrowest of several."""
        keys = {key.name for key in self.model.table.foreign_keys}
        found = [link for link in self.model.links.values() if name in link.columns and link.name in keys]
        if not found:
            raise self._unlinked(column, name)
        return min(found, key=lambda link: len(link.columns))

    def _unlinked(self, column: Column, name: str) -> UsageError:
        """Why there is no row to look at by a column."""
        holding = [key for key in self.model.table.foreign_keys if name in key.columns]
        if not holding:
            return self._wrong(column, f"{name!r} is no foreign key's column", "name one that is, or this table's own")
        key = min(holding, key=lambda one: len(one.columns))
        named = f"foreign key {key.name} ({', '.join(key.columns)})"
        if column.name in key.columns:
            why = f"{named} is settled only when {column.name!r} is"
            return self._wrong(
                column, why, f"leave {column.name!r} out: it follows that key; or state it by another one"
            )
        if name == key.columns[0] and len(key.columns) == 1:
            why = f"of {named} no row is known: the plan decides its column itself, or {key.referenced} has no rows"
            return self._wrong(column, why, "take its column by among or leave it out, or fill the table too")
        why = f"of {named} no row is known, as the plan decides all its columns"
        return self._wrong(column, why, f"leave one of {', '.join(key.columns)} out: it then follows the others")

    def _words(self, column: Column, wanted: Distribution | str, language: str | None, use: str) -> Source:
        count = self._reader(column, use).read(wanted) if isinstance(wanted, str) else wanted
        return Words(count, self._language(column, language), self._length(column), use)

    def _language(self, column: Column, said: str | None) -> "str | Source":
        if said is None:
            return self.context.locale[0]
        if not said.startswith("column:"):
            return said
        return self.reference(column, said.removeprefix("column:").strip())

    def _length(self, column: Column) -> int | None:
        limits = [column.type.length, self.domains.get(column.name, Domain()).length_max]
        return min((limit for limit in limits if limit is not None), default=None)

    def _copy(self, column: Column, path: str) -> Source:
        """As `reference`; what is copied from a parent's foreign key is traced through it."""
        made = self.reference(column, path)
        if isinstance(made, FromParent):
            name, link = f"copy {column.name}", self.model.links[made.link]
            self.model.links[name] = Link(name, link.parent, (column.name,), (made.referenced,), Same(link.name))
            self.model.origin[column.name] = name
        return made

    def _among(self, column: Column, among: Among, skew: float, use: str) -> Source:
        other = self.models.get(among.table)
        if other is None:
            raise self._wrong(
                column, f"there is no table {among.table!r} to take from", nearest(among.table, self.models)
            )
        for known in (among.take, *among.where):
            self._known(column, other, known)
        name = f"among {column.name}{use}"
        groups = self.model.groups if among.distinct or column.name in self.model.keys else None
        by = None if among.by is None else self._by(column, other, among.by)
        unlike = None if among.other_than is None else self.reference(column, among.other_than)
        picker = Taken(name, other, among.take, by, among.where, groups, unlike, column, skew, self._where(column))
        self.model.links[name] = Link(name, other, (column.name,), (among.take,), picker)
        self.model.origin[column.name] = name
        if not column.nullable:
            self.needed.append(picker)
        return FromParent(name, among.take)

    def _by(self, column: Column, other: TableModel, path: str) -> By:
        own, _, theirs = path.partition(".")
        if not theirs:
            self._known(column, other, own)
            self._known(column, self.model, own)
            return By(own, own)
        link = self.link_of(column, own)
        self._known(column, other, theirs)
        self._known(column, link.parent, theirs)
        return By(theirs, theirs, link.name)

    def _reader(self, column: Column, use: str) -> FormulaReader:
        def source(path: str) -> Source:
            return self.reference(column, path)

        return FormulaReader(column.name, source, self.models, self._where(column), use)

    def _template(self, column: Column, text: str) -> Source:
        parts = template_parts(text)
        if parts is None:
            why, remedy = f"a brace of {text!r} has no other", "as {n} or {COLUMN}; {{ and }} for braces themselves"
            raise self._wrong(column, why, remedy)
        for name in parts[1::2]:
            if name != "n":
                self._known(column, self.model, name)
        return Template(parts)

    def _json(self, column: Column, fields: Mapping[str, ColumnPlan], use: str) -> Source:
        made = {}
        for name, plan in fields.items():
            kind = _json_type(plan)
            inner = Column(f"{column.name}.{name}", kind)
            made[name] = (self.source(inner, plan, f"{use}.{name}"), kind)
        return JsonObject(made)

    def _by_case(self, column: Column, plan: ColumnPlan, use: str) -> Source:
        cases = tuple(
            (self._conditions(column, case), self.source(column, case.then, f"{use} case {number}"))
            for number, case in enumerate(plan.cases)
        )
        return ByCase(cases, self._otherwise(column, plan, use))

    def _conditions(self, column: Column, case: Case) -> tuple[tuple[Source, Condition], ...]:
        return tuple((self.reference(column, path), condition) for path, condition in case.when.items())

    def _in_turn(self, column: Column, plan: ColumnPlan, use: str) -> Source:
        if self.model.groups is None:
            raise self._wrong(
                column, "first rows of which groups?", f'state per = "…" in tables.{self.model.table.name}'
            )
        first = tuple(self.source(column, one, f"{use} first {place}") for place, one in enumerate(plan.first))
        return InTurn(first, self._otherwise(column, plan, use))

    def _otherwise(self, column: Column, plan: ColumnPlan, use: str) -> Source:
        return Nothing() if plan.otherwise is None else self.source(column, plan.otherwise, f"{use} otherwise")

    def _known(self, column: Column, model: TableModel, name: str) -> None:
        known = {*model.columns, *(one.name for one in model.table.columns)}
        if name not in known:
            raise self._wrong(column, f"table {model.table.name} has no column {name!r}", nearest(name, sorted(known)))

    def _wrong(self, column: Column, why: str, remedy: str) -> UsageError:
        return UsageError("the seed plan does not fit", where=self._where(column), why=why, remedy=remedy)

    def _where(self, column: Column) -> str:
        return f"tables.{self.model.table.name}.columns.{column.name}"


def template_parts(text: str) -> tuple[str, ...] | None:
    """Text and names of columns in turn; None where a brace is not closed or not opened."""
    parts = [""]
    for piece in _PIECE.finditer(text):
        name, plain, lone = piece.groups()
        if lone:
            return None
        if name:
            parts += [name, ""]
        else:
            parts[-1] += plain or piece[0][0]
    return tuple(parts)


def _weighted(plan: ColumnPlan, use: str) -> Source:
    return Weighted(texts(plan.values), shares_of(plan), f"choice{use}")


def _json_type(plan: ColumnPlan) -> DataType:
    if plan.formula is not None:
        return _JSON_TYPES[float]
    if plan.number is not None:
        return _JSON_TYPES[int if _is_whole(plan.number) else float]
    kinds = {type(value) for value in plan.values}
    if kinds == {int, float}:
        return _JSON_TYPES[float]
    return _JSON_TYPES[kinds.pop()] if len(kinds) == 1 else _JSON_TYPES[str]


def _is_whole(distribution: Distribution) -> bool:
    """Whether it is stated in whole numbers, and so means such; shapes (sigma, s, r) say nothing of that."""
    stated = [value for name, value in distribution.parameters.items() if name not in ("sigma", "s", "r")]
    stated += [end for end in (distribution.low, distribution.high) if end is not None]
    return all(value.is_integer() for value in stated) and all(map(_is_whole, distribution.parts))
