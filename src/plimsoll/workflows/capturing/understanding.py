"""What the statements of a workload are, and values to ask them with: from their texts, the catalog and the rows."""

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

import asyncpg

from plimsoll.core.schema import Table
from plimsoll.core.sql.values import Cell
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.choosing import noise_of, top
from plimsoll.load.importers.capture.parsing import Parsed, Relation, parsed
from plimsoll.workflows.capturing.facts import (
    Functions,
    RelationFacts,
    function_facts,
    reading,
    relation_facts,
    sizes_of,
    tables_of,
)
from plimsoll.workflows.capturing.statements import (
    columns_of,
    insert_target,
    prepare,
    understood,
    update_target,
    values_for,
)

# Statements looked into for each that is wanted: what is left of them is noise that only a parser can tell.
_PARSED_EACH: Final = 10


class Understanding:
    """Of the statements of one database. `facts` are of the tables that `look_up` was asked about. Reading values may
    take `values_s` a query, where that is less than `timeout_s`."""

    def __init__(
        self, connection: asyncpg.Connection, timeout_s: float, random: Random, values_s: float = math.inf
    ) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._values_s = min(timeout_s, values_s)
        self._random = random
        self._trees: dict[str, Parsed | None] = {}
        self._tables: Mapping[Relation, Table] = {}
        self.functions = Functions()
        self.facts: Mapping[Relation, RelationFacts] = {}

    async def sorted_out(
        self, statements: Sequence[WorkloadStatement], count: int
    ) -> tuple[list[tuple[WorkloadStatement, str]], list[WorkloadStatement]]:
        """What is noise, with why, and the application's statements, most time first; where so many are wanted."""
        by_time = sorted(statements, key=lambda one: -one.total_ms)
        queries = [one for one in by_time if noise_of(one.query, None, ()) is None]
        self._trees = {one.query: parsed(one.query) for one in top(queries, _PARSED_EACH * count)}
        names = {name for tree in self._trees.values() if tree is not None for name in tree.functions}
        async with reading(self._connection, self._timeout_s):
            self.functions = await function_facts(self._connection, names)
        noises = [(one, noise_of(one.query, self._trees.get(one.query), self.functions.own)) for one in by_time]
        told_noise = [(one, what) for one, what in noises if what is not None]
        return told_noise, [one for one, what in noises if what is None and one.query in self._trees]

    async def look_up(self, chosen: Sequence[WorkloadStatement]) -> None:
        """What the catalog has of the tables of statements that were sorted out."""
        trees = [self._trees[one.query] for one in chosen]
        relations = sorted(
            {relation for one in chosen for relation in self.relations(one)},
            key=lambda relation: (relation.schema, relation.name),
        )
        written = [target(tree) for tree in trees for target in (insert_target, update_target)]
        targets = {target for target in written if target is not None}
        async with reading(self._connection, self._timeout_s):
            self.facts = await relation_facts(self._connection, relations)
            self._tables = await tables_of(self._connection, self.facts, targets)

    def relations(self, statement: WorkloadStatement) -> Sequence[Relation]:
        """Tables and views that a statement that was sorted out names."""
        tree = self._trees[statement.query]
        return tree.relations if tree is not None else ()

    async def prepared(self, statement: WorkloadStatement) -> Draft:
        """With its parameters' types. Raises CannotCaptureError."""
        return await prepare(self._connection, statement, self._timeout_s)

    async def with_values(self, draft: Draft) -> tuple[Draft, list[dict[int, Cell]]]:
        """With what its parameters are for, and rows of values for them. Raises CannotCaptureError."""
        table, draft = self.table(draft), self.with_uses(draft)
        rows = await values_for(self._connection, draft, sizes_of(self.facts), table, self._random, self._values_s)
        return draft, rows

    def with_uses(self, draft: Draft) -> Draft:
        """With what its parameters are for. Raises CannotCaptureError where that cannot be told."""
        return understood(draft, self.functions, columns_of(self.table(draft)))

    def table(self, draft: Draft) -> Table | None:
        """That into which it inserts."""
        return self._table(insert_target(draft.parsed))

    def updated(self, draft: Draft) -> Table | None:
        """That which it updates."""
        return self._table(update_target(draft.parsed))

    def _table(self, target: Relation | None) -> Table | None:
        return self._tables.get(target) if target is not None else None
