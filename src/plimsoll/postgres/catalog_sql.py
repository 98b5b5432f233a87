"""What is asked of the system catalog: a few set-based queries, however large the schema. 15 to 18."""

from typing import Final

# $1: kinds. All but the system's and extensions' own, which belong to nobody's data.
RELATIONS: Final = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispartition AS is_partition,
       c.reltuples::bigint AS tuples, row_security_active(c.oid) AS row_security,
       coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
       i.inhparent AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound,
       pg_get_partition_constraintdef(c.oid) AS partition_constraint,
       p.partstrat::text AS strategy,
       (SELECT count(*) FROM pg_index x WHERE x.indrelid = c.oid AND NOT x.indisunique) AS plain_indexes,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (number, place)
          LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number AND k.number <> 0) AS keys
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid
WHERE c.relkind::text = ANY ($1::text[]) AND c.relpersistence <> 't'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
  AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY n.nspname, c.relname
"""

COLUMNS: Final = """
SELECT a.attrelid AS relation, a.attname AS name, a.atttypid AS type, a.atttypmod AS modifier,
       format_type(a.atttypid, a.atttypmod) AS type_name, NOT a.attnotnull AS nullable,
       pg_get_expr(d.adbin, d.adrelid) AS default_sql, a.attidentity::text AS identity,
       a.attgenerated <> '' AS generated,
       coalesce(col_description(a.attrelid, a.attnum), '') AS comment,
       (SELECT format('%I.%I', sn.nspname, s.relname)
          FROM pg_depend dep
          JOIN pg_class s ON s.oid = CASE WHEN dep.classid = 'pg_class'::regclass THEN dep.objid ELSE dep.refobjid END
                         AND s.relkind = 'S'
          JOIN pg_namespace sn ON sn.oid = s.relnamespace
         WHERE (dep.classid = 'pg_class'::regclass AND dep.refclassid = 'pg_class'::regclass
                AND dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum AND dep.deptype IN ('a', 'i'))
            OR (dep.classid = 'pg_attrdef'::regclass AND dep.objid = d.oid AND dep.refclassid = 'pg_class'::regclass)
         LIMIT 1) AS sequence
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

INDEXES: Final = """
SELECT i.indrelid AS relation, c.relname AS name, i.indisprimary AS is_primary,
       coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false')::boolean AS nulls_not_distinct,
       pg_get_expr(i.indpred, i.indrelid) AS predicate,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
         WHERE k.place <= i.indnkeyatts) AS columns,
       (SELECT array_agg(pg_get_indexdef(i.indexrelid, k, true) ORDER BY k)
          FROM generate_series(1, i.indnkeyatts) AS k) AS expressions
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indisvalid
ORDER BY i.indrelid, i.indisprimary DESC, c.relname
"""

CONSTRAINTS: Final = """
SELECT k.conrelid AS relation, k.conname AS name, k.contype::text AS kind, k.condeferrable AS deferrable,
       k.confmatchtype::text AS match, k.confrelid AS referenced,
       pg_get_constraintdef(k.oid) AS definition, pg_get_expr(k.conbin, k.conrelid) AS expression,
       (SELECT array_agg(a.attname::text ORDER BY n.place) FROM unnest(k.conkey) WITH ORDINALITY AS n (number, place)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number) AS columns,
       (SELECT array_agg(a.attname::text ORDER BY n.place) FROM unnest(k.confkey) WITH ORDINALITY AS n (number, place)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.number) AS referenced_columns,
       (SELECT array_agg(o.oprname::text ORDER BY e.place)
          FROM unnest(k.conexclop) WITH ORDINALITY AS e (operator, place)
          JOIN pg_operator o ON o.oid = e.operator) AS operators,
       (SELECT array_agg(pg_get_indexdef(k.conindid, e.place::int, true) ORDER BY e.place)
          FROM unnest(k.conexclop) WITH ORDINALITY AS e (operator, place)) AS elements,
       (SELECT pg_get_expr(i.indpred, i.indrelid) FROM pg_index i WHERE i.indexrelid = k.conindid) AS predicate
FROM pg_constraint k
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('c', 'f', 'x') AND k.conparentid = 0
ORDER BY k.conrelid, k.conname
"""

TRIGGERS: Final = """
SELECT tgrelid AS relation, tgname AS name
FROM pg_trigger
WHERE tgrelid = ANY ($1::oid[]) AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 4 <> 0
ORDER BY tgrelid, tgname
"""

# All types that the given ones are made of: elements, fields, what domains and ranges stand on.
TYPES: Final = """
WITH RECURSIVE made AS (
    SELECT unnest($1::oid[]) AS type
    UNION
    SELECT part.type FROM made
    JOIN pg_type t ON t.oid = made.type
    CROSS JOIN LATERAL (
        SELECT t.typelem AS type WHERE t.typcategory = 'A' AND t.typelem <> 0
        UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid
        UNION ALL SELECT a.atttypid FROM pg_attribute a
            WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS part
)
SELECT t.oid, t.typname AS name, t.typtype::text AS kind, t.typcategory::text AS category, t.typelem AS element,
       t.typbasetype AS base, t.typtypmod AS modifier, t.typnotnull AS not_null, format_type(t.oid, NULL) AS type_name,
       (SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid) AS subtype,
       (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
          FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
       (SELECT array_agg(pg_get_expr(k.conbin, 0) ORDER BY k.conname)
          FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checks,
       (SELECT jsonb_agg(jsonb_build_array(a.attname, a.atttypid::bigint, a.atttypmod) ORDER BY a.attnum)
          FROM pg_attribute a
         WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS fields
FROM pg_type t WHERE t.oid IN (SELECT type FROM made)
"""
