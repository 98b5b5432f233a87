"""Checks over several columns, obeyed by what makes their values and NULLs."""

from collections.abc import Collection, Mapping
from datetime import datetime

from plimsoll.data.deciding.constraints import Constrained
from plimsoll.data.domain import NullTogether
from plimsoll.data.rows.adjusting import NotBelow
from plimsoll.data.rows.model import TableModel
from plimsoll.data.rows.nulling import Counted, Implied, Together


def obey(
    model: TableModel, found: Constrained, planned: Collection[str], now: datetime, nulls: Mapping[str, float]
) -> None:
    """Adds what the checks say of several columns at once; `planned` columns are left to the plan, times end `now`.

    `nulls` are shares that were learned.
    """
    table, solution = model.table, found.solution
    free = {column.name for column in table.columns if not column.generated} - set(planned)
    for ordering in solution.orderings:
        if (
            ordering.upper in free
            and ordering.upper not in model.origin
            and not _depends(model, ordering.lower, ordering.upper)
        ):
            model.sources[ordering.upper] = NotBelow(
                model.sources[ordering.upper], ordering, found.domains[ordering.upper], now
            )
    for count in solution.null_counts:
        never = [name for name in count.columns if not table.column(name).nullable]
        known = all(name in nulls for name in count.columns)
        shares = {name: 1 - nulls[name] for name in count.columns} if known else {}
        for name in count.columns:
            if name not in never and name in free:
                model.null_rules[name] = [Counted(count, never, shares)]
    counted = {name for count in solution.null_counts for name in count.columns}
    for said in solution.nulls_together:
        swapped = said.column in counted
        together = NullTogether(said.other, said.column, said.same) if swapped else said
        if together.column in free and table.column(together.column).nullable:
            model.null_rules[together.column] = [Together(together)]
    for rule in solution.implications:
        if rule.then in free and (rule.consequence.is_null or rule.consequence.not_null):
            model.null_rules.setdefault(rule.then, []).append(Implied(rule))


def _depends(model: TableModel, name: str, on: str) -> bool:
    source = model.sources.get(name)
    while isinstance(source, NotBelow):
        if source.rule.lower == on or _depends(model, source.rule.lower, on):
            return True
        source = source.source
    return False
