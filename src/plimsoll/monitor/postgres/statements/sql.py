"""What pg_stat_statements is asked, by the extension's version. Pure."""

from typing import Final

ENTRIES_MAX: Final = 10_000  # of one look; pg_stat_statements.max is 5,000 unless it was raised
_LOOK: Final = """
SELECT s.userid, s.queryid, s.toplevel, {since} AS since, s.calls, s.total_exec_time, s.rows, s.shared_blks_hit,
       s.shared_blks_read, s.shared_blks_dirtied, s.temp_blks_read + s.temp_blks_written, s.wal_bytes::bigint, {io_ms}
FROM {schema}.pg_stat_statements(false) s
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) {bound}
"""
# The driver would look an array of numbers up in the catalogs first, with a question that the application seems to ask.
_TEXTS: Final = """
SELECT DISTINCT ON (s.queryid) s.queryid, pg_catalog.left(s.query, $2) AS query, s.userid = me.oid AS own
FROM {schema}.pg_stat_statements(true) s, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user) me
WHERE s.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND s.queryid = ANY($1::text[]::bigint[]) AND s.query IS NOT NULL
ORDER BY s.queryid, s.userid = me.oid DESC
"""
_INFO: Final = """
SELECT dealloc AS evicted, stats_reset::text AS reset_at,
       extract(epoch FROM pg_catalog.clock_timestamp())::float8 AS at_s,
       pg_catalog.current_setting('pg_stat_statements.max')::int AS entries_max
FROM {schema}.pg_stat_statements_info
"""
ROLES: Final = "SELECT oid, rolname::text AS name FROM pg_catalog.pg_roles WHERE oid = ANY($1::oid[])"

_SINCE: Final = (1, 11)  # PostgreSQL 17's: an entry tells its age, and times of I/O have new names
_TEMP_TIMES: Final = (1, 10)  # PostgreSQL 15's


def look_sql(schema: str, version: tuple[int, int], *, bounded: bool) -> str:
    """A row for each entry of this database; `bounded`: only those that took most time, as there may be too many."""
    since = "extract(epoch FROM s.stats_since)::float8" if version >= _SINCE else "NULL::float8"
    bound = f"ORDER BY s.total_exec_time DESC LIMIT {ENTRIES_MAX}" if bounded else ""
    return _LOOK.format(schema=schema, since=since, io_ms=_io_ms(version), bound=bound)


def _io_ms(version: tuple[int, int]) -> str:
    kinds: tuple[str, ...] = ("blk",)
    if version >= _SINCE:
        kinds = ("shared_blk", "local_blk", "temp_blk")
    elif version >= _TEMP_TIMES:
        kinds = ("blk", "temp_blk")
    return " + ".join(f"s.{kind}_read_time + s.{kind}_write_time" for kind in kinds)


def texts_sql(schema: str) -> str:
    """Texts of the statements $1, cut at $2 characters. The server reads all texts for it, however few are wanted.

    `own` are those of our role."""
    return _TEXTS.format(schema=schema)


def info_sql(schema: str) -> str:
    return _INFO.format(schema=schema)
