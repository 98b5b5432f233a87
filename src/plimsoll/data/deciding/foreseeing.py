"""What a server would refuse of the columns that a plan states, seen on the first rows before anything is written.

A type, NOT NULL, a unique key, and a check or a partition's bound on one column refuse a row for good. Rows that other
checks refuse are made anew, so only what none of many rows satisfies is told. What a trigger may mend is left to it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Check, Column, ForeignKey, PartitionScheme, Table, UniqueKey
from plimsoll.data.checks import admits, partition_domains, solve, solved_domain
from plimsoll.data.checks.terms import category_of, choice_text
from plimsoll.data.deciding.indexed import held, predicate_domains
from plimsoll.data.deciding.plan_names import decided
from plimsoll.data.deciding.tightening import SPECIAL
from plimsoll.data.domain import Domain, Implication, NullCount, NullTogether, Ordering, Solution, Unsatisfiable
from plimsoll.data.drawing import Numbers
from plimsoll.data.plan.stated import literals
from plimsoll.data.plan.values import TablePlan
from plimsoll.data.rows.model import Mask
from plimsoll.data.types.literals import text_of
from plimsoll.data.types.refusing import refusal
from plimsoll.data.writing.fill import TableFill

SAMPLE_ROWS: Final = 1_000
HOPELESS_ROWS: Final = 20  # none of so many satisfies it: further tries would hardly
PARENTS_MAX: Final = 20_000  # rows of a table that are looked at for one that is referred to
SHOWN_MAX: Final = 60  # characters of a value in an error
_PLAIN: Final = ("number", "text", "bool", "date", "timestamp")
_PADDED: Final = ("bpchar", "citext")  # which compare otherwise than their text


def foresee(
    tables: Sequence[TableFill],
    plans: Mapping[TableName, TablePlan],
    now: datetime,
    rows: int = SAMPLE_ROWS,
) -> None:
    """`plans` are those of tables; of each the first `rows` are looked at, and every value that a plan lists.

    Raises UsageError naming column, constraint and value.
    """
    others = {fill.table.name: fill for fill in tables}
    for fill in tables:
        plan = plans.get(fill.table.name, TablePlan())
        names = decided(plan) & set(fill.columns) - set(fill.later)
        if names and fill.rows:
            _Foresight(fill.table, fill, names, plan, now, others, np.arange(min(fill.rows, rows))).look()


@dataclass(slots=True)
class _Foresight:
    """One table among `others`, of which the rows `n` are looked at. `made` are columns of them.

    `planned` are the columns whose values the `plan` states.
    """

    table: Table
    fill: TableFill
    planned: set[str]
    plan: TablePlan
    now: datetime
    others: Mapping[TableName, TableFill]
    n: Numbers
    made: dict[str, pl.Series] = field(default_factory=dict)

    def look(self) -> None:
        self._make(self.planned)
        for name in sorted(self.planned):
            self._type(self.table.column(name))
        if self.table.triggers:
            return
        for name in sorted(self.planned):
            self._nulls(self.table.column(name))
        for check in self.table.checks:
            self._check(check)
        self._partitions()
        self._uniques()
        for key in self.table.foreign_keys:
            self._reference(key)

    def _make(self, names: Collection[str]) -> None:
        wanted = [name for name in self.fill.columns if name in names and name not in self.made]
        self.made |= {one.name: one for one in self.fill.frame(self.n, wanted)} if wanted else {}

    def _type(self, column: Column) -> None:
        for text in self._texts(column.name):
            why = refusal(column.type, text)
            if why is not None:
                raise self._wrong(column.name, f"{_shown(text)} {why}", f"values of {column.type.name}")
        domain = solved_domain(column.type)
        if not domain.unsolved:
            self._domain(column, domain.domains.get("value", Domain()), f"a check of {column.type.domain}")

    def _nulls(self, column: Column) -> None:
        nulls = self.made[column.name].is_null()
        if not column.nullable and nulls.any():
            row, among = int(nulls.arg_true()[0]) + 1, self.plan.columns[column.name].among
            remedy = "values for every row; otherwise = { … }"
            if among is not None:
                remedy = (
                    f"see that {among.table} has such rows for each; copy from a row goes the other way and finds one"
                )
            raise self._wrong(column.name, f"it is NULL in row {row:,} and may not be", remedy)

    def _check(self, check: Check) -> None:
        """`check` may bear on columns of the plan alone or with others."""
        if not self.planned & set(check.columns) or check.name.startswith(SPECIAL):
            return
        solution = self._solved(check)
        for name in sorted(self.planned & set(solution.domains)):
            named = f"check constraint {check.name!r}, {check.expression}"
            column, sure = self.table.column(name), len(check.columns) == 1 and not solution.unsolved
            self._domain(column, solution.domains[name], named, sure=sure)
        if not any(self.table.column(name).generated for name in check.columns):
            self._together(check, solution)

    def _solved(self, check: Check) -> Solution:
        try:
            return solve({one.name: one.type for one in self.table.columns}, (check,), self.now)
        except Unsatisfiable:  # said of the table itself
            return Solution()

    def _domain(self, column: Column, domain: Domain, named: str, *, sure: bool = True) -> None:
        texts = self._texts(column.name) + (list(literals(self.plan.columns[column.name])) if sure else [])
        wrong = _misfits(column, domain, texts)
        if wrong and (sure or self._is_hopeless(column.name, wrong)):
            raise self._wrong(column.name, f"{_shown(wrong[0])} breaks {named}", "state values that it allows")

    def _is_hopeless(self, name: str, wrong: Sequence[str]) -> bool:
        known = self.made[name].drop_nulls()
        return len(known) >= HOPELESS_ROWS and len(wrong) == known.n_unique()

    def _together(self, check: Check, solution: Solution) -> None:
        """What a check says of several columns, of which the plan states one that others would be arranged by."""
        for columns, failing in self._judged(solution):
            if len(failing) >= HOPELESS_ROWS and failing.all():
                raise self._wrong(
                    [name for name in columns if name in self.planned][-1],
                    f"no row satisfies check constraint {check.name!r}, {check.expression}",
                    f"state {' and '.join(columns)} so that they agree, or leave one of them out",
                )

    def _judged(self, solution: Solution) -> Iterator[tuple[Sequence[str], Mask]]:
        """The columns of each rule whose values the plan states, and which of the rows that it is about break it."""
        for ordering in solution.orderings:
            if ordering.upper in self.planned:
                yield (ordering.lower, ordering.upper), self._disordered(ordering)
        for count in solution.null_counts:
            if set(count.columns) <= self.planned:
                yield count.columns, self._miscounted(count)
        for said in solution.nulls_together:
            if {said.column, said.other} <= self.planned:
                yield (said.column, said.other), self._apart(said)
        for rule in solution.implications:
            if {rule.column, rule.then} <= self.planned:
                yield (rule.column, rule.then), self._unimplied(rule)

    def _disordered(self, ordering: Ordering) -> Mask:
        self._make((ordering.lower, ordering.upper))
        if not {ordering.lower, ordering.upper} <= set(self.made):
            return np.zeros(0, dtype=np.bool_)
        low, high = (_sortable(self.made[name]) for name in (ordering.lower, ordering.upper))
        wrong = (low >= high) if ordering.strict else (low > high)
        return _mask(wrong.drop_nulls())

    def _miscounted(self, count: NullCount) -> Mask:
        known = sum(self.made[name].is_not_null().cast(pl.Int64).to_numpy() for name in count.columns)
        return np.asarray((known < count.least) | (known > count.most))

    def _apart(self, said: NullTogether) -> Mask:
        first, second = (_mask(self.made[name].is_null()) for name in (said.column, said.other))
        return np.asarray((first == second) != said.same)

    def _unimplied(self, rule: Implication) -> Mask:
        chosen = text_of(self.made[rule.column]).is_in(list(rule.values)) != rule.negated
        then = self.made[rule.then].filter(chosen.fill_null(False))
        if rule.consequence.not_null:
            return _mask(then.is_null())
        if rule.consequence.is_null:
            return _mask(then.is_not_null())
        column = self.table.column(rule.then)
        texts = text_of(then).drop_nulls()
        return _mask(texts.is_in(_misfits(column, rule.consequence, texts.unique().to_list())))

    def _partitions(self) -> None:
        scheme = self.table.partitioning
        if scheme is None or _takes_all(scheme):
            return
        domains, uncertain = partition_domains(scheme, {one.name: one.type for one in self.table.columns})
        for name in sorted(self.planned & set(domains)):
            self._domain(self.table.column(name), domains[name], "the bounds of all partitions", sure=not uncertain)

    def _uniques(self) -> None:
        for unique in self.table.uniques:
            names = [name for name in unique.columns if name is not None]
            if len(names) < len(unique.columns):
                continue
            if unique.predicate:
                self._special(unique, names)
            elif self.planned & set(names):
                self._make(names)
                if set(names) <= set(self.made):
                    self._repeated(unique.name, names)

    def _special(self, unique: UniqueKey, names: Sequence[str]) -> None:
        """Of an index of some rows, where the plan states which they are; only rows that are sure to be in it."""
        domains = predicate_domains(self.table, unique, whole=True)
        if not domains or not self.planned & {*names, *domains}:
            return
        self._make({*names, *domains})
        if {*names, *domains} <= set(self.made):
            self._repeated(unique.name, names, held(domains, self.made), unique.predicate or "")

    def _repeated(self, key: str, names: Sequence[str], among: Mask | None = None, where: str = "") -> None:
        rows = pl.DataFrame({name: text_of(self.made[name]) for name in names})
        rows = (rows if among is None else rows.filter(pl.Series(among))).drop_nulls()
        twice = rows.filter(rows.is_duplicated())
        if twice.height:
            value = ", ".join(map(str, twice.row(0)))
            remedy = 'different values, as template = "…{n}", or fewer rows'
            which = f", which holds the rows where {where}" if where else ""
            raise self._wrong(
                min(self.planned & set(names) or self.planned),
                f"{_shown(value)} occurs twice, against the unique key {key!r}{which}",
                "per, and first = […] with otherwise, state one such row for each" if where else remedy,
            )

    def _reference(self, key: ForeignKey) -> None:
        """Of one column, to a table that is filled too and not too large to look at."""
        parent, name = self.others.get(key.referenced), key.columns[0]
        if parent is None or parent.rows > PARENTS_MAX or len(key.columns) > 1 or name not in self.planned:
            return
        referenced = key.referenced_columns[0]
        if parent.table.column(referenced).type != self.table.column(name).type or referenced not in parent.columns:
            return
        known = set(text_of(parent.frame(np.arange(parent.rows), [referenced])[referenced]).str.to_lowercase())
        lost = [text for text in self._texts(name) if text.lower() not in known]
        if lost:
            why = f"{_shown(lost[0])} is no {referenced} of {key.referenced}, to which {key.name!r} refers"
            raise self._wrong(name, why, "leave the column out, or take it from there: copy, among")

    def _texts(self, name: str) -> list[str]:
        return text_of(self.made[name].drop_nulls().unique(maintain_order=True)).to_list()

    def _wrong(self, column: str, why: str, remedy: str) -> UsageError:
        where = f"tables.{self.table.name}.columns.{column}"
        return UsageError("the server would refuse what the seed plan states", where=where, why=why, remedy=remedy)


def _misfits(column: Column, domain: Domain, texts: Sequence[str]) -> list[str]:
    """The texts that the domain does not admit; what only the server could tell, it does."""
    category = category_of(column.type)
    if column.type.base in _PADDED or (category not in _PLAIN and column.type.kind != "enum"):
        return []
    if category in ("date", "timestamp"):
        domain = replace(domain, choices=None, excluded=frozenset())
    if replace(domain, not_null=False) == Domain():
        return []
    if category == "number":
        texts = [text for text in texts if Decimal(text).is_finite()]
    return [text for text in texts if not admits(domain, choice_text(category, text))]


def _takes_all(scheme: PartitionScheme) -> bool:
    """Whether there is a default partition somewhere."""
    parts = scheme.partitions
    return any(
        part.bound.strip().upper() == "DEFAULT" or (part.scheme is not None and _takes_all(part.scheme))
        for part in parts
    )


def _sortable(series: pl.Series) -> pl.Series:
    """Numbers, or moments, as numbers that compare; NULL for texts that only the server can read."""
    if series.dtype in (pl.Date, pl.Datetime):
        series = series.cast(pl.Datetime("us")).cast(pl.Int64)
    elif series.dtype == pl.Time:
        series = series.cast(pl.Int64)
    return series.cast(pl.Float64, strict=False)


def _mask(series: pl.Series) -> Mask:
    found: Mask = series.to_numpy()
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…")
