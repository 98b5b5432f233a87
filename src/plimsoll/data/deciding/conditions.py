"""Conditions of a plan that no row could meet, because the column never has such a value: a mistyped status. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Table
from plimsoll.data.checks import solve
from plimsoll.data.deciding.columns import choices
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.plan.stated import texts
from plimsoll.data.plan.values import ColumnPlan, Condition, TablePlan

NAMED_MAX: Final = 10  # values named in an error
_TEXTS: Final = ("text", "varchar", "bpchar", "citext", "bool")


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition, the place in the plan that states it, and the column it is about."""

    where: str
    table: Table
    column: str
    condition: Condition


def check_conditions(
    name: TableName, plans: Mapping[TableName, TablePlan], tables: Mapping[TableName, Table], names: Mapping[str, Table]
) -> None:
    """`plans` are those of tables that are filled; `names` are tables as the plan calls them. Raises UsageError."""
    for asked in _of_table(tables[name], plans[name], tables, names):
        known = _known(asked, plans.get(asked.table.name, TablePlan()))
        for text in asked.condition if isinstance(asked.condition, tuple) else ():
            if known is not None and text not in known:
                raise _never(asked, text, known)


def stated(plan: ColumnPlan) -> set[str] | None:
    """All texts that a column can have by its plan; None where that is open."""
    if plan.values:
        return set(texts(plan.values))
    if not (plan.cases or plan.first):
        return None
    parts = [stated(one) for one in (*(case.then for case in plan.cases), *plan.first)]
    parts += [] if plan.otherwise is None or plan.otherwise.null == 1.0 else [stated(plan.otherwise)]
    known = [part for part in parts if part is not None]
    return set().union(*known) if len(known) == len(parts) else None


def _never(asked: Asked, text: str, known: set[str]) -> UsageError:
    nearest = get_close_matches(text, known, n=1)
    listed = ", ".join(map(repr, sorted(known)[:NAMED_MAX])) + (", …" if len(known) > NAMED_MAX else "")
    return UsageError(
        "no row meets this condition of the seed plan",
        where=asked.where,
        why=f"{asked.table.name}.{asked.column} is never {text!r}",
        remedy=f"did you mean {nearest[0]!r}?" if nearest else f"it has {listed}",
    )


def _known(asked: Asked, plan: TablePlan) -> set[str] | None:
    """What the column may say by its plan, its type or its checks; None where that is open."""
    column = asked.table.column(asked.column)
    if column.type.kind != "enum" and column.type.base not in _TEXTS:
        return None  # a number or a moment may be written in several ways
    said = plan.columns.get(column.name)
    by_plan = None if said is None else stated(said)
    if by_plan is not None:
        return by_plan
    try:
        domains = solve({one.name: one.type for one in asked.table.columns}, asked.table.checks).domains
    except Unsatisfiable:  # said of the table itself
        return None
    return set(choices(column, domains.get(column.name, Domain()))) or None


def _of_table(
    table: Table, plan: TablePlan, tables: Mapping[TableName, Table], names: Mapping[str, Table]
) -> Iterator[Asked]:
    where = f"tables.{table.name}"
    parent = None if plan.per is None else _referred(table, plan.per, tables)
    if parent is not None:
        yield from _asked(f"{where}.where", parent, plan.where, tables)
    for name, said in plan.columns.items():
        yield from _of_column(f"{where}.columns.{name}", table, said, tables, names)


def _of_column(
    where: str, table: Table, plan: ColumnPlan, tables: Mapping[TableName, Table], names: Mapping[str, Table]
) -> Iterator[Asked]:
    if plan.among is not None and plan.among.table in names:
        yield from _asked(f"{where}.among.where", names[plan.among.table], plan.among.where, tables)
    for place, case in enumerate(plan.cases):
        yield from _asked(f"{where}.cases[{place}].when", table, case.when, tables)
    inner = {f"{where}.cases[{place}].then": case.then for place, case in enumerate(plan.cases)}
    inner |= {f"{where}.first[{place}]": one for place, one in enumerate(plan.first)}
    inner |= {f"{where}.json.{name}": one for name, one in (plan.json or {}).items()}
    inner |= {} if plan.otherwise is None else {f"{where}.otherwise": plan.otherwise}
    for within, one in inner.items():
        yield from _of_column(within, table, one, tables, names)


def _asked(
    where: str, table: Table, said: Mapping[str, Condition], tables: Mapping[TableName, Table]
) -> Iterator[Asked]:
    """Of COLUMN, or of FOREIGN_KEY_COLUMN.COLUMN, whose table is the one referred to."""
    for path, condition in said.items():
        own, _, theirs = path.partition(".")
        of = _referred(table, own, tables) if theirs else table
        name = theirs or own
        if of is not None and any(column.name == name for column in of.columns):
            yield Asked(f"{where}.{path}", of, name, condition)


def _referred(table: Table, column: str, tables: Mapping[TableName, Table]) -> Table | None:
    found = [key for key in table.foreign_keys if column in key.columns]
    return tables.get(min(found, key=lambda key: len(key.columns)).referenced) if found else None
