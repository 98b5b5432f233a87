"""SQL by which a statement's analysis asks the catalog. PostgreSQL 15 to 18, no superuser."""

from typing import Final

from plimsoll.core.statement import OURS

# A function, not the view pg_locks: whoever reads a view locks it, and would find that.
LOCKS_SQL: Final = """
SELECT relation::int8 AS relation, min(mode) AS least, max(mode) AS mode FROM pg_catalog.pg_lock_status()
WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
GROUP BY relation
"""
PARAMETERS_SQL: Final = "SELECT parameter_types::text[] FROM pg_catalog.pg_prepared_statement() WHERE name = $1"

# $1: oids, without indexes. A type is that below all domains.
RELATIONS_SQL: Final = """
WITH RECURSIVE above AS (
    SELECT o AS member, o AS root FROM pg_catalog.unnest($1::oid[]) o
    UNION SELECT a.member, i.inhparent FROM above a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.root
), types AS (
    SELECT oid AS type, oid AS base FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION SELECT d.oid, t.base FROM types t JOIN pg_catalog.pg_type d ON d.typbasetype = t.type AND d.typtype = 'd'
)
SELECT c.oid::int8 AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
    c.relpersistence = 't' AS temporary, c.oid < 16384 AS system,
    ARRAY(SELECT ARRAY[m.nspname::text, t.relname::text] FROM above a JOIN pg_catalog.pg_class t ON t.oid = a.root
          JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
          WHERE a.member = c.oid AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = a.root)
          ORDER BY 1) AS tops,
    ARRAY(SELECT ARRAY[t.attname::text, CASE WHEN b.typtype = 'e' THEN 'enum' ELSE b.typname::text END]
          FROM pg_catalog.pg_attribute t JOIN types y ON y.type = t.atttypid JOIN pg_catalog.pg_type b ON b.oid = y.base
          WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped AND c.relkind IN ('r', 'p')
              AND (b.typtype = 'e' OR b.typnamespace = 'pg_catalog'::regnamespace)) AS columns,
    CASE WHEN c.relkind = 'v' THEN ARRAY[pg_catalog.pg_get_viewdef(c.oid)]
         WHEN c.relrowsecurity THEN ARRAY(
            SELECT pg_catalog.pg_get_expr(p.polqual, p.polrelid) FROM pg_catalog.pg_policy p
            WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL ORDER BY p.oid)
         ELSE '{}' END AS texts
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.relkind NOT IN ('i', 'I') ORDER BY 2, 3
"""

# $1, $2: schemas ("" for what the search_path finds) and names. A body is of SQL that the planner may write in.
# An aggregate is what its parts are: the functions that it calls, and a first state that no date is read from.
FUNCTIONS_SQL: Final = (
    f"SELECT {OURS}"
    """
    a.schema AS asked, a.name, n.nspname::text AS schema, p.provolatile::text AS volatility,
    p.oid < 16384 AS builtin, p.prokind = 'f' OR coalesce(g.settled, false) AS ordinary,
    coalesce(g.parts, '{}') AS parts,
    CASE WHEN l.lanname = 'sql' AND p.oid >= 16384 AND p.prokind = 'f' AND p.provolatile <> 'v'
              AND NOT p.prosecdef AND p.proconfig IS NULL
         THEN pg_catalog.concat_ws(' ', p.prosrc, pg_catalog.pg_get_function_sqlbody(p.oid)) ELSE '' END AS body
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
JOIN pg_catalog.pg_proc p ON p.proname = a.name JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
LEFT JOIN LATERAL (
    SELECT pg_catalog.array_agg(DISTINCT f.proname::text ORDER BY f.proname::text) AS parts,
        pg_catalog.bool_and(f.provolatile = 'i')
            AND pg_catalog.concat(t.agginitval, t.aggminitval) ~ '^[-+0-9.,(){} ]*$' AS settled
    FROM pg_catalog.pg_aggregate t JOIN pg_catalog.pg_proc f ON f.oid IN (
        t.aggtransfn, t.aggfinalfn, t.aggcombinefn, t.aggserialfn, t.aggdeserialfn, t.aggmtransfn, t.aggminvtransfn,
        t.aggmfinalfn)
    WHERE t.aggfnoid = p.oid AND p.oid >= 16384 GROUP BY t.aggfnoid, t.agginitval, t.aggminitval
) g ON true
WHERE CASE WHEN a.schema = '' THEN pg_catalog.pg_function_is_visible(p.oid) ELSE n.nspname = a.schema END
"""
)

ODD_SQL: Final = """
SELECT ARRAY(SELECT DISTINCT o.oprname::text FROM pg_catalog.pg_operator o
             JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode WHERE o.oid >= 16384 AND p.provolatile <> 'i') AS operators,
    ARRAY(SELECT DISTINCT pg_catalog.lower(t.typname) FROM pg_catalog.pg_cast k
          JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc
          JOIN pg_catalog.pg_type t ON t.oid = k.casttarget
          WHERE k.oid >= 16384 AND p.oid >= 16384 AND p.provolatile <> 'i') AS casts,
    EXISTS (SELECT FROM pg_catalog.pg_collation WHERE NOT collisdeterministic) AS odd_collations,
    EXISTS (SELECT FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_type l ON l.oid = o.oprleft
            JOIN pg_catalog.pg_type r ON r.oid = o.oprright
            WHERE o.oprname = '=' AND o.oprnamespace <> 'pg_catalog'::regnamespace
                AND l.typnamespace = 'pg_catalog'::regnamespace
                AND r.typnamespace = 'pg_catalog'::regnamespace) AS odd_equals
"""

# Which settings policies, views and functions in SQL ask for, wherever. $1: how many at most.
ASKED_SQL: Final = r"""
SELECT DISTINCT pg_catalog.lower(found[1]) AS name FROM (
    SELECT pg_catalog.pg_get_expr(polqual, polrelid) AS said FROM pg_catalog.pg_policy
    UNION ALL SELECT prosrc FROM pg_catalog.pg_proc WHERE oid >= 16384 AND prokind = 'f'
    UNION ALL SELECT definition FROM pg_catalog.pg_views WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
) t, LATERAL pg_catalog.regexp_matches(said, $re$current_setting\s*\(\s*'([^']+)'$re$, 'g') AS found
ORDER BY 1 LIMIT $1
"""

READY_SQL: Final = (
    f"SELECT {OURS}"
    """
    CASE WHEN pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('plimsoll_changes')::oid, 'USAGE')
    THEN coalesce(pg_catalog.has_function_privilege(
        pg_catalog.to_regprocedure('plimsoll_changes.relations()')::oid, 'EXECUTE'), false)
    ELSE false END
"""
)

# $1: oids of relations. Ordinary tables among them, with what stands highest above each and its primary key.
KEYS_SQL: Final = """
WITH RECURSIVE above AS (
    SELECT o AS member, o AS root FROM pg_catalog.unnest($1::oid[]) o
    UNION SELECT a.member, i.inhparent FROM above a JOIN pg_catalog.pg_inherits i ON i.inhrelid = a.root
)
SELECT n.nspname::text AS schema, c.relname::text AS name, m.nspname::text AS watched_schema,
    t.relname::text AS watched_name,
    ARRAY(SELECT ARRAY[k.attname::text, y.typname::text]
          FROM pg_catalog.pg_index i, LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (number, place)
          JOIN pg_catalog.pg_attribute k ON k.attrelid = t.oid AND k.attnum = u.number
          JOIN pg_catalog.pg_type y ON y.oid = k.atttypid
          WHERE i.indrelid = t.oid AND i.indisprimary AND k.attrelid = i.indrelid ORDER BY u.place) AS key
FROM above a JOIN pg_catalog.pg_class c ON c.oid = a.member JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = a.root JOIN pg_catalog.pg_namespace m ON m.oid = t.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = a.root)
ORDER BY 1, 2
"""

WATCHED_SQL: Final = "SELECT schema, name, watched_schema, watched_name, templates FROM plimsoll_changes.relations()"

# What the meaning of a statement rests on, each with a stamp that is another after any change of it. $1: oids of
# relations; $2: their names, since another of the name may come to stand before; $3: names of functions; $4: roles.
STAMPS_SQL: Final = """
SELECT 'relation' AS kind, c.oid::text AS name,
    pg_catalog.md5(pg_catalog.concat_ws(' ', n.nspname, c.relname, c.xmin, n.xmin,
    (SELECT pg_catalog.string_agg(a.xmin::text, ',' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
      WHERE a.attrelid = c.oid AND a.attnum > 0),
    (SELECT pg_catalog.string_agg(r.oid || ':' || r.xmin, ',' ORDER BY r.oid) FROM pg_catalog.pg_rewrite r
      WHERE r.ev_class = c.oid),
    (SELECT pg_catalog.string_agg(p.oid || ':' || p.xmin, ',' ORDER BY p.oid) FROM pg_catalog.pg_policy p
      WHERE p.polrelid = c.oid),
    (SELECT pg_catalog.string_agg(i.inhrelid::text, ',' ORDER BY i.inhrelid) FROM pg_catalog.pg_inherits i
      WHERE i.inhparent = c.oid))) AS stamp
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ($1::oid[])
UNION ALL
SELECT 'name', relname::text, pg_catalog.string_agg(oid || ':' || relnamespace, ',' ORDER BY oid)
FROM pg_catalog.pg_class
WHERE relname = ANY ($2::name[]) AND relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND relpersistence <> 't'
GROUP BY relname
UNION ALL
SELECT 'function', proname::text, pg_catalog.md5(pg_catalog.string_agg(oid || ':' || xmin, ',' ORDER BY oid))
FROM pg_catalog.pg_proc WHERE proname = ANY ($3::name[]) GROUP BY proname
UNION ALL
SELECT 'role', r.rolname::text,
    pg_catalog.md5(pg_catalog.concat_ws(' ', r.oid, r.rolsuper, r.rolbypassrls, r.rolinherit, (
    WITH RECURSIVE up AS (
        SELECT r.oid AS role UNION SELECT m.roleid FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.role
    ) SELECT pg_catalog.string_agg(m::text, ',' ORDER BY m.roleid, m.member, m::text)
      FROM up JOIN pg_catalog.pg_auth_members m ON m.member = up.role)))
FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($4::name[])
UNION ALL
SELECT 'operators', '', pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.md5(pg_catalog.string_agg(oid || ':' || xmin, ',' ORDER BY oid))
       FROM pg_catalog.pg_operator WHERE oid >= 16384),
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_collation WHERE NOT collisdeterministic),
    (SELECT pg_catalog.md5(pg_catalog.string_agg(oid || ':' || xmin, ',' ORDER BY oid))
       FROM pg_catalog.pg_cast WHERE oid >= 16384))
UNION ALL
SELECT 'watched', '', pg_catalog.md5(pg_catalog.string_agg(w::text, ';' ORDER BY w::text))
FROM plimsoll_changes.relations() w
"""
