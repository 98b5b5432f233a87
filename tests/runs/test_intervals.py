"""intervals.jsonl: what is written is read back, whatever cut the file short."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import RunDirectoryError
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import GeneratorUse, Interval, JourneyInterval, StepInterval
from plimsoll.core.sample import STEP_KINDS
from plimsoll.runs.intervals import IntervalWriter, read_intervals

counts = st.integers(0, 10**6)
seconds = st.floats(0, 1e6)
names = st.text(min_size=1, max_size=12)
histograms = st.lists(st.integers(0, 10**9), max_size=5).map(lambda values: Histogram.of_us(np.array(values, np.int64)))
steps = st.builds(
    StepInterval,
    st.sampled_from(STEP_KINDS),
    counts,
    st.dictionaries(names, counts, max_size=2),
    histograms,
    histograms,
)
journeys = st.builds(JourneyInterval, counts, counts, histograms, counts, counts)
intervals = st.builds(
    Interval,
    start_s=seconds, width_s=seconds, warmup=st.booleans(), users=counts, target_users=st.none() | counts,
    target_rate_per_s=st.none() | seconds,
    steps=st.dictionaries(st.tuples(names, names), steps, max_size=3),
    journeys=st.dictionaries(names, journeys, max_size=2),
    wait=histograms, lag=histograms, retries=counts, reconnects=counts, incomplete=counts, samples_lost=counts,
    generator=st.builds(GeneratorUse, seconds, seconds, seconds),
)  # fmt: skip


def write(path: Path, *made: Interval) -> Path:
    writer = IntervalWriter(path)
    for interval in made:
        writer.write(interval)
    writer.close()
    assert writer.lost == 0
    return path


@given(st.lists(intervals, max_size=4))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, made: list[Interval]) -> None:
    path = write(tmp_path_factory.mktemp("i") / "intervals.jsonl", *made)
    assert list(read_intervals(path)) == made
    assert path.read_bytes().count(b"\n") == len(made), "a line each"


@settings(max_examples=30)
@given(intervals, intervals, st.data())
def test_a_file_cut_short_anywhere_gives_all_but_the_line_that_was_cut(
    tmp_path_factory: pytest.TempPathFactory, first: Interval, second: Interval, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("i") / "intervals.jsonl", first, second)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 2))
    path.write_bytes(whole[:at])
    end_of_first = whole.index(b"\n")
    assert list(read_intervals(path)) == ([first] if at >= end_of_first else [])


def test_lines_from_before_a_figure_was_written_are_read_without_it(tmp_path: Path) -> None:
    interval = Interval(0, 1, False, 1, None, None, {}, {}, Histogram(), Histogram())
    path = write(tmp_path / "intervals.jsonl", interval)
    path.write_bytes(path.read_bytes().replace(b'"carried":0,', b""))
    assert b"carried" not in path.read_bytes()
    assert list(read_intervals(path)) == [interval]


@pytest.mark.parametrize(
    "damage", [b"null\n", b"[]\n", b"{}\n", b"\x00\xff\n", b'"text"\n', b"\n", b'{"start_s": 1}\n']
)
def test_damaged_lines_in_the_middle_are_left_out(tmp_path: Path, damage: bytes) -> None:
    interval = Interval(0, 1, False, 1, None, None, {}, {}, Histogram(), Histogram())
    path = write(tmp_path / "intervals.jsonl", interval)
    path.write_bytes(path.read_bytes() + damage + path.read_bytes())
    damaged: list[int] = []
    assert list(read_intervals(path, damaged)) == [interval, interval]
    assert damaged == [2]


def test_a_missing_file_is_an_error_of_the_run_directory(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError, match="cannot read"):
        list(read_intervals(tmp_path / "nowhere.jsonl"))


LIMITED = """
import resource, signal, sys
from pathlib import Path
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval
from plimsoll.runs.intervals import IntervalWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
writer = IntervalWriter(path)
def write(number):
    writer.write(Interval(number, 1, False, 1, None, None, {}, {}, Histogram(), Histogram()))
write(0)
room = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (room + room // 2, resource.RLIM_INFINITY))
write(1)
write(2)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write(3)
writer.close()
print(writer.lost)
"""


def test_a_line_that_did_not_fit_is_counted_and_spoils_no_other(tmp_path: Path) -> None:
    """A limit on the file's size stands for the disk: it cuts a line in the middle, as a full one does."""
    path = tmp_path / "intervals.jsonl"
    told = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["2"]
    assert [interval.start_s for interval in read_intervals(path)] == [0, 3]


def test_each_line_is_on_disk_when_it_is_written_and_a_full_disk_raises_nothing(tmp_path: Path) -> None:
    interval = Interval(0, 1, False, 1, None, None, {}, {}, Histogram(), Histogram())
    writer, full = IntervalWriter(tmp_path / "intervals.jsonl"), IntervalWriter(Path("/dev/full"))
    writer.write(interval)
    full.write(interval)
    assert list(read_intervals(tmp_path / "intervals.jsonl")) == [interval]
    assert full.lost == 1
    writer.close()
    full.close()
