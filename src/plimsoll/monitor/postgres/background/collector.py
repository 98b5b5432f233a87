"""What the server does of its own accord: checkpoints, the background writer, its log, I/O by kind of process."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.observation import Event, Moment, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.collecting.counters import Difference
from plimsoll.monitor.postgres.background.sql import IO_SINCE, WAL, checkpoints_sql, io_sql, pages_by_backends_from_io
from plimsoll.monitor.postgres.link import DatabaseLink, Server
from plimsoll.monitor.postgres.looks import Looks, ask, rates

NAME: Final = "background"
_CHECKPOINTS: Final = {
    "timed": SeriesKey.of("database_checkpoints_per_s", cause="timed"),
    "requested": SeriesKey.of("database_checkpoints_per_s", cause="requested"),
    "write_ms": SeriesKey.of("database_checkpoint_write_ms_per_s"),
    "sync_ms": SeriesKey.of("database_checkpoint_sync_ms_per_s"),
    "by_checkpointer": SeriesKey.of("database_buffers_written_per_s", by="checkpointer"),
    "by_background_writer": SeriesKey.of("database_buffers_written_per_s", by="background writer"),
    "by_backends": SeriesKey.of("database_buffers_written_per_s", by="backends"),
}
_WAL: Final = {
    "records": SeriesKey.of("database_wal_records_per_s"),
    "full_pages": SeriesKey.of("database_wal_full_pages_per_s"),
    "bytes": SeriesKey.of("database_wal_bytes_per_s"),
    "buffers_full": SeriesKey.of("database_wal_buffers_full_per_s"),
}
_IO: Final = {
    "reads": "database_io_reads_per_s",
    "writes": "database_io_writes_per_s",
    "evictions": "database_io_evictions_per_s",
    "read_ms": "database_io_read_ms_per_s",
    "write_ms": "database_io_write_ms_per_s",
}
_TIMES: Final = ("read_ms", "write_ms")  # 0 where track_io_timing is off, which is not known rather than no time
_BACKEND: Final = "client backend"


class BackgroundCollector:
    """Three small questions a look: 0.2 ms of the server."""

    name = NAME

    def __init__(self, link: DatabaseLink, period_s: float = 10.0, budget_s: float = 5.0) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link
        self._looks = Looks(period_s)

    async def collect(self) -> Observation:
        server = await self._link.server()
        checkpoints, no_checkpoints = await ask(self._link, "checkpoints", checkpoints_sql(server.version))
        wal, no_wal = await ask(self._link, "the write-ahead log's counters", WAL)
        io, no_io = await self._ask_io(server)
        at = now()
        values: dict[SeriesKey, float] = {}
        events: Sequence[Event] = ()
        for row in checkpoints:
            found = self._next("checkpoints", at, server, row)
            values |= rates(found, _CHECKPOINTS)
            events = checkpoint_events(found, at.wall_s)
        for row in wal:
            values |= rates(self._next("wal", at, server, row), _WAL)
        for row in io:
            values |= io_rates(self._next(f"io of {row['by']}", at, server, row), row, server.version)
        notes = [note for note in (no_checkpoints, no_wal, no_io) if note]
        return Observation(NAME, at.wall_s, values, events=events, notes=notes)

    async def _ask_io(self, server: Server) -> tuple[Sequence[Mapping[str, Any]], str]:
        return (
            await ask(self._link, "I/O by kind of process", io_sql(server.version))
            if server.version >= IO_SINCE
            else ((), "")
        )

    def _next(self, group: str, at: Moment, server: Server, row: Mapping[str, Any]) -> Difference[str]:
        counters = {name: value for name, value in row.items() if value is None or isinstance(value, (int, float))}
        return self._looks.next(group, at.steady_s, counters, (server.started_at, row["epoch"]))

    async def close(self) -> None:
        """The link is another's."""


def checkpoint_events(found: Difference[str], at_s: float) -> Sequence[Event]:
    """One for all checkpoints since the last look. 18 counts those that are done; older servers count those that are
    begun, and those that were due and found nothing to write."""
    done, timed, requested = (found.counted.get(name, 0) for name in ("done", "timed", "requested"))
    if done:
        return (Event(at_s, "checkpoint", "a checkpoint is done", NAME),)
    if "done" in found.counted or not timed + requested:
        return ()
    cause = "requested" if requested else "on time"
    return (Event(at_s, "checkpoint", f"a checkpoint has begun ({cause})", NAME),)


def io_rates(found: Difference[str], row: Mapping[str, Any], version: int) -> dict[SeriesKey, float]:
    """Of one kind of process; nothing of one that has never read nor written anything."""
    if not (row["reads"] or row["writes"] or row["evictions"]):
        return {}
    wanted = {one: name for one, name in _IO.items() if row["timed"] or one not in _TIMES}
    values = rates(found, {one: SeriesKey.of(name, by=row["by"]) for one, name in wanted.items()})
    written = found.per_s("write_bytes")
    if row["by"] == _BACKEND and pages_by_backends_from_io(version) and written is not None:
        values[_CHECKPOINTS["by_backends"]] = written / row["block_size"]
    return values
