"""SQL of the outbox: what is in the schema `plimsoll_edge`, beside `plimsoll_changes`. PostgreSQL 15 to 18.

A row is a wish for one provider; the same again while it waits is the same row, asked for once more (`asked`), and hard
if one of the two was. It goes when the provider has acknowledged it as it was asked for then. Times are the server's.

`position` is up to where the changelog was read. It moves in the transaction that writes the rows of what was read, so
a commit is either not yet read, or has its rows.
"""

import hashlib
from typing import Final

from plimsoll.changes.database import OID
from plimsoll.edge.purge.wish import WHAT_BYTES_MAX, WISHES_MAX, Kind

SCHEMA: Final = "plimsoll_edge"
BACKLOG_MAX: Final = 20_000  # rows of a provider; above, one row for everything stands for all of them
READ_S_MAX: Final = 10  # of who holds the position
ASKED_MAX: Final = 25_000  # wishes of one call: more than a poll of the changelog reads rows
_DEFINED: Final = "SECURITY DEFINER SET search_path TO pg_catalog, pg_temp SET jit TO off"
_KINDS: Final = ", ".join(f"'{one}'" for one in Kind)

# A row is updated when it is leased, and soon deleted: room for its next version keeps the index out of it.
TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS plimsoll_edge.providers (
    name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{{0,39}}$'),
    rank smallint NOT NULL,
    resume_at timestamptz NOT NULL DEFAULT '-infinity',
    trouble text NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS plimsoll_edge.position (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version text NOT NULL,
    epoch text NOT NULL,
    snapshot text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS plimsoll_edge.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text COLLATE "C" NOT NULL REFERENCES plimsoll_edge.providers ON DELETE CASCADE,
    rank smallint NOT NULL,
    kind text COLLATE "C" NOT NULL CHECK (kind IN ({_KINDS})),
    what text COLLATE "C" NOT NULL CHECK (octet_length(what) <= {WHAT_BYTES_MAX}),
    hard boolean NOT NULL,
    asked bigint NOT NULL DEFAULT 1,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz NOT NULL DEFAULT '-infinity',
    lease text NOT NULL DEFAULT '',
    tries integer NOT NULL DEFAULT 0,
    refusals integer NOT NULL DEFAULT 0,
    together integer,
    parked boolean NOT NULL DEFAULT false,
    error text NOT NULL DEFAULT '',
    UNIQUE (kind, what, provider)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX IF NOT EXISTS outbox_waiting ON plimsoll_edge.outbox (provider, asked_at) WHERE NOT parked;
CREATE INDEX IF NOT EXISTS outbox_parked ON plimsoll_edge.outbox (provider) WHERE parked;
REVOKE ALL ON SCHEMA plimsoll_edge FROM PUBLIC;
REVOKE ALL ON plimsoll_edge.providers, plimsoll_edge.position, plimsoll_edge.outbox FROM PUBLIC
"""

# Wishes come in the order of `in_order`, so that two who write the same rows never wait for each other. `named` NULL
# is every provider. Returns how many rows were written or asked for again. What is asked for again is due at once, and
# leased no more: the new wish is not the one that failed, and who has the row may be dead. So two may send it at once.
ASK: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_edge.ask(kinds text[], whats text[], hards boolean[], named text[] DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql VOLATILE {_DEFINED} AS $plimsoll$
DECLARE
    written bigint;
    crowded record;
BEGIN
    IF kinds IS NULL OR cardinality(kinds) NOT BETWEEN 1 AND {ASKED_MAX}
       OR cardinality(whats) IS DISTINCT FROM cardinality(kinds)
       OR cardinality(hards) IS DISTINCT FROM cardinality(kinds) THEN
        RAISE invalid_parameter_value USING MESSAGE =
            'ask takes 1 to {ASKED_MAX} wishes, each with kind, what and hard';
    END IF;
    IF EXISTS (SELECT FROM unnest(named) n WHERE n NOT IN (SELECT p.name FROM plimsoll_edge.providers p)) THEN
        RAISE invalid_parameter_value USING MESSAGE = 'a provider is named that is not in plimsoll_edge.providers';
    END IF;
    INSERT INTO plimsoll_edge.outbox AS o (provider, rank, kind, what, hard)
    SELECT p.name, p.rank, w.kind, w.what, w.hard
    FROM (SELECT u.kind, u.what, bool_or(u.hard) AS hard, min(u.number) AS number
          FROM unnest(kinds, whats, hards) WITH ORDINALITY AS u (kind, what, hard, number) GROUP BY u.kind, u.what) w
    CROSS JOIN plimsoll_edge.providers p
    WHERE named IS NULL OR p.name = ANY (named)
    ORDER BY w.number, p.name COLLATE "C"
    ON CONFLICT (kind, what, provider) DO UPDATE
    SET asked = o.asked + 1, hard = o.hard OR excluded.hard, due_at = clock_timestamp(), tries = 0, refusals = 0,
        leased_until = '-infinity', together = NULL,
        asked_at = CASE WHEN o.parked THEN clock_timestamp() ELSE o.asked_at END, parked = false;
    GET DIAGNOSTICS written = ROW_COUNT;
    FOR crowded IN
        SELECT p.name, p.rank FROM plimsoll_edge.providers p WHERE {BACKLOG_MAX} < (
            SELECT count(*) FROM (SELECT FROM plimsoll_edge.outbox o WHERE o.provider = p.name
                                  LIMIT {BACKLOG_MAX + 1}) c)
        ORDER BY p.rank, p.name
    LOOP
        WITH gone AS (
            DELETE FROM plimsoll_edge.outbox o WHERE o.provider = crowded.name AND o.kind <> 'all'
            RETURNING o.hard, o.asked_at
        )
        INSERT INTO plimsoll_edge.outbox AS o (provider, rank, kind, what, hard, asked_at)
        SELECT crowded.name, crowded.rank, 'all', '', bool_or(g.hard), min(g.asked_at) FROM gone g
        HAVING count(*) > 0
        ON CONFLICT (kind, what, provider) DO UPDATE
        SET asked = o.asked + 1, hard = o.hard OR excluded.hard, due_at = clock_timestamp(), tries = 0, refusals = 0,
            parked = false;
    END LOOP;
    RETURN written;
END $plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_edge.ask(text[], text[], boolean[], text[]) FROM PUBLIC
"""

# For who asks by hand: which providers there are, and what waits for them, without URLs and tags.
BACKLOG: Final = f"""
CREATE OR REPLACE FUNCTION plimsoll_edge.backlog()
RETURNS TABLE (provider text, waiting bigint, leased bigint, parked bigint, oldest_s double precision,
               tries integer, resume_s double precision, trouble text, read_s double precision)
LANGUAGE sql STABLE {_DEFINED} AS $plimsoll$
    SELECT p.name, count(o.id) FILTER (WHERE NOT o.parked),
        count(o.id) FILTER (WHERE NOT o.parked AND o.leased_until > clock_timestamp()),
        count(o.id) FILTER (WHERE o.parked),
        extract(epoch FROM clock_timestamp() - min(o.asked_at) FILTER (WHERE NOT o.parked))::float8,
        coalesce(max(o.tries) FILTER (WHERE NOT o.parked), 0),
        CASE WHEN p.resume_at > clock_timestamp()
             THEN extract(epoch FROM p.resume_at - clock_timestamp()) END::float8, p.trouble,
        (SELECT extract(epoch FROM clock_timestamp() - q.moved_at)::float8 FROM plimsoll_edge.position q)
    FROM plimsoll_edge.providers p LEFT JOIN plimsoll_edge.outbox o ON o.provider = p.name
    GROUP BY p.name, p.rank, p.resume_at, p.trouble ORDER BY p.rank, p.name
$plimsoll$;
REVOKE ALL ON FUNCTION plimsoll_edge.backlog() FROM PUBLIC
"""
VERSION: Final = hashlib.sha256(f"{TABLES}{ASK}{BACKLOG}".encode()).hexdigest()[:16]

# From here on, whatever was committed before: nothing was promised of that.
BEGIN_HERE: Final = f"""
INSERT INTO plimsoll_edge.position (version, epoch, snapshot)
SELECT '{VERSION}', c.epoch || ' ' || {OID}, c.snapshot FROM plimsoll_changes.poll(NULL) c WHERE c.epoch IS NOT NULL
ON CONFLICT (one) DO UPDATE SET version = excluded.version
"""

# Looks without a lock, a transaction id or a word in the log: `due` says whether the position is to move.
_POLLED: Final = f"c.snapshot, c.epoch, {OID} AS database, c.trimmed, c.number, c.xid, c.tags"
PEEK: Final = f"""
SELECT p.epoch AS before, p.snapshot AS seen, p.version, clock_timestamp() - p.moved_at > interval '1 s' AS old,
       {_POLLED}
FROM plimsoll_edge.position p CROSS JOIN LATERAL plimsoll_changes.poll(p.snapshot) c
"""
# One reads at a time; a reader that stands still within it is ended by the server, whatever its client does.
BOUNDS: Final = f"""
SELECT set_config(named, '{READ_S_MAX}s', true)
FROM unnest(ARRAY['idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout']) named
"""
LOCK: Final = "SELECT epoch FROM plimsoll_edge.position FOR UPDATE SKIP LOCKED"
MOVE: Final = "UPDATE plimsoll_edge.position SET epoch = $1, snapshot = $2, moved_at = clock_timestamp()"
ASK_CALL: Final = "SELECT plimsoll_edge.ask($1::text[], $2::text[], $3::boolean[], $4::text[])"

# What is due, oldest first: what stands first says of which kind the batch is. An outer row waits for inner ones of the
# same wish, and for everything, for `patience`: an inner that is away must not keep the CDN stale for ever.
_DUE: Final = """
    o.provider = $1 AND NOT o.parked AND o.due_at <= clock_timestamp() AND o.leased_until <= clock_timestamp()
    AND NOT EXISTS (
        SELECT FROM plimsoll_edge.outbox i WHERE i.kind = o.kind AND i.what = o.what
           AND i.rank < o.rank AND NOT i.parked AND i.asked_at > clock_timestamp() - $2::interval)
    AND NOT EXISTS (
        SELECT FROM plimsoll_edge.outbox i WHERE i.kind = 'all' AND i.what = ''
           AND i.rank < o.rank AND NOT i.parked AND i.asked_at > clock_timestamp() - $2::interval)
"""
FIRST: Final = f"""
SELECT o.kind, o.hard, o.together FROM plimsoll_edge.outbox o JOIN plimsoll_edge.providers p ON p.name = o.provider
WHERE p.resume_at <= clock_timestamp() AND {_DUE} ORDER BY o.asked_at LIMIT 1
"""
LEASE: Final = f"""
WITH due AS MATERIALIZED (
    SELECT o.id FROM plimsoll_edge.outbox o
    WHERE {_DUE} AND o.kind = $3 AND o.hard = $4 AND o.together IS NOT DISTINCT FROM $5
    ORDER BY o.asked_at LIMIT $6 FOR UPDATE OF o SKIP LOCKED
)
UPDATE plimsoll_edge.outbox o SET leased_until = clock_timestamp() + $7::interval, lease = $8, tries = o.tries + 1
FROM due WHERE o.id = due.id
RETURNING o.id, o.kind, o.what, o.hard, o.asked, o.tries, o.refusals, o.together
"""
# In the order in which `ask` locks them.
HOLD: Final = """
SELECT o.id FROM plimsoll_edge.outbox o WHERE o.id = ANY ($1::bigint[]) ORDER BY o.kind, o.what, o.provider FOR UPDATE
"""
DONE: Final = """
DELETE FROM plimsoll_edge.outbox o USING unnest($1::bigint[], $2::bigint[]) AS d (id, asked)
WHERE o.id = d.id AND o.asked = d.asked
RETURNING o.kind, o.what, o.hard, o.rank, o.asked_at < clock_timestamp() - $3::interval AS late
"""
# What was asked for again while it was sent may still be ours.
FREE: Final = """
UPDATE plimsoll_edge.outbox SET leased_until = '-infinity', error = '' WHERE id = ANY ($1::bigint[]) AND lease = $2
"""
POSTPONE: Final = """
UPDATE plimsoll_edge.outbox o SET leased_until = '-infinity', error = $3,
    due_at = CASE WHEN o.asked = d.asked THEN clock_timestamp() + make_interval(secs => d.after_s) ELSE o.due_at END,
    refusals = CASE WHEN o.asked = d.asked THEN d.refusals ELSE o.refusals END,
    together = CASE WHEN o.asked = d.asked THEN d.together ELSE o.together END,
    parked = o.asked = d.asked AND d.parked
FROM unnest($1::bigint[], $4::bigint[], $5::float8[], $6::int[], $7::int[], $8::boolean[])
     AS d (id, asked, after_s, refusals, together, parked)
WHERE o.id = d.id AND o.lease = $2
"""
PAUSE: Final = """
UPDATE plimsoll_edge.providers SET resume_at = clock_timestamp() + make_interval(secs => $2), trouble = $3
WHERE name = $1 AND ($2 > 0 OR trouble <> $3)
"""
# Who had to go before an inner one was done is asked for again, since it may have filled from that meanwhile.
OUTER: Final = "SELECT name FROM plimsoll_edge.providers WHERE rank > $1 ORDER BY name"
RETRY: Final = """
UPDATE plimsoll_edge.outbox SET parked = false, refusals = 0, tries = 0, together = NULL, due_at = clock_timestamp()
WHERE parked AND ($1::text IS NULL OR provider = $1)
"""
PARKED: Final = """
SELECT provider, kind, what, hard, tries, refusals, error FROM plimsoll_edge.outbox WHERE parked
ORDER BY asked_at LIMIT $1
"""
PROVIDERS: Final = "SELECT provider FROM plimsoll_edge.backlog()"
assert WISHES_MAX <= ASKED_MAX
