"""Marking runs to compare against."""

from datetime import UTC, datetime
from pathlib import Path

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.summary import KILLED
from plimsoll.runs.baselines import DEFAULT, Baseline, put_baseline, why_unfit
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts
from plimsoll.workflows.comparing.naming import Named, name_runs
from plimsoll.workflows.reporting import summary_of


def set_baseline(root: Path, text: str, name: str = "") -> tuple[Baseline, Baseline | None]:
    """Makes runs the baseline of what they are; gives it and the one whose place it takes.

    Raises RefusedError for a run that cannot be believed, UsageError and RunDirectoryError.
    """
    named = name_runs(root, text)
    facts = [_fit(run) for run in named.runs]
    kinds = {(one.scenario, one.environment, one.profile_name) for one in facts}
    if len(kinds) > 1:
        raise UsageError(
            "these runs are no baseline together",
            why=f"{len(kinds)} kinds of scenario, environment and profile are among them",
            remedy="name runs of the same",
        )
    ((scenario, environment, profile),) = kinds
    runs = tuple(run.run_id for run in _within(root, named))
    made = Baseline(name or DEFAULT, scenario, environment, profile, runs, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    return made, put_baseline(root, made)


def _fit(run: RunDirectory) -> RunFacts:
    facts = run.read_facts()
    reason = _why_cut(run) or why_unfit(summary_of(run, facts))
    if reason is not None:
        raise RefusedError(
            f"run {run.run_id} cannot be a baseline", why=reason, remedy="choose another: plimsoll runs lists them"
        )
    return facts


def _why_cut(run: RunDirectory) -> str | None:
    """Only a run that came to its end has a summary; one that has just begun has not even intervals."""
    if run.summary_path.is_file():
        return None
    return f"it did not come to its end ({'running' if run.is_live() else KILLED})"


def _within(root: Path, named: Named) -> list[RunDirectory]:
    """Raises UsageError for a run elsewhere: it could not be found again."""
    for run in named.runs:
        if run.path.resolve().parent != root.resolve():
            raise UsageError(
                f"run {run.run_id} is not in {root}",
                why="a baseline is found again by its id",
                remedy=f"--runs {run.path.parent}",
            )
    return list(named.runs)
