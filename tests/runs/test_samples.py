"""Samples on disk: whole parts, within their limit, and never a reason for a run to end."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from plimsoll.core.errors import RunDirectoryError
from plimsoll.runs.samples import PART_ROWS_MAX, ROW_FIELDS, SampleName, SampleWriter, scan_samples, write_reason

NAMES = [SampleName("j", "a", "sql"), SampleName("j", None, None), SampleName("k", "b c", "transaction")]
ERRORS = [None, "40001"]
EPOCH = 1_000_000


def rows(count: int, *, seed: int = 1) -> NDArray[np.int64]:
    chance = np.random.default_rng(seed)
    made = np.zeros((count, len(ROW_FIELDS)), np.int64)
    made[:, 0] = chance.integers(0, 3, count)
    made[:, 1] = chance.integers(0, 50, count)
    made[:, 2:6] = EPOCH + np.cumsum(chance.integers(0, 10**9, (count, 4)), axis=1)
    made[:, 6] = chance.integers(0, 10**6, count)
    made[:, 7] = chance.integers(0, 2, count)
    return made


def writer(directory: Path, *, process: int = 0, bytes_max: int = 1 << 30) -> SampleWriter:
    made = SampleWriter(directory, process, bytes_max=bytes_max)
    made.epoch_ns = EPOCH
    return made


def stored(directory: Path) -> pl.DataFrame:
    return scan_samples(directory).collect()


def size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.iterdir())


def test_what_was_recorded_is_read_back_by_name(tmp_path: Path) -> None:
    to = writer(tmp_path)
    step = [0, 7, *(EPOCH + n for n in (1, 2, 3, 4)), 0, 1, 10, 20, 30, 40, 50]
    made = np.array([step, [1, 8, *[EPOCH] * 4, 5, 0, *[0] * 5]], np.int64)
    to.add(made, NAMES, ERRORS)
    to.flush(NAMES, ERRORS)
    assert stored(tmp_path).rows() == [
        ("j", "a", "sql", 7, 1, 2, 3, 4, 0, 10, 20, 30, 40, 50, "40001"),
        ("j", None, None, 8, 0, 0, 0, 0, 5, *[0] * 5, None),
    ]
    assert stored(tmp_path).columns == [
        "journey", "step", "kind", "user", "scheduled_ns", "ready_ns", "started_ns", "finished_ns", "think_ns",
        "connect_ns", "tls_ns", "first_byte_ns", "sent", "received", "error",
    ]  # fmt: skip


@settings(max_examples=15)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=5))
def test_parts_of_several_processes_and_flushes_are_all_there(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int]
) -> None:
    directory = tmp_path_factory.mktemp("samples")
    writers = [writer(directory, process=number) for number in range(2)]
    for at, count in enumerate(counts):
        to = writers[at % 2]
        to.add(rows(count, seed=at), NAMES, ERRORS)
        to.flush(NAMES, ERRORS)
    if not sum(counts):
        with pytest.raises(RunDirectoryError):
            stored(directory)
        return
    found = stored(directory)
    assert len(found) == sum(counts)
    wanted = sum(int((rows(count, seed=at)[:, 7] == 1).sum()) for at, count in enumerate(counts))
    assert found["error"].is_not_null().sum() == wanted


def test_names_that_came_later_are_known_to_later_parts(tmp_path: Path) -> None:
    to, names = writer(tmp_path), NAMES[:1]
    to.add(np.array([[0, *[EPOCH] * 5, *[0] * 7]], np.int64), names, ERRORS)
    to.flush(names, ERRORS)
    to.add(np.array([[2, *[EPOCH] * 5, *[0] * 7]], np.int64), NAMES, ERRORS)
    to.flush(NAMES, ERRORS)
    assert sorted(stored(tmp_path)["step"].to_list()) == ["a", "b c"]


def test_a_part_is_written_as_soon_as_it_is_full(tmp_path: Path) -> None:
    to = writer(tmp_path)
    for _ in range(3):
        to.add(rows(PART_ROWS_MAX // 2), NAMES, ERRORS)
    assert len(list(tmp_path.glob("part-*.parquet"))) == 1
    assert len(stored(tmp_path)) == PART_ROWS_MAX


@pytest.mark.parametrize("bytes_max", [0, 1, 5_000, 40_000])
def test_the_limit_in_bytes_is_never_passed_and_what_does_not_fit_is_counted(tmp_path: Path, bytes_max: int) -> None:
    to = writer(tmp_path, bytes_max=bytes_max)
    for number in range(20):
        to.add(rows(200, seed=number), NAMES, ERRORS)
        to.flush(NAMES, ERRORS)
        assert size(tmp_path) <= bytes_max
    kept = len(stored(tmp_path)) if any(tmp_path.iterdir()) else 0
    assert kept + to.lost == 4_000
    assert to.lost > 0
    assert "limit" in to.problem or bytes_max == 0
    assert not list(tmp_path.glob("*.tmp"))


def test_a_directory_that_cannot_be_written_is_counted_and_told_once_and_raised_never(tmp_path: Path) -> None:
    to = writer(tmp_path / "gone")
    for _ in range(2):
        to.add(rows(10), NAMES, ERRORS)
        to.flush(NAMES, ERRORS)
    assert to.lost == 20
    assert "could not be written" in to.problem


def test_a_file_in_the_directory_s_place_is_survived_too(tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("in the way")
    to = writer(tmp_path / "samples")
    to.add(rows(10), NAMES, ERRORS)
    to.flush(NAMES, ERRORS)
    assert to.lost == 10
    assert to.problem


def test_once_there_is_room_again_later_samples_are_stored(tmp_path: Path) -> None:
    directory = tmp_path / "samples"
    to = writer(directory)
    to.add(rows(10), NAMES, ERRORS)
    to.flush(NAMES, ERRORS)
    directory.mkdir()
    to.add(rows(7), NAMES, ERRORS)
    to.flush(NAMES, ERRORS)
    assert (to.lost, len(stored(directory))) == (10, 7)


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.runs.test_samples import ERRORS, NAMES, rows, writer
to = writer(Path(sys.argv[1]))
to.add(rows(1000), NAMES, ERRORS)
to.flush(NAMES, ERRORS)
(Path(sys.argv[1]) / "part-000-000001.tmp").write_bytes(b"PAR1 half a part")
to.add(rows(1000), NAMES, ERRORS)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_flushed_can_be_read_after_a_kill(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert len(stored(tmp_path)) == 1000


def test_a_run_without_samples_says_why_there_may_be_none(tmp_path: Path) -> None:
    with pytest.raises(RunDirectoryError) as caught:
        scan_samples(tmp_path)
    assert "--no-samples" in caught.value.remedy


def test_a_full_disk_is_called_so_whatever_the_library_says() -> None:
    said = "Invalid thrift: transport error"
    assert write_reason(said, free_bytes=4096) == f"No space left on device ({said})"
    assert write_reason(said, free_bytes=1 << 30) == said
