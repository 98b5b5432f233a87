"""What the watched database does: transactions, pages, rows, temporary files, and what failed (pg_stat_database)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.observation import Event, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.collecting.counters import Difference, Look, difference
from plimsoll.monitor.postgres.link import ANEW_AT, DatabaseLink, Server

BUDGET_S: Final = 8.0
OWN: Final = "own"  # transactions of the watch

# What our connection did is counted with a delay unless it is told not to; then our share could not be taken off. A
# session has its transactions counted only together with a table that it read, so one is read.
_FLUSH_SINCE: Final = 150_000
_FLUSH: Final = """
SELECT pg_catalog.pg_stat_force_next_flush() FROM pg_catalog.pg_database WHERE datname = current_database()
"""
_WORK: Final = f"""
SELECT datid::int8 AS datid, datname::text AS database, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned,
       tup_fetched, tup_inserted, tup_updated, tup_deleted, temp_files, temp_bytes, deadlocks, conflicts,
       checksum_failures, extract(epoch FROM stats_reset)::float8 AS reset_at,
       {ANEW_AT} AS started_at
FROM pg_catalog.pg_stat_database WHERE datname = current_database()
"""
_RATES: Final[Mapping[str, str]] = {
    "database_rollbacks_per_s": "xact_rollback",
    "database_blocks_read_per_s": "blks_read",
    "database_tuples_returned_per_s": "tup_returned",
    "database_tuples_fetched_per_s": "tup_fetched",
    "database_tuples_inserted_per_s": "tup_inserted",
    "database_tuples_updated_per_s": "tup_updated",
    "database_tuples_deleted_per_s": "tup_deleted",
    "database_temp_files_per_s": "temp_files",
    "database_temp_bytes_per_s": "temp_bytes",
    "database_deadlocks_per_s": "deadlocks",
    "database_conflicts_per_s": "conflicts",
    "database_checksum_failures_per_s": "checksum_failures",
}
_COUNTERS: Final = ("xact_commit", "blks_hit", *_RATES.values())
_EVENTS: Final[Mapping[str, str]] = {"deadlocks": "deadlock", "checksum_failures": "checksum failure"}


class DatabaseWorkCollector:
    """What the watch asks, over this link and over `others`, is no work of the application and is taken off."""

    def __init__(
        self, link: DatabaseLink, period_s: float, *, others: Sequence[DatabaseLink] = (), name: str = "database work"
    ) -> None:
        self.name = name
        self.period_s = period_s
        self.budget_s = BUDGET_S
        self.looked: Look[str] | None = None
        self._links = (*others, link)
        self._link = link

    async def collect(self) -> Observation:
        server = await self._link.server()
        own = sum([await self._counted(one, server) for one in self._links])
        moment = now()
        row = (await self._link.ask(_WORK))[0]
        before, self.looked = self.looked, look_of(row, moment.steady_s, own)
        between = difference(before, self.looked, self.period_s)
        return Observation(
            source=self.name,
            at_s=moment.wall_s,
            values=values_of(between) if between is not None else {},
            events=events_of(before, self.looked, between, row["database"], moment.wall_s),
        )

    async def _counted(self, link: DatabaseLink, server: Server) -> int:
        """Its transactions, once the server has counted them all. Another link that is lost loses nothing of ours."""
        if server.version >= _FLUSH_SINCE:
            try:
                await link.ask(_FLUSH)
            except CollectorLostError:
                if link is self._link:
                    raise
        return link.transactions

    async def close(self) -> None:
        await self._link.close()


def look_of(row: Mapping[str, Any], steady_s: float, own: int) -> Look[str]:
    """The counters of a row; those that the server does not keep (checksums that are off) are left out."""
    counters = {name: float(row[name]) for name in _COUNTERS if row[name] is not None}
    return Look(steady_s, counters | {OWN: float(own)}, (row["started_at"], row["datid"], row["reset_at"]))


def values_of(between: Difference[str]) -> dict[SeriesKey, float]:
    """Rates, and the share of pages that were found in shared buffers where pages were asked for at all."""
    rates = {name: between.per_s(column) for name, column in _RATES.items()}
    values = {SeriesKey(name): rate for name, rate in rates.items() if rate is not None}
    commits = between.per_s("xact_commit")
    if commits is not None:
        values[SeriesKey("database_commits_per_s")] = max(0.0, commits - (between.per_s(OWN) or 0.0))
    hit, read = between.counted.get("blks_hit"), between.counted.get("blks_read")
    if hit is not None and read is not None and hit + read:
        values[SeriesKey("database_cache_hit_percent")] = 100.0 * hit / (hit + read)
    return values


def events_of(
    before: Look[str] | None, after: Look[str], between: Difference[str] | None, database: str, at_s: float
) -> list[Event]:
    """A reset by hand of this database's statistics; a start of the server is told with the sessions."""
    if before is not None and _is_reset(before.epoch, after.epoch):
        return [Event(at_s, "statistics reset", f"the statistics of database {database} were reset", "database work")]
    counted = between.counted if between is not None else {}
    happened = {kind: round(counted.get(column, 0)) for column, kind in _EVENTS.items()}
    return [
        Event(at_s, kind, f"{count} {kind}{'s' if count > 1 else ''} in database {database}", "database work")
        for kind, count in happened.items()
        if count
    ]


def _is_reset(before: Any, after: Any) -> bool:
    """The same server and database, but another time of reset."""
    return bool(before[:2] == after[:2] and before[2] != after[2])
