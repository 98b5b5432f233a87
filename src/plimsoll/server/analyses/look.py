"""Where the analysis of a run stands, as its files and the queue tell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import RunDirectoryError
from plimsoll.runs.directory import RunDirectory, list_runs
from plimsoll.server.analyses.queue import Job
from plimsoll.workflows.analyzing.keeping import ANALYSIS_NAME, kept

Standing = Literal["none", "waiting", "running", "failed", "done"]


@dataclass(frozen=True, slots=True)
class Look:
    """Of one run. While a new analysis is under way the one before is still there."""

    run_id: str
    state: Standing
    since_s: float | None = None
    error: str = ""
    analysis: Analysis | None = None


def run_of(root: Path, run_id: str) -> RunDirectory | None:
    """The run of exactly this id; what somebody asks for is compared with what is there, and never a path."""
    return next((run for run in list_runs(root) if run.run_id == run_id and not run.path.is_symlink()), None)


def look_at(run: RunDirectory, job: Job | None) -> Look:
    """Reads the run's analysis, where there is one."""
    analysis, damaged = _read(run)
    if job is not None:
        return Look(run.run_id, job.state, job.since_s, job.error, analysis)
    if damaged:
        return Look(run.run_id, "failed", error=damaged)
    return Look(run.run_id, "none" if analysis is None else "done", written_s(run), analysis=analysis)


def written_s(run: RunDirectory) -> float | None:
    """When its analysis was written; None where there is none that may be read."""
    path = run.path / ANALYSIS_NAME
    try:
        return None if path.is_symlink() else path.stat().st_mtime
    except OSError:
        return None


def _read(run: RunDirectory) -> tuple[Analysis | None, str]:
    if written_s(run) is None:
        return None, ""
    try:
        return kept(run), ""
    except RunDirectoryError as error:
        return None, f"{error}"
