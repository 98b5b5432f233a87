"""What watching a cache costs it: hits with the shadow beside hits without, a simulated request, a report.

    python benchmarks/cache_watching.py [--pairs 60] [--write]

In turns in this one process; processor time, the least of the rounds, and the median of their ratios.
"""

import os
import sys
from pathlib import Path
from random import Random
from statistics import median
from time import process_time_ns

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from plimsoll.cache import Cache, Limits
from plimsoll.cache.watching.reporting import report_text
from plimsoll.cache.watching.shadow import HEARD_MAX, Shadow
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Position
from plimsoll.core.snapshot import Snapshot

ENTRIES = 10_000
ASKED = 20_000  # hits of each round, skewed as caches are asked
HEARD_PER_S = 2_000  # at most: ten at each poll, of which 200 a second come where much is written
SHARE_MAX = 0.02  # of a core
REPORT_SHARE_MAX = 0.002  # of a core, at one each two seconds


def cached(*, shadow: bool) -> Cache:
    cache = Cache(limits=Limits(ENTRIES), staleness_s=3600, shadow=shadow)
    cache._desk.tier1.advance(Position("here", Snapshot(10, 10)), clock_s())
    for number in range(ENTRIES):
        cache.fetch_sync(f"key:{number}", lambda: 1, ttl=3600, tags=[f"order:{number}"])
    return cache


def hits_ns(cache: Cache, keys: list[str]) -> float:
    get = cache.get
    begun = process_time_ns()
    for key in keys:
        get(key)
    return (process_time_ns() - begun) / len(keys)


def simulated_ns(shadow: Shadow) -> float:
    begun = process_time_ns()
    count = shadow.step(HEARD_MAX - 1)
    return (process_time_ns() - begun) / count


def report_ns(cache: Cache) -> float:
    begun = process_time_ns()
    report_text(cache.report())
    return float(process_time_ns() - begun)


def main() -> None:
    asked = options("What watching a cache costs it.", pairs=60).parse_args()
    busy, chance = os.getloadavg()[0], Random(7)
    without, beside = cached(shadow=False), cached(shadow=True)
    shadow = beside._watching.shadow
    assert shadow is not None
    shadow.step(HEARD_MAX - 1)
    keys = [f"key:{int(ENTRIES * chance.random() ** 2)}" for _ in range(ASKED)]
    took: dict[str, list[float]] = {"without": [], "beside": [], "simulated": [], "report": []}
    for _ in range(asked.pairs):
        took["without"].append(hits_ns(without, keys))
        took["beside"].append(hits_ns(beside, keys))
        took["simulated"].append(simulated_ns(shadow))
        took["report"].append(report_ns(beside))
    least = {name: min(several) for name, several in took.items()}
    share, reports = least["simulated"] * HEARD_PER_S / 1e9, least["report"] / 2e9
    ratio = median(one / other for one, other in zip(took["beside"], took["without"], strict=True))
    rows = [
        Row("a hit, one of 20 keys sampled, beside one without the shadow", f"{least['beside']:.0f} ns",
            f"{least['without']:.0f} ns", f"{ratio:.2f}"),
        Row(f"12 caches simulated, {HEARD_PER_S:,} requests a second, of a core", f"{100 * share:.2f} %", "", "",
            f"≤ {100 * SHARE_MAX:g} %", share <= SHARE_MAX),
        Row("a report every two seconds, of a core", f"{100 * reports:.3f} %", "", "",
            f"≤ {100 * REPORT_SHARE_MAX:g} %", reports <= REPORT_SHARE_MAX),
    ]  # fmt: skip
    notes = [
        f"{asked.pairs} rounds in turns; load average {busy:.1f} when it began",
        "a process that did nothing but hits would soon sample a fiftieth of that: what is heard is bounded",
    ]
    finish("cache_watching", rows, notes=notes)


if __name__ == "__main__":
    main()
