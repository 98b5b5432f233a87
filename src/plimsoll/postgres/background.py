"""Reading what a server counts of its checkpoints and of autovacuum, by version."""

from typing import Final

import asyncpg

from plimsoll.core.background import BackgroundCounts, Worked

TABLES_MAX: Final = 5_000
_OURS: Final = "/* plimsoll */"  # so that these are not taken for the load's own statements
_TABLES: Final = f"""
SELECT schemaname || '.' || relname AS name, autovacuum_count AS vacuums, autoanalyze_count AS analyzes
FROM pg_stat_all_tables WHERE autovacuum_count + autoanalyze_count > 0 LIMIT {TABLES_MAX} {_OURS}
"""


def checkpoints_sql(version: int) -> str:
    """Checkpoints since the counters began, from where this version (`server_version_num`) has them."""
    if version >= 180_000:
        return "SELECT num_done FROM pg_stat_checkpointer"
    if version >= 170_000:
        return "SELECT num_timed + num_requested FROM pg_stat_checkpointer"
    return "SELECT checkpoints_timed + checkpoints_req FROM pg_stat_bgwriter"


async def read_background(connection: asyncpg.Connection) -> BackgroundCounts:
    """Three small queries. Raises what the driver raises."""
    version = int(await connection.fetchval(f"SELECT current_setting('server_version_num') {_OURS}"))
    checkpoints = await connection.fetchval(f"{checkpoints_sql(version)} {_OURS}")
    rows = await connection.fetch(_TABLES)
    return BackgroundCounts(checkpoints, {row["name"]: Worked(row["vacuums"], row["analyzes"]) for row in rows})
