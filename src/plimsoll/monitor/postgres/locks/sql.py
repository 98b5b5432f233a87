"""The questions about locks, asked only while somebody waits for one: pg_locks holds up who wants locks."""

from typing import Final

WAITERS_MAX: Final = 200  # whose blockers are asked for; the longest waits come first, the others are counted

# Two rows of pg_locks with the same text are about the same thing: which columns are set, the type says.
_WHAT: Final = (
    "concat_ws(':', locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid)"
)

# `holders` have what is waited for; they alone tell a blocker that holds it from one that only stands before in the
# queue. Of a prepared transaction there is no process, only `prepared`, its virtual transaction. Who the parties are is
# asked in the same breath, lest they do something else by then: the server gives no one moment for all three, but
# within a statement they lie as near to each other as can be. A parallel worker belongs to its leader's group, and
# pg_blocking_pids speaks of leaders only.
_WAITING: Final = f"""
WITH l AS MATERIALIZED (SELECT *, {_WHAT} AS what FROM pg_catalog.pg_locks),
waiting AS MATERIALIZED (
    SELECT * FROM l WHERE NOT granted AND pid IS NOT NULL ORDER BY waitstart NULLS LAST LIMIT $1),
holding AS (
    SELECT w.pid, array_agg(h.pid) FILTER (WHERE h.pid IS NOT NULL) AS holders,
           array_agg(h.mode) FILTER (WHERE h.pid IS NOT NULL) AS modes,
           array_agg(h.virtualtransaction) FILTER (WHERE h.pid IS NULL) AS prepared
    FROM waiting w JOIN l h ON h.granted AND h.what = w.what GROUP BY w.pid),
waits AS MATERIALIZED (
SELECT w.pid, w.locktype, w.mode, w.classid::int8 AS classid, w.objid::int8 AS objid,
       extract(epoch FROM pg_catalog.clock_timestamp() - w.waitstart)::float8 AS wait_s,
       pg_catalog.pg_blocking_pids(w.pid) AS blockers, h.holders, h.modes, h.prepared,
       {{name}} AS relation, w.waitstart
FROM waiting w LEFT JOIN holding h USING (pid)
LEFT JOIN LATERAL (  -- who waits for a transaction because of a row holds a lock on that row
    SELECT t.database, t.relation FROM l t
    WHERE t.pid = w.pid AND t.granted AND t.locktype = 'tuple' AND w.locktype = 'transactionid' LIMIT 1) t ON true
CROSS JOIN LATERAL (SELECT coalesce(w.database, t.database) AS database, coalesce(w.relation, t.relation) AS relation) r
{{catalogs}}),
involved AS MATERIALIZED (
    SELECT pid FROM waits UNION SELECT unnest(blockers) FROM waits UNION SELECT unnest(holders) FROM waits),
parties AS (
    SELECT pid, leader_pid, coalesce(backend_type, '') AS kind, coalesce(usename::text, '') AS user,
           coalesce(application_name, '') AS application, coalesce(state, '') AS state, wait_event_type AS waits_on,
           extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 AS transaction_s,
           left(query, $2) AS query
    FROM pg_catalog.pg_stat_activity
    WHERE pid IN (SELECT pid FROM involved) OR leader_pid IN (SELECT pid FROM involved))
SELECT (SELECT json_agg(w ORDER BY waitstart NULLS LAST) FROM waits w)::text AS waiting,
       (SELECT json_agg(p) FROM parties p)::text AS parties
"""
_NAME: Final = """coalesce(n.nspname || '.' || c.relname,
                'relation ' || r.relation || ' of ' || coalesce(d.datname, 'all databases'))"""
_CATALOGS: Final = """LEFT JOIN pg_catalog.pg_database d ON d.oid = r.database
LEFT JOIN pg_catalog.pg_class c ON c.oid = r.relation AND (r.database = 0 OR d.datname = current_database())
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"""
WAITING: Final = _WAITING.format(name=_NAME, catalogs=_CATALOGS)
WAITING_UNNAMED: Final = _WAITING.format(name="'relation ' || r.relation", catalogs="")  # while catalogs are locked

PREPARED: Final = """
SELECT l.virtualtransaction, p.transaction::text::int8 AS xid, p.gid, p.owner::text AS owner,
       extract(epoch FROM pg_catalog.clock_timestamp() - p.prepared)::float8 AS transaction_s
FROM pg_catalog.pg_prepared_xacts p
JOIN pg_catalog.pg_locks l ON l.pid IS NULL AND l.locktype = 'transactionid' AND l.transactionid = p.transaction
LIMIT $1
"""
