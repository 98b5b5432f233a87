"""Values that a plan lists for a column of a unique key: they differ as the key demands. Pure."""

from collections.abc import Mapping

from plimsoll.core.schema import Table
from plimsoll.data.checks import intersect
from plimsoll.data.deciding.keying import Keying, mentioned
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.plan.stated import shares_of, texts
from plimsoll.data.plan.values import ColumnPlan, TablePlan
from plimsoll.data.rows.in_groups import ChosenInGroup


def with_listed(table: Table, domains: Mapping[str, Domain], plan: TablePlan) -> dict[str, Domain]:
    """The domains, those of columns of unique keys narrowed to what the plan lists for them.

    What does not agree with a check is left: it is told of the plan's values themselves.
    """
    found = dict(domains)
    for name in _in_keys(table) & {name for name, said in plan.columns.items() if said.values}:
        listed = tuple(_weighed(plan.columns[name]))
        try:
            found[name] = intersect(domains.get(name, Domain()), Domain(choices=listed))
        except Unsatisfiable:
            continue
    return found


def kept_unique(table: Table, plan: TablePlan, keying: Keying) -> set[str]:
    """The columns whose listed values are not drawn row by row, as keys rest on them."""
    resting = keying.unique | keying.cycled | set(keying.crossed)
    return {name for name in _in_keys(table) & resting if name in plan.columns and plan.columns[name].values}


def chosen_in_group(plan: TablePlan, name: str) -> ChosenInGroup:
    """As the plan weighs them, another for each row of a group."""
    shares = _weighed(plan.columns[name])
    return ChosenInGroup(tuple(shares), tuple(shares.values()))


def _weighed(said: ColumnPlan) -> dict[str, float]:
    """The share of each value, but for those of none."""
    found: dict[str, float] = {}
    for text, share in zip(texts(said.values), shares_of(said), strict=True):
        found[text] = found.get(text, 0.0) + share
    return {text: share for text, share in found.items() if share > 0}


def _in_keys(table: Table) -> set[str]:
    """Columns of keys over all rows; those of which a key has but an expression stand for it beside others alone."""
    keys = [(mentioned(table, unique), unique.columns) for unique in table.uniques if not unique.predicate]
    return {name for names, plain in keys if len(names) > 1 or plain == tuple(names) for name in names}
