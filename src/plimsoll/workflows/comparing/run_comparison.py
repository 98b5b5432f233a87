"""Two names become a comparison."""

from collections.abc import Sequence
from pathlib import Path

from plimsoll.analyze.comparing.comparing import Question, Seconds, compare
from plimsoll.analyze.comparing.runs import Group
from plimsoll.core.comparison import Comparison
from plimsoll.runs.directory import RunDirectory
from plimsoll.workflows.comparing.loading import load_rows, load_run
from plimsoll.workflows.comparing.naming import Named, name_baseline, name_sides


def compare_named(root: Path, a: str, b: str | None, question: Question) -> Comparison:
    """Finds what is named, and compares it. Raises UsageError and RunDirectoryError."""
    return compare_runs(*name_sides(root, a, b), question)


def compare_with_baseline(root: Path, made: Sequence[str], name: str, question: Question) -> Comparison:
    """Runs that were just made, against the baseline of what they are. Raises UsageError and RunDirectoryError."""
    those = Named("this run" if len(made) == 1 else "these runs", [RunDirectory(root / run_id) for run_id in made])
    return compare_runs(name_baseline(root, f"baseline:{name}", those), those, question)


def compare_interleaved(root: Path, made: Sequence[str], question: Question) -> Comparison:
    """The two configurations of a series that was just made. Raises UsageError and RunDirectoryError."""
    series_id = RunDirectory(root / made[0]).read_facts().series["series_id"]
    return compare_runs(*name_sides(root, series_id, None), question)


def compare_runs(a: Named, b: Named, question: Question) -> Comparison:
    groups = [Group(side.said, [load_run(run) for run in side.runs]) for side in (a, b)]

    def seconds() -> Seconds:
        return [load_rows(run) for run in a.runs], [load_rows(run) for run in b.runs]

    return compare(groups[0], groups[1], question, seconds)
