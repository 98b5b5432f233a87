"""SQL of the changelog: what is in the schema `plimsoll_changes`, whatever tables are watched. PostgreSQL 15 to 18.

The schema is not called `plimsoll`: so is the superuser of our embedded servers, and a schema with the name of a role
comes first in its search_path.

All functions that touch the changelog are the installer's (SECURITY DEFINER) with a fixed search_path: writers and
pollers need no right on the table, and nobody else can write rows into it.
"""

from typing import Final

from plimsoll.changes.caches_sql import FORGET_SILENT
from plimsoll.changes.polling import POLLED_MAX, TRIMMED_MAX
from plimsoll.core.tag import ESCAPES, KEY_CHARACTERS_MAX, LONG, NULL

SCHEMA: Final = "plimsoll_changes"
ROWS_MAX: Final = 100  # of a statement that get tags of their own; above, what they share, or whole families
RETAIN_S: Final = 300  # rows are kept for this long, and at most twice as long
TENDING: Final = 7_310_579_614_230_118  # the advisory lock of who tends, which no application is likely to use

# Compiling a plan takes far longer than these run, and estimates of catalogs and of what is switched off invite it.
_DEFINED: Final = "SECURITY DEFINER SET search_path TO pg_catalog, pg_temp SET jit TO off"


def escaped_sql(text: str) -> str:
    """SQL for a text as it stands in a key; as `plimsoll.core.tag` does it."""
    for character, escape in ESCAPES.items():
        text = f"replace({text}, '{character}', '{escape}')"
    return text


# What newly watched tables look like, told once for all of them.
LOOKED: Final = """
UPDATE plimsoll_changes.watched w SET looked = k.looks FROM plimsoll_changes.look() k
    WHERE k.relation = w.relation AND w.looked = ''
"""

TABLES: Final = """
CREATE TABLE IF NOT EXISTS plimsoll_changes.changelog (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    tags text[] NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE plimsoll_changes.changelog ADD COLUMN IF NOT EXISTS gone boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS changelog_xid ON plimsoll_changes.changelog (xid);
CREATE TABLE IF NOT EXISTS plimsoll_changes.state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    version text NOT NULL DEFAULT '',
    retain interval NOT NULL,
    marked pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    trimmed pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    lowest xid8 NOT NULL DEFAULT '0',
    told_at timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE UNLOGGED SEQUENCE IF NOT EXISTS plimsoll_changes.polls;
CREATE TABLE IF NOT EXISTS plimsoll_changes.watched (
    relation oid PRIMARY KEY,
    schema text NOT NULL,
    name text NOT NULL,
    templates text[] NOT NULL,
    columns jsonb NOT NULL,
    writer text NOT NULL,
    tags text[] NOT NULL,
    looked text NOT NULL DEFAULT '',
    drifts boolean NOT NULL DEFAULT false
);
REVOKE ALL ON SCHEMA plimsoll_changes FROM PUBLIC;
REVOKE ALL ON plimsoll_changes.changelog, plimsoll_changes.state, plimsoll_changes.watched FROM PUBLIC
"""

# What a value is in a key, by kind. A column that has another type since is lost: whole families are written.
KEYS: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_integer(bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce($1::text, '{NULL}');
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_boolean(boolean) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce($1::text, '{NULL}');
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_uuid(uuid) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce($1::text, '{NULL}');
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_text(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce({escaped_sql("$1")}, '{NULL}');
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_enum(anyenum) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $plimsoll$ SELECT coalesce({escaped_sql("$1::text")}, '{NULL}') $plimsoll$;
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_lost() RETURNS text LANGUAGE plpgsql VOLATILE AS $plimsoll$
    BEGIN RAISE datatype_mismatch; END $plimsoll$;
CREATE OR REPLACE FUNCTION plimsoll_changes.alike(anyelement, anyelement) RETURNS boolean LANGUAGE sql IMMUTABLE
    PARALLEL SAFE AS 'SELECT true';
CREATE OR REPLACE FUNCTION plimsoll_changes.tag_key(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length($1) <= {KEY_CHARACTERS_MAX} THEN $1
                ELSE '{LONG}' || encode(sha256(convert_to($1, 'UTF8')), 'hex') END
"""

# One statement, so that the rows and the snapshot that it tells are of one moment. STABLE: it sees by the snapshot of
# the statement that calls it, which pg_current_snapshot() tells. A generic plan by the index, whatever statistics say.
# Polls are numbered, so that each poller knows how many polls all of them make; that writes no log and takes no xid.
# Of a change the number is 1 where rows are gone (DELETE, TRUNCATE): another column would be another type of the
# function, which CREATE OR REPLACE refuses, and a dropped function has lost who may call it.
POLL: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.poll(previous text)
RETURNS TABLE (snapshot text, epoch text, trimmed text, number bigint, xid text, tags text[])
LANGUAGE plpgsql STABLE {_DEFINED}
SET plan_cache_mode TO force_generic_plan SET enable_seqscan TO off AS $plimsoll$
DECLARE
    seen_below constant xid8 := pg_snapshot_xmax(previous::pg_snapshot);
    were_running constant xid8[] := CASE WHEN previous IS NOT NULL
                                         THEN ARRAY(SELECT pg_snapshot_xip(previous::pg_snapshot)) END;
BEGIN
    RETURN QUERY SELECT pg_current_snapshot()::text,
        concat_ws(' ', s.id, (SELECT c.system_identifier FROM pg_control_system() c),
                  left(pg_walfile_name(pg_current_wal_lsn()), 8),
                  (SELECT extract(epoch FROM a.stats_reset) FROM pg_stat_get_archiver() a)),
        s.trimmed::text,
        CASE WHEN current_setting('transaction_read_only') = 'off' THEN nextval('plimsoll_changes.polls') END,
        NULL::text, NULL::text[]
    FROM plimsoll_changes.state s;
    IF previous IS NOT NULL THEN
        RETURN QUERY SELECT NULL::text, NULL::text, NULL::text, CASE WHEN c.gone THEN 1::bigint END,
                            c.xid::text, c.tags FROM (
            SELECT a.xid, a.tags, a.gone FROM plimsoll_changes.changelog a WHERE a.xid >= seen_below
            UNION ALL
            SELECT b.xid, b.tags, b.gone FROM plimsoll_changes.changelog b WHERE b.xid = ANY (were_running)
        ) c LIMIT {POLLED_MAX + 1};
    END IF;
END $plimsoll$
"""

# What is wrong with each watched table, and what it looks like: all relations below it, by names, columns, files,
# rights and policies. A change of the latter that no trigger could tell is written into the changelog by `tend`.
LOOK: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.look() RETURNS TABLE (relation oid, looks text, drift text[])
LANGUAGE sql STABLE {_DEFINED} AS $plimsoll$
WITH RECURSIVE below AS (
    SELECT w.relation AS root, w.relation AS member FROM plimsoll_changes.watched w
    UNION SELECT b.root, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.member
), members AS (
    SELECT b.root, b.member, c.oid::regclass::text AS called,
        concat_ws(' ', n.nspname, c.relname, c.relfilenode, c.relrowsecurity, c.relforcerowsecurity, c.relacl,
            (SELECT string_agg(concat_ws(':', a.attname, a.attnum, a.atttypid, a.atttypmod, a.attcollation,
                                         a.attacl), ','
                               ORDER BY a.attnum)
               FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
            (SELECT string_agg(concat_ws(':', p.polname, p.polcmd, p.polroles, p.polqual), ',' ORDER BY p.polname)
               FROM pg_policy p WHERE p.polrelid = c.oid)) AS looks,
        (SELECT count(*) FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
          WHERE t.tgrelid = c.oid AND t.tgenabled = 'A' AND f.proname = w.writer
            AND f.pronamespace = 'plimsoll_changes'::regnamespace) AS triggers
    FROM below b JOIN plimsoll_changes.watched w ON w.relation = b.root
    JOIN pg_class c ON c.oid = b.member JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT w.relation, coalesce((SELECT md5(string_agg(m.looks, ';' ORDER BY m.member))
                               FROM members m WHERE m.root = w.relation), 'gone'),
    array_remove(ARRAY[
        CASE WHEN c.oid IS NULL THEN 'the table is gone' END,
        CASE WHEN (n.nspname, c.relname) <> (w.schema, w.name) THEN format('it is called %s now', c.oid::regclass) END
    ] || ARRAY(
        SELECT format('column %I was dropped, renamed or got another type', k ->> 'name')
        FROM jsonb_array_elements(w.columns) k
        WHERE c.oid IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = w.relation AND a.attname = k ->> 'name'
               AND a.attnum = (k ->> 'number')::int AND a.atttypid = (k ->> 'type')::oid
               AND a.attcollation = (k ->> 'collation')::oid AND NOT a.attisdropped)
    ) || ARRAY(
        SELECT format('a trigger of %s is missing or switched off', m.called)
        FROM members m WHERE m.root = w.relation AND m.triggers <> 4 ORDER BY m.called LIMIT 20
    ), NULL)
FROM plimsoll_changes.watched w
LEFT JOIN pg_class c ON c.oid = w.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
$plimsoll$
"""

# Which relations are watched, for who finds tags in plans: partitions and children write and carry the tag of each
# watched table above them.
RELATIONS: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.relations()
RETURNS TABLE (schema text, name text, watched_schema text, watched_name text, templates text[])
LANGUAGE sql STABLE {_DEFINED} AS $plimsoll$
WITH RECURSIVE below AS (
    SELECT w.relation AS root, w.relation AS member FROM plimsoll_changes.watched w
    UNION SELECT b.root, i.inhrelid FROM below b JOIN pg_inherits i ON i.inhparent = b.member
)
SELECT n.nspname, c.relname, w.schema, w.name, w.templates
FROM below b JOIN plimsoll_changes.watched w ON w.relation = b.root
JOIN pg_class c ON c.oid = b.member JOIN pg_namespace n ON n.oid = c.relnamespace
$plimsoll$
"""

# Called by every poller about once a second; one of them at a time does it. What cannot be watched whole is dropped
# about once a second. A look takes longer than all else: where the event trigger tells DDL in its transaction, and no
# drift is known, it is one in ten seconds, for who switches event triggers off for a while.
# A row is deleted only if a snapshot sees its transaction that is older than what is retained.
# Rows and state from the dump of another server, whose transactions are ahead of ours, are no use: they go first.
TEND: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.tend() RETURNS integer LANGUAGE plpgsql VOLATILE {_DEFINED}
SET lock_timeout TO '50ms' AS $plimsoll$
DECLARE
    was plimsoll_changes.state;
    gone xid8[];
BEGIN
    IF NOT pg_try_advisory_xact_lock({TENDING}) THEN RETURN 0; END IF;{FORGET_SILENT.rstrip()};
    UPDATE plimsoll_changes.state SET id = gen_random_uuid(), marked = pg_current_snapshot(), lowest = '0',
            marked_at = clock_timestamp(), trimmed = pg_current_snapshot()
        WHERE pg_snapshot_xmax(marked) > pg_snapshot_xmax(pg_current_snapshot());
    DELETE FROM plimsoll_changes.changelog WHERE ctid = ANY (ARRAY(
        SELECT c.ctid FROM plimsoll_changes.changelog c WHERE c.xid >= pg_snapshot_xmax(pg_current_snapshot())
           AND c.xid IS DISTINCT FROM pg_current_xact_id_if_assigned() LIMIT {TRIMMED_MAX}));
    IF extract(second FROM clock_timestamp())::integer % 10 = 0
       OR current_setting('event_triggers', true) = 'off'
       OR NOT EXISTS (SELECT FROM pg_event_trigger e WHERE e.evtname = 'plimsoll_ddl' AND e.evtenabled = 'A')
       OR EXISTS (SELECT FROM plimsoll_changes.watched w WHERE w.drifts) THEN
        WITH found AS MATERIALIZED (
            SELECT relation, looks, k.drift <> '{{}}' AS drifts
            FROM plimsoll_changes.look() k JOIN plimsoll_changes.watched w USING (relation)
            JOIN plimsoll_changes.state s ON k.looks <> w.looked OR (k.drift <> '{{}}') <> w.drifts
                 OR (k.drift <> '{{}}' AND clock_timestamp() NOT BETWEEN s.told_at AND s.told_at + interval '0.7 s')
        ), told AS (
            INSERT INTO plimsoll_changes.changelog (tags)
            SELECT w.tags FROM found JOIN plimsoll_changes.watched w USING (relation) RETURNING true
        )
        UPDATE plimsoll_changes.watched w SET looked = found.looks, drifts = found.drifts FROM found
            WHERE found.relation = w.relation AND (SELECT count(*) FROM told) > 0;
        IF FOUND THEN
            UPDATE plimsoll_changes.state SET told_at = clock_timestamp();
        END IF;
    END IF;
    UPDATE plimsoll_changes.state SET trimmed = marked, marked = pg_current_snapshot(), marked_at = clock_timestamp()
        WHERE clock_timestamp() NOT BETWEEN marked_at AND marked_at + retain;
    SELECT * INTO STRICT was FROM plimsoll_changes.state;
    WITH old AS (
        DELETE FROM plimsoll_changes.changelog WHERE ctid = ANY (ARRAY(
            SELECT c.ctid FROM plimsoll_changes.changelog c
            WHERE c.xid >= was.lowest AND c.xid < pg_snapshot_xmax(was.trimmed)
              AND pg_visible_in_snapshot(c.xid, was.trimmed)
            ORDER BY c.xid LIMIT {TRIMMED_MAX}))
        RETURNING xid
    ) SELECT array_agg(old.xid ORDER BY old.xid) INTO gone FROM old;
    IF gone IS NOT NULL THEN
        UPDATE plimsoll_changes.state SET lowest = least(gone[array_upper(gone, 1)], pg_snapshot_xmin(was.trimmed));
    END IF;
    RETURN coalesce(array_length(gone, 1), 0);
END $plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_changes.poll(text), plimsoll_changes.tend(), plimsoll_changes.look(),
    plimsoll_changes.relations() FROM PUBLIC
"""

# Where the installer may (a superuser): DDL is then told in its own transaction, and not up to a second later. It is
# silent while we install: hundreds of statements would each look at all tables, and that writes families itself.
ON_DDL: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.on_ddl() RETURNS event_trigger LANGUAGE plpgsql {_DEFINED} AS $plimsoll$
BEGIN
    IF current_setting('plimsoll.installing', true) = 'on' THEN RETURN; END IF;
    IF TG_TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE INDEX') AND NOT EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() d WHERE d.schema_name IS DISTINCT FROM 'pg_temp'
    ) THEN RETURN; END IF;
    INSERT INTO plimsoll_changes.changelog (tags)
        SELECT w.tags FROM plimsoll_changes.look() k JOIN plimsoll_changes.watched w USING (relation)
        WHERE k.looks <> w.looked OR k.drift <> '{{}}';
    IF FOUND THEN
        UPDATE plimsoll_changes.watched w SET looked = k.looks, drifts = k.drift <> '{{}}'
            FROM plimsoll_changes.look() k
            WHERE k.relation = w.relation AND (k.looks <> w.looked OR (k.drift <> '{{}}') <> w.drifts);
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'plimsoll could not write down a change of the schema: %', SQLERRM;
END $plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_changes.on_ddl() FROM PUBLIC;
DROP EVENT TRIGGER IF EXISTS plimsoll_ddl;
CREATE EVENT TRIGGER plimsoll_ddl ON ddl_command_end EXECUTE FUNCTION plimsoll_changes.on_ddl();
ALTER EVENT TRIGGER plimsoll_ddl ENABLE ALWAYS
"""
