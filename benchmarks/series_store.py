"""A day of stored series at the default periods: its size, what writing costs, and how long a window takes.

    python benchmarks/series_store.py [--hours 24] [--write]

Looks are handed over in batches of five seconds, as a watch does, under a clock that is made up. The peer is an SQLite
table with a row for each point, written in transactions as large.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options
from benchmarks._watched_day import DAY_S, PACES, SERIES, Pace, told
from plimsoll.core.observation import Observation
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.retention import Keep
from plimsoll.monitor.series.store import SeriesStore

END_S = 1_790_000_000.0
BATCH_S = 5.0
KEYS = 20
MB_MAX, CPU_PERCENT_MAX, WINDOW_MS_MAX = 60.0, 0.1, 100.0
WINDOWS = (("15 minutes", 900.0), ("1 hour", 3600.0), ("6 hours", 6 * 3600.0), ("1 day", DAY_S))
LONG_WINDOWS = (
    *WINDOWS,
    ("2 days", 2 * DAY_S),
    ("14 days", 14 * DAY_S),
    ("90 days", 90 * DAY_S),
    ("1 year", 365 * DAY_S),
)
PAST = ((400 * DAY_S, 14 * DAY_S, 900.0), (14 * DAY_S, DAY_S, 60.0))  # before the day: since, until, period


def batches(hours: float, paces: Sequence[Pace] = PACES) -> Iterator[list[Observation]]:
    begin_s = END_S - hours * 3600
    looks = merge(*(told(pace, begin_s, END_S) for pace in paces), key=lambda look: look.at_s)
    for _, batch in groupby(looks, key=lambda look: look.at_s // BATCH_S):
        yield list(batch)


def write_past(store: SeriesStore) -> None:
    """Of the host's first series alone, and seldom, so that long windows have something to show."""
    for since_s, until_s, period_s in PAST:
        for number, look in enumerate(told(Pace("host", period_s, KEYS), END_S - since_s, END_S - until_s)):
            store.write([look])
            if number % 300 == 0:
                store.pack_all()
    store.pack_all()


def write(store: SeriesStore, hours: float) -> tuple[float, float, int]:
    """Seconds of CPU in all, the longest call in seconds, and how many points."""
    spent, longest, points = 0.0, 0.0, 0
    for batch in batches(hours):
        began = time.process_time()
        store.write(_thinned(batch))
        store.tend(batch[-1].at_s, batch[-1].at_s)
        took = time.process_time() - began
        spent, longest = spent + took, max(longest, took)
        points += sum(len(look.values) for look in batch)
    return spent, longest, points


def _thinned(batch: Sequence[Observation]) -> list[Observation]:
    """As the writer does: documents every 30 seconds."""
    return [look if look.at_s % 30 < 10 else Observation(look.source, look.at_s, look.values) for look in batch]


def size_mb(path: Path) -> float:
    return sum(file.stat().st_size for file in path.parent.iterdir()) / 1e6


def peer_mb_an_hour(folder: Path) -> float:
    path = folder / "peer.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(
        "CREATE TABLE point (series INTEGER, at REAL, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID"
    )
    for batch in batches(1.0):
        connection.execute("BEGIN")
        rows = ((hash(key), look.at_s, value) for look in batch for key, value in look.values.items())
        connection.executemany("INSERT OR REPLACE INTO point VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()
    return path.stat().st_size / 1e6


def slowest_ms(reader: SeriesReader, seconds: float, times: int = 5) -> tuple[float, int, float]:
    """The median of some readings of 20 series, with points and resolution of the first."""
    keys, took = PACES[0].keys()[:KEYS], []
    for _ in range(times):
        began = time.perf_counter()
        windows = reader.read(keys, END_S - seconds, END_S)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[times // 2], len(windows[0].times), windows[0].resolution_s


def window_row(reader: SeriesReader, said: str, seconds: float) -> Row:
    took, points, resolution_s = slowest_ms(reader, seconds)
    what = f"window of {said}, {KEYS} series of {points} points (of {resolution_s:g} s)"
    return Row(what, f"{took:.0f} ms", "", "", f"< {WINDOW_MS_MAX:g} ms", took < WINDOW_MS_MAX)


def main() -> None:
    parser = options("A day of stored series: size, cost of writing, time of a window.")
    parser.add_argument("--hours", type=float, default=24.0, help="of the day (24)")
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as name:
        day, years, peer = (Path(name) / folder for folder in ("day", "years", "peer"))
        peer.mkdir()
        store = SeriesStore(day / "series.sqlite", Keep())
        spent, longest, points = write(store, hours)
        mb, peer_mb = size_mb(store.path) * 24 / hours, peer_mb_an_hour(peer) * 24
        cpu = 100 * spent / (hours * 3600)
        rows = [
            Row(
                f"{SERIES} series, 24 hours",
                f"{mb:.1f} MB",
                f"{peer_mb:.0f} MB",
                f"{mb / peer_mb:.2f}",
                f"< {MB_MAX:g} MB",
                mb < MB_MAX,
            ),
            Row(
                "bytes a point, roll-ups, documents and all",
                f"{mb * 1e6 / (points * 24 / hours):.1f}",
                f"{peer_mb * 1e6 / (points * 24 / hours):.1f}",
            ),
            Row("writing, of one core", f"{cpu:.3f} %", "", "", f"< {CPU_PERCENT_MAX} %", cpu < CPU_PERCENT_MAX),
            Row("longest step of the writing thread", f"{longest * 1000:.0f} ms"),
        ]
        store.close()
        longer = SeriesStore(years / "series.sqlite")
        write_past(longer)
        write_day = [PACES[0]]
        for batch in batches(min(hours, 24.0), write_day):
            longer.write(batch)
            longer.tend(batch[-1].at_s, batch[-1].at_s)
        reader = SeriesReader(longer.path)
        rows += [window_row(reader, said, seconds) for said, seconds in LONG_WINDOWS]
        reader.close()
        longer.close()
    finish("series_store", rows, notes=[f"{points:,} points in {hours:g} hours, half of them noise of 17 digits"])


if __name__ == "__main__":
    main()
