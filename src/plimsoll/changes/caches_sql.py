"""SQL of what caches tell of themselves, and of invalidation by hand. PostgreSQL 15 to 18.

`plimsoll_changes.caches` holds the newest report of each process that caches: unlogged, for it dies with what it tells
of. A report is an update that touches no index and writes no log. Roles call functions of the installer's; none may
touch the tables.
"""

from typing import Final

from plimsoll.core.cache_report import (
    INSTANCE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    PROCESSES_MAX,
    REPORT_BYTES_MAX,
    REPORTS_BYTES_MAX,
    SILENT_S,
)
from plimsoll.core.tag import COLUMNS_MAX, KEY_CHARACTERS_MAX
from plimsoll.core.tag_text import TAG_CHARACTERS_MAX, TAGS_BY_HAND_MAX

_DEFINED: Final = "SECURITY DEFINER SET search_path TO pg_catalog, pg_temp SET jit TO off"

# MAIN keeps a report within its row, compressed: a TOAST table would get two rows of garbage with each update. Room in
# each page for the next version keeps updates off the index.
CACHES: Final = f"""
CREATE UNLOGGED TABLE IF NOT EXISTS plimsoll_changes.caches (
    name text NOT NULL,
    instance text NOT NULL,
    role text NOT NULL,
    reported_at timestamptz NOT NULL,
    report jsonb NOT NULL,
    PRIMARY KEY (name, instance)
) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 1000);
ALTER TABLE plimsoll_changes.caches ALTER COLUMN report SET STORAGE MAIN;
REVOKE ALL ON plimsoll_changes.caches FROM PUBLIC;
CREATE OR REPLACE FUNCTION plimsoll_changes.report(name text, instance text, report jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE {_DEFINED} SET lock_timeout TO '50ms' AS $plimsoll$
#variable_conflict use_column
BEGIN
    IF $1 IS NULL OR length($1) NOT BETWEEN 1 AND {NAME_CHARACTERS_MAX}
       OR $2 IS NULL OR length($2) NOT BETWEEN 1 AND {INSTANCE_CHARACTERS_MAX} THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a cache has a name of 1 to {NAME_CHARACTERS_MAX} characters, '
            'and its process one of 1 to {INSTANCE_CHARACTERS_MAX}';
    END IF;
    IF jsonb_typeof($3) IS DISTINCT FROM 'object' OR octet_length($3::text) > {REPORT_BYTES_MAX} THEN
        RAISE invalid_parameter_value USING MESSAGE =
            'a report is a JSON object of at most {REPORT_BYTES_MAX} bytes';
    END IF;
    IF pg_relation_size('plimsoll_changes.caches') > {2 * REPORTS_BYTES_MAX} THEN
        RAISE configuration_limit_exceeded USING MESSAGE = 'a long transaction keeps too many reports';
    END IF;
    UPDATE plimsoll_changes.caches c SET reported_at = clock_timestamp(), report = $3
        WHERE c.name = $1 AND c.instance = $2 AND c.role = session_user;
    IF FOUND THEN RETURN; END IF;
    IF (SELECT count(*) FROM plimsoll_changes.caches) >= {PROCESSES_MAX} THEN
        RAISE configuration_limit_exceeded USING MESSAGE = '{PROCESSES_MAX} processes report already';
    END IF;
    INSERT INTO plimsoll_changes.caches VALUES ($1, $2, session_user, clock_timestamp(), $3) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE insufficient_privilege USING MESSAGE = 'another role reports under this name';
    END IF;
END $plimsoll$;
CREATE OR REPLACE FUNCTION plimsoll_changes.caches()
RETURNS TABLE (name text, instance text, role text, age_s double precision, report jsonb)
LANGUAGE sql STABLE {_DEFINED} AS $plimsoll$
    SELECT c.name, c.instance, c.role, greatest(0, extract(epoch FROM clock_timestamp() - c.reported_at)), c.report
    FROM plimsoll_changes.caches c
    WHERE clock_timestamp() - c.reported_at < interval '{SILENT_S} s' ORDER BY c.name, c.instance
$plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_changes.report(text, text, jsonb), plimsoll_changes.caches() FROM PUBLIC
"""

# Whoever was silent for a minute is gone. A row that its process writes just now is not. Versions that a transaction
# of hours keeps would grow without end: then all go, and come back with the next reports.
FORGET_SILENT: Final = f"""
    IF pg_relation_size('plimsoll_changes.caches') > {REPORTS_BYTES_MAX} THEN
        BEGIN
            TRUNCATE plimsoll_changes.caches;
        EXCEPTION WHEN lock_not_available THEN
            NULL;
        END;
    END IF;
    DELETE FROM plimsoll_changes.caches WHERE ctid = ANY (ARRAY(
        SELECT c.ctid FROM plimsoll_changes.caches c
        WHERE clock_timestamp() - c.reported_at NOT BETWEEN interval '-1 s' * {SILENT_S} AND interval '1 s' * {SILENT_S}
        FOR UPDATE SKIP LOCKED))
"""

# A tag as `plimsoll.core.tag` writes it: of a row, of a family, of a table. Returns the transaction's id: the token
# with which a reader sees that it is done.
_PART: Final = "(?:(?:[^%/*]|%25|%2F|%2A)*|%0)"
_KEY: Final = rf"(?:{_PART}(?:/{_PART}){{0,{COLUMNS_MAX - 1}}}|%h[0-9a-f]{{64}}|\*)"
_TABLE: Final = r"table:(?:[^%/*.]|%25|%2F|%2A|%2E)+\.(?:[^%/*.]|%25|%2F|%2A|%2E)+"
WRITE: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_changes.write(tags text[]) RETURNS text LANGUAGE plpgsql VOLATILE {_DEFINED}
AS $plimsoll$
DECLARE
    wrong text;
BEGIN
    IF tags IS NULL OR array_ndims(tags) IS DISTINCT FROM 1 OR cardinality(tags) > {TAGS_BY_HAND_MAX} THEN
        RAISE invalid_parameter_value USING MESSAGE = 'write takes 1 to {TAGS_BY_HAND_MAX} tags';
    END IF;
    SELECT coalesce(t, 'NULL') INTO wrong FROM unnest(tags) t
    WHERE t IS NULL OR length(t) > {TAG_CHARACTERS_MAX}
       OR NOT (t ~ '^{_TABLE}$' OR (t ~ '^[a-z][a-z0-9_-]{{0,39}}:{_KEY}$' AND t !~ '^table:'
               AND length(t) - strpos(t, ':') <= {KEY_CHARACTERS_MAX}))
    LIMIT 1;
    IF FOUND THEN
        RAISE invalid_parameter_value USING MESSAGE = format('%s is no tag', quote_literal(left(wrong, 80))),
            HINT = 'a tag is as order:42, order:* for all of a family, or table:public.orders';
    END IF;
    INSERT INTO plimsoll_changes.changelog (tags) VALUES (tags);
    RETURN pg_current_xact_id()::text;
END $plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_changes.write(text[]) FROM PUBLIC
"""
