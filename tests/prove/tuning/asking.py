"""A case's statements as the product's own values, asked on a database that has the case's data."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.costing.planning import plan_all
from tests.prove.tuning.cases import Asked, Case

TIMEOUT_S = 30.0
_TYPES = """
SELECT format_type(t.oid, NULL) AS name, t.typtype = 'e' AS enum
FROM unnest($1::oid[]) WITH ORDINALITY g(oid, n) JOIN pg_type t ON t.oid = g.oid ORDER BY g.n
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What advice on a case rests on."""

    case: Case
    planned: Sequence[Planned]
    facts: DatabaseFacts


async def seen(case: Case, connection: asyncpg.Connection) -> Seen:
    """Facts and plans; as the case's role."""
    facts = await read_facts(connection, ())
    queries = [await _query(connection, asked, f"q{number}") for number, asked in enumerate(case.asked, 1)]
    await connection.execute(f"SET ROLE {case.role or 'NONE'}")
    try:
        return Seen(case, await plan_all(connection, queries, TIMEOUT_S), facts)
    finally:
        await connection.execute("RESET ROLE")


async def _query(connection: asyncpg.Connection, asked: Asked, name: str) -> Query:
    prepared = await connection.prepare(asked.sql)
    types = await connection.fetch(_TYPES, [one.oid for one in prepared.get_parameters()])
    names = tuple(row["name"] for row in types)
    bindings = [await _binding(connection, names, values, 1 / len(asked.bindings)) for values in asked.bindings]
    enums = frozenset(row["name"] for row in types if row["enum"])
    weight = float(asked.calls)
    return Query(
        name, asked.sql, weight, weight, types=names, enums=enums, bindings=tuple(bindings), writes=asked.writes
    )


async def _binding(
    connection: asyncpg.Connection, types: Sequence[str], literals: Sequence[str], share: float
) -> Binding:
    given = ", ".join(f"({one})::{kind}::text" for one, kind in zip(literals, types, strict=True))
    row = await connection.fetchrow(f"SELECT {given}") if given else ()
    return Binding(tuple(row), "real", share)
