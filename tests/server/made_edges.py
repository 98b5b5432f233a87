"""Documents of made-up edges and purges, as the collectors would make them."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from plimsoll.core.details import document
from plimsoll.core.edge_figures import PurgeRow
from plimsoll.core.edge_report import EdgeReport
from plimsoll.monitor.edges.combining import Looks, SeenEdge, classes_of, row_of, totals_of

BEFORE = EdgeReport(instance="a", host="edge1", pid=41, entries=20_600, bytes=107_000_000, bytes_max=256 * 2**20)
AFTER = replace(
    BEFORE,
    told={
        "immutable": {"file": 900, "hit": 90}, "pages": {"hit": 300, "stale": 12, "renewed": 8, "forwarded": 60},
        "images": {"hit": 500, "forwarded": 10}, "data": {"hit": 120, "forwarded": 90, "write": 40, "collapsed": 9},
    },
    because={"uri-miss": 70, "stale": 48, "method": 40, "vary-miss": 2}, passed={"private": 61, "nothing said": 20},
    latency_ms=(900, 500, 300, 200, 120, 60, 40, 15, 4), errors=2, saved_bytes=92_000_000, served_bytes=99_000_000,
    countries={"DE": 800, "FR": 300, "US": 210}, purged=31,
)  # fmt: skip
FAILING = replace(AFTER, errors=400)
SLOW = replace(AFTER, latency_ms=(100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60))
MISSING = replace(AFTER, told={"data": {"hit": 400, "forwarded": 1_600}})
BEHIND = replace(AFTER, behind=True)
AWAY = SeenEdge("10.0.0.9:8080", None, "http://10.0.0.9:8080 cannot be reached: nobody listens there")


def edges(*reports: EdgeReport, away: bool = False) -> Mapping[str, Any]:
    """Each seen twice, 5 s apart."""
    looks = Looks(5.0)
    looks.next([SeenEdge(f"10.0.0.{n}:8080", BEFORE) for n, _ in enumerate(reports)], 90.0)
    seen = [SeenEdge(f"10.0.0.{n}:8080", one) for n, one in enumerate(reports)] + ([AWAY] if away else [])
    found = looks.next(seen, 95.0)
    between = list(found.values())
    rows = [row_of(one, found.get(one.edge)) for one in seen]
    told = [asdict(one) for one in classes_of(between)]
    return document(rows, total=asdict(totals_of(seen, between)), classes=told)


def purges(*, oldest_s: float | None = 1.4, parked: int = 0, trouble: str = "") -> Mapping[str, Any]:
    rows = [
        PurgeRow("local", 0, 0, 0, None, 0, None, ""),
        PurgeRow("cloudflare", 12 if oldest_s else 0, 5 if oldest_s else 0, parked, oldest_s, 1, None, trouble),
    ]
    return document(rows, read_s=0.2)


def no_outbox() -> Mapping[str, Any]:
    missing = "no purges are kept in this database"
    return document([], read_s=None, missing=missing, remedy="plimsoll edge install")
