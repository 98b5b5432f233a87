"""What checks say of NULL made the columns' own, so that foreign keys and keys need look at nothing else. Pure."""

from dataclasses import replace

from plimsoll.core.schema import Table
from plimsoll.data.checks import solve
from plimsoll.data.domain import Unsatisfiable


def tightened(table: Table) -> Table:
    """The table with those columns not null that a check (a IS NOT NULL) or their type's domains demand so."""
    demanded = _demanded(table) | {column.name for column in table.columns if column.type.not_null}
    nullable = {column.name for column in table.columns if column.nullable}
    if not demanded & nullable:
        return table
    columns = tuple(replace(one, nullable=one.nullable and one.name not in demanded) for one in table.columns)
    return replace(table, columns=columns)


def _demanded(table: Table) -> set[str]:
    checks = [check for check in table.checks if "IS NOT NULL" in check.expression or "num_" in check.expression]
    if not checks:
        return set()
    try:
        solution = solve({column.name: column.type for column in table.columns}, checks)
    except Unsatisfiable:  # said when the table itself is assembled
        return set()
    return {name for name, domain in solution.domains.items() if domain.not_null}
