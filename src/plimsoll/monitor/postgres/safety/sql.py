"""What is asked about replication, slots, wraparound and the archive. Pure."""

from typing import Final

ROWS_MAX: Final = 100  # of standbys and of slots; a server with more shows the worst

# Positions in the log are in bytes from its beginning. Its end: of a standby that feeds others, what it has received.
_POSITION: Final = "pg_catalog.pg_wal_lsn_diff({0}, '0/0')::float8"
_END: Final = _POSITION.format("""CASE WHEN pg_catalog.pg_is_in_recovery()
    THEN coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
    ELSE pg_catalog.pg_current_wal_lsn() END""")
END: Final = f"SELECT {_END} AS position"
STANDBYS: Final = f"""
SELECT coalesce(application_name, '') AS name, coalesce(host(client_addr), '') AS address, state,
       {_END} AS position, {_POSITION.format("replay_lsn")} AS replayed, extract(epoch FROM replay_lag)::float8 AS lag_s
FROM pg_catalog.pg_stat_replication WHERE state IS DISTINCT FROM 'backup' ORDER BY replay_lsn LIMIT {ROWS_MAX}
"""
SLOTS: Final = f"""
SELECT slot_name::text AS name, active, wal_status, {_END} - {_POSITION.format("restart_lsn")} AS retained_bytes
FROM pg_catalog.pg_replication_slots ORDER BY restart_lsn LIMIT {ROWS_MAX}
"""
REPLAY: Final = f"""
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
       {_POSITION.format("pg_catalog.pg_last_wal_receive_lsn()")} AS position,
       {_POSITION.format("pg_catalog.pg_last_wal_replay_lsn()")} AS replayed,
       extract(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::float8 AS age_s
"""
AGES: Final = """
SELECT max(pg_catalog.age(datfrozenxid))::float8 AS age, max(pg_catalog.mxid_age(datminmxid))::float8 AS multixact_age,
       pg_catalog.current_setting('autovacuum_freeze_max_age')::float8 AS age_max,
       pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::float8 AS multixact_age_max
FROM pg_catalog.pg_database
"""
ARCHIVER: Final = "SELECT failed_count AS failed, stats_reset::text AS epoch FROM pg_catalog.pg_stat_archiver"
