"""What is asked about sizes and, for the estimate of bloat, about the widths of columns. Pure.

`pg_total_relation_size` looks at every file of a table, so it is asked of few tables; and like `pg_get_indexdef` it
waits for locks, so neither is asked of what somebody has locked, or waits to lock, as a whole. The rest is known by the
pages of the last vacuum.
"""

from typing import Final

from plimsoll.monitor.postgres.relations.sql import USER_TABLES

EXACT_MAX: Final = 50  # tables whose size is looked up, not estimated
BLOAT_MAX: Final = 500  # tables, and as many indexes, whose bloat is estimated: the largest
PAGES_MIN: Final = 10  # of a smaller table an estimate says nothing
SCHEMA_TABLES_MAX: Final = 5_000
SCHEMA_INDEXES_MAX: Final = 10_000
SCHEMA_FOREIGN_KEYS_MAX: Final = 5_000

DATABASE: Final = """
SELECT pg_catalog.pg_database_size(pg_catalog.current_database())::float8 AS bytes,
       pg_catalog.current_setting('block_size')::int AS block_size
"""
# A table that was filled since its last vacuum has no pages yet: a hundred rows a page is a guess for the ranking only.
_HELD: Final = """
WITH held AS MATERIALIZED (
    SELECT DISTINCT relation FROM pg_catalog.pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
)"""
LARGEST: Final = f"""{_HELD}, of_indexes AS (
    SELECT i.indrelid, sum(x.relpages) AS pages, bool_or(x.oid IN (SELECT relation FROM held)) AS held
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid GROUP BY i.indrelid
), sized AS (
    SELECT c.oid, n.nspname || '.' || c.relname AS name, pg_catalog.pg_stat_get_live_tuples(c.oid) AS live,
           c.relpages + coalesce(t.relpages, 0) + coalesce(o.pages, 0) + coalesce(ot.pages, 0) AS pages,
           coalesce(o.held, false) OR coalesce(ot.held, false)
               OR c.oid IN (SELECT relation FROM held) OR c.reltoastrelid IN (SELECT relation FROM held) AS held
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    LEFT JOIN of_indexes o ON o.indrelid = c.oid
    LEFT JOIN of_indexes ot ON ot.indrelid = c.reltoastrelid
    WHERE {USER_TABLES}
), largest AS MATERIALIZED (
    SELECT * FROM sized ORDER BY greatest(pages, live / 100) DESC LIMIT {EXACT_MAX}
)
SELECT oid, name, pages::bigint AS pages,
       CASE WHEN $1 AND NOT held THEN pg_catalog.pg_total_relation_size(oid) END AS bytes
FROM largest
"""
_FILLFACTOR: Final = """
    (SELECT pg_catalog.split_part(o, '=', 2)::float8 FROM unnest({0}.reloptions) o WHERE o LIKE 'fillfactor=%' LIMIT 1)
"""
_WIDTHS: Final = """
    count(*) AS known, sum((1 - s.null_frac) * s.avg_width)::float8 AS width, bool_or(s.null_frac > 0) AS nullable
"""
TABLE_WIDTHS: Final = f"""
SELECT c.oid, c.oid AS table_oid, c.relpages AS pages, c.reltuples::float8 AS rows,
       {_FILLFACTOR.format("c")} AS fillfactor, w.*, (SELECT count(*) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM (SELECT * FROM pg_catalog.pg_class c WHERE {USER_TABLES} AND c.relpages >= {PAGES_MIN} AND c.reltuples > 0
      ORDER BY c.relpages DESC LIMIT {BLOAT_MAX}) c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT {_WIDTHS} FROM pg_catalog.pg_stats s
    WHERE s.schemaname = n.nspname AND s.tablename = c.relname AND NOT s.inherited) w
"""
INDEX_WIDTHS: Final = f"""
SELECT x.oid, x.table_oid, x.relpages AS pages, x.reltuples::float8 AS rows,
       {_FILLFACTOR.format("x")} AS fillfactor, w.*, x.indnatts AS columns
FROM (SELECT x.*, c.oid AS table_oid, c.relname AS table_name, c.relnamespace AS table_namespace, i.indkey, i.indnatts
      FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relpages >= {PAGES_MIN} AND x.reltuples > 0
      JOIN pg_catalog.pg_am am ON am.oid = x.relam AND am.amname = 'btree'
      JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND {USER_TABLES}
      WHERE i.indexprs IS NULL AND i.indisvalid ORDER BY x.relpages DESC LIMIT {BLOAT_MAX}) x
JOIN pg_catalog.pg_namespace n ON n.oid = x.table_namespace
CROSS JOIN LATERAL (SELECT {_WIDTHS} FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = x.table_name AND s.attname = a.attname
    WHERE a.attrelid = x.table_oid AND a.attnum = ANY(x.indkey) AND NOT s.inherited) w
"""
SCHEMA_TABLES: Final = f"""
SELECT n.nspname || '.' || c.relname AS table, c.relpages AS pages, c.reltuples::float8 AS rows,
       c.relkind = 'm' AS materialized, c.relispartition AS partition, c.reloptions AS options
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE {USER_TABLES} ORDER BY c.relpages DESC, 1 LIMIT {SCHEMA_TABLES_MAX}
"""
SCHEMA_INDEXES: Final = f"""{_HELD}
SELECT n.nspname || '.' || c.relname AS table, xn.nspname || '.' || x.relname AS index, x.relpages AS pages,
       CASE WHEN $1 AND c.oid NOT IN (SELECT relation FROM held) AND x.oid NOT IN (SELECT relation FROM held)
            THEN pg_catalog.pg_get_indexdef(x.oid) END AS definition, i.indisunique AS unique,
       i.indisprimary AS primary, i.indisvalid AS valid, pg_catalog.pg_stat_get_numscans(x.oid) AS scans
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
JOIN pg_catalog.pg_namespace xn ON xn.oid = x.relnamespace
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND {USER_TABLES}
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY x.relpages DESC, 2 LIMIT {SCHEMA_INDEXES_MAX}
"""
SCHEMA_FOREIGN_KEYS: Final = f"""
SELECT n.nspname || '.' || c.relname AS table, rn.nspname || '.' || r.relname AS references,
       (SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place)
        FROM pg_catalog.unnest(f.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.number) AS columns
FROM pg_catalog.pg_constraint f
JOIN pg_catalog.pg_class c ON c.oid = f.conrelid AND {USER_TABLES}
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class r ON r.oid = f.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
WHERE f.contype = 'f' ORDER BY c.relpages DESC, 1, f.conname LIMIT {SCHEMA_FOREIGN_KEYS_MAX}
"""
