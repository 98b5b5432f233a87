"""What else was different while it was bad: series ranked by how far they moved from what they were before. Pure.

It names no cause; it says where to look. |median within - median before| is held against the spread before (the
interquartile range, but at least a share of the level), so that quiet series do not shout.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from plimsoll.analyze.evidence.gauges import Gauges
from plimsoll.core.analysis import Change, Stretch
from plimsoll.core.series.key import SeriesKey

MOVED_MIN: Final = 3.0  # times the spread before
LEVEL_SHARE: Final = 0.10  # of the level, which counts as spread at least
POINTS_MIN: Final = 4
CHANGES_MAX: Final = 10
OURS: Final = ("generator_", "watch_")  # the load's own course and our own costs explain nothing


def changes(gauges: Gauges, whole: Stretch, stretch: Stretch) -> Sequence[Change]:
    """Those that moved most, the first ones first to move where they moved alike; empty where all was looked at."""
    if (stretch.start_s, stretch.end_s) == (whole.start_s, whole.end_s):
        return ()
    found = sorted(_changed(gauges, whole, stretch), key=lambda change: (-change.times, change.series))
    return found[:CHANGES_MAX]


def _changed(gauges: Gauges, whole: Stretch, stretch: Stretch) -> Iterator[Change]:
    for key in gauges.windows:
        if not key.name.startswith(OURS):
            before = _values(gauges, key, whole.start_s, whole.end_s, stretch)
            within = _values(gauges, key, stretch.start_s, stretch.end_s, None)
            if len(before) >= POINTS_MIN and len(within) >= POINTS_MIN:
                yield from _moved(key, before, within)


def _values(gauges: Gauges, key: SeriesKey, start_s: float, end_s: float, but: Stretch | None) -> Sequence[float]:
    window = gauges.windows[key]
    placed = ((at - gauges.began_s, value) for at, value in zip(window.times, window.mean, strict=True))
    wanted = ((at, value) for at, value in placed if start_s <= at <= end_s)
    return [value for at, value in wanted if but is None or not but.start_s <= at <= but.end_s]


def _moved(key: SeriesKey, before: Sequence[float], within: Sequence[float]) -> Iterator[Change]:
    low, level, high = (float(value) for value in np.quantile(before, (0.25, 0.5, 0.75)))
    now = float(np.median(within))
    spread = max(high - low, LEVEL_SHARE * max(abs(level), abs(now)))
    if spread > 0 and abs(now - level) >= MOVED_MIN * spread:
        yield Change(str(key), level, now, round(abs(now - level) / spread, 1))
