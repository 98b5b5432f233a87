"""Statements that are planned and measured without the row security that their application may be bound by."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import asyncpg

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.tune.candidates.accesses import roots
from plimsoll.workflows.capturing.facts import reading

TABLES_MAX: Final = 10_000
_NAMED_MAX: Final = 5
_RISK: Final = (
    "Reckoned and measured without the row security of its tables, which the application may be bound by: "
    "it may read other rows, in another way. Tune with --role and --set."
)
_BYPASSED: Final = """
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relrowsecurity AND NOT pg_catalog.row_security_active(c.oid) ORDER BY 1, 2 LIMIT $1
"""


async def bypassed_tables(connection: asyncpg.Connection, timeout_s: float) -> frozenset[TableName]:
    """Those that have row security, which does not bind this session's role: a superuser, or their owner."""
    async with reading(connection, timeout_s):
        rows = await connection.fetch(_BYPASSED, TABLES_MAX)
    return frozenset(TableName(row["schema"], row["name"]) for row in rows)


def told_bypassed(
    workload: QueryWorkload, planned: Sequence[Planned], facts: DatabaseFacts, tables: Collection[TableName]
) -> QueryWorkload:
    """With which statements read such tables, as their plans tell, and a note that comes first. Pure."""
    of = roots(facts)
    read = {one.query.id: {of[node] for node in _read(one) if node in of} & set(tables) for one in planned}
    bypassed = frozenset(query for query, names in read.items() if names)
    named = sorted({str(name) for names in read.values() for name in names})
    notes = [_note(named), *workload.notes] if named else workload.notes
    return replace(workload, bypassed=bypassed, notes=notes)


def _read(one: Planned) -> set[str]:
    return {node.table for plan in one.plans if plan is not None for node in plan.walk() if node.table}


def _note(named: Sequence[str]) -> str:
    some = ", ".join(named[:_NAMED_MAX]) + (f" and {len(named) - _NAMED_MAX} more" if named[_NAMED_MAX:] else "")
    return (
        f"row security of {some} does not bind this role: if it binds the application, plans and times here are not "
        "the application's; --role ROLE and --set NAME=VALUE plan and measure as it does"
    )


def less_sure(advised: Advised, bypassed: Collection[str]) -> Advised:
    """Of low confidence where the statements that it is for were asked past row security. Pure."""
    change = advised.change
    if not set(bypassed).intersection(change.queries):
        return advised
    risk = f"{change.risk} {_RISK}".strip()
    return replace(advised, confidence="low", change=replace(change, risk=risk))
