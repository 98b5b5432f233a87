"""A run that goes on is followed from its file: what is new, once, and no more than fits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from plimsoll.core.interval import GeneratorUse
from plimsoll.runs import follower
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.follower import LiveRuns, RunFollower, whole_lines
from plimsoll.runs.intervals import IntervalWriter, read_intervals
from tests.core.made_intervals import second, step, times


def written(directory: RunDirectory, *starts: float) -> None:
    writer = IntervalWriter(directory.intervals_path)
    for start_s in starts:
        writer.write(second(start_s))
    writer.close()


def test_each_second_is_seen_once_and_as_it_was(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    followed = RunFollower(run)
    assert followed.look() == [], "nothing was written yet"
    writer = IntervalWriter(run.intervals_path)
    writer.write(
        second(
            0.0,
            {("look", "select"): step(10, 4.0, timeout=2)},
            lag=times(5, 3.0),
            users=7,
            waiting=3,
            generator=GeneratorUse(0.5, 0.25, 2.0),
        )
    )
    (point,) = followed.look()
    assert (point.requests_per_s, point.errors_per_s, point.users, point.waiting) == (10.0, 2.0, 7, 3)
    assert point.latency_ms_p50 == pytest.approx(4.0, rel=0.001)
    assert point.lag_ms_p99 == pytest.approx(3.0, rel=0.001)
    assert (point.cpu_percent, point.run_delay_percent, point.wait_ms_p99) == (25.0, 12.5, None)
    writer.write(second(1.0))
    writer.close()
    assert [point.start_s for point in followed.look()] == [1.0]
    assert followed.look() == []
    assert [point.start_s for point in followed.points] == [0.0, 1.0]


def test_a_line_that_is_not_whole_yet_is_read_when_it_is(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    written(run, 0.0, 1.0)
    whole = run.intervals_path.read_bytes()
    followed = RunFollower(run)
    run.intervals_path.write_bytes(whole[:-20])
    assert [point.start_s for point in followed.look()] == [0.0]
    run.intervals_path.write_bytes(whole)
    assert [point.start_s for point in followed.look()] == [1.0]


def test_damaged_lines_and_those_of_older_runs_are_left_out(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.intervals_path.write_bytes(b'{"load":{"start_s"\n{"start_s":0.0}\n{"load":{"unheard":1},"start_s":0}\n')
    written(run, 4.0)
    assert [point.start_s for point in RunFollower(run).look()] == [4.0]


def test_of_a_long_run_only_the_end_is_read_and_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDirectory(tmp_path)
    written(run, *map(float, range(100)))
    line = run.intervals_path.stat().st_size // 100
    monkeypatch.setattr(follower, "HISTORY_BYTES_MAX", 10 * line)
    monkeypatch.setattr(follower, "LOOK_BYTES_MAX", 4 * line)
    followed = RunFollower(run, points_max=5)
    seen = [point.start_s for _ in range(4) for point in followed.look()]
    assert seen[-1] == 99.0
    assert 8 <= len(seen) <= 10
    assert len(followed.points) == 5
    assert whole_lines(b"x" * 4 * line) == b"x" * 4 * line, "what never ends is skipped"


def test_live_runs_come_and_go_with_all_that_they_wrote(tmp_path: Path) -> None:
    runs = LiveRuns(tmp_path / "runs")
    assert runs.look() == []
    run = RunDirectory.create(tmp_path / "runs", datetime.now(UTC))
    assert [one.run_id for one in runs.look()] == [run.run_id]
    written(run, 0.0)
    run.close()
    (last,) = runs.look()
    assert [point.start_s for point in last.points] == [0.0], "written just before it ended"
    assert runs.look() == []
    assert len(list(read_intervals(run.intervals_path))) == 1
