"""Plans of the statements that took most time, as the planner makes them for any values. Nothing is executed.

Each is prepared and explained as a generic plan, in a read-only transaction that is rolled back: PREPARE lets nothing
through that is not planned, and the extended protocol no second statement. (With that protocol EXPLAIN (GENERIC_PLAN)
of PostgreSQL 16 asks for values, and would plan for them.)
"""

import json
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import asyncpg

from plimsoll.core.query_plan import pruned
from plimsoll.core.statement_kind import is_planned
from plimsoll.monitor.postgres.facts.plannable import mended
from plimsoll.monitor.postgres.link import OURS, DatabaseLink
from plimsoll.monitor.postgres.losses import refused_in_words
from plimsoll.monitor.postgres.statements.texts import TEXT_CHARACTERS_MAX
from plimsoll.settings.masking import mask

PLANS_MAX: Final = 20
ONE_MS: Final = 500
LOCK_MS: Final = 100  # who waits behind a lock makes others wait behind it
ALL_S: Final = 3.0
PLAN_CHARACTERS_MAX: Final = 2_000_000  # as the server writes it; what is kept of it is far smaller
_NAME: Final = "plimsoll_plan"
_BOUNDS: Final = (
    f"SET LOCAL statement_timeout = {ONE_MS}; SET LOCAL lock_timeout = {LOCK_MS};"
    " SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off"
)
_COUNT: Final = f"""
SELECT pg_catalog.cardinality(parameter_types) AS count FROM pg_catalog.pg_prepared_statements WHERE name = '{_NAME}'
"""
Plans = Mapping[str, Mapping[str, Any]]


async def read_plans(link: DatabaseLink, texts: Mapping[str, str]) -> Plans:
    """By query_id: `plan`, or `why` there is none. At most `PLANS_MAX`, those first that come first, within `ALL_S`.

    Raises CollectorLostError where the server goes away.
    """
    wanted = [(query_id, text) for query_id, text in texts.items() if is_planned(text)][:PLANS_MAX]
    until = time.monotonic() + ALL_S
    found: dict[str, Mapping[str, Any]] = {}
    for query_id, text in wanted:
        if time.monotonic() > until:
            found[query_id] = {"why": f"no time was left: plans have {ALL_S:g} s together"}
        else:
            found[query_id] = await _plan(link, text)
    return found


async def _plan(link: DatabaseLink, text: str) -> Mapping[str, Any]:
    if len(text) >= TEXT_CHARACTERS_MAX:
        return {"why": f"its text is longer than {TEXT_CHARACTERS_MAX:,} characters, of which no more are kept"}
    try:
        return {"plan": await link.rolled_back(partial(_explained, mended(text)))}
    except asyncpg.PostgresError as error:
        return {"why": mask(refused_in_words(error, ONE_MS / 1000).removeprefix("the server refused a question: "))}
    except (ValueError, LookupError, TypeError) as error:
        return {"why": f"the server's plan could not be read: {type(error).__name__}"}


async def _explained(text: str, connection: asyncpg.Connection) -> Mapping[str, Any]:
    """The prepared statement outlives the transaction, and is dropped whatever comes of the plan."""
    await connection.execute(_BOUNDS)
    await connection.fetch(f"PREPARE {_NAME} AS {text}\n{OURS}")
    await connection.execute("SAVEPOINT explained")
    try:
        parameters = ", ".join(["NULL"] * await connection.fetchval(_COUNT + OURS))
        arguments = f"({parameters})" if parameters else ""
        said = await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON) EXECUTE {_NAME}{arguments}{OURS}")
    finally:
        if not connection.is_closed():
            await connection.execute(f"ROLLBACK TO SAVEPOINT explained; DEALLOCATE {_NAME}")
    return _read(said)


def _read(said: str) -> Mapping[str, Any]:
    if len(said) > PLAN_CHARACTERS_MAX:
        raise ValueError("too long")
    plan: Mapping[str, Any] = _masked(pruned(json.loads(said)[0]["Plan"]))
    return plan


def _masked(value: Any) -> Any:
    """Conditions of views and policies hold constants, which are not those of the statement's text."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return {key: _masked(one) for key, one in value.items()} if isinstance(value, dict) else value


def plan_notes(plans: Plans) -> list[str]:
    """Why plans are missing, each reason once, for who reads the report."""
    missing = [found["why"] for found in plans.values() if "why" in found]
    if not missing:
        return []
    return [f"no plan of {len(missing)} of {len(plans)} statements: {'; '.join(dict.fromkeys(missing))[:1_000]}"]
