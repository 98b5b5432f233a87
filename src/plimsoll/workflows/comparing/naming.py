"""Which runs are meant: one, several, a series or a cell of one, or a baseline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, Final

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.matrix import Cell, cell_words, value_words
from plimsoll.runs.baselines import BASELINE, Baseline, find_baseline
from plimsoll.runs.directory import RunDirectory, find_run, list_runs
from plimsoll.runs.facts import RunFacts

SERIES: Final = "series-"
SIDE: Final = "configuration"  # the axis of a series that interleaves two


@dataclass(frozen=True, slots=True)
class Named:
    """The directories of one side, and what they were asked for as."""

    said: str
    runs: Sequence[RunDirectory]


def name_sides(root: Path, a: str, b: str | None) -> tuple[Named, Named]:
    """What was meant by A and B; B may be left out for a series of two configurations.

    Raises UsageError and RunDirectoryError.
    """
    if b is None:
        return _both_of_series(root, a)
    if _is_baseline(a) and _is_baseline(b):
        raise UsageError("one side must be runs", why="both are baselines", remedy="plimsoll compare baseline latest")
    if _is_baseline(b):
        first = name_runs(root, a)
        return first, name_baseline(root, b, first)
    second = name_runs(root, b)
    return (name_baseline(root, a, second) if _is_baseline(a) else name_runs(root, a)), second


def name_runs(root: Path, text: str) -> Named:
    """Runs by id, beginning, path or "latest", joined by commas; or a series, with a cell after a colon."""
    if text.startswith(SERIES):
        return _of_series(root, text)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("no run is named", remedy="plimsoll compare baseline latest")
    if (file := next((name for name in names if _is_file(name)), None)) is not None:
        raise UsageError(
            "files cannot be compared, only runs",
            where=file,
            why="what else differed is not in a file",
            remedy=f"plimsoll runs lists runs; to look at the file: plimsoll analyze {quote(file)}",
        )
    found = {run.path.resolve(): run for run in (find_run(root, name) for name in names)}
    return Named(text, list(found.values()))


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # no path at all
        return False


def name_baseline(root: Path, text: str, others: Named) -> Named:
    """The baseline of what the others are: their scenario, environment and profile."""
    if not others.runs:
        raise UsageError(f"{others.said} has no runs", remedy="see what there is: plimsoll runs")
    baseline = find_baseline(root, others.runs[0].read_facts(), text.partition(":")[2])
    return Named(_said(baseline), [_run_of(root, baseline, run_id) for run_id in baseline.runs])


def _said(baseline: Baseline) -> str:
    return f"{BASELINE} {baseline.name}"


def _run_of(root: Path, baseline: Baseline, run_id: str) -> RunDirectory:
    try:
        return find_run(root, run_id)
    except RunDirectoryError:
        raise RunDirectoryError(
            f"the {_said(baseline)} is gone",
            where=str(root / run_id),
            why="the run was removed",
            remedy=f"set another: plimsoll baseline set RUN --name {baseline.name}",
        ) from None


def _is_baseline(text: str) -> bool:
    return text.partition(":")[0] == BASELINE


def _both_of_series(root: Path, text: str) -> tuple[Named, Named]:
    runs = _runs_of_series(root, text.partition(":")[0]) if text.startswith(SERIES) else []
    sides = {side: [run for run, facts in runs if _cell(facts).get(SIDE) == side] for side in "AB"}
    if not all(sides.values()):
        raise UsageError(
            "compare what with what?",
            why=f"{text} is not a series of two configurations",
            remedy=f"plimsoll compare {text} OTHER, or baseline for one of them",
        )
    a, b = (Named(f"{text}, configuration {side}", found) for side, found in sides.items())
    return a, b


def _of_series(root: Path, text: str) -> Named:
    series_id, _, wanted = text.partition(":")
    runs = _runs_of_series(root, series_id)
    cell = dict(part.partition("=")[::2] for part in wanted.split(",") if part)
    found = [(run, facts) for run, facts in runs if _fits(_cell(facts), cell)]
    cells = {cell_words(_cell(facts)) for _, facts in found}
    if len(cells) != 1:
        known = sorted({_cell_text(_cell(facts)) for _, facts in runs})
        raise UsageError(
            f"which cell of {series_id}?",
            why=f"there are {'; '.join(known[:20])}",
            remedy=f"plimsoll compare {series_id}:{known[0]} ...",
        )
    return Named(text, [run for run, _ in found])


def _runs_of_series(root: Path, series_id: str) -> list[tuple[RunDirectory, RunFacts]]:
    found = [(run, facts) for run, facts in _readable(list_runs(root)) if facts.series.get("series_id") == series_id]
    if not found:
        raise RunDirectoryError(
            f"cannot find {series_id}", where=str(root), why="no run belongs to it", remedy="plimsoll runs --json"
        )
    return found


def _readable(runs: Iterable[RunDirectory]) -> Iterable[tuple[RunDirectory, RunFacts]]:
    for run in runs:
        try:
            yield run, run.read_facts()
        except RunDirectoryError:
            continue


def _cell(facts: RunFacts) -> Cell:
    cell: Mapping[str, Any] = facts.series.get("cell", {})
    return cell


def _fits(cell: Cell, wanted: Mapping[str, str]) -> bool:
    return all(name in cell and text in (str(cell[name]), value_words(cell[name])) for name, text in wanted.items())


def _cell_text(cell: Cell) -> str:
    return ",".join(f"{name}={value}" for name, value in cell.items()) or "the same each time"
