"""The application's caches: what their processes report through the database, read as everything else is."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any, Final

import asyncpg

from plimsoll.changes.caches import READ_CACHES, WATCHED, SeenCache, caches_refused, seen_cache
from plimsoll.core.cache_figures import CacheFigures
from plimsoll.core.details import document
from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.tag import family_of
from plimsoll.monitor.caches.combining import Reports, figures_of, row_of
from plimsoll.monitor.collecting.collector import CollectorLostError, now
from plimsoll.monitor.postgres.link import DatabaseLink

NAME: Final = "caches"
READS_PER_S_MIN: Final = 1.0  # below, the hit ratio is no series
CACHES_MAX: Final = 20  # of different names; those with the fewest processes are left out
# Whether there is anything to read: asked of the catalog, so that the server's log has no error of ours.
_MAY: Final = """
SELECT has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE') AS may
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = 'caches' AND n.nspname = 'plimsoll_changes' AND p.pronargs = 0
"""
_RATES: Final[Mapping[str, str]] = {
    "reads_per_s": "cache_reads_per_s", "hit_percent": "cache_hit_percent", "fills_per_s": "cache_fills_per_s",
    "failed_per_s": "cache_failed_fills_per_s", "fill_ms_p50": "cache_fill_ms_p50", "fill_ms_p99": "cache_fill_ms_p99",
    "queries_per_s": "cache_queries_per_s", "uncached": "cache_uncached_per_s",
    "lag_ms_p99": "cache_lag_ms_p99", "age_ms": "cache_watermark_age_ms",
    "processes": "cache_processes", "behind": "cache_behind_processes",
    "away": "cache_shared_away_processes", "entries": "cache_entries", "bytes": "cache_bytes",
}  # fmt: skip
_SPLIT: Final[Mapping[str, tuple[str, str]]] = {
    "hits_per_s": ("cache_hits_per_s", "tier"), "misses_per_s": ("cache_misses_per_s", "reason"),
    "gone_per_s": ("cache_evictions_per_s", "reason"), "refused_per_s": ("cache_refused_per_s", "reason"),
}  # fmt: skip


class CachesCollector:
    """Three small questions a look. Where no changelog is installed there is nothing to see, which alarms nobody: the
    document then has `missing`, why nothing is seen, and `remedy`."""

    name = NAME

    def __init__(self, link: DatabaseLink, period_s: float = 10.0, budget_s: float = 5.0) -> None:
        self.period_s = period_s
        self.budget_s = budget_s
        self._link = link
        self._reports = Reports(period_s)
        self._stale: dict[str, int] = {}
        self._seen_steady_s: float | None = None

    async def collect(self) -> Observation:
        missing = await self._missing()
        if missing is not None:
            return Observation(NAME, now().wall_s, details={NAME: document([], caches=[], **missing)})
        seen, written = await self._read(), await self._written()
        at = now()
        found = self._reports.next(seen, at.steady_s)
        named = {name: list(group) for name, group in groupby(seen, lambda one: one.name)}
        shown = sorted(named, key=lambda name: (-len(named[name]), name))[:CACHES_MAX]
        figures = [figures_of(name, named[name], found, written) for name in sorted(shown)]
        rows = [row_of(one, found.get((one.name, one.instance))) for one in seen]
        values = {key: value for one in figures for key, value in values_of(one).items()}
        values |= self._newly_stale(figures, at.steady_s)
        told = document(rows, caches=[asdict(one) for one in figures])
        notes = notes_of(figures, len(named) - len(shown))
        return Observation(NAME, at.wall_s, values, {NAME: told}, notes=notes)

    async def close(self) -> None:
        """The link is another's."""

    async def _missing(self) -> Mapping[str, Any] | None:
        """Why nothing can be seen here, and what would mend it."""
        server = await self._link.server()
        if server.in_recovery:
            return {"missing": "this is a standby: caches report to the primary", "remedy": "watch the primary"}
        may = await self._link.ask(_MAY)
        if not may:
            what = "no changes are written down here for caches, or by an earlier version"
            return {"missing": what, "remedy": "plimsoll cache install"}
        if not may[0]["may"]:
            what = "this role may not see what caches report"
            return {"missing": what, "remedy": f"plimsoll cache install --reader {server.role}"}
        return None

    async def _read(self) -> Sequence[SeenCache]:
        try:
            return [seen_cache(row) for row in await self._link.fetch(READ_CACHES)]
        except asyncpg.PostgresError as error:
            why, remedy = caches_refused(error)
            raise CollectorLostError(f"what caches report cannot be read: {why}", remedy=remedy) from None

    async def _written(self) -> Collection[str] | None:
        """Families of tags that templates of watched tables have; None where that cannot be known."""
        try:
            rows = await self._link.fetch(WATCHED)
        except asyncpg.PostgresError:
            return None
        return {family_of(template) for row in rows for template in row["templates"]}

    def _newly_stale(self, figures: Iterable[CacheFigures], steady_s: float) -> dict[SeriesKey, float]:
        """What the audits have found since the look before; at the first one, ever. A process that went takes its
        finds along: that is no find."""
        before, self._stale = self._stale, {one.cache: one.stale for one in figures}
        since_s = self.period_s if self._seen_steady_s is None else steady_s - self._seen_steady_s
        self._seen_steady_s = steady_s
        return {
            SeriesKey.of("cache_stale_found_per_s", cache=name): max(0, count - before.get(name, 0)) / max(since_s, 0.1)
            for name, count in self._stale.items()
        }


def values_of(one: CacheFigures) -> dict[SeriesKey, float]:
    """What is known of one cache, as series. Of hardly any reads a ratio tells nothing, and would alarm people."""
    told = asdict(one)
    if not one.processes:
        return {SeriesKey.of("cache_processes", cache=one.cache): 0.0}
    if (one.reads_per_s or 0.0) < READS_PER_S_MIN:
        told["hit_percent"] = None
    told["uncached"] = None if one.queries_per_s is None else sum(one.uncached_per_s.values())
    values = {SeriesKey.of(name, cache=one.cache): told[key] for key, name in _RATES.items()}
    for key, (name, label) in _SPLIT.items():
        values |= {SeriesKey.of(name, cache=one.cache, **{label: kind}): rate for kind, rate in told[key].items()}
    for tenant in one.tenants:
        values[SeriesKey.of("cache_tenant_bytes", cache=one.cache, tenant=tenant.tenant)] = tenant.bytes
    for family in one.families:
        values[SeriesKey.of("cache_family_hit_percent", cache=one.cache, family=family.family)] = family.hit_percent
    return {key: float(value) for key, value in values.items() if value is not None}


def notes_of(figures: Iterable[CacheFigures], left_out: int) -> list[str]:
    """What the account lacks."""
    notes = [f"{left_out} more caches report than are told apart"] if left_out > 0 else []
    return notes + [
        f"the processes of {one.cache} hear too little of changes: they pass the cache by"
        for one in figures
        if one.processes and one.behind == one.processes
    ]
