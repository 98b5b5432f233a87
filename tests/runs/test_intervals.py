"""Intervals on disk: what was written is read back, whatever cut the file short."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, JourneyInterval, StepInterval
from plimsoll.runs.intervals import IntervalWriter, read_intervals

TIMES = Histogram.of_us(np.array([100, 250, 90_000]))
INTERVAL = Interval(
    start_s=0.0,
    width_s=1.0,
    warmup=False,
    users=3,
    target_users=None,
    target_rate_per_s=200.0,
    steps={("look", "select"): StepInterval("sql", 3, {"40001": 1}, TIMES, TIMES)},
    journeys={"look": JourneyInterval(3, 1, TIMES, dropped=2, incomplete=1)},
    wait=TIMES,
    lag=Histogram(),
    retries=4,
)


def write(path: Path, *intervals: Interval) -> None:
    writer = IntervalWriter(path)
    for interval in intervals:
        writer.write(interval)
    writer.close()
    assert writer.lost == 0


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    second = replace(INTERVAL, start_s=1.0)
    write(tmp_path / "intervals.jsonl", INTERVAL, second)

    assert list(read_intervals(tmp_path / "intervals.jsonl")) == [INTERVAL, second]


def test_each_line_is_on_disk_when_it_is_written(tmp_path: Path) -> None:
    writer = IntervalWriter(tmp_path / "intervals.jsonl")
    writer.write(INTERVAL)

    assert list(read_intervals(tmp_path / "intervals.jsonl")) == [INTERVAL]
    writer.close()


def test_a_line_that_was_cut_short_is_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "intervals.jsonl"
    write(path, INTERVAL, INTERVAL)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 40])

    assert list(read_intervals(path)) == [INTERVAL]


def test_a_full_disk_loses_intervals_and_raises_nothing() -> None:
    writer = IntervalWriter(Path("/dev/full"))
    writer.write(INTERVAL)
    writer.write(INTERVAL)
    writer.close()

    assert writer.lost == 2
