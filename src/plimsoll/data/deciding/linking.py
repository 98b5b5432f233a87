"""Foreign keys as they are filled: which decides a column, and how its rows pick the parent's."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import ForeignKey, Table
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.order import can_be_null
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.learning.parents import Dealt, FanOut, Shares
from plimsoll.data.rows.admitting import Admitted, Allowed
from plimsoll.data.rows.excluding import Slot
from plimsoll.data.rows.followed import PARENTS_MAX, Followed
from plimsoll.data.rows.in_groups import DayInGroup
from plimsoll.data.rows.lineage import Older
from plimsoll.data.rows.model import Link, Picker, TableModel
from plimsoll.data.rows.nulling import Share
from plimsoll.data.rows.owners import EarlierOfOwner, Serving, Tie, Tied, Ties
from plimsoll.data.rows.picking import (
    Agreeing,
    DistinctInGroup,
    Earlier,
    Grouped,
    Law,
    OneToOne,
    Skewed,
    Traced,
    Zipf,
    root_of,
)
from plimsoll.data.rows.sources import Drawn, FromParent, Nothing
from plimsoll.data.rows.timing import Moment

SKEW = 0.7  # Zipf's s: of 1,000 parents the busiest has some 4 % of the rows
NULL_SHARE = 0.1  # of optional references
ROOT_SHARE = 0.3  # of rows that refer to no other row of their own table


def owners(table: Table, taken: Collection[str], group: str | None = None) -> dict[str, ForeignKey]:
    """Which foreign key decides each column; `taken` columns are decided by the plan.

    The one by which the plan groups rows comes first, those of which the plan decides nothing before others, those to
    other tables before those to itself, those within a unique key before others (rows are counted by them), the widest
    before others. A key of the table to itself does not decide what it shares with the row that it refers to, as the
    tenant of both.
    """
    uniques = [set(unique.columns) for unique in table.uniques]

    def rank(key: ForeignKey) -> tuple[bool, bool, bool, bool, int, str]:
        planned = any(name in taken for name in key.columns)
        within = any(unique.issuperset(key.columns) for unique in uniques)
        return key.name != group, planned, key.referenced == table.name, not within, -len(key.columns), key.name

    found: dict[str, ForeignKey] = {}
    for key in sorted(table.foreign_keys, key=rank):
        if any(name in taken for name in key.columns) and len(key.columns) == 1:
            continue
        for name, theirs in zip(key.columns, key.referenced_columns, strict=True):
            own = table.column(name)
            counted = bool(own.identity or own.sequence) and len(key.columns) > 1
            if name not in taken and not counted and not (key.referenced == table.name and name == theirs):
                found.setdefault(name, key)
    return found


def is_listed(table: Table, name: str, domains: Mapping[str, Domain]) -> bool:
    """Whether checks list what a foreign key's column may hold."""
    checked = any(name in check.columns for check in table.checks)
    return checked and name in domains and domains[name].choices is not None


@dataclass(slots=True)
class Linker:
    """Makes the links of one table. `skew` and `nulls` are what was said of columns, `fan_out` what was
    learned of keys, `domains` what checks demand."""

    model: TableModel
    models: Mapping[TableName, TableModel]
    owner: Mapping[str, ForeignKey]
    keying: Keying
    skew: Mapping[str, float]
    nulls: Mapping[str, float]
    fan_out: Callable[[ForeignKey], FanOut | None]
    domains: Mapping[str, Domain] = field(default_factory=dict)
    ties: Ties = field(default_factory=Ties)

    def link_owned(self) -> None:
        """Links of the foreign keys that decide all their columns, or share them with one that does.

        Raises Unsatisfiable.
        """
        keys = [key for key in dict.fromkeys(self.owner.values()) if all(name in self.owner for name in key.columns)]
        for key in sorted(keys, key=lambda key: key.name != self.keying.group):
            self._link(key)

    def link_partly_decided(self, waiting: Collection[str] = ()) -> None:
        """Links of the foreign keys that share columns with what is decided otherwise: their other columns follow.

        Those that have `waiting` columns, which the plan is still to decide, are left. Raises Unsatisfiable.
        """
        for key in dict.fromkeys(self.owner.values()):
            others = [name for name in key.columns if name not in self.owner]
            if key.name not in self.model.links and others and not set(others) & set(waiting):
                self._link(key)

    def link_to_older(self) -> None:
        """Where a birth is what an exclusion, its own day or the plan says, older rows are referred to."""
        model, birth = self.model, self.model.birth
        if birth is None or not isinstance(model.sources.get(birth), DayInGroup | Drawn | Moment | Slot):
            return
        for link in model.links.values():
            said = any(name in self.skew for name in link.columns) or self.ties.after(link.name)
            if isinstance(link.picker, Skewed | Serving) and not said and link.parent.place < model.place:
                link.picker = Older(link.picker, link.parent, birth)

    def link_implied(self) -> None:
        """Links of foreign keys all of whose columns are decided elsewhere, where they are traced to the parent."""
        for key in self.model.table.foreign_keys:
            parent = self.models.get(key.referenced)
            decides = any(self.owner.get(name) == key for name in key.columns)
            if parent is None or decides or key.name in self.model.links:
                continue
            known = [name for name in key.columns if name in self.model.origin]
            traced = next((name for name in known if root_of(self.model, name)[0] is parent), None)
            if traced is not None:
                picker = Traced(traced)
                self.model.links[key.name] = Link(key.name, parent, key.columns, key.referenced_columns, picker)

    def _link(self, key: ForeignKey) -> None:
        assigned = tuple(name for name in key.columns if self.owner.get(name) == key)
        parent = self.models.get(key.referenced)
        optional = can_be_null(self.model.table, key)
        if parent is None or self._barren(parent, key):
            if not optional and self.model.rows:
                raise Unsatisfiable(
                    f"foreign key {key.name} refers to {key.referenced}, which has no rows and gets none",
                    f"give {key.referenced} rows: by the seed plan, --rows, --table or out of skip; "
                    f"or leave {self.model.table.name} out, too",
                )
            self.model.sources.update(dict.fromkeys(assigned, Nothing()))
            return
        picker = self._tied(key, parent, self._admitting(key, parent, self._picker(key, parent, assigned)))
        self.model.links[key.name] = Link(key.name, parent, key.columns, key.referenced_columns, picker, assigned)
        for name in assigned:
            self.model.origin[name] = key.name
            self.model.sources[name] = FromParent(key.name, key.referenced_columns[key.columns.index(name)])
            if optional and key.name != self.keying.group:
                self._null(name, self._null_share(key), key)

    def _admitting(self, key: ForeignKey, parent: TableModel, picker: Picker) -> Picker:
        """Where checks list what a column may hold (a kind, a state), rows of the parent that hold such.

        Not where rows are dealt out to the parent's or differ by them, nor of parents whose rows are not known yet.
        """
        pairs = zip(key.columns, key.referenced_columns, strict=True)
        table, domains = self.model.table, self.domains
        listed = {theirs: domains[ours] for ours, theirs in pairs if is_listed(table, ours, domains)}
        known = parent is self.model or parent.place < self.model.place
        return Admitted(picker, parent, listed) if listed and known and isinstance(picker, Skewed | Earlier) else picker

    def _tied(self, key: ForeignKey, parent: TableModel, picker: Picker) -> Picker:
        """Where keys lead to one owner, rows of the same."""
        tie, base = self.ties.by_key.get(key.name), self.ties.within.get(key.name)
        if isinstance(picker, Earlier) and base is not None and base in self.model.links:
            return EarlierOfOwner(key.name, base, picker.must)
        if tie is not None and isinstance(picker, DistinctInGroup):
            return Tied(tie, picker, 0.0, picker.groups)
        if tie is not None and isinstance(picker, Skewed):
            s, followed = picker.law.s if isinstance(picker.law, Zipf) else 0.0, self._followed(tie, picker.law)
            return Tied(tie, picker, s, followed=followed)
        return Serving(picker, parent, key.name, self.ties) if isinstance(picker, Skewed) else picker

    def _followed(self, tie: Tie, law: Law) -> Followed | None:
        """What was learned of a key that follows another, as far as that leaves it."""
        if not isinstance(law, Dealt) or tie.siblings or tie.parent.rows > PARENTS_MAX:
            return None
        rows = self.model.rows
        return Followed(lambda parents: Shares.of(law.fan_out, rows, parents).at(np.arange(parents)))

    def _barren(self, parent: TableModel, key: ForeignKey) -> bool:
        placed = parent.place < self.model.place or parent is self.model
        return placed and parent is not self.model and parent.rows == 0

    def _null_share(self, key: ForeignKey) -> float:
        said = [self.nulls[name] for name in key.columns if name in self.nulls]
        if said:
            return said[0]
        return ROOT_SHARE if key.referenced == self.model.table.name else NULL_SHARE

    def _null(self, name: str, share: float, key: ForeignKey) -> None:
        if self.model.table.column(name).nullable:
            fixed, dealt = name in self.model.keys, self._dealt(key)
            rule = replace(dealt, fixed=fixed) if dealt else Share(share, f"foreign key {key.name}", fixed)
            self.model.null_rules.setdefault(name, []).append(rule)

    def _agrees(self, key: ForeignKey, parent: TableModel, name: str) -> bool:
        """Whether a column that others decide comes from where the parent's does."""
        theirs = key.referenced_columns[key.columns.index(name)]
        return root_of(self.model, name)[0] is root_of(parent, theirs)[0] or parent.place > self.model.place

    def _allow(self, name: str, other: TableModel, other_column: str) -> None:
        """The key that decides a shared column picks only rows for which the other key finds one, too."""
        if name not in self.model.origin:
            return
        base = self.model.links[self.model.origin[name]]
        if not isinstance(base.picker, Grouped) and base.parent is not self.model:
            theirs = base.referenced[base.columns.index(name)]
            base.picker = Allowed(base.picker, base.parent, theirs, other, other_column)

    def _picker(self, key: ForeignKey, parent: TableModel, assigned: tuple[str, ...]) -> Picker:
        if key.name == self.keying.group and self.model.groups is not None:
            return Grouped(self.model.groups)
        groups = self.model.groups if key.name in self.keying.distinct else None
        shared = [name for name in key.columns if name not in assigned and self._agrees(key, parent, name)]
        if shared:
            finest = max(shared, key=lambda name: root_of(self.model, name)[0].place)
            theirs = key.referenced_columns[key.columns.index(finest)]
            if not can_be_null(self.model.table, key):
                self._allow(finest, parent, theirs)
            must = any(not self.model.table.column(name).nullable for name in assigned)
            return Agreeing(key.name, parent, finest, theirs, groups, must)
        if groups is not None:
            group = self.model.links.get(self.keying.group or "")
            own = group is not None and group.parent is parent
            evenly = any(self.skew.get(name) == 0 for name in key.columns)
            return DistinctInGroup(key.name, parent, groups, own, evenly)
        if key.name in self.keying.one_to_one:
            return OneToOne(key.name, parent, must=not can_be_null(self.model.table, key))
        if parent is self.model:
            return Earlier(key.name, must=not can_be_null(self.model.table, key))
        skew = next((self.skew[name] for name in key.columns if name in self.skew), None)
        alone = [one.referenced for one in self.model.table.foreign_keys].count(key.referenced) == 1
        law = self._dealt(key) or Zipf(key.name, SKEW if skew is None else skew)
        return Skewed(key.name, parent, law, parent.seed_key if alone and isinstance(law, Zipf) else None)

    def _dealt(self, key: ForeignKey) -> Dealt | None:
        """As in the database that was learned from, unless the plan states the skew."""
        known = self.fan_out(key)
        if known is None or any(name in self.skew for name in key.columns):
            return None
        return Dealt(key.name, known, self._null_share(key) if can_be_null(self.model.table, key) else 0.0)
