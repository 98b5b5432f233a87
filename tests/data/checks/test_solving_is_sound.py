"""Rows that satisfy what was solved pass the check itself, whatever the check is made of."""

import asyncio
from itertools import product
from random import Random
from typing import Final

import asyncpg

from plimsoll.core.schema import Check, DataType
from plimsoll.data.checks import admits, solve
from plimsoll.data.domain import Domain, Implication, NullCount, NullTogether, Ordering, Solution, Unsatisfiable

Row = dict[str, str | None]
Demand = Ordering | NullCount | NullTogether | Implication

TYPES: Final = {
    "kind": DataType("text", "text"),
    "n": DataType("integer", "int4"),
    "m": DataType("integer", "int4"),
    "open": DataType("boolean", "bool"),
}
VALUES: Final = ((None, "a", "b", ""), (None, "0", "3", "7"), (None, "3", "5"), (None, "true", "false"))
ROWS: Final[list[Row]] = [dict(zip(TYPES, values, strict=True)) for values in product(*VALUES)]
TESTS: Final = (
    "kind = 'a'",
    "kind <> 'b'",
    "kind IN ('a', 'b')",
    "kind IS NULL",
    "m IS NOT NULL",
    "n > 1",
    "n <= 3",
    "n <> 0",
    "n < m",
    "m <= n",
    "open",
    "open IS NOT TRUE",
    "n IS DISTINCT FROM 3",
    "COALESCE(m, 0) < 4",
    "length(kind) > 0",
    "lower(kind) = kind",
    "kind ~ '^[ab]$'",
    "num_nonnulls(n, m) = 1",
    "(n IS NULL) = (m IS NULL)",
    "n % 2 = 0",
)


def condition(chance: Random, depth: int) -> str:
    if depth == 0 or chance.random() < 0.2:
        return chance.choice(TESTS)
    first, second, third = (condition(chance, depth - 1) for _ in range(3))
    forms = (
        f"({first}) AND ({second})",
        f"({first}) OR ({second})",
        f"({first}) OR ({second})",
        f"NOT ({first})",
        f"({first}) = ({second})",
        f"CASE WHEN {first} THEN {second} ELSE true END",
        f"CASE WHEN {first} THEN {second} WHEN {third} THEN {first} END",
        f"(kind = 'a' AND ({first})) OR (kind = 'b' AND ({second}))",
    )
    return chance.choice(forms)


def satisfies(row: Row, solution: Solution) -> bool:
    together: tuple[Demand, ...] = (
        *solution.orderings,
        *solution.null_counts,
        *solution.nulls_together,
        *solution.implications,
    )
    return all(within(row[column], domain) for column, domain in solution.domains.items()) and all(
        holds(row, demand) for demand in together
    )


def within(value: str | None, domain: Domain) -> bool:
    if value is None:
        return not domain.not_null
    return not domain.is_null and admits(domain, value)


def holds(row: Row, demand: Demand) -> bool:
    if isinstance(demand, Ordering):
        low, high = row[demand.lower], row[demand.upper]
        return low is None or high is None or int(low) + demand.strict <= int(high)
    if isinstance(demand, NullCount):
        return demand.least <= sum(row[column] is not None for column in demand.columns) <= demand.most
    if isinstance(demand, NullTogether):
        return ((row[demand.column] is None) == (row[demand.other] is None)) == demand.same
    value = row[demand.column]
    applies = value is not None and (value in demand.values) != demand.negated
    return not applies or within(row[demand.then], demand.consequence)


async def passed(dsn: str, conditions: list[str]) -> list[tuple[str, list[bool]]]:
    """PostgreSQL's text of each condition, and which of ROWS pass it."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE t (row integer, kind text, n integer, m integer, open boolean)")
        rows = [f"({number}, {', '.join(map(literal, row.values()))})" for number, row in enumerate(ROWS)]
        await connection.execute(f"INSERT INTO t VALUES {', '.join(rows)}")
        found = []
        for text in conditions:
            await connection.execute(f"ALTER TABLE t ADD CONSTRAINT c CHECK ({text}) NOT VALID")
            query = "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'c'"
            printed = await connection.fetchval(query)
            await connection.execute("ALTER TABLE t DROP CONSTRAINT c")
            results = await connection.fetch(f"SELECT ({text}) IS NOT FALSE FROM t ORDER BY row")
            found.append((printed, [row[0] for row in results]))
        return found
    finally:
        await connection.close()


def literal(value: str | None) -> str:
    return "NULL" if value is None else f"'{value}'"


def test_rows_that_satisfy_a_solution_pass_the_check(database: str) -> None:
    chance = Random(11)
    conditions = [condition(chance, 2) for _ in range(400)]
    solved = 0
    for text, passes in asyncio.run(passed(database, conditions)):
        try:
            solution = solve(TYPES, [Check("c", text, ())])
        except Unsatisfiable:
            continue
        if solution.unsolved:
            continue
        solved += 1
        wrong = [row for row, passing in zip(ROWS, passes, strict=True) if satisfies(row, solution) and not passing]
        assert wrong == [], f"{text}: {solution}"
    assert solved > 100
