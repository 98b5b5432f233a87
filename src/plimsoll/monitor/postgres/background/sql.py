"""What a server counts of its background work, from where its version has it. Pure."""

from typing import Final

_BEFORE_17: Final = """
SELECT checkpoints_timed AS timed, checkpoints_req AS requested, NULL::bigint AS done,
       checkpoint_write_time AS write_ms, checkpoint_sync_time AS sync_ms,
       buffers_checkpoint AS by_checkpointer, buffers_clean AS by_background_writer, buffers_backend AS by_backends,
       maxwritten_clean AS writer_stopped, stats_reset::text AS epoch
FROM pg_catalog.pg_stat_bgwriter
"""
_SINCE_17: Final = """
SELECT c.num_timed AS timed, c.num_requested AS requested, {done} AS done,
       c.write_time AS write_ms, c.sync_time AS sync_ms,
       c.buffers_written AS by_checkpointer, b.buffers_clean AS by_background_writer, NULL::bigint AS by_backends,
       b.maxwritten_clean AS writer_stopped, concat(c.stats_reset, b.stats_reset) AS epoch
FROM pg_catalog.pg_stat_checkpointer c, pg_catalog.pg_stat_bgwriter b
"""
WAL: Final = """
SELECT wal_records AS records, wal_fpi AS full_pages, wal_bytes::float8 AS bytes, wal_buffers_full AS buffers_full,
       stats_reset::text AS epoch
FROM pg_catalog.pg_stat_wal
"""
# 18 has rows for the log as well, which pg_stat_wal tells of; a standalone backend only ever made the cluster.
_IO: Final = """
SELECT backend_type AS by, sum(reads)::float8 AS reads, sum(writes)::float8 AS writes,
       sum({write_bytes})::float8 AS write_bytes,
       sum(evictions)::float8 AS evictions, sum(read_time)::float8 AS read_ms, sum(write_time)::float8 AS write_ms,
       pg_catalog.current_setting('track_io_timing')::bool AS timed, max(stats_reset)::text AS epoch,
       pg_catalog.current_setting('block_size')::float8 AS block_size
FROM pg_catalog.pg_stat_io WHERE object <> 'wal' AND backend_type <> 'standalone backend' GROUP BY backend_type
"""
IO_SINCE: Final = 160_000
_BYTES_OF_THEIR_OWN: Final = 180_000  # writes may span pages from here on
_CHECKPOINTER: Final = 170_000


def checkpoints_sql(version: int) -> str:
    """One row of checkpoints and of pages written, whoever wrote them."""
    if version < _CHECKPOINTER:
        return _BEFORE_17
    return _SINCE_17.format(done="c.num_done" if version >= _BYTES_OF_THEIR_OWN else "NULL::bigint")


def io_sql(version: int) -> str:
    """A row for each kind of process; only from `IO_SINCE` on."""
    return _IO.format(write_bytes="write_bytes" if version >= _BYTES_OF_THEIR_OWN else "writes * op_bytes")


def pages_by_backends_from_io(version: int) -> bool:
    """Whether pages that backends wrote themselves are told by pg_stat_io, and no longer beside the checkpoints."""
    return version >= _CHECKPOINTER
