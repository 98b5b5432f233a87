"""Candidates whose conditions and expressions name everything with its schema, so that they are built, on the copy and
by the migration, whatever the search path is there."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import asyncpg

from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.candidates.expression import expression_key
from plimsoll.tune.cloning.clone import Clone

# A check is written down by the server like an index's condition, and asks for no operator class.
_TABLE: Final = "CREATE TEMP TABLE plimsoll_named (LIKE {table}) ON COMMIT DROP"
_CHECKS: Final = """
SELECT pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint
WHERE conrelid = 'pg_temp.plimsoll_named'::pg_catalog.regclass AND contype = 'c' ORDER BY conname
"""
_OPCLASS: Final = """
SELECT quote_ident(n.nspname) FROM pg_catalog.pg_opclass o
JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod
WHERE o.opcname = $1 AND a.amname = $2 AND n.nspname <> 'pg_catalog'
"""
_NOT_NULL: Final = "IS NOT NULL"


async def qualified(clone: Clone, connection: asyncpg.Connection, found: Sequence[Candidate]) -> list[Candidate]:
    """On the copy, where the server is asked how it would write them with no schema to look in. What it does not take
    stays as it is."""
    return [replace(one, index=await _qualified(clone, connection, one.index)) for one in found]


async def _qualified(clone: Clone, connection: asyncpg.Connection, index: Index) -> Index:
    keys = tuple([await _with_opclass(connection, key, index.method) for key in index.keys])
    if all(index.columns) and not index.predicate:
        return replace(index, keys=keys)
    undone = connection.transaction()
    await undone.start()
    try:
        *written, predicate = await _written(clone, connection, index)
    except asyncpg.PostgresError:
        return replace(index, keys=keys)
    finally:
        await undone.rollback()
    named = iter(written)
    keys = tuple(key if key.column else replace(key, sql=_key(key.sql, next(named))) for key in keys)
    return replace(index, keys=keys, predicate=_other(index.predicate, predicate))


async def _written(clone: Clone, connection: asyncpg.Connection, index: Index) -> list[str]:
    """Its expressions, and its condition last."""
    await replace(clone, role="").act(connection)
    await connection.execute(_TABLE.format(table=index.table.quoted))
    checks = [*(f"({key.sql}) {_NOT_NULL}" for key in index.keys if not key.column), index.predicate or "true"]
    for number, check in enumerate(checks):
        name = f"plimsoll_{number:02}"
        await connection.execute(f"ALTER TABLE pg_temp.plimsoll_named ADD CONSTRAINT {name} CHECK ({check})")
    await connection.execute("SET LOCAL search_path = ''")
    return [row[0] for row in await connection.fetch(_CHECKS)]


async def _with_opclass(connection: asyncpg.Connection, key: IndexKey, method: str) -> IndexKey:
    schema = key.opclass and await connection.fetchval(_OPCLASS, key.opclass, method)
    return replace(key, opclass=f"{schema}.{key.opclass}") if schema else key


def _key(sql: str, check: str) -> str:
    other = _other(sql, check.removeprefix("(").removesuffix(")").removesuffix(_NOT_NULL).strip())
    return sql if other == sql else expression_key(other).sql


def _other(text: str, written: str) -> str:
    """As it was, where the server only sets parentheses and blanks otherwise."""
    return text if not text or _bare(text) == _bare(written) else written


def _bare(text: str) -> str:
    return re.sub(r"[()\s]", "", text)
