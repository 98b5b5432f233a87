"""Filling a schema of SQL text on a real server, and asking what came of it."""

import asyncio
import re
from datetime import datetime
from typing import Any

import asyncpg

from plimsoll.cli.filling import Silent
from plimsoll.core.schema import Column, Schema, Table
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.deciding.order import fill_order
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.writing.fill import Filled
from plimsoll.data.writing.filling import fill
from plimsoll.postgres.catalog import read_schema

NOW = datetime(2026, 6, 30, 18)  # noqa: DTZ001  # UTC without a zone is our form
BROKEN_KEY = """
SELECT count(*) FROM {child} c WHERE {known} AND NOT EXISTS (SELECT FROM {parent} p WHERE {equal})
"""
EARLY_CHILD = """
SELECT count(*) FROM {child} c JOIN {parent} p ON {equal}
WHERE NOT ({same}) AND c."{born}"::{kind} < p."{before}"::{kind}
"""
MOMENTS = ("timestamp", "timestamptz", "date")
SAYS_WHEN_MADE = re.compile(r"created?(_?(at|on|date|time))?|inserted_at|date_joined|joined_at|added_at", re.IGNORECASE)
SAYS_SOMETHING_ELSE = re.compile(r"expir|due|until|to$|end|birth|delet|updat|modif|last|next|valid", re.IGNORECASE)


class Database:
    """One connection to a database, with what was filled into it."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def sql(self, *statements: str) -> "Database":
        """Runs scripts; each may hold several statements."""
        asyncio.run(self._run(statements))
        return self

    async def _run(self, statements: tuple[str, ...]) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def fill(self, plan: str = "", *, rows: int = 100, seed: int = 1, schemas: tuple[str, ...] = ()) -> Filled:
        """By a plan's TOML without its `now`, or by names and types alone."""
        made = read_plan(f"now = 2026-06-30T18:00:00Z\n{plan}", where="test") if plan else SeedPlan(NOW, seed, rows)
        return asyncio.run(self._fill(made, schemas))

    async def _fill(self, plan: SeedPlan, schemas: tuple[str, ...]) -> Filled:
        connection = await asyncpg.connect(self.dsn)
        try:
            schema = await read_schema(connection, schemas=schemas)
            return await fill(connection, assemble(schema, plan), watch=Silent())
        finally:
            await connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return asyncio.run(self._rows(query))

    def one(self, query: str) -> Any:
        ((value,),) = self.rows(query)
        return value

    async def _rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    def schema(self) -> Schema:
        return asyncio.run(self._schema())

    async def _schema(self) -> Schema:
        connection = await asyncpg.connect(self.dsn)
        try:
            return await read_schema(connection)
        finally:
            await connection.close()

    def violations(self) -> dict[str, int]:
        """Rows that break a foreign key, a check or a unique key, by constraint: asked anew of the rows themselves."""
        return asyncio.run(self._broken(self._questions()))

    async def _broken(self, questions: list[tuple[str, str]]) -> dict[str, int]:
        connection = await asyncpg.connect(self.dsn)
        try:
            counts = [(name, await connection.fetchval(query)) for name, query in questions]
            return {name: count for name, count in counts if count}
        finally:
            await connection.close()

    def _questions(self) -> list[tuple[str, str]]:
        found = []
        for table in self.schema().tables.values():
            child = table.name.quoted
            found += [(one.name, f"SELECT count(*) FROM {child} WHERE NOT ({one.expression})") for one in table.checks]
            for key in table.foreign_keys:
                pairs = list(zip(key.columns, key.referenced_columns, strict=True))
                known = " AND ".join(f'c."{name}" IS NOT NULL' for name in key.columns)
                equal = " AND ".join(f'c."{ours}" = p."{theirs}"' for ours, theirs in pairs)
                query = BROKEN_KEY.format(child=child, parent=key.referenced.quoted, known=known, equal=equal)
                found.append((key.name, query))
            for unique in table.uniques:
                keys = ", ".join(unique.expressions)
                where = f"WHERE {unique.predicate}" if unique.predicate else ""
                nulls = " AND ".join(f"({one}) IS NOT NULL" for one in unique.expressions)
                groups = f"GROUP BY ROW({keys}) HAVING count(*) > 1 AND bool_and({nulls})"
                doubled = f"SELECT 1 FROM {child} {where} {groups}"
                found.append((unique.name, f"SELECT count(*) FROM ({doubled}) AS doubled"))
        return found

    def early_children(self) -> dict[str, int]:
        """Rows that are older than one that they refer to, by foreign key; of cycles, the keys that are not cut."""
        return asyncio.run(self._broken(self.questions_of_age()))

    def questions_of_age(self) -> list[tuple[str, str]]:
        tables = self.schema().tables
        cut = fill_order(tables).later | fill_order(tables).deferred
        found = []
        for table in tables.values():
            for key in table.foreign_keys:
                born, before = said_when_made(table), said_when_made(tables[key.referenced])
                if born is None or before is None or (table.name, key.name) in cut:
                    continue
                query = EARLY_CHILD.format(
                    child=table.name.quoted, parent=key.referenced.quoted, born=born.name, before=before.name,
                    equal=" AND ".join(f'c."{ours}" = p."{theirs}"' for ours, theirs
                                       in zip(key.columns, key.referenced_columns, strict=True)),
                    same="c.ctid = p.ctid AND c.tableoid = p.tableoid" if key.referenced == table.name else "false",
                    kind="date" if "date" in (born.type.base, before.type.base) else "timestamptz",
                )  # fmt: skip
                found.append((f"{table.name.name}.{key.name}: {born.name} < {before.name}", query))
        return found


def said_when_made(table: Table) -> Column | None:
    """The moment that tells how old a row is: that of its making, else the first that is always there."""
    moments = [column for column in table.columns if column.type.kind == "base" and column.type.base in MOMENTS]
    named = [column for column in moments if SAYS_WHEN_MADE.fullmatch(column.name)]
    first = [one for one in moments if not one.nullable and not SAYS_SOMETHING_ELSE.search(one.name)]
    return next(iter([*named, *first]), None)
