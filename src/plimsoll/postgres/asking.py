"""Asking a statement of a workload with its values: as arguments for the driver, and for its plan."""

import json
from typing import Any

import asyncpg

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.sql.values import reading_of
from plimsoll.core.tuning.query import Binding, Query


def arguments(query: Query, binding: Binding) -> list[Any]:
    """What the driver takes for `$1`, `$2` …. Raises ValueError or ArithmeticError for a text that is no such value."""
    pairs = zip(query.types, binding.values, strict=True)
    return [None if text is None else reading_of(name, is_enum=name in query.enums).read(text) for name, text in pairs]


async def plan_of(connection: asyncpg.Connection, query: Query, binding: Binding) -> PlanNode:
    """The plan for these very values, without executing it. Raises what the driver raises."""
    said = await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) {query.text}", *arguments(query, binding))
    return PlanNode.from_json(json.loads(said)[0]["Plan"])
