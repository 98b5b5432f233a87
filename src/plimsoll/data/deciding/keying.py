"""How each unique key of a table is kept: which columns must differ, which rows come in groups. Pure.

A key over a foreign key and something countable, as (session, seq), makes the rows come in groups, one a parent. A key
over two foreign keys, as (project, profile), too: within a group, the rows refer to different rows of the other parent.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from plimsoll.core.schema import Column, Exclusion, ForeignKey, Table, UniqueKey
from plimsoll.data.domain import Domain

_MANY: Final = (
    "uuid",
    "text",
    "varchar",
    "citext",
    "timestamptz",
    "timestamp",
    "int8",
    "int4",
    "numeric",
    "bytea",
    "name",
)
_COUNTED: Final = ("int2", "int4", "int8", "numeric")


@dataclass(slots=True)
class Keying:
    """`unique` columns differ in every row; `one_to_one` foreign keys never refer to the same row twice.

    `group` is the foreign key by whose parent the rows are grouped; within a group `counted` columns count, `dated`
    ones are different days, `cycled` ones take their choices in turn, `distinct` foreign keys refer to different rows.
    `crossed` columns of few values have all combinations of these, each once.
    """

    unique: set[str] = field(default_factory=set)
    one_to_one: set[str] = field(default_factory=set)
    group: str | None = None
    counted: set[str] = field(default_factory=set)
    dated: set[str] = field(default_factory=set)
    cycled: set[str] = field(default_factory=set)
    distinct: set[str] = field(default_factory=set)
    crossed: tuple[str, ...] = ()


def decide_keys(
    table: Table,
    owner: Mapping[str, ForeignKey],
    domains: Mapping[str, Domain],
    *,
    group: str | None = None,
    late: Collection[str] = (),
) -> Keying:
    """`owner` says which foreign key decides a column; `group` is what the plan demands.

    `late` foreign keys refer to rows that are not counted yet (of the table itself, of later ones): no groups by them.
    """
    keying = Keying(group=group)
    uniques = (*table.uniques, *map(_as_unique, filter(_is_equality, table.exclusions)))
    for unique in sorted(uniques, key=lambda unique: (len(unique.columns), not unique.primary)):
        columns = mentioned(table, unique)
        whole = {key for key in owner.values() if set(columns).issuperset(key.columns)}
        keys = list(dict.fromkeys(owner[name].name for name in columns if owner.get(name) in whole))
        free = [table.column(name) for name in columns if name not in owner]
        _keep(keying, [key for key in keys if key not in late], [key for key in keys if key in late], free, domains)
    return keying


def _is_equality(exclusion: Exclusion) -> bool:
    """Whether rows that differ in what has to be equal are sure not to exclude each other; overlaps are dealt out."""
    operators = [operator for _, operator in exclusion.elements]
    return "=" in operators and "&&" not in operators


def _as_unique(exclusion: Exclusion) -> UniqueKey:
    equal = tuple(element for element, operator in exclusion.elements if operator == "=")
    return UniqueKey(exclusion.name, (None,) * len(equal), equal, exclusion.predicate)


def mentioned(table: Table, unique: UniqueKey) -> list[str]:
    """The columns of a key, those within its expressions and generated columns among them."""
    plain = [name for name in unique.columns if name is not None]
    texts = [] if len(plain) == len(unique.columns) else list(unique.expressions)
    made = [name for name in plain if table.column(name).generated]
    texts += [table.column(name).default or "" for name in made]
    words = {word for text in texts for word in re.findall(r"\w+", text) + re.findall(r'"((?:[^"]|"")+)"', text)}
    found = [name for name in plain if name not in made]
    return found + [one.name for one in table.columns if one.name in words and one.name not in plain]


def _keep(
    keying: Keying, keys: Sequence[str], late: Sequence[str], free: Sequence[Column], domains: Mapping[str, Domain]
) -> None:
    names = [column.name for column in free]
    if keying.unique.intersection(names) or keying.one_to_one.intersection([*keys, *late]):
        return
    if keying.crossed and set(keying.crossed) <= set(names):
        return
    counting = [column for column in free if column.identity or column.sequence]
    many = [column for column in free if not _few(column, domains)]
    if counting:
        keying.unique.add(counting[0].name)
    elif not keys and not late and not many and len(free) > 1 and not keying.crossed:
        keying.crossed = tuple(names)
    elif not keys and free and (many or not late):
        keying.unique.add(min(free, key=lambda column: _rank(column, domains)).name)
    elif not many and (late or (keys and not free and len(keys) == 1)):
        keying.one_to_one.add([*keys, *late][0])
    elif keys:
        _keep_grouped(keying, keys, free, domains)


def _keep_grouped(keying: Keying, keys: Sequence[str], free: Sequence[Column], domains: Mapping[str, Domain]) -> None:
    countable = [column for column in free if _scalar(column) in _COUNTED and not _few(column, domains)]
    if countable and keying.group in (None, *keys):
        keying.group = keying.group or keys[0]
        keying.counted.add(countable[0].name)
        return
    many = [column for column in free if not _few(column, domains)]
    dated = [column for column in many if _is_any_day(column, domains)]
    if dated == many and many and keying.group in (None, *keys):
        keying.group = keying.group or keys[0]
        keying.dated.add(dated[0].name)
    elif many:
        chosen = min(many, key=lambda column: _rank(column, domains)).name
        keying.unique.add(chosen)
        keying.counted.discard(chosen)  # what differs in all rows differs within groups too
    elif keying.group not in (None, *keys):
        keying.one_to_one.add(keys[-1])
    else:
        keying.group = keying.group or keys[0]
        others = [key for key in keys if key != keying.group]
        keying.distinct.update(others[:1])
        keying.cycled.update([] if others else [free[0].name])


def _is_any_day(column: Column, domains: Mapping[str, Domain]) -> bool:
    """A date that no check bounds."""
    return _scalar(column) == "date" and replace(domains.get(column.name, Domain()), not_null=False) == Domain()


def _few(column: Column, domains: Mapping[str, Domain]) -> bool:
    """Whether there are only few values: a boolean, an enum, a list of choices."""
    domain = domains.get(column.name, Domain())
    return _scalar(column) == "bool" or column.type.kind == "enum" or domain.choices is not None


def _rank(column: Column, domains: Mapping[str, Domain]) -> tuple[bool, bool, int, int]:
    base = _scalar(column)
    surrogate = bool(column.identity or column.sequence)
    many = len(domains.get(column.name, Domain()).choices or column.type.labels)
    return _few(column, domains), not surrogate, _MANY.index(base) if base in _MANY else len(_MANY), -many


def _scalar(column: Column) -> str:
    """The name of its base type; empty for arrays and ranges, which go by the name of what they hold."""
    return column.type.base if column.type.kind == "base" else ""
