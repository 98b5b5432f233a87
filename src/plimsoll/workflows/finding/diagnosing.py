"""What the runs of a search tell beyond whether they held: why the platform gave way, and how it scales."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from plimsoll.analyze.load_line.scaling import fit, points_of
from plimsoll.core.errors import PlimsollError
from plimsoll.core.load_line import Diagnosis, LineStep, UslFit
from plimsoll.runs.directory import find_run
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.analyzing.run_analysis import analyze_run

FINDINGS_MAX: Final = 3


def diagnosed(root: Path, steps: Sequence[LineStep], failed: float | None) -> tuple[Diagnosis | None, list[str]]:
    """The analysis of the step that broke at the lowest rate, and what kept it from being made."""
    breaking = [step for step in steps if step.rate_per_s == failed and step.outcome == "failed"]
    if not breaking:
        return None, []
    run_id = max(breaking, key=lambda step: step.seconds).run_id
    try:
        analysis = analyze_run(root, run_id)
    except PlimsollError as error:
        return None, [f"the step that broke could not be analyzed: {error}"]
    return Diagnosis(run_id, analysis.verdict, analysis.because, analysis.findings[:FINDINGS_MAX]), []


def fitted(root: Path, steps: Sequence[LineStep]) -> tuple[UslFit | None, str]:
    """The scalability law through the seconds of all steps, or why there is none."""
    points = []
    for step in steps:
        if step.outcome == "no evidence":
            continue
        intervals = [one for one in read_intervals(find_run(root, step.run_id).intervals_path) if not one.warmup]
        points += points_of(intervals, step.seconds)
    return fit(points)
