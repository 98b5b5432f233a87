"""The questions about sessions. Who may not see what others do is given NULL for it, `backend_type` included."""

from typing import Final

from plimsoll.core.details import SQL_CHARACTERS_MAX
from plimsoll.monitor.postgres.link import ANEW_AT, APPLICATION_NAME

ROLES_MAX: Final = 20  # roles and databases that are told apart, those with the most sessions
# A session of a role that hides its type: it belongs to a database and to a user, as only clients and their helpers do.
CLIENT: Final = "coalesce(backend_type = 'client backend', datid IS NOT NULL AND usesysid IS NOT NULL)"
# Those who watch take up connections, but what they do is not the application's activity. Anybody may give a session
# any name, and must not hide by it: only those of our own role count as ours.
WATCHING: Final = f"""(pid = pg_catalog.pg_backend_pid()
    OR (application_name = '{APPLICATION_NAME}' AND usename IS NOT DISTINCT FROM session_user))"""

SUMMARY: Final = f"""
WITH seen AS MATERIALIZED (
    SELECT {CLIENT} AS client, {WATCHING} AS ours, backend_type, state, wait_event_type, usesysid, usename, datname,
           extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 AS transaction_s,
           extract(epoch FROM pg_catalog.clock_timestamp() - query_start)::float8 AS statement_s,
           extract(epoch FROM pg_catalog.clock_timestamp() - state_change)::float8 AS state_s,
           pg_catalog.age(backend_xmin) AS snapshot
    FROM pg_catalog.pg_stat_activity)
SELECT count(*) FILTER (WHERE client)::int AS connections,
       count(*) FILTER (WHERE client AND state = 'active' AND NOT ours)::int AS active,
       count(*) FILTER (WHERE client AND (state = 'idle' OR ours))::int AS idle,
       count(*) FILTER (WHERE client AND state = 'idle in transaction' AND NOT ours)::int AS idle_in_transaction,
       count(*) FILTER (WHERE client AND state = 'idle in transaction (aborted)' AND NOT ours)::int AS aborted,
       count(*) FILTER (WHERE client AND backend_type IS NULL AND NOT ours)::int AS hidden,
       max(transaction_s) FILTER (WHERE client AND NOT ours) AS transaction_s,
       max(statement_s) FILTER (WHERE client AND state = 'active' AND NOT ours) AS statement_s,
       max(state_s) FILTER (WHERE client AND state LIKE 'idle in transaction%' AND NOT ours) AS idle_in_transaction_s,
       greatest(max(snapshot) FILTER (WHERE NOT ours AND backend_type <> 'autovacuum worker'),
                (SELECT max(pg_catalog.age(transaction)) FROM pg_catalog.pg_prepared_xacts),
                (SELECT max(pg_catalog.age(xmin)) FROM pg_catalog.pg_replication_slots)) AS snapshot,
       count(*) FILTER (WHERE backend_type = 'autovacuum worker')::int AS autovacuum_workers,
       count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int AS usable,
       (SELECT pg_catalog.json_agg(r ORDER BY r.sessions DESC)::text FROM (
            SELECT usename::text AS role, datname::text AS database, count(*) AS sessions FROM seen
            WHERE client AND usename IS NOT NULL AND datname IS NOT NULL GROUP BY 1, 2
            ORDER BY 3 DESC, 1, 2 LIMIT {ROLES_MAX}) r) AS roles,
       extract(epoch FROM pg_catalog.pg_postmaster_start_time())::float8 AS started_at, {ANEW_AT} AS anew_at
FROM seen
"""

DETAIL: Final = f"""
SELECT pid, coalesce(usename::text, '') AS user, coalesce(datname::text, '') AS database,
       coalesce(application_name, '') AS application, coalesce(host(client_addr), 'local') AS client, state,
       wait_event_type, wait_event,
       extract(epoch FROM pg_catalog.clock_timestamp() - xact_start)::float8 AS transaction_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - state_change)::float8 AS state_s,
       extract(epoch FROM pg_catalog.clock_timestamp() - query_start)::float8 AS query_s,
       query_id::text AS query_id, left(query, {SQL_CHARACTERS_MAX}) AS query
FROM pg_catalog.pg_stat_activity
WHERE {CLIENT} AND NOT {WATCHING} AND state <> 'idle'
ORDER BY xact_start NULLS LAST, state_change
LIMIT $1
"""
