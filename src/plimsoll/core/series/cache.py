"""The series of the application's caches, as their processes report them through the database."""

from typing import Final

from plimsoll.core.series.info import SeriesInfo, of

CACHE: Final[tuple[SeriesInfo, ...]] = (
    of("cache_processes", "count", "processes that report a cache of this name", "cache"),
    of("cache_reads_per_s", "1/s", "reads of the cache", "cache"),
    of("cache_hit_percent", "percent", "reads that were hits, of any tier", "cache"),
    of("cache_hits_per_s", "1/s", "hits by tier (process, shared)", "cache", "tier"),
    of("cache_misses_per_s", "1/s", "misses by reason", "cache", "reason"),
    of("cache_fills_per_s", "1/s", "values that were asked of the database or another source", "cache"),
    of("cache_failed_fills_per_s", "1/s", "fills that raised an error", "cache"),
    of("cache_fill_ms_p50", "ms", "half of the fills took at most so long", "cache"),
    of("cache_fill_ms_p99", "ms", "99 of 100 fills took at most so long", "cache"),
    of("cache_lag_ms_p99", "ms", "99 of 100 polls applied what they found at most so long after its commit", "cache"),
    of("cache_evictions_per_s", "1/s", "values that went, by reason", "cache", "reason"),
    of("cache_refused_per_s", "1/s", "values that were filled and not stored, by reason", "cache", "reason"),
    of("cache_queries_per_s", "1/s", "statements of query caches whose answers may be kept", "cache"),
    of("cache_uncached_per_s", "1/s", "statements of query caches that ran as without a cache", "cache"),
    of("cache_entries", "count", "values held in all processes", "cache"),
    of("cache_bytes", "bytes", "what they take", "cache"),
    of("cache_tenant_bytes", "bytes", "what the largest tenants' values take", "cache", "tenant"),
    of("cache_family_hit_percent", "percent", "hits among reads of the most read families of tags", "cache", "family"),
    of("cache_watermark_age_ms", "ms", "the oldest knowledge of changes among the processes", "cache"),
    of("cache_behind_processes", "count", "processes that pass the cache by, since they know too little", "cache"),
    of("cache_shared_away_processes", "count", "processes that pass tier 2 by", "cache"),
    of("cache_stale_found_per_s", "1/s", "hits that the audit found to be stale", "cache"),
)
