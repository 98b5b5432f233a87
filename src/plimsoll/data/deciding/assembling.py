"""From a schema and a plan to what is to be filled: every table's rows, links and sources are decided here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

import numpy as np

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.distribution import key
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.core.schema import Check, Column, ForeignKey, Partition, PartitionScheme, Schema, Table
from plimsoll.data.checks import intersect, partition_domains, solve, solved_domain
from plimsoll.data.deciding.columns import ColumnChooser, NotBelow, choices
from plimsoll.data.deciding.dealing import Weights, dealt, shaped
from plimsoll.data.deciding.keying import Keying, decide_keys
from plimsoll.data.deciding.linking import Linker, owners
from plimsoll.data.deciding.order import Order, can_be_null, fill_order, refuse_closed_cycles
from plimsoll.data.deciding.tightening import tightened
from plimsoll.data.domain import Domain, NullTogether, Solution, Unsatisfiable
from plimsoll.data.drawing import Context, in_batches
from plimsoll.data.learning.choosing import Learning
from plimsoll.data.learning.parents import Shares, learned_weights
from plimsoll.data.plan.planned import Planner, leans_on
from plimsoll.data.plan.taking import all_met
from plimsoll.data.plan.values import ColumnPlan, SeedPlan, TablePlan
from plimsoll.data.rows.births import Births
from plimsoll.data.rows.deriving import reckon
from plimsoll.data.rows.excluding import slots
from plimsoll.data.rows.existing import Existing, existing_models
from plimsoll.data.rows.groups import Signed
from plimsoll.data.rows.model import Batch, Mask, TableModel
from plimsoll.data.rows.nulling import Counted, Implied, Share, Together
from plimsoll.data.rows.picking import agreeing
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
    _find(schema, plan.skip, "skip")
    tables = {name: tightened(table) for name, table in schema.tables.items() if not _skipped(name, plan)}
    plans = _plans(schema, plan)
    order = fill_order(tables)
    refuse_closed_cycles(order)
    context = Context(plan.now, plan.span_s, plan.locale)
    models = existing_models(existing)
    for model in models.values():
        born = ColumnChooser(model, {}, Keying(), context).birth_column()
        model.birth = born if born in model.sources else None
    births = Births()
    models |= {
        table.name: TableModel(table, key(plan.seed, table.name.schema, table.name.name), place, births=births)
        for place, table in enumerate(order.tables, start=len(models))
    }
    notes = [f"{one.table.name}: only its first {one.rows.height:,} rows are referred to"
             for one in existing if not one.all_rows]  # fmt: skip
    names, referred = _by_name(models), _referred_to(models)
    for table in order.tables:
        learning = Learning(statistics.get(table.name, TableStatistics()))
        there = learning.statistics.rows
        rows = plan.rows if scale is None or there is None else round(there * scale)
        said = plans.get(table.name, TablePlan())
        builder = _Builder(models[table.name], models, names, referred, said, rows, context, order, notes, learning)
        try:
            builder.build()
        except Unsatisfiable as error:
            raise RefusedError(
                "no rows satisfy this table",
                where=str(table.name),
                why=str(error),
                remedy=f"say in the seed plan what its columns hold, or skip = [{str(table.name)!r}]",
            ) from None
    filled = tuple(models[table.name] for table in order.tables)
    _rehearse(filled)
    return FillPlan(filled, tuple(notes))


def _rehearse(models: Iterable[TableModel]) -> None:
    """Makes a row of every table: what cannot be made is known before anything is written. Raises UsageError."""
    for model in models:
        first = np.arange(min(model.rows, 1))
        try:
            model.frame(first)
            if model.later:
                model.later_frame(first)
        except RecursionError:  # by way of other rows, and so without end
            raise UsageError(
                "rows are made of each other",
                where=str(model.table.name),
                remedy="state in the seed plan one of the columns that lean on others by itself",
            ) from None


def _skipped(name: TableName, plan: SeedPlan) -> bool:
    return name.name in plan.skip or f"{name.schema}.{name.name}" in plan.skip


def _plans(schema: Schema, plan: SeedPlan) -> dict[TableName, TablePlan]:
    """The plan's tables by their full names. Raises UsageError for one that the database does not have."""
    return dict(zip(_find(schema, plan.tables, "tables"), plan.tables.values(), strict=True))


def _find(schema: Schema, said: Iterable[str], where: str) -> list[TableName]:
    """The tables that a plan names, in its order. Raises UsageError."""
    known: dict[str, TableName] = {}
    for name in (*schema.tables, *sorted(schema.others)):
        known.setdefault(name.name, name)
        known[f"{name.schema}.{name.name}"] = name
    for one in said:
        if one not in known:
            nearest = get_close_matches(one, known, n=1)
            remedy = f"did you mean {nearest[0]!r}?" if nearest else "correct its name"
            raise UsageError(
                "the seed plan names a table that is not there", where=f"{where}.{one}", why="the database has none",
                remedy=remedy,
            )  # fmt: skip
    return [known[one] for one in said]


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
    domains: dict[str, Domain] = field(default_factory=dict)

    def build(self) -> None:
        table, model = self.model.table, self.model
        self._check_plan()
        solution = self._solve()
        taken = {name for name, plan in self.plan.columns.items() if _decides(plan)}
        owner = owners(table, taken)
        group = self._planned_group()
        keying = decide_keys(table, owner, self.domains, group=group, late=self._late())
        model.keys = self._keys(keying)
        chooser = ColumnChooser(model, self.domains, keying, self.context, self.learning)
        model.birth = chooser.birth_column()
        self._count(keying, chooser)
        learned = self.learning.statistics.columns
        nulls = self.learning.null_shares() | self._said("null")
        linker = Linker(model, self.models, owner, keying, self._said("zipf"), nulls, learned)
        linker.link_owned()
        self._fill_sources(chooser, linker, taken)
        self._obey(solution)
        reckon(model, self.domains, taken)
        model.later = tuple(
            name for name, foreign in owner.items()
            if (table.name, foreign.name) in self.order.later and table.column(name).nullable
        )  # fmt: skip

    def _late(self) -> list[str]:
        """The foreign keys to tables whose rows are not counted yet."""
        parents = {key.name: self.models.get(key.referenced) for key in self.model.table.foreign_keys}
        return [name for name, parent in parents.items() if parent and parent.place >= self.model.place]

    def _check_plan(self) -> None:
        known = {column.name: column for column in self.model.table.columns}
        for name, plan in self.plan.columns.items():
            where = f"tables.{self.model.table.name}.columns.{name}"
            if name not in known:
                nearest = get_close_matches(name, known, n=1)
                remedy = f"did you mean {nearest[0]!r}?" if nearest else "correct its name"
                raise UsageError("the seed plan names a column that is not there", where=where, remedy=remedy)
            if known[name].generated:
                raise UsageError("this column is generated by the database", where=where, remedy="leave it out")
            if plan.null and not known[name].nullable:
                raise UsageError("this column cannot be NULL", where=where, remedy="leave null out")

    def _solve(self) -> Solution:
        table = self.model.table
        solution = solve({column.name: column.type for column in table.columns}, table.checks, self.context.now)
        of_types = {column.name: solved_domain(column.type) for column in table.columns}
        self.domains = {name: solved.domains.get("value", Domain()) for name, solved in of_types.items()}
        self._restrict(solution.domains)
        partitioned: tuple[Check, ...] = ()
        if table.partitioning is not None:
            types = {one.name: one.type for one in table.columns}
            bounds, uncertain = partition_domains(table.partitioning, types)
            self._restrict(bounds)
            if uncertain:
                partitioned = (_within_partitions(table, table.partitioning),)
                self._restrict(solve(types, partitioned).domains)
        generated = {column.name for column in table.columns if column.generated}
        several = [
            check for check in table.checks
            if check not in solution.unsolved and (len(check.columns) > 1 or generated.intersection(check.columns))
        ]  # fmt: skip
        of_domains = [of_column(check, name) for name, solved in of_types.items() for check in solved.unsolved]
        tried = (*solution.unsolved, *several, *of_domains, *partitioned)
        self.model.unsolved = tuple(ungenerated(check, table) if generated.intersection(check.columns) else check
                                    for check in tried)  # fmt: skip
        return solution

    def _restrict(self, domains: Mapping[str, Domain]) -> None:
        for name, domain in domains.items():
            self.domains[name] = intersect(self.domains[name], domain)

    def _planned_group(self) -> str | None:
        if self.plan.per is None:
            return None
        found = [key for key in self.model.table.foreign_keys if self.plan.per in key.columns]
        if not found:
            raise UsageError(
                "the seed plan groups rows by what is no foreign key",
                where=f"tables.{self.model.table.name}.per",
                why=f"{self.plan.per!r} is in none",
                remedy="name a foreign key's column",
            )
        return min(found, key=lambda foreign: len(foreign.columns)).name

    def _keys(self, keying: Keying) -> frozenset[str]:
        """The columns on which it rests that rows differ; others of a unique key may be tried anew, and be NULL."""
        table = self.model.table
        resting = {keying.group, *keying.distinct, *keying.one_to_one}
        names = keying.unique | keying.counted | keying.cycled
        names |= {name for foreign in table.foreign_keys if foreign.name in resting for name in foreign.columns}
        kept = [unique for unique in table.uniques if unique.nulls_not_distinct]
        names |= {name for unique in kept for name in unique.columns if name is not None}
        return frozenset(names | self.referred_to.get(table.name, set()))

    def _count(self, keying: Keying, chooser: ColumnChooser) -> None:
        """Decides how many rows, and how they are grouped."""
        foreign = {one.name: one for one in self.model.table.foreign_keys}
        limit = self._limit(keying, chooser)
        wanted = self.plan.rows if self.plan.rows is not None else None
        if keying.group is not None and foreign[keying.group].referenced in self.models:
            parent = self.models[foreign[keying.group].referenced]
            total = wanted if wanted is not None or self.plan.size is not None else self.usual_rows
            caps = self._caps(keying, parent, foreign[keying.group])
            self.model.groups = dealt(self._weights(foreign[keying.group], parent, total), parent.rows, total, caps)
            self.model.rows = self.model.groups.rows
        else:
            self.model.rows = min(wanted if wanted is not None else self.usual_rows, limit)
        if wanted is not None and self.model.rows < wanted:
            raise Unsatisfiable(f"its unique keys allow {self.model.rows:,} different rows, {wanted:,} are asked for")
        if wanted is None and self.plan.size is None and self.model.rows < self.usual_rows:
            self.notes.append(f"{self.model.table.name}: {self.model.rows:,} rows, more would not be unique")

    def _weights(self, foreign: ForeignKey, parent: TableModel, total: int | None) -> Weights:
        """How many rows each parent would have, by the plan, by what was learned, or as usual."""
        known = self.learning.statistics.columns.get(foreign.columns[0])
        if self.plan.size is None and known is not None and total is not None:
            return learned_weights(Shares.of(known, total, parent.rows), parent.rows, self.model.seed_key)
        return shaped(self.model.seed_key, self.plan.size)

    def _limit(self, keying: Keying, chooser: ColumnChooser) -> int:
        """How many rows the unique keys allow, outside groups."""
        foreign = {one.name: one for one in self.model.table.foreign_keys}
        parents = {self.models.get(foreign[name].referenced) for name in keying.one_to_one}
        limits = [parent.rows for parent in parents if parent is not None and parent.place < self.model.place]
        for name in keying.unique:
            column = self.model.table.column(name)
            few = choices(column, self.domains[name])
            if few:
                limits.append(len(few))
            elif name not in self.plan.columns:
                capacity = chooser.capacity(column, self.usual_rows if self.plan.rows is None else self.plan.rows)
                limits += [] if capacity is None else [capacity]
        return min(limits, default=10**12)

    def _caps(self, keying: Keying, parent: TableModel, group: ForeignKey) -> Signed:
        """How many rows each group may have, so that those within it can differ and find what they refer to.

        One number for all groups, or one each.
        """
        caps: Signed = np.where(self._parents_met(parent), 10**9, 0) if self.plan.where else np.array(10**9)
        for name in keying.cycled:
            caps = np.minimum(caps, len(choices(self.model.table.column(name), self.domains[name])))
        for foreign in self.model.table.foreign_keys:
            other = self.models.get(foreign.referenced)
            shared = [name for name in foreign.columns if name in group.columns]
            if other is None or foreign == group:
                continue
            if foreign.name in keying.distinct and not shared:
                caps = np.minimum(caps, other.rows - (other is parent))
            if shared and other.place < self.model.place and not can_be_null(self.model.table, foreign):
                ours = group.referenced_columns[group.columns.index(shared[0])]
                theirs = foreign.referenced_columns[foreign.columns.index(shared[0])]
                counts = agreeing(parent, ours, other, theirs)
                caps = np.minimum(caps, counts if foreign.name in keying.distinct else np.where(counts > 0, caps, 0))
        return caps

    def _parents_met(self, parent: TableModel) -> Mask:
        """The parents' rows that may have rows of this table."""
        known = {column.name for column in parent.table.columns} & set(parent.sources)
        for name in self.plan.where:
            if name not in known:
                where = f"tables.{self.model.table.name}.where.{name}"
                raise UsageError(
                    "the seed plan does not fit", where=where, why=f"{parent.table.name} has no such column",
                    remedy="correct the name",
                )  # fmt: skip
        met: Mask = np.zeros(parent.rows, dtype=np.bool_)
        for n in in_batches(parent.rows):
            met[n] = all_met(Batch(parent, n), self.plan.where)
        return met

    def _said(self, what: str) -> dict[str, float]:
        found = {name: getattr(plan, what) for name, plan in self.plan.columns.items()}
        return {name: value for name, value in found.items() if value is not None}

    def _fill_sources(self, chooser: ColumnChooser, linker: Linker, taken: set[str]) -> None:
        planner = Planner(self.model, self.by_name, self.domains, self.context)
        linker.link_implied()
        for column in self._planned_in_order(taken):
            self.model.sources[column.name] = planner.source(column, self.plan.columns[column.name])
            linker.link_implied()
        linker.link_partly_planned()
        for name, source in slots(self.model.table, self.context, self.model.rows).items():
            self.model.sources.setdefault(name, source)
        for column in self.model.table.columns:
            if not column.generated and column.name not in self.model.sources:
                self._choose(chooser, column)

    def _planned_in_order(self, taken: set[str]) -> list[Column]:
        """Foreign keys' columns before others, what is reached through a foreign key after that key's own column."""
        keys = {name for foreign in self.model.table.foreign_keys for name in foreign.columns}
        waiting = sorted((self.model.table.column(name) for name in taken), key=lambda column: column.name not in keys)
        placed: list[Column] = []
        while waiting:
            names = {column.name for column in waiting}
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

    def _obey(self, solution: Solution) -> None:
        """Adds what the checks say of several columns at once; what the plan decides is left to it."""
        table, model = self.model.table, self.model
        free = {column.name for column in table.columns if not column.generated} - set(self.plan.columns)
        for ordering in solution.orderings:
            if (
                ordering.upper in free
                and ordering.upper not in model.origin
                and not self._depends(ordering.lower, ordering.upper)
            ):
                model.sources[ordering.upper] = NotBelow(
                    model.sources[ordering.upper], ordering, self.domains[ordering.upper]
                )
        for count in solution.null_counts:
            never = [name for name in count.columns if not table.column(name).nullable]
            for name in count.columns:
                if name not in never and name in free:
                    model.null_rules[name] = [Counted(count, never)]
        counted = {name for count in solution.null_counts for name in count.columns}
        for said in solution.nulls_together:
            swapped = said.column in counted
            together = NullTogether(said.other, said.column, said.same) if swapped else said
            if together.column in free and table.column(together.column).nullable:
                model.null_rules[together.column] = [Together(together)]
        for rule in solution.implications:
            if rule.then in free and (rule.consequence.is_null or rule.consequence.not_null):
                model.null_rules.setdefault(rule.then, []).append(Implied(rule))

    def _depends(self, name: str, on: str) -> bool:
        source = self.model.sources.get(name)
        while isinstance(source, NotBelow):
            if source.rule.lower == on or self._depends(source.rule.lower, on):
                return True
            source = source.source
        return False


def of_column(check: Check, column: str) -> Check:
    """A domain's check as one of a column that has the domain: VALUE is the column."""
    return Check(check.name, _substituted(check.expression, r"\bVALUE\b", quote_identifier(column)), (column,))


def ungenerated(check: Check, table: Table) -> Check:
    """A check with the formulas of generated columns in their places, so that it can be tried before they exist."""
    expression, columns = check.expression, [name for name in check.columns if not table.column(name).generated]
    for name in check.columns:
        formula = table.column(name).default
        if table.column(name).generated and formula is not None:
            written = re.escape(quote_identifier(name)) if quote_identifier(name) in expression else rf"\b{name}\b"
            expression = _substituted(expression, written, f"({formula})")
            columns += [one.name for one in table.columns if re.search(rf"\b{re.escape(one.name)}\b", formula)]
    return Check(check.name, expression, tuple(dict.fromkeys(columns)))


def _substituted(expression: str, pattern: str, replacement: str) -> str:
    """The expression with what matches replaced, but for what stands in quotes."""
    parts = expression.split("'")
    parts[::2] = [re.sub(pattern, lambda _: replacement, part) for part in parts[::2]]
    return "'".join(parts)


def _within_partitions(table: Table, scheme: PartitionScheme) -> Check:
    """That a row belongs to one of the partitions, as a check to be tried."""
    bounds = " OR ".join(f"({partition.constraint or 'true'})" for partition in _leaves(scheme)) or "false"
    columns = tuple(column.name for column in table.columns if re.search(rf"\b{re.escape(column.name)}\b", bounds))
    return Check("(its partitions' bounds)", bounds, columns)


def _leaves(scheme: PartitionScheme) -> Iterator[Partition]:
    for partition in scheme.partitions:
        if partition.scheme is None:
            yield partition
        else:
            yield from _leaves(partition.scheme)


def _decides(plan: ColumnPlan) -> bool:
    """Whether a column's plan states a source, not only a share of NULLs or a skew."""
    if plan.values:
        return True
    stated = (
        plan.number,
        plan.words,
        plan.time,
        plan.after,
        plan.copy,
        plan.among,
        plan.template,
        plan.formula,
        plan.json,
    )
    return any(one is not None for one in stated) or bool(plan.cases or plan.first) or plan.null == 1.0
