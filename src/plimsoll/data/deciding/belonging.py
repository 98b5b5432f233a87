"""Which foreign keys of a row lead to one owner: a ticket's author and its project to one organization. Pure.

No constraint says so. What tells is that both ways end in a key of the same name, of columns that are never NULL, in a
table that rows belong to: not one of people who act (who likes a post is not who wrote it), nor of mere attributes.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.core.schema import ForeignKey, Table
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.order import can_be_null
from plimsoll.data.meaning.judging import singular, words_of
from plimsoll.data.rows.model import TableModel
from plimsoll.data.rows.owners import Tie, Ties, Way

HOPS: Final = 2  # beyond the parent itself
_TENANT: Final = re.compile(
    r"(.* )?(organi[sz]ation|org|tenant|account|company|workspace|shop|store|firm|site|business|merchant|agency|club"
    r"|school|hospital|clinic|customer account|team|namespace|enterprise|hotel|practice|association|community)"
)
_ACTOR: Final = re.compile(
    r"(.* )?(user|member|person|people|profile|author|employee|staff|actor|admin|agent|owner|contact|login|player"
    r"|driver|creator|reviewer|moderator|worker|assignee|operator)"
)
_CLIENT: Final = re.compile(r"(.* )?(customer|client|patient|student|guest|subscriber|buyer|donor|borrower|payer)")
_LOGIN: Final = re.compile(r"user ?name|login|nick ?name|handle|first name|given name|(.* )?password( .*)?")
_ATTRIBUTE: Final = re.compile(
    r"(.* )?(statu|state|type|kind|role|permission|priority|severity|level|category|tag|label|language|locale"
    r"|currency|country|nation|region|city|county|province|address|location|place|zone|unit|color|colour|size|image"
    r"|photo|picture|file|attachment|media|avatar|icon|template|theme|version|plan|tier|method|reason|source|channel"
    r"|format|rate|calendar|period|date|time|genre|topic tag|setting)"
)
_OF_OTHERS: Final = re.compile(
    r"(.* )?(like|vote|favou?rite|follow|follower|comment|reply|reaction|message|share|view|rating|flag|report|bookmark"
    r"|mention|review|history|audit|log|change|event)"
)


@dataclass(frozen=True, slots=True)
class Reached:
    """What a key leads to; `column` is the last one on the way, empty where that is a composite key's."""

    way: Way
    owner: TableModel
    column: str


def ties_of(
    model: TableModel, keys: Sequence[tuple[ForeignKey, TableModel]], keying: Keying, free: Collection[str]
) -> Ties:
    """Ties each key to one before it; `free` are the names of those that may follow another.

    The one that leads to the nearest owner is followed: who agrees in the project does so in the organization. Of keys
    to the same table one follows the other, and differs.
    """
    ties = Ties(str(model.table.name))
    ways = {key.name: list(_reached(parent, key)) for key, parent in keys}
    for place, (key, parent) in enumerate(keys):
        before = [one for one in keys[:place] if key.name not in keying.distinct or one[0].name == keying.group]
        found = [
            (_nearness(model.table, other, theirs), parent is its_parent, -number, -len(ours.way), other, theirs, ours)
            for number, (other, its_parent) in enumerate(before)
            for theirs in ways[other.name]
            for ours in ways[key.name]
            if key.name in free and _belong(model.table, theirs, ours, parent is its_parent)
        ]
        if found:
            *_, other, theirs, ours = max(found, key=lambda one: one[:4])
            if ours.way or key.name not in keying.distinct:
                of_other = next(one for known, one in keys if known is other)
                optional = can_be_null(model.table, key) and not _is_checked(model.table, key)
                ties.by_key[key.name] = Tie(
                    key.name, parent, other.name, of_other, theirs.way, ours.way, ours.owner, optional, ties
                )
    return ties


def _is_checked(table: Table, key: ForeignKey) -> bool:
    """Whether a check bears on a key: what it demands not to be NULL goes before agreement."""
    return any(not set(key.columns).isdisjoint(check.columns) for check in table.checks)


def _nearness(table: Table, key: ForeignKey, reached: Reached) -> tuple[int, bool]:
    """Owners filled later are nearer; a key that is never NULL is the surer one to follow."""
    return reached.owner.place, not can_be_null(table, key)


def within_of(model: TableModel, keys: Sequence[tuple[ForeignKey, TableModel]]) -> str | None:
    """The key in which a row agrees with the row of its own table that it refers to: answers within one topic."""
    found = [
        (parent.place, key.name) for key, parent in keys
        if len(key.columns) == 1 and not can_be_null(model.table, key) and _owns(model.table, parent.table)
    ]  # fmt: skip
    return max(found)[1] if found else None


def _reached(parent: TableModel, key: ForeignKey) -> Iterator[Reached]:
    """The nearest first, each table once by each name of column."""
    found = [Reached((), parent, _plain(key))]
    seen = {(id(parent), _plain(key))}
    for one in found:
        yield one
        for further in one.owner.table.foreign_keys if len(one.way) < HOPS else ():
            link = one.owner.links.get(further.name)
            if link is None or link.parent.place >= one.owner.place or can_be_null(one.owner.table, further):
                continue
            if (id(link.parent), _plain(further)) not in seen:
                seen.add((id(link.parent), _plain(further)))
                found.append(Reached((*one.way, further.name), link.parent, _plain(further)))


def _plain(key: ForeignKey) -> str:
    return key.columns[0] if len(key.columns) == 1 else ""


def _belong(table: Table, first: Reached, second: Reached, siblings: bool) -> bool:
    """Whether rows of a table agree in what two of their keys lead to; `siblings` refer to the same table at once."""
    if first.owner is not second.owner or not (first.way or second.way) or not (first.column and second.column):
        return False
    owner = first.owner.table
    if _is_tenant(owner):
        return first.column == second.column or (_named_after(first, owner) and _named_after(second, owner))
    return first.column == second.column and not siblings and _owns(table, owner)


def _owns(table: Table, owner: Table) -> bool:
    """Whether what refers to a row of `owner` and what that refers to may be said to be its own."""
    name = _title(owner)
    if _is_tenant(owner):
        return True
    if _CLIENT.fullmatch(name):
        return not _OF_OTHERS.fullmatch(_title(table))
    return not (_ACTOR.fullmatch(name) or _ATTRIBUTE.fullmatch(name) or _has_login(owner))


def _is_tenant(owner: Table) -> bool:
    return bool(_TENANT.fullmatch(_title(owner))) and not _has_login(owner)


def _has_login(table: Table) -> bool:
    return any(_LOGIN.fullmatch(words_of(column.name)) for column in table.columns)


def _named_after(one: Reached, owner: Table) -> bool:
    """organization_id or org_id, of organizations; not buyer_organization_id."""
    stem, name = re.sub(r" (id|key|uuid|fk|code|no)$", "", words_of(one.column)), _title(owner)
    return stem == name or name.endswith(f" {stem}") or (bool(_TENANT.fullmatch(stem)) and " " not in stem)


def _title(table: Table) -> str:
    return singular(words_of(table.name.name))
