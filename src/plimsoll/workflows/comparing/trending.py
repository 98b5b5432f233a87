"""The history of runs read back, and what it comes to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from plimsoll.analyze.comparing.history import trend_of, what_changed
from plimsoll.analyze.comparing.metrics import Metric, check_known
from plimsoll.analyze.comparing.runs import ComparedRun
from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.trend import LeftOut, LevelChange, Trend
from plimsoll.runs.directory import RunDirectory, list_runs
from plimsoll.workflows.comparing.loading import load_run
from plimsoll.workflows.reporting import summary_of

RUNS_MAX: Final = 500  # the newest: their summaries are read in seconds


def trend(root: Path, scenario: str | None, metric: Metric | None, floor: float) -> Trend:
    """Of the scenario's runs that are like its newest; without one, of the newest run's. Raises UsageError."""
    unreadable: list[LeftOut] = []
    runs = list(_of_scenario(reversed(list_runs(root)), scenario, unreadable))[::-1]
    if not runs:
        raise UsageError(
            f"there are no runs of {scenario}" if scenario else f"there are no runs in {root}",
            remedy="see what there is: plimsoll runs",
        )
    if metric is not None:
        check_known(metric, [run.summary for run in runs])
    found = trend_of(runs, metric, floor)
    changes = [_told(root, found, change) for change in found.changes]
    return replace(found, changes=changes, left_out=[*found.left_out, *unreadable])


def _of_scenario(
    runs: Iterator[RunDirectory], scenario: str | None, unreadable: list[LeftOut]
) -> Iterator[ComparedRun]:
    """The newest runs, without what was watched beside them and those that go on or are steps of a search.

    What cannot be read is noted.
    """
    count = 0
    for run in runs:
        try:
            facts = run.read_facts()
            if scenario not in (None, facts.scenario) or facts.is_step_of_find or run.is_live():
                continue
            yield ComparedRun(facts, summary_of(run, facts))
        except RunDirectoryError as error:
            unreadable.append(LeftOut(run.run_id, f"{error.what}: {error.why}" if error.why else error.what))
            continue
        scenario, count = facts.scenario, count + 1
        if count >= RUNS_MAX:
            return


def _told(root: Path, found: Trend, change: LevelChange) -> LevelChange:
    """With what else differs between the run before the change and the first one after it."""
    ids = [point.run_id for point in found.points]
    at = ids.index(change.run_id)
    before, after = (load_run(RunDirectory(root / run_id)) for run_id in (ids[at - 1], ids[at]))
    return replace(change, meanwhile=what_changed(before, after))
