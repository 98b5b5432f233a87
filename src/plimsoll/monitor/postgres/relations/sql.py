"""What is asked about tables and indexes: their counters at each look, their names only when there are new ones. Pure.

The views that people read (pg_stat_user_tables and its kin) join and group what is not wanted here; the functions
behind them give the same counters for half the time.
"""

from typing import Final

RELATIONS_MAX: Final = 10_000  # tables, and as many indexes; of more the largest are looked at

# Tables and materialised views of users; temporary ones belong to one session and are gone with it.
USER_TABLES: Final = """
    c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relnamespace NOT IN (
        SELECT oid FROM pg_catalog.pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))
"""
RESET: Final = """
SELECT stats_reset::text AS reset_at, extract(epoch FROM stats_reset)::float8 AS reset_s,
       pg_catalog.current_setting('block_size')::int AS block_size
FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()
"""
_LAST: Final = "greatest(pg_catalog.pg_stat_get_last_{0}_time(c.oid), pg_catalog.pg_stat_get_last_auto{0}_time(c.oid))"
_AGE: Final = f"extract(epoch FROM pg_catalog.clock_timestamp() - {_LAST})::float8"
TABLES: Final = f"""
SELECT c.oid, pg_catalog.pg_stat_get_numscans(c.oid), pg_catalog.pg_stat_get_tuples_returned(c.oid),
       pg_catalog.pg_stat_get_tuples_inserted(c.oid), pg_catalog.pg_stat_get_tuples_updated(c.oid),
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid), pg_catalog.pg_stat_get_tuples_deleted(c.oid),
       pg_catalog.pg_stat_get_autovacuum_count(c.oid), pg_catalog.pg_stat_get_autoanalyze_count(c.oid),
       pg_catalog.pg_stat_get_live_tuples(c.oid), pg_catalog.pg_stat_get_dead_tuples(c.oid),
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid), {_AGE.format("vacuum")},
       {_AGE.format("analyze")}, c.relpages, c.reltuples
FROM pg_catalog.pg_class c WHERE {USER_TABLES}
ORDER BY c.relpages DESC LIMIT {RELATIONS_MAX}
"""
INDEXES: Final = f"""
SELECT i.indexrelid, pg_catalog.pg_stat_get_numscans(i.indexrelid), pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid),
       pg_catalog.pg_stat_get_blocks_hit(i.indexrelid), i.indrelid, x.relpages, i.indisunique, i.indisvalid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND {USER_TABLES}
ORDER BY x.relpages DESC LIMIT {RELATIONS_MAX}
"""
NAMES: Final = """
SELECT c.oid, n.nspname || '.' || c.relname AS name
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY($1::oid[])
"""
