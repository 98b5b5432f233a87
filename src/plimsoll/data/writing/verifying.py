"""Foreign keys checked for all rows at once, where the server may be told not to check them row by row.

Under session_replication_role = replica the server fires no foreign-key triggers (nor any other), while not-null,
check, unique and exclusion constraints hold as ever: those that are not deferrable are no triggers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName, quote_identifier

# Why a table is not for this route: its own triggers, and deferrable keys, are triggers that would not fire either;
# the checking reads both tables as the role itself; columns of different collations cannot be compared just so, nor can
# the periods of temporal keys (conperiod is new in PostgreSQL 18).
_FAST_SQL: Final = """
WITH part AS (
    SELECT $1::text::regclass::oid AS id UNION SELECT relid FROM pg_partition_tree($1::text::regclass)
), key AS (
    SELECT c.* FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid IN (SELECT id FROM part)
)
SELECT EXISTS (SELECT FROM key)
   AND NOT EXISTS (SELECT FROM pg_trigger t JOIN part ON t.tgrelid = part.id
                   WHERE NOT t.tgisinternal AND t.tgenabled <> 'D')
   AND NOT EXISTS (SELECT FROM pg_constraint c JOIN part ON c.conrelid = part.id
                   WHERE c.contype IN ('p', 'u', 'x') AND c.condeferrable)
   AND NOT EXISTS (SELECT FROM part WHERE row_security_active(part.id))
   AND NOT EXISTS (SELECT FROM key WHERE row_security_active(confrelid)
                   OR NOT has_table_privilege(confrelid, 'SELECT') OR NOT has_table_privilege(confrelid, 'UPDATE')
                   OR NOT has_table_privilege(conrelid, 'SELECT')
                   OR coalesce((to_jsonb(key) ->> 'conperiod')::boolean, false))
   AND NOT EXISTS (SELECT FROM key, unnest(key.conkey, key.confkey) AS pair (child, parent)
                   JOIN pg_attribute a ON a.attnum = pair.child
                   JOIN pg_attribute b ON b.attnum = pair.parent
                   WHERE a.attrelid = key.conrelid AND b.attrelid = key.confrelid AND a.attcollation <> b.attcollation)
"""

# conenforced is new in PostgreSQL 18. A key that a partition has from its parent table is checked there.
_KEYS_SQL: Final = """
WITH part AS (
    SELECT $1::text::regclass::oid AS id UNION SELECT relid FROM pg_partition_tree($1::text::regclass)
)
SELECT c.conname AS name, c.confmatchtype = 'f' AS match_full,
       cn.nspname AS child_schema, ct.relname AS child_name, ct.relkind = 'p' AS child_whole,
       pn.nspname AS parent_schema, pt.relname AS parent_name, pt.relkind = 'p' AS parent_whole,
       ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number ORDER BY k.place) AS referenced
FROM pg_constraint c
JOIN pg_class ct ON ct.oid = c.conrelid JOIN pg_namespace cn ON cn.oid = ct.relnamespace
JOIN pg_class pt ON pt.oid = c.confrelid JOIN pg_namespace pn ON pn.oid = pt.relnamespace
WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid IN (SELECT id FROM part)
  AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
ORDER BY c.conname
"""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key to check. `child` and `parent` are as SQL reads them: `ONLY` keeps out tables that inherit."""

    name: str
    table: TableName
    referred: TableName
    child: str
    parent: str
    columns: tuple[str, ...]
    referenced: tuple[str, ...]
    match_full: bool

    @property
    def orphan_sql(self) -> str:
        """Gives one row if any row of the child lacks its parent."""
        own = [f"c.{quote_identifier(column)}" for column in self.columns]
        other = [f"p.{quote_identifier(column)}" for column in self.referenced]
        stated = " AND ".join(f"{column} IS NOT NULL" for column in own)
        met = " AND ".join(f"{left} = {right}" for left, right in zip(other, own, strict=True))
        orphan = f"SELECT 1 FROM {self.child} c WHERE {stated} AND NOT EXISTS (SELECT FROM {self.parent} p WHERE {met})"
        if not self.match_full or len(own) == 1:
            return f"{orphan} LIMIT 1"
        mixed = f"num_nulls({', '.join(own)}) NOT IN (0, {len(own)})"
        return f"({orphan} LIMIT 1) UNION ALL (SELECT 1 FROM {self.child} c WHERE {mixed} LIMIT 1)"


async def may_skip_triggers(connection: asyncpg.Connection) -> bool:
    """Whether this session may set session_replication_role. The transaction under way is left as it was."""
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await attempt.rollback()
    return True


async def may_be_verified(connection: asyncpg.Connection, table: TableName) -> bool:
    """Whether a table has foreign keys, and nothing else that would be left out without triggers."""
    return bool(await connection.fetchval(_FAST_SQL, table.quoted))


async def enforced_keys(connection: asyncpg.Connection, table: TableName) -> tuple[Key, ...]:
    """The foreign keys of a table and of its partitions."""
    return tuple(_key(row) for row in await connection.fetch(_KEYS_SQL, table.quoted))


async def lock_parents(connection: asyncpg.Connection, keys: Sequence[Key]) -> bool:
    """Keeps others from deleting parents until the transaction ends, as the row locks of foreign-key triggers would.

    False if a lock is not to be had within lock_timeout; none is held then.
    """
    parents = sorted({key.parent for key in keys})
    attempt = connection.transaction()
    await attempt.start()
    try:
        await connection.execute(f"LOCK TABLE {', '.join(parents)} IN SHARE ROW EXCLUSIVE MODE")
    except (asyncpg.LockNotAvailableError, asyncpg.InsufficientPrivilegeError, asyncpg.DeadlockDetectedError):
        await attempt.rollback()
        return False
    await attempt.commit()
    return True


async def verify(connection: asyncpg.Connection, keys: Sequence[Key]) -> None:
    """Raises RefusedError if a row lacks its parent.

    Two million rows against as many parents: 1.3 s hashed, 5.5 s by an index, which the planner would take as it
    reckons with a row that lacks its parent.
    """
    await connection.execute("SET LOCAL enable_nestloop = off")
    for key in keys:
        if await connection.fetchval(key.orphan_sql) is not None:
            raise RefusedError(
                f"cannot fill {key.table}",
                where=f"{key.table}, foreign key {key.name}",
                why=f"a row's ({', '.join(key.columns)}) is not in {key.referred}",
                remedy="state in the seed plan where these columns take their values from",
            )
    await connection.execute("SET LOCAL enable_nestloop = DEFAULT")


def _key(row: Any) -> Key:
    child = TableName(row["child_schema"], row["child_name"])
    parent = TableName(row["parent_schema"], row["parent_name"])
    return Key(
        row["name"],
        child,
        parent,
        child.quoted if row["child_whole"] else f"ONLY {child.quoted}",
        parent.quoted if row["parent_whole"] else f"ONLY {parent.quoted}",
        tuple(row["columns"]),
        tuple(row["referenced"]),
        row["match_full"],
    )
