"""What is asked of the catalog about indexes and what surrounds them. 15 to 18; reading rights suffice."""

from typing import Final

_OWN: Final = """n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'"""

# Each table, partition and materialized view with its counters. `root` is the table that it is a part of, or itself.
TABLES: Final = f"""
SELECT c.oid, rn.nspname::text AS schema, r.relname::text AS name, c.relkind::text AS kind,
       c.relpages::bigint AS pages, coalesce(t.relpages, 0)::bigint AS toast_pages, c.reltoastrelid AS toast,
       c.reloptions AS options, c.oid = r.oid AS is_root,
       pg_stat_get_numscans(c.oid) AS sequential_scans, pg_stat_get_tuples_returned(c.oid) AS sequential_rows,
       pg_stat_get_tuples_inserted(c.oid) AS inserted, pg_stat_get_tuples_updated(c.oid) AS updated,
       pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated, pg_stat_get_tuples_deleted(c.oid) AS deleted,
       pg_stat_get_dead_tuples(c.oid) AS dead_rows
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END
JOIN pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND {_OWN}
"""

# $1: tables and partitions. `keys` in their order as JSON, those that are only carried among them; the rest of a key
# is as pg_get_indexdef leaves it out where the server's default holds. Who builds what is hidden from
# roles without pg_read_all_stats: then it might be any that is not valid.
INDEXES: Final = """
SELECT i.indexrelid AS oid, i.indrelid AS relation, n.nspname::text AS schema, c.relname::text AS name,
       tn.nspname::text AS table_schema, tc.relname::text AS table_name, m.amname::text AS method,
       i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AND i.indisready AND i.indislive AS valid,
       i.indisclustered AS clustered, i.indnkeyatts AS key_count, c.relkind::text AS kind,
       i.indisreplident OR (i.indisprimary AND tc.relreplident = 'd') AS identity,
       pg_get_indexdef(i.indexrelid) AS definition, pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
       c.reloptions AS options, c.relpages::bigint AS pages, h.inhparent AS parent,
       pg_stat_get_numscans(i.indexrelid) AS scans, {last_scan} AS last_scan, k.keys,
       i.indexrelid = ANY (b.indexes) OR (NOT i.indisvalid AND b.hidden) AS building
FROM pg_index i
CROSS JOIN (
    SELECT coalesce(array_agg(p.index_relid), '{}') AS indexes, coalesce(bool_or(p.relid IS NULL), false) AS hidden
    FROM pg_stat_progress_create_index p WHERE p.datname = current_database()
) AS b
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am m ON m.oid = c.relam
JOIN pg_class tc ON tc.oid = i.indrelid
JOIN pg_namespace tn ON tn.oid = tc.relnamespace
LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(
               a.attname,
               CASE WHEN u.number = 0 THEN pg_get_indexdef(i.indexrelid, u.place::int, true) END,
               i.indoption[u.place - 1],
               CASE WHEN NOT o.opcdefault OR x.attoptions IS NOT NULL THEN
                   CASE WHEN pg_opclass_is_visible(o.oid) THEN quote_ident(o.opcname)
                        ELSE format('%I.%I', opn.nspname, o.opcname) END END,
               CASE WHEN i.indcollation[u.place - 1] NOT IN (0, coalesce(a.attcollation, 100)) THEN
                   CASE WHEN pg_collation_is_visible(l.oid) THEN quote_ident(l.collname)
                        ELSE format('%I.%I', ln.nspname, l.collname) END END,
               x.attoptions
           ) ORDER BY u.place) AS keys
    FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, place)
    JOIN pg_attribute x ON x.attrelid = i.indexrelid AND x.attnum = u.place
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
    LEFT JOIN pg_opclass o ON u.place <= i.indnkeyatts AND o.oid = i.indclass[u.place - 1]
    LEFT JOIN pg_namespace opn ON opn.oid = o.opcnamespace
    LEFT JOIN pg_collation l ON u.place <= i.indnkeyatts AND l.oid = i.indcollation[u.place - 1]
    LEFT JOIN pg_namespace ln ON ln.oid = l.collnamespace
) AS k
WHERE i.indrelid = ANY ($1::oid[])
ORDER BY n.nspname, c.relname
"""
LAST_SCAN: Final = "pg_stat_get_lastscan(i.indexrelid)"  # 16+
NO_LAST_SCAN: Final = "NULL::timestamptz"

# What stands on indexes of the tables $1: constraints of their own, and foreign keys that refer to them.
CONSTRAINTS: Final = """
SELECT k.conindid AS index, k.contype::text AS kind, k.conname::text AS name, r.relname::text AS table_name,
       rn.nspname::text AS table_schema
FROM pg_constraint k
JOIN pg_class r ON r.oid = k.conrelid
JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE k.conindid = ANY ($1::oid[]) AND k.contype IN ('p', 'u', 'x', 'f')
  AND (k.contype <> 'f' OR k.conparentid = 0)
ORDER BY k.conname
"""

# $1: relations. Waits for whoever rewrites one of them.
SIZES: Final = "SELECT o AS oid, pg_relation_size(o) AS bytes FROM unnest($1::oid[]) AS o"

VIEWS: Final = f"""
SELECT n.nspname::text AS schema, c.relname::text AS name, left(pg_get_viewdef(c.oid), $1) AS definition
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('v', 'm') AND {_OWN} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
LIMIT $2
"""

SETTINGS: Final = "SELECT name, current_setting(name, true) AS value FROM unnest($1::text[]) AS name"
# Of the table itself, or of one of its partitions.
EXTENDED: Final = f"""
SELECT n.nspname::text AS schema, r.relname::text AS name, array_agg(a.attname::text) AS columns
FROM pg_statistic_ext s
JOIN pg_class c ON c.oid = s.stxrelid
JOIN pg_class r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid) ELSE c.oid END
JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (s.stxkeys::int2[])
WHERE {_OWN}
GROUP BY s.oid, n.nspname, r.relname
ORDER BY s.oid
"""
EXTENSIONS: Final = "SELECT name::text FROM pg_available_extensions"
INSTALLED: Final = "SELECT extname::text AS name FROM pg_extension"

# A name that also a function stands behind that is not immutable, is none of these.
FUNCTIONS: Final = f"""
SELECT p.proname::text AS name
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND {_OWN} AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
GROUP BY p.proname HAVING bool_and(p.provolatile = 'i')
ORDER BY p.proname
LIMIT $1
"""

# The order of texts is the C library's ("c"), ICU's or, since 17, the server's own ("b"), that of bytes whatever it is
# called; the name has moved with versions.
# Where nobody ever reset the counters the server does not tell since when it counts, and a crash loses them unsaid.
# Then the earliest time that they still hold is what is certain.
DATABASE: Final = """
SELECT current_database()::text AS name, pg_is_in_recovery() AS standby, clock_timestamp() AS read_at,
       (SELECT CASE WHEN d.datlocprovider = 'c' THEN d.datcollate WHEN d.datlocprovider = 'b' THEN 'C'
                    ELSE coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') END::text
          FROM pg_database d WHERE d.datname = current_database()) AS collation,
       (SELECT sum(b.relpages::bigint) * current_setting('block_size')::bigint FROM pg_class b) AS bytes,
       (SELECT s.blks_hit::float8 / nullif(s.blks_hit + s.blks_read, 0)
          FROM pg_stat_database s WHERE s.datname = current_database()) AS hit_share,
       coalesce(
           (SELECT s.stats_reset FROM pg_stat_database s WHERE s.datname = current_database()),
           (SELECT min(least(t.last_vacuum, t.last_autovacuum, t.last_analyze, t.last_autoanalyze))
              FROM pg_stat_all_tables t JOIN pg_class c ON c.oid = t.relid AND NOT c.relisshared)
       ) AS counted_since,
       (SELECT count(*) FROM pg_stat_replication w WHERE w.state IS DISTINCT FROM 'backup' AND NOT EXISTS (
            SELECT FROM pg_replication_slots s WHERE s.active_pid = w.pid AND s.slot_type = 'logical'))
       + (SELECT count(*) FROM pg_replication_slots s WHERE s.slot_type = 'physical' AND NOT s.active) AS standbys
"""
