"""The server's settings, for the run directory: what was changed, and what an analysis needs in any case."""

from collections.abc import Mapping
from typing import Any, Final

from plimsoll.monitor.postgres.link import DatabaseLink
from plimsoll.settings.masking import mask

ALWAYS: Final = (
    "shared_buffers", "effective_cache_size", "work_mem", "maintenance_work_mem", "temp_buffers", "hash_mem_multiplier",
    "max_connections", "superuser_reserved_connections", "reserved_connections", "max_worker_processes",
    "max_parallel_workers", "max_parallel_workers_per_gather", "random_page_cost", "seq_page_cost",
    "effective_io_concurrency", "io_method", "io_workers", "default_statistics_target", "jit", "wal_level",
    "max_wal_size", "min_wal_size", "checkpoint_timeout", "checkpoint_completion_target", "wal_buffers",
    "wal_compression", "synchronous_commit", "fsync",
    "full_page_writes", "commit_delay", "bgwriter_delay", "bgwriter_lru_maxpages", "autovacuum",
    "autovacuum_max_workers", "autovacuum_naptime", "autovacuum_vacuum_scale_factor", "autovacuum_analyze_scale_factor",
    "autovacuum_vacuum_cost_limit", "autovacuum_vacuum_cost_delay", "autovacuum_freeze_max_age",
    "autovacuum_multixact_freeze_max_age", "track_io_timing", "track_activity_query_size", "compute_query_id",
    "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "deadlock_timeout",
    "default_transaction_isolation", "block_size", "data_checksums", "huge_pages", "server_version",
    "shared_preload_libraries", "pg_stat_statements.max", "pg_stat_statements.track",
)  # fmt: skip
SETTINGS_MAX: Final = 500
VALUE_CHARACTERS_MAX: Final = 500
# They hold connection strings and commands, with passwords in shapes that no mask knows.
_NEVER: Final = (
    "primary_conninfo",
    "ssl_passphrase_command",
    "archive_command",
    "restore_command",
    "archive_cleanup_command",
    "recovery_end_command",
)
# A session's own settings are ours; what a database, a role or the command line sets is not.
_SQL: Final = f"""
SELECT name, coalesce(reset_val, setting) AS value, unit, source, pending_restart
FROM pg_catalog.pg_settings
WHERE name <> ALL($2::text[]) AND (name = ANY($1::text[]) OR source NOT IN ('default', 'override', 'client', 'session'))
ORDER BY name LIMIT {SETTINGS_MAX}
"""


async def read_settings(link: DatabaseLink) -> Mapping[str, Mapping[str, Any]]:
    """By name: value, unit, where it comes from, and whether it waits for a restart. Raises what the link raises."""
    rows = await link.fetch(_SQL, ALWAYS, _NEVER)
    return {
        row["name"]: {
            "value": mask(f"{row['name']}={row['value']}").partition("=")[2][:VALUE_CHARACTERS_MAX],
            "unit": row["unit"],
            "source": row["source"],
            "pending_restart": row["pending_restart"],
        }
        for row in rows
    }
