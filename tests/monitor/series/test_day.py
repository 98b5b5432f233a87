"""A day at the default periods takes few bytes: what a file grows by while a host, half of it noise, is looked at."""

from pathlib import Path

from benchmarks._watched_day import PACES, told
from plimsoll.monitor.series.store import SeriesStore
from tests.monitor.series.made import BEGUN_S

ROUND_S = 600.0  # in which the host's looks fill a block


def test_a_day_of_the_host_takes_less_than_20_megabytes(tmp_path: Path) -> None:
    store = SeriesStore(tmp_path / "series.sqlite")
    sizes = []
    for turn in range(4):
        store.write([*told(PACES[0], BEGUN_S + turn * ROUND_S, BEGUN_S + (turn + 1) * ROUND_S)])
        store.tend(BEGUN_S, turn * ROUND_S)
        sizes.append(store.bytes_held())
    store.close()
    growth = (sizes[-1] - sizes[1]) / 2
    assert 1_000_000 < growth * 86_400 / ROUND_S < 20_000_000
