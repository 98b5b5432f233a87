"""Asking the server what a statement reads: its locks, its plan, the catalog. Nothing is executed, nothing changed.

One read-only transaction of its own, as the role and with the search_path of who asks. It is REPEATABLE READ and its
snapshot is taken first: what is read of the catalog is then not younger than what was planned by, so that a change in
between is seen as a change later. The locks that planning takes are kept until its end, and tell all that was meant.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import asyncpg

from plimsoll.cache.queries.catalog_sql import (
    ASKED_SQL,
    FUNCTIONS_SQL,
    KEYS_SQL,
    LOCKS_SQL,
    ODD_SQL,
    PARAMETERS_SQL,
    READY_SQL,
    RELATIONS_SQL,
    STAMPS_SQL,
    WATCHED_SQL,
)
from plimsoll.cache.queries.conjuncts import Kind
from plimsoll.cache.queries.context import Context
from plimsoll.cache.queries.facts import Catalog, Facts, Function, Judgement, Relation, Watched
from plimsoll.cache.queries.judging import judge
from plimsoll.cache.queries.plans import Plan, read_plan
from plimsoll.cache.queries.refusing import SETTINGS_MAX, all_words
from plimsoll.cache.queries.watched import watched_of, with_key
from plimsoll.cache.queries.words import words_of
from plimsoll.core.identifiers import TableName
from plimsoll.core.statement_kind import is_planned
from plimsoll.settings.masking import mask

SQL_CHARACTERS_MAX: Final = 20_000  # of a text that is kept in memory with what is known of it
ANALYZE_MS_MAX: Final = 2_000  # of each of its statements
LOCK_MS_MAX: Final = 200  # who waits behind a lock makes others wait behind it
BODIES_MAX: Final = 4  # functions that are written into each other
_NAME: Final = "plimsoll_query"
_BOUNDS: Final = (
    f"SET LOCAL statement_timeout = {ANALYZE_MS_MAX}; SET LOCAL lock_timeout = {LOCK_MS_MAX};"
    " SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL jit = off; SET LOCAL enable_partition_pruning = off;"
    " SET LOCAL max_parallel_workers_per_gather = 0"
)
_AS_SQL: Final = """
SELECT set_config('role', $1, true), set_config('search_path', $2, true), set_config('row_security', $3, true)
"""
_KINDS: Final[dict[str, Kind]] = {
    "int2": "integer", "int4": "integer", "int8": "integer", "bool": "boolean", "uuid": "uuid", "text": "text",
    "varchar": "text", "name": "text", "enum": "enum",
}  # fmt: skip
_AS_OURSELVES: Final = "RESET role; SET LOCAL search_path = pg_catalog, pg_temp"
_SETTING_SQL: Final = "SELECT set_config($1, $2, true)"
_UNKNOWN: Final = re.compile(r'unrecognized configuration parameter "([^"]+)"')
Stamps = dict[tuple[str, str], str]


class _Read(NamedTuple):
    plan: Plan
    catalog: Catalog


class WantsSettingError(Exception):
    """Planning asked for settings that the context does not have: ask for them, and analyze again."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.names = names


async def analyze(
    connection: asyncpg.Connection, sql: str, context: Context, trusted: frozenset[str] = frozenset()
) -> Facts:
    """Of a statement as it is meant in that context. What the server refuses to plan is refused, with its words.

    The connection's own role may call `plimsoll_changes.relations`. Raises WantsSettingError, and what the driver
    raises where the connection is lost.
    """

    async def found() -> Facts:
        read = await _read(connection, sql, context)
        await connection.execute(_AS_OURSELVES)
        catalog = replace(read.catalog, watched=watched_of(await connection.fetch(WATCHED_SQL)))
        named = [(one.oid, one.table.name) for one in catalog.relations]
        _, session, role, *_ = context.planned
        parts = {part for several in catalog.functions.values() for one in several for part in one.parts}
        functions = parts | {name for _, name in catalog.functions}
        known = await stamps(connection.fetch, named, functions, {session, role})
        return Facts.of(judge(sql, read.plan, catalog, trusted), known, named)

    return await _looked_at(connection, sql, context, found)


async def foresee(
    connection: asyncpg.Connection, sql: str, context: Context, trusted: frozenset[str] = frozenset()
) -> tuple[Judgement, Sequence[Watched]]:
    """As `analyze`, if all tables that it reads were watched; and those that are not, with their primary keys' tags."""
    missing: list[Watched] = []

    async def found() -> Facts:
        read = await _read(connection, sql, context)
        await connection.execute(_AS_OURSELVES)
        ready = await connection.fetchval(READY_SQL)
        known = watched_of(await connection.fetch(WATCHED_SQL)) if ready else {}
        rows = await connection.fetch(KEYS_SQL, [one.oid for one in read.catalog.relations])
        assumed = watched_of([one for one in map(with_key, rows) if TableName(one["schema"], one["name"]) not in known])
        missing.extend({one.table: one for several in assumed.values() for one in several}.values())
        return Facts.of(judge(sql, read.plan, replace(read.catalog, watched={**known, **assumed}), trusted), {})

    facts = await _looked_at(connection, sql, context, found)
    return facts.judgement, missing


async def _looked_at(
    connection: asyncpg.Connection, sql: str, context: Context, found: Callable[[], Awaitable[Facts]]
) -> Facts:
    """In the transaction, and what is wrong there in words."""
    if len(sql) > SQL_CHARACTERS_MAX or not is_planned(sql):
        why = f"its text has more than {SQL_CHARACTERS_MAX:,} characters" if is_planned(sql) else "it is no SELECT"
        return Facts.of(Judgement(why), {})
    transaction = connection.transaction(isolation="repeatable_read", readonly=True)
    await transaction.start()
    try:
        return await found()
    except asyncpg.PostgresError as error:
        if connection.is_closed():
            raise
        unknown = _UNKNOWN.search(str(error))
        if unknown is not None and unknown[1].lower() not in context.settings:
            raise WantsSettingError(unknown[1].lower()) from None
        return Facts.of(Judgement(_words(error)), {})
    finally:
        if not connection.is_closed():
            await transaction.rollback()


async def stamps(
    fetch: Callable[..., Awaitable[Sequence[asyncpg.Record]]],
    relations: Iterable[tuple[int, str]],
    functions: Iterable[str],
    roles: Iterable[str],
) -> Stamps:
    """Of these, as they are now, whoever asks. `relations` by oid and name. Raises what `fetch` raises."""
    known = list(relations)
    rows = await fetch(
        STAMPS_SQL, [oid for oid, _ in known], sorted({name for _, name in known}), sorted(functions), sorted(roles)
    )
    return {(row["kind"], row["name"]): row["stamp"] or "" for row in rows}


async def _read(connection: asyncpg.Connection, sql: str, context: Context) -> _Read:
    """All but what is watched. Ends as the role that asks."""
    await connection.fetchval("SELECT pg_catalog.pg_current_snapshot()::text")
    await connection.execute(_BOUNDS)
    _, _, role, search_path, row_security = context.planned
    await connection.fetch(_AS_SQL, role, search_path, row_security)
    for name, value in context.settings.items():
        if value is not None:
            await connection.fetch(_SETTING_SQL, name, value)
    try:
        plan, types = await _planned(connection, sql)
    except asyncpg.DataError:
        await _want_settings(connection, sql, context)
        raise
    locked = {row["relation"]: _mode(row) for row in await connection.fetch(LOCKS_SQL)}
    relations = [_relation(row, locked) for row in await connection.fetch(RELATIONS_SQL, list(locked))]
    odd = await connection.fetchrow(ODD_SQL)
    assert odd is not None
    operators, casts = frozenset(odd["operators"]), frozenset(odd["casts"])
    catalog = Catalog(relations, {}, {}, operators, casts, odd["odd_collations"], odd["odd_equals"], tuple(types))
    return _Read(plan, await _with_functions(connection, sql, plan, catalog))


async def _planned(connection: asyncpg.Connection, sql: str) -> tuple[Plan, Sequence[str]]:
    """The plan for any values, and the types of the parameters. The extended protocol lets one statement through, and
    PREPARE only what is planned. It outlives the transaction, and is dropped whatever comes of the plan."""
    await connection.execute("SAVEPOINT planned")
    try:
        await connection.fetch(f"PREPARE {_NAME} AS {sql}\n")
        types: Sequence[str] = await connection.fetchval(PARAMETERS_SQL, _NAME)
        given = f"({', '.join(['NULL'] * len(types))})" if types else ""
        said = await connection.fetchval(f"EXPLAIN (VERBOSE, FORMAT JSON, COSTS OFF) EXECUTE {_NAME}{given}")
        return read_plan(json.loads(said)[0]["Plan"]), types
    finally:
        if not connection.is_closed():
            await _dropped(connection)


async def _want_settings(connection: asyncpg.Connection, sql: str, context: Context) -> None:
    """The planner reckons with what settings are, and one that a session does not have may be no number. Raises
    WantsSettingError if there are any that might be meant and are not known."""
    rows = await connection.fetch(ASKED_SQL, SETTINGS_MAX)
    names = {row["name"] for row in rows} | words_of([sql]).settings
    if missing := sorted(names - set(context.settings)):
        raise WantsSettingError(*missing[:SETTINGS_MAX])


async def _dropped(connection: asyncpg.Connection) -> None:
    """After an error the transaction is aborted, and nothing of the name may be there."""
    try:
        await connection.execute(f"DEALLOCATE {_NAME}")
    except asyncpg.PostgresError:
        await connection.execute("ROLLBACK TO SAVEPOINT planned")
        if await connection.fetchval(PARAMETERS_SQL, _NAME) is not None:
            await connection.execute(f"DEALLOCATE {_NAME}")


async def _with_functions(connection: asyncpg.Connection, sql: str, plan: Plan, catalog: Catalog) -> Catalog:
    """Looks up what is called, and what the texts call that were written in."""
    for _ in range(BODIES_MAX):
        wanted = sorted(all_words(sql, plan, catalog).calls - set(catalog.functions))
        if not wanted:
            break
        found: dict[tuple[str, str], list[Function]] = {call: [] for call in wanted}
        for row in await connection.fetch(FUNCTIONS_SQL, [one for one, _ in wanted], [one for _, one in wanted]):
            found[row["asked"], row["name"]].append(
                Function(
                    row["schema"],
                    row["name"],
                    row["volatility"],
                    row["builtin"],
                    row["ordinary"],
                    row["body"] or "",
                    tuple(row["parts"]),
                )
            )
        catalog = replace(catalog, functions={**catalog.functions, **found})
    return catalog


def _mode(row: Any) -> str:
    """Of several locks the one that says most: anything else than reading."""
    return str(row["mode"] if row["least"] == "AccessShareLock" else row["least"])


def _relation(row: Any, locked: dict[int, str]) -> Relation:
    return Relation(
        row["oid"],
        TableName(row["schema"], row["name"]),
        row["kind"],
        locked[row["oid"]],
        row["temporary"],
        row["system"],
        tuple(TableName(*one) for one in row["tops"]),
        {name: _KINDS[base] for name, base in row["columns"] if base in _KINDS},
        tuple(row["texts"]),
    )


def _words(error: asyncpg.PostgresError) -> str:
    if isinstance(error, asyncpg.InvalidSchemaNameError | asyncpg.UndefinedFunctionError) and "plimsoll_changes" in str(
        error
    ):
        return "there is no changelog in this database: plimsoll cache install"
    if isinstance(error, asyncpg.InsufficientPrivilegeError) and "plimsoll_changes" in str(error):
        return "this role may not ask what is watched: plimsoll cache install --reader ROLE"
    return f"the server does not plan it: {mask(' '.join(str(error).split())[:200])}"
