"""Blocks of PL/pgSQL that carry what belongs to a table over to another one, under one lock and in one transaction.

They read the catalog when they run, so that what has been added since the advice is carried over, too. Lines are
indented: what divides an undo into statements is a line that begins one. Pure.
"""

from collections.abc import Sequence
from typing import Final

from plimsoll.core.identifiers import TableName, quote_identifier
from plimsoll.tune.migrating.catalog_checks import literal

# Others wait behind us, and who holds what we wait for may wait for us: the server breaks such a ring after a second
# (deadlock_timeout), at the cost of either. So we give up first.
WAIT_MS: Final = 500

# What a partitioned table cannot have, or what is bound to the table itself and would go on with the old one unsaid.
_AGAINST: Final = """
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
_LATER: Final = """
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

_RIGHTS: Final = """
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

_DECLARE: Final = """DO $plimsoll$
  DECLARE
    was CONSTANT regclass := {was};
    becomes CONSTANT regclass := {becomes};
    texts text[];
    identities jsonb := '[]';
    one text;
    each record;
    last_at bigint;
    last_called boolean;
  BEGIN
    PERFORM set_config('search_path', '', true), set_config('row_security', 'off', true),
            set_config('lock_timeout', '{wait_ms}', true);
    LOCK TABLE {was_name}, {becomes_name} IN ACCESS EXCLUSIVE MODE;"""

# Where numbers go on, and what their sequence was called.
_IDENTITIES: Final = """
    FOR each IN SELECT attname, attidentity, pg_get_serial_sequence(was::text, attname) AS name, s.relname
      FROM pg_attribute, pg_class s WHERE attrelid = was AND attnum > 0 AND NOT attisdropped AND attidentity <> ''
       AND s.oid = pg_get_serial_sequence(was::text, attname)::regclass LOOP
      EXECUTE format('SELECT last_value, is_called FROM %s', each.name) INTO last_at, last_called;
      identities := identities || jsonb_build_object('column', each.attname, 'kind', each.attidentity,
                                                     'name', each.relname, 'at', last_at, 'is_called', last_called);
    END LOOP;"""


_LATER_DONE: Final = "    FOREACH one IN ARRAY texts LOOP\n      EXECUTE one;\n    END LOOP;"
_LAST: Final = "  END $plimsoll$"


def preflight(table: TableName) -> str:
    """Fails, and says why, where something cannot be carried over."""
    return f"""DO $plimsoll$
  DECLARE
    was CONSTANT regclass := {literal(table.quoted)};
    against text;
  BEGIN
    PERFORM set_config('search_path', '', true);
    IF (SELECT relkind FROM pg_class WHERE oid = was) = 'p' THEN
      RETURN;  -- by an earlier try
    END IF;
    SELECT string_agg(reason, '; ') INTO against FROM ({_AGAINST}
    ) AS reasons (reason);
    IF against IS NOT NULL THEN
      RAISE EXCEPTION 'the table is not divided: %', against;
    END IF;
  END $plimsoll$"""


def foreign_keys(table: TableName, whole: TableName) -> str:
    """The table's own foreign keys on the empty one; those of the old are joined with them, and not checked again."""
    return f"""DO $plimsoll$
  DECLARE
    was CONSTANT regclass := {literal(table.quoted)};
    becomes CONSTANT regclass := to_regclass({literal(whole.quoted)});
    one text;
  BEGIN
    PERFORM set_config('search_path', '', true);
    FOR one IN
      SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', becomes::text, c.conname, pg_get_constraintdef(c.oid))
      FROM pg_constraint c WHERE c.conrelid = was AND c.contype = 'f' AND becomes IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = becomes AND o.conname = c.conname) LOOP
      EXECUTE one;
    END LOOP;
  END $plimsoll$"""


def swap(
    table: TableName, whole: TableName, old: TableName, attach: str, keys: Sequence[str], ends: Sequence[str]
) -> str:
    """The partitioned table takes the table's name, and the table becomes a partition of it. `keys` are statements on
    the table under its own name, `ends` those after all."""
    return "\n".join(
        [
            _declare(table, whole),
            *_begin(),
            *_lines(keys),
            _identities_moved(),
            *_lines([_renamed(table, old), _renamed(whole, table), attach]),
            _index_names("becomes", "was"),
            *_lines(ends),
            _LATER_DONE,
            _LAST,
        ]
    )  # fmt: skip


def swap_back(table: TableName, whole: TableName, old: TableName, columns: Sequence[str]) -> str:
    """The old partition is the table again; rows of the other partitions are moved into it, and those are dropped."""
    listed = ", ".join(map(quote_identifier, columns))
    moved = f"INSERT INTO {old.quoted} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM {table.quoted}"
    detach = f"ALTER TABLE {table.quoted} DETACH PARTITION {old.quoted}"
    return "\n".join(
        [
            _declare(table, old),
            _index_names("was", "becomes"),
            *_begin(),
            *_lines([detach, moved, _renamed(table, whole), _renamed(old, table)]),
            _LATER_DONE,
            f"    DROP TABLE {whole.quoted};",
            _identities_made(table),
            _LAST,
        ]
    )  # fmt: skip


def _declare(was: TableName, becomes: TableName) -> str:
    return _DECLARE.format(
        was=literal(was.quoted),
        becomes=literal(becomes.quoted),
        was_name=was.quoted,
        becomes_name=becomes.quoted,
        wait_ms=WAIT_MS,
    )


def _begin() -> list[str]:
    """What names the table is kept as text, triggers go, rights and sequences are given on."""
    triggers = """SELECT format('DROP TRIGGER %I ON %s', tgname, was::text) FROM pg_trigger
     WHERE tgrelid = was AND NOT tgisinternal AND tgparentid = 0"""
    return [
        f"    texts := ARRAY({_LATER});",
        _each(triggers),
        _each(_RIGHTS),
        _IDENTITIES.lstrip("\n"),
    ]


def _each(query: str) -> str:
    return f"    FOR one IN {query.strip()} LOOP\n      EXECUTE one;\n    END LOOP;"


def _lines(statements: Sequence[str]) -> list[str]:
    return [f"    {one};" for one in statements]


def _renamed(table: TableName, to: TableName) -> str:
    return f"ALTER TABLE {table.quoted} RENAME TO {quote_identifier(to.name)}"


def _identities_moved() -> str:
    """The whole counts on where the table was; a partition has no count of its own."""
    return """    FOR each IN SELECT * FROM jsonb_to_recordset(identities)
        AS i("column" name, name name, at bigint, is_called boolean) LOOP
      PERFORM setval(pg_get_serial_sequence(becomes::text, each."column")::regclass, each.at, each.is_called);
      EXECUTE format('ALTER TABLE %s ALTER %I DROP IDENTITY', was::text, each."column");
      one := pg_get_serial_sequence(becomes::text, each."column");
      EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', one, each.name);
    END LOOP;"""


def _identities_made(table: TableName) -> str:
    return f"""    FOR each IN SELECT * FROM jsonb_to_recordset(identities)
        AS i("column" name, kind text, name name, at bigint, is_called boolean) LOOP
      EXECUTE format('ALTER TABLE %s ALTER %I ADD GENERATED %s AS IDENTITY', {literal(table.quoted)}, each."column",
                     CASE each.kind WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END);
      one := pg_get_serial_sequence({literal(table.quoted)}, each."column");
      PERFORM setval(one::regclass, each.at, each.is_called);
      IF (SELECT relname FROM pg_class WHERE oid = one::regclass) <> each.name THEN
        EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', one, each.name);
      END IF;
    END LOOP;"""


def _index_names(whole: str, part: str) -> str:
    """An index of the whole and its part in the partition change names, by way of one that nothing has."""
    return f"""    FOR each IN
      SELECT x.indexrelid AS whole, p.relname AS whole_name, c.oid AS part, c.relname AS part_name
      FROM pg_index x JOIN pg_class p ON p.oid = x.indexrelid JOIN pg_inherits i ON i.inhparent = x.indexrelid
      JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_index y ON y.indexrelid = c.oid AND y.indrelid = {part}
     WHERE x.indrelid = {whole} LOOP
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.part::regclass, 'plimsoll_' || each.part);
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.whole::regclass, each.part_name);
      EXECUTE format('ALTER INDEX %s RENAME TO %I', each.part::regclass, each.whole_name);
    END LOOP;"""
