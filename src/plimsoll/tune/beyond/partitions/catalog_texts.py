"""What the catalog is asked about a table `was` and what it `becomes`: what stands against dividing it, and as
statements what belongs to it. Plain SQL, for blocks of PL/pgSQL."""

from typing import Final

# What a partitioned table cannot have, or what is bound to the table itself and would go on with the old one unsaid.
AGAINST: Final = """
    SELECT 'foreign key ' || conname || ' of ' || conrelid::regclass || ' refers to it'
      FROM pg_constraint WHERE confrelid = was AND contype = 'f' AND conrelid <> was
    UNION ALL
    SELECT 'its foreign key ' || conname || ' refers to itself'
      FROM pg_constraint WHERE conrelid = was AND confrelid = was AND contype = 'f'
    UNION ALL
    SELECT 'constraint ' || conname || ' is deferrable or an exclusion' FROM pg_constraint
     WHERE conrelid = was AND (contype = 'x' OR (contype IN ('p', 'u') AND condeferrable))
    UNION ALL
    SELECT 'constraint ' || conname || ' is not inherited or not validated' FROM pg_constraint
     WHERE conrelid = was AND ((contype = 'c' AND connoinherit) OR (contype IN ('c', 'f') AND NOT convalidated))
    UNION ALL
    SELECT DISTINCT 'materialized view ' || v.oid::regclass || ' reads it' FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'm'
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = was
    UNION ALL
    SELECT 'rule ' || rulename || ' is on it' FROM pg_rewrite WHERE ev_class = was
    UNION ALL
    SELECT DISTINCT 'function ' || d.objid::regprocedure || ' is bound to it' FROM pg_depend d
     WHERE d.classid = 'pg_proc'::regclass AND ((d.refclassid = 'pg_class'::regclass AND d.refobjid = was)
        OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN
            (SELECT t.oid FROM pg_type t WHERE t.typrelid = was OR t.typelem =
                    (SELECT reltype FROM pg_class WHERE oid = was))))
    UNION ALL
    SELECT DISTINCT 'a column of ' || d.objid::regclass || ' is of its type' FROM pg_depend d
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_type'::regclass AND d.refobjid IN
           (SELECT t.oid FROM pg_type t WHERE t.typrelid = was OR t.typelem =
                   (SELECT reltype FROM pg_class WHERE oid = was))
    UNION ALL
    SELECT 'policy ' || p.polname || ' of ' || p.polrelid::regclass || ' reads it' FROM pg_policy p
      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = was AND p.polrelid <> was
    UNION ALL
    SELECT 'it is published by ' || pubname || ': the subscriber needs the partitions first'
      FROM pg_publication_tables WHERE (schemaname, tablename) =
           (SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = was)
    UNION ALL
    SELECT 'it inherits or is inherited from' FROM pg_inherits WHERE inhrelid = was OR inhparent = was
    UNION ALL
    SELECT 'trigger ' || tgname || ' of each row has transition tables' FROM pg_trigger
     WHERE tgrelid = was AND NOT tgisinternal AND tgtype & 1 = 1 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL)
    UNION ALL
    SELECT 'it is unlogged, temporary, of a type, or has a replica identity of its own' FROM pg_class
     WHERE oid = was AND (relpersistence <> 'p' OR reloftype <> 0 OR relreplident <> 'd')"""

# Texts that name the table as it is called now, which is what the other one will be called.
LATER: Final = """
    SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, was::text,
               CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
               CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                             WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
               (SELECT string_agg(CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END, ', ')
                  FROM unnest(p.polroles) AS o))
           || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
      FROM pg_policy p WHERE p.polrelid = was
       AND NOT EXISTS (SELECT FROM pg_policy o WHERE o.polrelid = becomes AND o.polname = p.polname)
    UNION ALL
    SELECT pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE
               format('; ALTER TABLE %s %s TRIGGER %I', was::text, CASE t.tgenabled WHEN 'D' THEN 'DISABLE'
                      WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, t.tgname) END
      FROM pg_trigger t WHERE t.tgrelid = was AND NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT DISTINCT format('CREATE OR REPLACE VIEW %s', v.oid::regclass)
           || coalesce(' WITH (' || array_to_string(v.reloptions, ', ') || ')', '') || ' AS ' || pg_get_viewdef(v.oid)
      FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = was"""

RIGHTS: Final = """
    SELECT format('ALTER TABLE %s OWNER TO %I', p.relid::regclass, pg_get_userbyid(c.relowner))
      FROM pg_class c, pg_partition_tree(becomes) AS p WHERE c.oid = was
    UNION ALL
    SELECT format('GRANT %s ON %s TO %s%s', a.privilege_type, becomes::text,
               CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
               CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
      FROM pg_class c, aclexplode(c.relacl) AS a WHERE c.oid = was AND a.grantee <> c.relowner
    UNION ALL
    SELECT format('GRANT %s (%I) ON %s TO %s%s', a.privilege_type, x.attname, becomes::text,
               CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
               CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
      FROM pg_attribute x, aclexplode(x.attacl) AS a WHERE x.attrelid = was AND x.attnum > 0 AND NOT x.attisdropped
    UNION ALL
    SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', becomes::text)
      FROM pg_class WHERE oid = was AND relrowsecurity
    UNION ALL
    SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', becomes::text)
      FROM pg_class WHERE oid = was AND relforcerowsecurity
    UNION ALL
    SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', pg_get_serial_sequence(was::text, attname), becomes::text,
                  attname)
      FROM pg_attribute WHERE attrelid = was AND attnum > 0 AND NOT attisdropped AND attidentity = ''
       AND pg_get_serial_sequence(was::text, attname) IS NOT NULL"""
