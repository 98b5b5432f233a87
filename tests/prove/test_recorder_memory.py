"""An hour of 50 million samples stays below its bound in memory, none lost; the table goes into docs/proofs.md."""

from pathlib import Path

import polars as pl

from benchmarks._tables import ROOT, put, table
from benchmarks.recorder_memory import PEAK_MB_MAX, SAMPLES, SECONDS, STEPS, recorded
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.intervals import read_intervals
from plimsoll.runs.samples import scan_samples


def test_fifty_million_samples_are_all_counted_and_stored_in_bounded_memory(tmp_path: Path) -> None:
    said = recorded(tmp_path, SAMPLES)
    run = RunDirectory(Path(said["directory"]))
    intervals = list(read_intervals(run.intervals_path))
    counted = sum(item.requests + sum(j.count for j in item.journeys.values()) for item in intervals)
    stored = scan_samples(run.samples_path).select(pl.len()).collect().item()
    assert said["lost"] == 0
    assert said["counted"] == counted == stored == SAMPLES
    assert len(intervals) == SECONDS
    assert {step for interval in intervals for _, step in interval.steps} == {f"step {n:02}" for n in range(STEPS)}
    assert said["peak_mb"] < PEAK_MB_MAX
    headings = ["samples", "counted", "in intervals", "stored", "peak memory", "bound"]
    row = [f"{SAMPLES:,}", f"{said['counted']:,}", f"{counted:,}", f"{stored:,}", f"{said['peak_mb']:,.0f} MB"]
    put(ROOT / "docs" / "proofs.md", "recorder", "\n".join(table(headings, [[*row, f"{PEAK_MB_MAX:g} MB"]])))
