"""How many rows a table gets, and how they are dealt out to the rows of a parent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

import numpy as np

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import ForeignKey
from plimsoll.data.deciding.columns import ColumnChooser, choices
from plimsoll.data.deciding.dealing import Weights, dealt, shaped
from plimsoll.data.deciding.keying import Keying
from plimsoll.data.deciding.order import can_be_null
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import in_batches
from plimsoll.data.learning.choosing import Learning
from plimsoll.data.learning.parents import Shares, learned_weights
from plimsoll.data.plan.taking import all_met
from plimsoll.data.plan.values import TablePlan
from plimsoll.data.rows.groups import Groups, Signed
from plimsoll.data.rows.in_groups import days_lived
from plimsoll.data.rows.model import Batch, Mask, TableModel
from plimsoll.data.rows.owners import Tie, Ties
from plimsoll.data.rows.picking import agreeing

FEWER_SHARE: Final = 0.1  # of rows, that agreement in an owner may cost where only names tell of it

DAYS_MAX: Final = 36_500  # of a group whose rows are of different days


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts one table. `usual_rows` is how many it has where neither the plan nor its groups say."""

    model: TableModel
    models: Mapping[TableName, TableModel]
    plan: TablePlan
    usual_rows: int
    learning: Learning
    domains: Mapping[str, Domain]
    keying: Keying
    ties: Ties
    chooser: ColumnChooser
    notes: list[str]

    def count(self) -> None:
        """Decides how many rows, and how they are grouped."""
        foreign = {one.name: one for one in self.model.table.foreign_keys}
        limit = self._limit()
        wanted = self.plan.rows if self.plan.rows is not None else None
        if self.keying.group is not None and foreign[self.keying.group].referenced in self.models:
            parent = self.models[foreign[self.keying.group].referenced]
            total = wanted if wanted is not None or self.plan.size is not None else self.usual_rows
            total = total if total is None else min(total, limit)
            self.model.groups = self._dealt(foreign[self.keying.group], parent, total)
            self.model.rows = self.model.groups.rows
        else:
            self.model.rows = min(wanted if wanted is not None else self.usual_rows, limit)
        if wanted is not None and self.model.rows < wanted:
            raise self._too_few(wanted)
        if wanted is None and self.plan.size is None and self.model.rows < self.usual_rows:
            self.notes.append(f"{self.model.table.name}: {self.model.rows:,} rows, more would not be unique")

    def _too_few(self, wanted: int) -> Unsatisfiable:
        group = next((one for one in self.model.table.foreign_keys if one.name == self.keying.group), None)
        parent = None if group is None else self.models.get(group.referenced)
        if parent is None or self.model.rows:
            return Unsatisfiable(f"its unique keys allow {self.model.rows:,} different rows, {wanted:,} are asked for")
        why = f"its rows come in groups, one for each row of {parent.table.name}"
        if not parent.rows:
            return Unsatisfiable(f"{why}, which has none", f"give {parent.table.name} rows, or this table none")
        met = not self.plan.where or self._parents_met(parent).any()
        none = "has what its other keys need" if met else "meets `where`"
        return Unsatisfiable(f"{why}, of which none {none}", "state rows there that do, or ask for none here")

    def _dealt(self, group: ForeignKey, parent: TableModel, total: int | None) -> Groups:
        """The groups, where it costs but few rows only as many in each as there are for keys tied to that of the group.

        A count that the plan states is kept in any case.
        """
        weights, caps = self._weights(group, parent, total), self._lived(self._caps(parent, group), parent, total)
        groups = dealt(weights, parent.rows, total, caps)
        after = self.ties.after(group.name)
        if not after:
            return groups
        agreed = dealt(weights, parent.rows, total, np.minimum(caps, self._tied_caps(parent, after)))
        least = groups.rows if self.plan.rows is not None else groups.rows * (1 - FEWER_SHARE)
        if agreed.rows >= least:
            return agreed
        for name in self.keying.distinct:
            self.ties.by_key.pop(name, None)
        return groups

    def _lived(self, caps: Signed, parent: TableModel, total: int | None) -> Signed:
        """Where rows of a group are of different days, no more than its parent has lived, if that is room for all."""
        if not self.keying.dated or not parent.rows or total is None:
            return caps
        days = np.concatenate([days_lived(parent, n, self.chooser.context) for n in in_batches(parent.rows)])
        lived: Signed = np.minimum(caps, days).astype(np.int64)
        return lived if lived.sum() >= total else caps

    def _tied_caps(self, parent: TableModel, after: Sequence[Tie]) -> Signed:
        caps: Signed = np.full(parent.rows, 10**9)
        for tie in after:
            for n in in_batches(parent.rows):
                counts = tie.counts(n)
                if tie.key in self.keying.distinct:
                    caps[n] = np.minimum(caps[n], counts)
                elif not tie.optional:
                    caps[n] = np.where(counts > 0, caps[n], 0)
        return caps

    def _weights(self, foreign: ForeignKey, parent: TableModel, total: int | None) -> Weights:
        """How many rows each parent would have, by the plan, by what was learned, or as usual."""
        known = self.learning.fan_out(foreign)
        if self.plan.size is None and known is not None and total is not None:
            return learned_weights(Shares.of(known, total, parent.rows), parent.rows, self.model.seed_key)
        return shaped(self.model.seed_key, self.plan.size)

    def _limit(self) -> int:
        """How many rows the unique keys allow, outside groups."""
        foreign = {one.name: one for one in self.model.table.foreign_keys}
        parents = {self.models.get(foreign[name].referenced) for name in self.keying.one_to_one}
        limits = [parent.rows for parent in parents if parent is not None and parent.place < self.model.place]
        for name in self.keying.unique:
            column = self.model.table.column(name)
            few = choices(column, self.domains[name])
            if few:
                limits.append(len(few))
            elif name not in self.plan.columns:
                capacity = self.chooser.capacity(column, self.usual_rows if self.plan.rows is None else self.plan.rows)
                limits += [] if capacity is None else [capacity]
        if self.keying.crossed:
            named = [self.model.table.column(name) for name in self.keying.crossed]
            limits.append(prod(len(choices(column, self.domains[column.name])) for column in named))
        return min(limits, default=10**12)

    def _caps(self, parent: TableModel, group: ForeignKey) -> Signed:
        """How many rows each group may have, so that those within it can differ and find what they refer to.

        One number for all groups, or one each.
        """
        caps: Signed = np.where(self._parents_met(parent), 10**9, 0) if self.plan.where else np.array(10**9)
        for name in self.keying.cycled:
            caps = np.minimum(caps, len(choices(self.model.table.column(name), self.domains[name])))
        if self.keying.dated:
            caps = np.minimum(caps, DAYS_MAX)
        for foreign in self.model.table.foreign_keys:
            other = self.models.get(foreign.referenced)
            shared = [name for name in foreign.columns if name in group.columns]
            if other is None or foreign == group:
                continue
            if foreign.name in self.keying.distinct and not shared:
                caps = np.minimum(caps, other.rows - (other is parent))
            if shared and other.place < self.model.place and not can_be_null(self.model.table, foreign):
                ours = group.referenced_columns[group.columns.index(shared[0])]
                theirs = foreign.referenced_columns[foreign.columns.index(shared[0])]
                counts = agreeing(parent, ours, other, theirs)
                caps = np.minimum(
                    caps, counts if foreign.name in self.keying.distinct else np.where(counts > 0, caps, 0)
                )
        return caps

    def _parents_met(self, parent: TableModel) -> Mask:
        """The parents' rows that may have rows of this table."""
        known = {column.name for column in parent.table.columns} & set(parent.sources)
        for name in self.plan.where:
            if name not in known:
                where = f"tables.{self.model.table.name}.where.{name}"
                raise UsageError(
                    "the seed plan does not fit", where=where, why=f"{parent.table.name} has no such column",
                    remedy="correct the name",
                )  # fmt: skip
        met: Mask = np.zeros(parent.rows, dtype=np.bool_)
        for n in in_batches(parent.rows):
            met[n] = all_met(Batch(parent, n), self.plan.where)
        return met
