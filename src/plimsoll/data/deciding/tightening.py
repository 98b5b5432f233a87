"""What checks say of NULL made the columns' own, so that foreign keys and keys need look at nothing else. Pure."""

from dataclasses import replace
from typing import Final

from plimsoll.core.schema import Check, Table, UniqueKey
from plimsoll.data.checks import solve
from plimsoll.data.deciding.keying import mentioned
from plimsoll.data.domain import Unsatisfiable

SPECIAL: Final = "no row of "  # begins the name of a check of ours, which the server does not have


def tightened(table: Table) -> Table:
    """The table with those columns not null that a check (a IS NOT NULL) or their type's domains demand so.

    A unique index of the few rows that are special (WHERE is_default) becomes a check that none is.
    """
    table = _without_special(table)
    demanded = _demanded(table) | {column.name for column in table.columns if column.type.not_null}
    nullable = {column.name for column in table.columns if column.nullable}
    if not demanded & nullable:
        return table
    columns = tuple(replace(one, nullable=one.nullable and one.name not in demanded) for one in table.columns)
    return replace(table, columns=columns)


def _without_special(table: Table) -> Table:
    special = [unique for unique in table.uniques if unique.predicate and _is_special(table, unique)]
    if not special:
        return table
    checks = tuple(
        Check(f"{SPECIAL}{one.name}", f"NOT ({one.predicate})", tuple(_named(table, one.predicate or "")))
        for one in special
    )
    try:
        solve({column.name: column.type for column in table.columns}, (*table.checks, *checks))
    except Unsatisfiable:
        return table
    return replace(
        table, checks=(*table.checks, *checks), uniques=tuple(one for one in table.uniques if one not in special)
    )


def _is_special(table: Table, unique: UniqueKey) -> bool:
    """Whether its rows differ in nothing but what its predicate looks at, of which there are few values."""
    columns = mentioned(table, unique)
    few = all(table.column(name).type.base == "bool" or table.column(name).type.kind == "enum" for name in columns)
    return few and (not columns or set(_named(table, unique.predicate or "")) <= set(columns))


def _named(table: Table, expression: str) -> list[str]:
    """The columns that occur in an expression, as in a unique key's."""
    return mentioned(table, UniqueKey("", (None,), (expression,)))


def _demanded(table: Table) -> set[str]:
    checks = [check for check in table.checks if "IS NOT NULL" in check.expression or "num_" in check.expression]
    if not checks:
        return set()
    try:
        solution = solve({column.name: column.type for column in table.columns}, checks)
    except Unsatisfiable:  # said when the table itself is assembled
        return set()
    return {name for name, domain in solution.domains.items() if domain.not_null}
