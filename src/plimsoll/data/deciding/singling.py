"""A unique index of the few rows that are special, one for each parent: UNIQUE (document_id) WHERE is_current. Pure.

Rows come in groups then, and the last of a group is the special one; a counted key beside it goes on counting.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from plimsoll.core.schema import ForeignKey, Table, UniqueKey
from plimsoll.data.checks import intersect
from plimsoll.data.deciding.columns import ColumnChooser
from plimsoll.data.deciding.indexed import predicate_domains
from plimsoll.data.deciding.keying import Keying, decide_keys, mentioned
from plimsoll.data.deciding.order import can_be_null
from plimsoll.data.domain import Domain
from plimsoll.data.rows.in_groups import LastOfGroup
from plimsoll.data.rows.model import TableModel
from plimsoll.data.rows.nulling import OfLast


@dataclass(frozen=True, slots=True)
class Singled:
    """A unique index and the column that tells which rows it holds: those whose value is in `special`."""

    unique: UniqueKey
    key: ForeignKey
    column: str
    special: Domain


def keyed(
    table: Table,
    owner: Mapping[str, ForeignKey],
    domains: Mapping[str, Domain],
    taken: Collection[str],
    *,
    group: str | None,
    late: Collection[str],
) -> tuple[Keying, tuple[Singled, ...]]:
    """How the unique keys are kept, and the indexes that are kept by what one row of a group is alone."""
    table = _without_stated(table, taken, group)
    found = _singled(table, owner, {*taken}, late)
    plain = replace(table, uniques=tuple(one for one in table.uniques if one not in [said.unique for said in found]))
    if found:
        keying = decide_keys(plain, owner, domains, group=group, late=late)
        free = found[0].key.name not in keying.one_to_one and not can_be_null(table, found[0].key)
        if keying.group is None and free:
            keying = decide_keys(plain, owner, domains, group=found[0].key.name, late=late)
        if all(one.key.name == keying.group for one in found):
            return keying, found
    return decide_keys(table, owner, domains, group=group, late=late), ()


def single_out(model: TableModel, found: Collection[Singled], chooser: ColumnChooser) -> None:
    """Makes the last row of each group the one that the index holds. Raises Unsatisfiable."""
    for one in found:
        column, domain = model.table.column(one.column), chooser.domains.get(one.column, Domain())
        if one.special.choices is None:
            model.null_rules[one.column] = [OfLast(null=one.special.is_null)]
            continue
        others = _others(one, column.type.base == "bool")
        last, rest = (
            replace(chooser, domains={**chooser.domains, one.column: intersect(domain, part)}).source(column)
            for part in (one.special, others)
        )
        model.sources[one.column] = LastOfGroup(last, rest)
        model.null_rules.pop(one.column, None)


def _without_stated(table: Table, taken: Collection[str], group: str | None) -> Table:
    """But for the indexes over the plan's groups alone, of which it also states which row they hold."""
    columns = {name for key in table.foreign_keys if key.name == group for name in key.columns}
    kept = [
        one for one in table.uniques
        if not one.predicate or set(mentioned(table, one)) != columns or _told_by(table, one).isdisjoint(taken)
    ]  # fmt: skip
    return replace(table, uniques=tuple(kept))


def _told_by(table: Table, unique: UniqueKey) -> set[str]:
    """The columns by which an index takes a row or leaves it out."""
    return {name for name, domain in predicate_domains(table, unique).items() if domain != Domain()}


def _others(one: Singled, flag: bool) -> Domain:
    chosen = one.special.choices or ()
    if flag:
        return Domain(choices=tuple(text for text in ("false", "true") if text not in chosen))
    return Domain(excluded=frozenset(chosen))


def _singled(
    table: Table, owner: Mapping[str, ForeignKey], taken: set[str], late: Collection[str]
) -> tuple[Singled, ...]:
    found = []
    for unique in table.uniques:
        columns = set(mentioned(table, unique)) if unique.predicate else set()
        keys = {owner[name].name: owner[name] for name in columns if name in owner}
        key = next(iter(keys.values()), None)
        if key is None or len(keys) > 1 or columns != set(key.columns) or key.name in late:
            continue
        told = _told(table, unique, columns | taken | set(owner))
        if told is not None:
            found.append(Singled(unique, key, *told))
    return tuple(found)


def _told(table: Table, unique: UniqueKey, but: Collection[str]) -> tuple[str, Domain] | None:
    """A column whose values alone can keep a row out of the index: a list of them first, then NULL."""
    domains = predicate_domains(table, unique)
    columns = [one for one in table.columns if one.name in domains and one.name not in but and not one.generated]
    listed = [one.name for one in columns if domains[one.name].choices]
    nullable = [one.name for one in columns if one.nullable]
    absent = [name for name in nullable if domains[name].is_null or _is_there(domains[name])]
    return next(((name, domains[name]) for name in (*listed, *absent)), None)


def _is_there(domain: Domain) -> bool:
    return domain == Domain(not_null=True)
