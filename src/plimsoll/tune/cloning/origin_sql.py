"""SQL that reads what a copy of a database has to have besides its contents. Reading rights suffice."""

from typing import Final

DATABASE: Final = """
SELECT d.oid AS oid, d.datname::text AS name, current_user::text AS role, r.rolsuper AS superuser,
       current_setting('server_version_num')::int AS version, current_setting('server_version') AS version_words,
       pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collate, d.datctype::text AS ctype,
       d.datlocprovider::text AS provider,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
       to_jsonb(d) ->> 'daticurules' AS rules,
       pg_is_in_recovery() AS standby,
       (SELECT s.setting::bigint * 8192 FROM pg_settings s WHERE s.name = 'shared_buffers') AS shared_buffers,
       current_setting('wal_level') AS wal_level, pg_jit_available() AS compiles,
       EXISTS (SELECT FROM pg_largeobject_metadata) AS large_objects,
       EXISTS (SELECT FROM pg_event_trigger) AS event_triggers,
       EXISTS (SELECT FROM pg_foreign_table) AS foreign_tables
FROM pg_database d, pg_roles r
WHERE d.datname = current_database() AND r.rolname = current_user
"""

# Whoever owns something here, is granted something or named in a policy; who connects; and all that they are members
# of. What the first superuser owns is not written down there.
ROLES: Final = """
WITH RECURSIVE named AS (
    SELECT s.refobjid AS oid FROM pg_shdepend s
    JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
    WHERE s.refclassid = 'pg_authid'::regclass
    UNION SELECT datdba FROM pg_database WHERE datname = current_database()
    UNION SELECT oid FROM pg_roles WHERE rolname IN (current_user, session_user, $1)
    UNION SELECT 10::oid
), above AS (
    SELECT oid FROM named
    UNION SELECT m.roleid FROM pg_auth_members m JOIN above a ON m.member = a.oid
)
SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolinherit AS inherits, r.rolbypassrls AS bypasses,
       ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
             WHERE m.member = r.oid ORDER BY 1) AS member_of
FROM pg_roles r JOIN above USING (oid)
ORDER BY 1
LIMIT 2000
"""

EXTENSIONS: Final = """
SELECT e.extname::text AS name FROM pg_extension e WHERE e.extname <> 'plpgsql' ORDER BY 1
"""

# Tables of extensions in which users keep rows, which a dump has.
EXTENSION_TABLES: Final = """
SELECT e.extname::text AS extension, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS table
FROM pg_extension e CROSS JOIN unnest(e.extconfig) AS t(oid)
JOIN pg_class c ON c.oid = t.oid
JOIN pg_namespace n ON n.oid = c.relnamespace
"""

# What hangs on objects of an extension without being part of it. A part has parts of its own (a view its rule, a table
# its row type), which are not listed as the extension's.
NEEDING: Final = """
WITH RECURSIVE part AS (
    SELECT d.classid, d.objid, d.refobjid AS extension
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = ANY($1::text[])
    UNION
    SELECT d.classid, d.objid, p.extension
    FROM pg_depend d JOIN part p ON d.refclassid = p.classid AND d.refobjid = p.objid
    WHERE d.deptype IN ('i', 'a')
)
SELECT e.extname::text AS extension, count(*) AS many,
       min(pg_describe_object(d.classid, d.objid, d.objsubid)) AS example
FROM part p
JOIN pg_extension e ON e.oid = p.extension
JOIN pg_depend d ON d.refclassid = p.classid AND d.refobjid = p.objid AND d.deptype = 'n'
WHERE NOT EXISTS (SELECT FROM part q WHERE q.classid = d.classid AND q.objid = d.objid)
  AND d.classid NOT IN ('pg_extension'::regclass, 'pg_init_privs'::regclass)
GROUP BY e.extname
ORDER BY 1
"""

# Orders of text that servers have from the system they run on, and that something names.
COLLATIONS: Final = """
SELECT DISTINCT c.collname::text AS name
FROM pg_depend d
JOIN pg_collation c ON d.refclassid = 'pg_collation'::regclass AND d.refobjid = c.oid
WHERE c.collnamespace = 'pg_catalog'::regnamespace
ORDER BY 1
"""

# By what sessions plan, and how they read and write values; named ones below, and what database or role were given.
SETTINGS: Final = """
WITH given AS (
    SELECT DISTINCT lower(split_part(c.setting, '=', 1)) AS name
    FROM pg_db_role_setting s, unnest(s.setconfig) AS c(setting)
    WHERE s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND s.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
)
SELECT s.name, current_setting(s.name) AS value
FROM pg_settings s
WHERE s.context IN ('user', 'superuser')
  AND (s.category LIKE 'Query Tuning%' OR s.name = ANY($1::text[]) OR s.name IN (SELECT name FROM given))
UNION
SELECT g.name, current_setting(g.name, true) FROM given g
WHERE g.name LIKE '%.%' AND current_setting(g.name, true) IS NOT NULL
ORDER BY 1
"""

# What a role's sessions begin with, whoever connects here.
ROLE_SETTINGS: Final = """
SELECT split_part(c.setting, '=', 1) AS name, substr(c.setting, strpos(c.setting, '=') + 1) AS value
FROM pg_db_role_setting s
CROSS JOIN unnest(s.setconfig) AS c(setting)
WHERE s.setrole = (SELECT oid FROM pg_roles WHERE rolname = $1)
  AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
ORDER BY s.setdatabase
"""

# What pg_dump reads and may not: without the right to, or not all rows of it.
UNREAD: Final = """
SELECT t.name, t.held_back
FROM (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name, row_security_active(c.oid) AS held_back,
             has_table_privilege(c.oid, 'SELECT') AS readable
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't'
        AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
        AND (cardinality($1::text[]) = 0 OR n.nspname = ANY($1::text[]))
        AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) t
WHERE t.held_back OR NOT t.readable
ORDER BY 1
LIMIT 2000
"""

# Which schemas stand in need of which others: columns' types, functions, views, foreign keys, parents of partitions.
SCHEMA_NEEDS: Final = """
WITH place AS (
    SELECT 'pg_class'::regclass::oid AS classid, oid AS objid, relnamespace AS schema FROM pg_class
    UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type
    UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
    UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
    UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
    UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace FROM pg_ts_config
    UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace FROM pg_constraint
    UNION ALL SELECT 'pg_rewrite'::regclass, w.oid, c.relnamespace
              FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
    UNION ALL SELECT 'pg_attrdef'::regclass, a.oid, c.relnamespace
              FROM pg_attrdef a JOIN pg_class c ON c.oid = a.adrelid
    UNION ALL SELECT 'pg_trigger'::regclass, t.oid, c.relnamespace
              FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    UNION ALL SELECT 'pg_policy'::regclass, p.oid, c.relnamespace
              FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
)
SELECT DISTINCT n.nspname::text AS schema, m.nspname::text AS needs
FROM pg_depend d
JOIN place a ON a.classid = d.classid AND a.objid = d.objid
JOIN place b ON b.classid = d.refclassid AND b.objid = d.refobjid
JOIN pg_namespace n ON n.oid = a.schema
JOIN pg_namespace m ON m.oid = b.schema
WHERE a.schema <> b.schema AND m.nspname NOT LIKE 'pg\\_%' AND m.nspname <> 'information_schema'
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
