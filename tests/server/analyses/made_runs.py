"""Runs on the disk: one that was analyzed, one that was not, one whose analysis is damaged, one that goes on."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from plimsoll.core.analysis import Analysis, Source
from plimsoll.core.interval import Interval
from plimsoll.core.summary import Summary
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.workflows.analyzing.keeping import ANALYSIS_NAME, keep
from tests.report import builders, made_analysis

ANALYZED, PLAIN, DAMAGED, LIVE = (f"20260214-10150{n}-3fa{n}" for n in range(4))


@cache
def _failing() -> tuple[Summary, list[Interval], RunFacts]:
    return builders.failing()


@contextmanager
def made_runs(root: Path, analysis: Analysis | None = None) -> Iterator[None]:
    """The live one goes on until the end."""
    summary, intervals, facts = _failing()
    for run_id in (ANALYZED, PLAIN, DAMAGED, LIVE):
        run = RunDirectory(root / run_id)
        run.path.mkdir(parents=True)
        run.write_facts(replace(facts, run_id=run_id))
        if run_id != LIVE:
            run.summary_path.write_text(json.dumps(replace(summary, run_id=run_id).to_json()))
    writer = IntervalWriter(RunDirectory(root / PLAIN).intervals_path)
    for interval in intervals:
        writer.write(interval)
    writer.close()
    made = analysis or made_analysis.bottleneck()
    keep(RunDirectory(root / ANALYZED), replace(made, source=Source("run", ANALYZED)))
    (root / DAMAGED / ANALYSIS_NAME).write_text('{"verdict": 3}')
    with (root / LIVE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
