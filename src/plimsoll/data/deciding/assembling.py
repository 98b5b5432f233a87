"""From a schema and a plan to what is to be filled: every table's rows, links and sources are decided here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

import numpy as np
import polars as pl

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.distribution import key
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, Schema, Table
from plimsoll.data.deciding.amounts import follow
from plimsoll.data.deciding.birth import birth_column, latest_births, moments_of
from plimsoll.data.deciding.columns import ColumnChooser
from plimsoll.data.deciding.conditions import check_conditions
from plimsoll.data.deciding.constraints import constrained
from plimsoll.data.deciding.counting import Counter
from plimsoll.data.deciding.events import Events
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.linking import Linker, owners
from plimsoll.data.deciding.listing import chosen_in_group, kept_unique, with_listed
from plimsoll.data.deciding.obeying import obey
from plimsoll.data.deciding.order import Order, fill_order
from plimsoll.data.deciding.plan_names import check_columns, decided, find_tables, planned_group, plans_of, skipped
from plimsoll.data.deciding.singling import keyed, single_out
from plimsoll.data.deciding.tightening import tightened
from plimsoll.data.deciding.tying import tied
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Context
from plimsoll.data.learning.choosing import Learning
from plimsoll.data.plan.planned import Planner
from plimsoll.data.plan.stated import leans_on, texts
from plimsoll.data.plan.taking import offer
from plimsoll.data.plan.values import SeedPlan, TablePlan
from plimsoll.data.rows.births import Births
from plimsoll.data.rows.deriving import reckon
from plimsoll.data.rows.excluding import slots
from plimsoll.data.rows.existing import Existing, existing_models, mentions
from plimsoll.data.rows.model import TableModel
from plimsoll.data.rows.nulling import Share
from plimsoll.data.writing.fill import FillPlan


def assemble(
    schema: Schema,
    plan: SeedPlan,
    *,
    statistics: Mapping[TableName, TableStatistics] = MappingProxyType({}),
    scale: float | None = None,
    existing: Sequence[Existing] = (),
) -> FillPlan:
    """Decides everything about a fill; nothing is written.

    What the plan leaves open follows `statistics`; with `scale`, tables have so many times the rows stated there.
    `existing` tables keep their rows, which those of the schema refer to.

    Raises UsageError for a plan that does not fit the schema, RefusedError naming table and constraint for what no rows
    can satisfy.
    """
    find_tables(schema, plan.skip, "skip")
    tables = {name: tightened(table) for name, table in schema.tables.items() if not skipped(name, plan)}
    notes = [f"{one.table.name}: only its first {one.rows.height:,} rows are referred to"
             for one in existing if not one.all_rows]  # fmt: skip
    tables = {name: _usable(table, schema.unusable, notes) for name, table in tables.items()}
    plans = plans_of(schema, plan)
    order = fill_order(tables)
    models = _models(order, plan, existing)
    _build(models, plan, plans, order, statistics, scale, notes)
    filled = tuple(models[table.name] for table in order.tables)
    _check_conditions({name: plans[name] for name in tables if name in plans}, models)
    _rehearse(filled)
    return FillPlan(filled, tuple(notes), order.waiting)


def _models(order: Order, plan: SeedPlan, existing: Sequence[Existing]) -> dict[TableName, TableModel]:
    """Those of rows that are there, then those of the tables that are filled, of which nothing is decided yet."""
    models = existing_models(existing)
    for model in models.values():
        born = birth_column(model.table)
        model.birth = born if born in model.sources else None
    births = Births()
    return models | {
        table.name: TableModel(table, key(plan.seed, table.name.schema, table.name.name), place, births=births)
        for place, table in enumerate(order.tables, start=len(models))
    }


def _build(
    models: Mapping[TableName, TableModel],
    plan: SeedPlan,
    plans: Mapping[TableName, TablePlan],
    order: Order,
    statistics: Mapping[TableName, TableStatistics],
    scale: float | None,
    notes: list[str],
) -> None:
    """Decides table after table, parents first. Raises RefusedError naming the table that no rows satisfy."""
    context = Context(plan.now, plan.span_s, plan.locale)
    names, referred = _by_name(models), _referred_to(models)
    rows_there = {name: known.rows for name, known in statistics.items() if known.rows is not None}
    planned = [(name, column) for name, said in plans.items() for column in decided(said)]
    latest = latest_births(order, planned, plan.now)
    for table in order.tables:
        learning = Learning(statistics.get(table.name, TableStatistics()), rows_there)
        there = learning.statistics.rows
        rows = plan.rows if scale is None or there is None else max(1, round(there * scale))
        said = plans.get(table.name, TablePlan())
        builder = _Builder(models[table.name], models, names, referred, said, rows, context, order, notes, learning)
        builder.latest = latest.get(table.name)
        try:
            builder.build()
        except Unsatisfiable as error:
            raise RefusedError(
                "no rows satisfy this table",
                where=str(table.name),
                why=str(error),
                remedy=error.remedy or f"say in the seed plan what its columns hold, or skip = [{str(table.name)!r}]",
            ) from None


def _check_conditions(plans: Mapping[TableName, TablePlan], models: Mapping[TableName, TableModel]) -> None:
    """`plans` are those of the tables that are filled. Raises UsageError for conditions that no row meets."""
    tables = {name: model.table for name, model in models.items()}
    names = {name: model.table for name, model in _by_name(models).items()}
    for name in plans:
        check_conditions(name, plans, tables, names)


def _usable(table: Table, unusable: Collection[str], notes: list[str]) -> Table:
    """Without the columns that can be left out and of whose type the server takes no value."""
    left_out = [one for one in table.columns if one.type.base in unusable and (one.nullable or one.default)]
    notes += [f"{table.name}.{one.name}: left out, this server was built without {one.type.base}" for one in left_out]
    return replace(table, columns=tuple(one for one in table.columns if one not in left_out))


def _rehearse(models: Iterable[TableModel]) -> None:
    """Makes a row of every table: what cannot be made is known before anything is written. Raises UsageError."""
    for model in models:
        first = np.arange(min(model.rows, 1))
        try:
            model.frame(first)
            if model.later:
                model.later_frame(first)
        except pl.exceptions.PolarsError as error:
            raise UsageError(
                "the values of this table do not fit together",
                where=str(model.table.name),
                why=str(error).partition("\n")[0],
                remedy="see that the seed plan gives each column values of its type",
            ) from None
        except RecursionError:  # by way of other rows, and so without end
            raise UsageError(
                "rows are made of each other",
                where=str(model.table.name),
                remedy="state in the seed plan one of the columns that lean on others by itself",
            ) from None


def _by_name(models: Mapping[TableName, TableModel]) -> dict[str, TableModel]:
    """By the names that a plan may use, which may leave out the schema."""
    bare = {name.name: model for name, model in models.items()}
    return bare | {f"{name.schema}.{name.name}": model for name, model in models.items()}


def _referred_to(models: Mapping[TableName, TableModel]) -> dict[TableName, set[str]]:
    """The columns that foreign keys refer to: children rely on what they were when these were planned."""
    found: dict[TableName, set[str]] = {}
    for model in models.values():
        for foreign in model.table.foreign_keys:
            found.setdefault(foreign.referenced, set()).update(foreign.referenced_columns)
    return found


@dataclass(slots=True)
class _Builder:
    """One table. `usual_rows` is how many it has where neither the plan nor its groups say."""

    model: TableModel
    models: Mapping[TableName, TableModel]
    by_name: Mapping[str, TableModel]
    referred_to: Mapping[TableName, set[str]]
    plan: TablePlan
    usual_rows: int
    context: Context
    order: Order
    notes: list[str]
    learning: Learning
    domains: Mapping[str, Domain] = field(default_factory=dict)
    latest: datetime | None = None  # moment of a birth

    def build(self) -> None:
        table, model = self.model.table, self.model
        check_columns(self.plan, table)
        found = constrained(table, self.context.now)
        self.domains, model.unsolved = with_listed(table, found.domains, self.plan), found.unsolved
        taken = decided(self.plan)
        group = planned_group(self.plan, table)
        owner = owners(table, taken, group)
        keying, singled = keyed(table, owner, self.domains, taken, group=group, late=self._late())
        model.keys = self._keys(keying)
        chooser = ColumnChooser(model, self.domains, keying, self.context, self.learning, self.latest)
        model.birth = birth_column(table)
        chooser.events = Events.of(
            table, model.birth, found.solution.orderings, self._moments_known(taken), found.domains
        )
        chooser.said = {name: texts(said.values) for name, said in self.plan.columns.items() if said.values}
        learned, skew = self.learning.statistics.columns, self._said("zipf")
        ties = tied(model, self.models, owner, keying, skew, learned, self.domains)
        Counter(
            model, self.models, self.plan, self.usual_rows, self.learning, self.domains, keying, ties, chooser,
            self.notes,
        ).count()  # fmt: skip
        nulls = self.learning.null_shares() | self._said("null")
        linker = Linker(model, self.models, owner, keying, skew, nulls, self.learning.fan_out, self.domains, ties)
        linker.link_owned()
        self._fill_sources(chooser, linker, taken, kept_unique(table, self.plan, keying))
        single_out(model, singled, chooser)
        follow(model, self.domains, taken)
        obey(model, found, set(self.plan.columns), self.context.now, self.learning.null_shares())
        reckon(model, self.domains, taken)
        model.later = tuple(
            name for name, foreign in owner.items()
            if (table.name, foreign.name) in self.order.later and table.column(name).nullable
        )  # fmt: skip

    def _moments_known(self, taken: set[str]) -> set[str]:
        """The moments that others may follow: those that the plan makes of others besides the birth are none."""
        names = {column.name for column in moments_of(self.model.table) if not column.generated}
        mentioned = {name: set(mentions(self.plan.columns[name])) for name in names & taken}
        free = names - taken - {self.model.birth}
        return {name for name in names if not mentioned.get(name, set()) & free}

    def _late(self) -> list[str]:
        """The foreign keys to tables whose rows are not counted yet."""
        parents = {key.name: self.models.get(key.referenced) for key in self.model.table.foreign_keys}
        return [name for name, parent in parents.items() if parent and parent.place >= self.model.place]

    def _keys(self, keying: Keying) -> frozenset[str]:
        """The columns on which it rests that rows differ; others of a unique key may be tried anew, and be NULL."""
        table = self.model.table
        resting = {keying.group, *keying.distinct, *keying.one_to_one}
        names = keying.unique | keying.counted | keying.dated | keying.cycled | set(keying.crossed)
        names |= {name for foreign in table.foreign_keys if foreign.name in resting for name in foreign.columns}
        kept = [unique for unique in table.uniques if unique.nulls_not_distinct]
        names |= {name for unique in kept for name in unique.columns if name is not None}
        return frozenset(names | self.referred_to.get(table.name, set()))

    def _said(self, what: str) -> dict[str, float]:
        found = {name: getattr(plan, what) for name, plan in self.plan.columns.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _fill_sources(self, chooser: ColumnChooser, linker: Linker, taken: set[str], kept: set[str]) -> None:
        planner = Planner(self.model, self.by_name, self.domains, self.context)
        linker.link_implied()
        planned = self._planned_in_order(taken - kept)
        for place, column in enumerate(planned, start=1):
            self.model.sources[column.name] = planner.source(column, self.plan.columns[column.name])
            linker.link_implied()
            linker.link_partly_decided(waiting={one.name for one in planned[place:]})
        linker.link_partly_decided()
        offer(self.model, planner.needed)
        for name, source in slots(self.model.table, self.context, self.model.rows).items():
            self.model.sources.setdefault(name, source)
        for column in self.model.table.columns:
            if not column.generated and column.name not in self.model.sources:
                self._choose(chooser, column)
        for name in kept & chooser.keying.cycled if self.model.groups is not None else ():
            self.model.sources[name] = chosen_in_group(self.plan, name)
        for name in sorted(self.model.origin.keys() - taken):
            chooser.follow(self.model.table.column(name))
        linker.link_to_older()

    def _planned_in_order(self, taken: set[str]) -> list[Column]:
        """Foreign keys' columns before others, what is reached through a foreign key after that key's own column."""
        keys = {name for foreign in self.model.table.foreign_keys for name in foreign.columns}
        waiting = sorted((self.model.table.column(name) for name in taken), key=lambda column: column.name not in keys)
        compound = [foreign.columns for foreign in self.model.table.foreign_keys if len(foreign.columns) > 1]
        placed: list[Column] = []
        while waiting:
            names = {column.name for column in waiting}
            names |= {name for columns in compound if names.intersection(columns) for name in columns}
            ready = next((one for one in waiting if not leans_on(self.plan.columns[one.name]) & names), waiting[0])
            waiting.remove(ready)
            placed.append(ready)
        return placed

    def _choose(self, chooser: ColumnChooser, column: Column) -> None:
        try:
            chooser.choose(column)
        except Unsatisfiable as error:
            raise Unsatisfiable(f"column {column.name} ({column.type.name}): {error}") from None
        said = self.plan.columns.get(column.name)
        if said is not None and said.null is not None:
            self.model.null_rules.pop(column.name, None)
            self.model.null_rules[column.name] = [Share(said.null, column.name)]
