"""Reports of made-up caches, as the collector would make a document of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import Any

from plimsoll.changes.caches import SeenCache
from plimsoll.core.cache_report import AuditReport, CacheReport, ShadowRatio, ShadowReport, Uses
from plimsoll.core.details import document
from plimsoll.monitor.caches.combining import Reports, figures_of, row_of

BEFORE = CacheReport(
    host="web1", policy="s3-fifo", started_s=1.0, hits={"process": 0, "shared": 0}, fills=0, staleness_s=0.25,
    age_s=0.012, bytes=64 * 2**20, bytes_max=100_000_000, entries=9_700, entries_max=10_000,
    families={"order": Uses(), "org": Uses(), "table": Uses()}, has_shared=True,
)  # fmt: skip
AFTER = replace(
    BEFORE,
    hits={"process": 18_710, "shared": 600},
    misses={"absent": 900, "invalidated": 210, "expired": 80},
    lag_ms=(0, 0, 0, 20, 400, 80, 3),
    fills=1_150, fill_ms=(0, 100, 400, 400, 180, 50, 20), gone={"capacity": 800, "expired": 90, "invalidated": 200},
    families={"order": Uses(14_000, 600), "org": Uses(5_000, 120), "table": Uses(310, 470)},
    queries=5_000, uncached={"it is no SELECT": 300, "random() is volatile": 100},
    tenants={"acme": 30 * 2**20, "globex": 12 * 2**20, "initech": 900_000},
    audit=AuditReport(checked=5_120, changing=3, unknown=1),
    shadow=ShadowReport(
        48_000, 8.0,
        tuple(
            ShadowRatio(policy, size, base + gain)
            for policy, base in (("lru", 0.868), ("sieve", 0.876), ("s3-fifo", 0.88), ("2q", 0.891))
            for size, gain in ((0.5, -0.06), (1.0, 0.0), (2.0, 0.05))
        ),
    ),
)  # fmt: skip
DEAF = replace(AFTER, host="web3", age_s=41.0, trouble="connection refused on db.example.org:5432")
STALE = replace(AFTER, audit=AuditReport(checked=5_000, stale=2, found=("order:7", "order:9")))


def caches(*reports: CacheReport, name: str = "shop", written: Collection[str] | None = None) -> Mapping[str, Any]:
    """Of processes of one cache, each seen twice, 10 s apart. `written` are families that templates have."""
    reading, made = Reports(10.0), list(enumerate(reports, 1))
    first = [SeenCache(name, f"{one.host}-{n}", "shop", 0.8, BEFORE) for n, one in made]
    after = [SeenCache(name, f"{one.host}-{n}", "shop", 0.8, replace(one, pid=4000 + n)) for n, one in made]
    reading.next(first, 90.0)
    found = reading.next(after, 100.0)
    rows = [row_of(one, found.get((one.name, one.instance))) for one in after]
    return document(rows, caches=[asdict(figures_of(name, after, found, written))] if made else [])


def missing() -> Mapping[str, Any]:
    """What the collector tells where no changelog is installed."""
    return document(
        [], caches=[], missing="no changes are written down here for caches", remedy="plimsoll cache install"
    )
