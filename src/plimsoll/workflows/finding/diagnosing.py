"""What the runs of a search tell beyond whether they held: why the platform gave way, and how it scales."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from plimsoll.analyze.load_line.scaling import Point, fit, points_of
from plimsoll.core.errors import PlimsollError
from plimsoll.core.load_line import Diagnosis, Limit, LineStep, UslFit
from plimsoll.core.units import format_rate
from plimsoll.runs.directory import find_run
from plimsoll.runs.intervals import read_intervals
from plimsoll.workflows.analyzing.run_analysis import analyze_run

FINDINGS_MAX: Final = 3
STEPS_ANALYZED: Final = 2
FINISHED_WANTED: Final = 50  # journeys, for an analysis to go by


def diagnosed(
    root: Path, steps: Sequence[LineStep], failed: float | None, limit: Limit = "goal"
) -> tuple[Diagnosis | None, list[str]]:
    """The analysis of the step that broke at the lowest rate, or of the next above it that shows why where that does
    not; where the load generator was the limit, of the step that it spoiled; and what kept it from being made."""
    found, problems = [], []
    for step in spoiled(steps) if limit == "generator" else breaking(steps, failed):
        try:
            found.append(_diagnosis(root, step))
        except PlimsollError as error:
            problems.append(f"the step at {format_rate(step.rate_per_s)} could not be analyzed: {error}")
        except Exception as error:  # noqa: BLE001  # a search of minutes is not lost to a mistake in a rule
            problems.append(
                f"the step at {format_rate(step.rate_per_s)} could not be analyzed: {type(error).__name__}: {error}"
            )
    telling = [one for one in found if one.findings]
    return next(iter([*telling, *found]), None), problems


def breaking(steps: Sequence[LineStep], failed: float | None) -> list[LineStep]:
    """Steps that failed, the lowest rate first, of each the longest; not many, and none that tells little where others
    tell more."""
    if failed is None:
        return []
    longest: dict[float, LineStep] = {}
    for step in sorted(steps, key=lambda step: (step.rate_per_s, -step.seconds)):
        if step.outcome == "failed" and step.rate_per_s >= failed:
            longest.setdefault(step.rate_per_s, step)
    found = list(longest.values())
    return ([step for step in found if step.finished >= FINISHED_WANTED] or found)[:STEPS_ANALYZED]


def spoiled(steps: Sequence[LineStep]) -> list[LineStep]:
    """Steps that tell nothing because the generator could not do more, at the rate that ended the search; the longest
    first."""
    found = [step for step in steps if step.outcome == "no evidence" and step.limited_by == "generator"]
    last = [step for step in found if step.rate_per_s == found[-1].rate_per_s]
    return sorted(last, key=lambda step: -step.seconds)[:STEPS_ANALYZED]


def _diagnosis(root: Path, step: LineStep) -> Diagnosis:
    analysis = analyze_run(root, step.run_id)
    return Diagnosis(
        step.run_id, step.rate_per_s, analysis.verdict, analysis.because, tuple(analysis.findings[:FINDINGS_MAX])
    )


def fitted(root: Path, steps: Sequence[LineStep]) -> tuple[UslFit | None, str]:
    """The scalability law through the seconds of all steps, or why there is none."""
    try:
        return fit(_points(root, steps))
    except Exception as error:  # noqa: BLE001  # as above
        return None, f"the scalability law could not be fitted: {type(error).__name__}: {error}"


def _points(root: Path, steps: Sequence[LineStep]) -> list[Point]:
    points: list[Point] = []
    for step in steps:
        if step.outcome == "no evidence":
            continue
        intervals = [one for one in read_intervals(find_run(root, step.run_id).intervals_path) if not one.warmup]
        points += points_of(intervals, step.seconds)
    return points
