"""What the seed plan says of a column, as a source of its values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.errors import UsageError
from plimsoll.core.schema import Column, DataType
from plimsoll.data.distributions import sample
from plimsoll.data.domain import Domain
from plimsoll.data.drawing import Context
from plimsoll.data.model import Batch, Link, Source, TableModel
from plimsoll.data.picking import Agreeing, Same
from plimsoll.data.plan import Among, ColumnPlan, Distribution, Scalar
from plimsoll.data.plausible.text import sentences
from plimsoll.data.sources import (
    ByCase,
    FromParent,
    JsonObject,
    Nothing,
    Number,
    Template,
    Weighted,
    WithNulls,
)
from plimsoll.data.timing import MOMENTS, After, Moment, OfRow

_HOLE: Final = re.compile(r"\{([^{}]+)\}")
_JSON_TYPES: Final[Mapping[type, DataType]] = {
    bool: DataType("boolean", "bool"),
    int: DataType("bigint", "int8"),
    float: DataType("double precision", "float8"),
    str: DataType("text", "text"),
}
_AT_ONCE: Final = Distribution("constant", {"value": 0.0})


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns a table's column plans into sources; `models` are all tables, by the names that the plan uses."""

    model: TableModel
    models: Mapping[str, TableModel]
    domains: Mapping[str, Domain]
    context: Context

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
            return Words(plan.words, self._language(column, plan.language), self._length(column), use)
        if plan.time is not None:
            return Moment(plan.time)
        if plan.after is not None:
            latest = self.context.now if column.type.base in MOMENTS else None
            return After(self._moment(column, plan.after), plan.delay or _AT_ONCE, latest, use)
        if plan.copy is not None:
            return self._copy(column, plan.copy)
        if plan.among is not None:
            return self._among(column, plan.among, use)
        if plan.template is not None:
            return self._template(column, plan.template)
        if plan.json is not None:
            return self._json(column, plan.json, use)
        if plan.cases:
            return self._by_case(column, plan, use)
        if plan.null == 1.0:
            return Nothing()
        raise self._wrong(column, "it states no values", "see docs/reference/seed-plan.md for the kinds")

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
            raise self._wrong(column, f"{name!r} is no foreign key's column", "name one that is, or this table's own")
        return min(found, key=lambda link: len(link.columns))

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

    def _among(self, column: Column, among: Among, use: str) -> Source:
        other = self.models.get(among.table)
        if other is None:
            raise self._wrong(column, f"there is no table {among.table!r} to take from", "correct its name")
        for model, name in ((other, among.by), (other, among.take), (self.model, among.by)):
            self._known(column, model, name)
        name = f"among {column.name}{use}"
        groups = self.model.groups if column.name in self.model.keys else None
        picker = Agreeing(name, other, among.by, among.by, groups)
        self.model.links[name] = Link(name, other, (column.name,), (among.take,), picker)
        self.model.origin[column.name] = name
        return FromParent(name, among.take)

    def _template(self, column: Column, text: str) -> Source:
        parts = _HOLE.split(text)
        for name in parts[1::2]:
            if name != "n":
                self._known(column, self.model, name)
        return Template(tuple(parts))

    def _json(self, column: Column, fields: Mapping[str, ColumnPlan], use: str) -> Source:
        made = {}
        for name, plan in fields.items():
            kind = _json_type(plan)
            inner = Column(f"{column.name}.{name}", kind)
            made[name] = (self.source(inner, plan, f"{use}.{name}"), kind)
        return JsonObject(made)

    def _by_case(self, column: Column, plan: ColumnPlan, use: str) -> Source:
        for name in {name for case in plan.cases for name in case.when}:
            self._known(column, self.model, name)
        cases = tuple(
            (case.when, self.source(column, case.then, f"{use} case {number}"))
            for number, case in enumerate(plan.cases)
        )
        otherwise = Nothing() if plan.otherwise is None else self.source(column, plan.otherwise, f"{use} otherwise")
        return ByCase(cases, otherwise)

    def _known(self, column: Column, model: TableModel, name: str) -> None:
        if name not in model.columns and all(name != one.name for one in model.table.columns):
            raise self._wrong(column, f"table {model.table.name} has no column {name!r}", "correct the name")

    def _wrong(self, column: Column, why: str, remedy: str) -> UsageError:
        where = f"tables.{self.model.table.name}.columns.{column.name}"
        return UsageError("the seed plan does not fit", where=where, why=why, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Words:
    """Text of so many words in a language, cut to the column's length."""

    count: Distribution
    language: "str | Source"
    length_max: int | None
    use: str = ""

    def values(self, batch: Batch, column: Column) -> pl.Series:
        draw = batch.draw_for(column.name).sub(f"words{self.use}")
        counts = np.maximum(np.rint(sample(self.count, draw.sub("count"))), 1).astype(np.int64)
        if isinstance(self.language, str):
            made = sentences(self.language, counts, draw)
        else:
            languages = self.language.values(batch, column).cast(pl.String).fill_null("en").to_numpy()
            made = pl.Series([""] * len(batch), dtype=pl.String)
            for language in sorted(set(languages.tolist())):
                chosen = np.flatnonzero(languages == language)
                made = made.scatter(chosen, sentences(language, counts[chosen], draw.at(chosen)))
        return made if self.length_max is None else made.str.slice(0, self.length_max).str.strip_chars_end()


def texts(values: tuple[Scalar, ...]) -> tuple[str, ...]:
    """As PostgreSQL writes them."""
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def _weighted(plan: ColumnPlan, use: str) -> Source:
    weights = plan.weights or tuple(1.0 / (rank + 1) ** (plan.zipf or 0.0) for rank in range(len(plan.values)))
    return Weighted(texts(plan.values), tuple(weight / sum(weights) for weight in weights), f"choice{use}")


def _json_type(plan: ColumnPlan) -> DataType:
    if plan.number is not None:
        return _JSON_TYPES[int if _is_whole(plan.number) else float]
    kinds = {type(value) for value in plan.values}
    return _JSON_TYPES[kinds.pop()] if len(kinds) == 1 else _JSON_TYPES[str]


def _is_whole(distribution: Distribution) -> bool:
    """Whether it is stated in whole numbers, and so means such; shapes (sigma, s, r) say nothing of that."""
    stated = [value for name, value in distribution.parameters.items() if name not in ("sigma", "s", "r")]
    stated += [end for end in (distribution.low, distribution.high) if end is not None]
    return all(value.is_integer() for value in stated) and all(map(_is_whole, distribution.parts))
