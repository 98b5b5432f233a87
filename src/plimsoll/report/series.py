"""A series of runs as a terminal shows it: a line for each cell of the matrix, below it how far apart its runs were."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.goal_text import TOTAL
from plimsoll.core.matrix import value_words
from plimsoll.core.repeats import CellSummary, Range, SeriesSummary, figure_words
from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.core.units import UNKNOWN, format_duration
from plimsoll.report.words import TEXT_CHARACTERS_MAX, plain

if TYPE_CHECKING:
    from rich.console import RenderableType

COLUMNS: Final = {
    "journeys_per_s": "journeys", "p50_ms": "p50", "p95_ms": "p95", "p99_ms": "p99", "error_rate": "errors",
}  # fmt: skip
NOTES_MAX: Final = 20


def series_words(series: SeriesSummary) -> str:
    """ "6 runs: 3 cells of users, 2 times each, reset by template between them, 1 min 4 s of load"."""
    names = ", ".join(axis.name for axis in series.axes)
    cells = f"{len(series.cells)} cells of {names}" if series.axes else "the same each time"
    times = f", {series.repeats} times each" if series.axes and series.repeats > 1 else ""
    reset = f", reset by {series.reset} between them" if series.reset else ""
    lasted = format_duration(sum(run.duration_s for run in series.runs))
    runs = f"{len(series.runs)} run{'' if len(series.runs) == 1 else 's'}"
    return f"{runs}: {cells}{times}{reset}, {lasted} of load"


def cell_standing(cell: CellSummary, *, with_goals: bool = False) -> tuple[str, str]:
    """In a word or two, and "good" or "bad": refused, not valid, goals missed; goals met where there were any."""
    if cell.refused:
        return "refused", "bad"
    runs = len(cell.runs)
    if not runs:
        return "not run", "bad"
    if cell.valid < runs:
        return (f"{cell.valid} of {runs} valid" if cell.valid else "none valid"), "bad"
    if cell.goals_missed:
        return ("goals missed" if runs == 1 else f"missed in {cell.goals_missed} of {runs}"), "bad"
    return "goals met" if with_goals else "valid", "good"


def runs_of(cell: CellSummary, series: SeriesSummary) -> Sequence[Summary]:
    return [run for run in series.runs if run.run_id in set(cell.runs)]


def missed_words(runs: Sequence[Summary]) -> Iterable[str]:
    """ "goal missed in 2 of 3 runs: p95<500ms": each goal that a run of the cell missed."""
    counts = Counter(_goal_words(goal) for run in runs for goal in run.goals if not goal.passed)
    for goal, times in counts.items():
        yield f"goal missed{f' in {times} of {len(runs)} runs' if len(runs) > 1 else ''}: {goal}"


def _goal_words(goal: GoalSummary) -> str:
    return goal.expression if goal.scope == TOTAL else f"{goal.scope}:{goal.expression}"


def range_words(name: str, found: Range) -> str:
    """ "398..430 ms", or "" where the runs do not differ."""
    if found.min is None or found.min == found.max:
        return ""
    say = figure_words(name)
    low, high = say(found.min), say(found.max)
    if low == high:
        return ""
    number, _, unit = low.partition(" ")
    if unit and high.endswith(f" {unit}"):
        return f"{number}..{high}"
    return f"{low.removesuffix('/s')}..{high}" if high.endswith("/s") else f"{low}..{high}"


def notes(series: SeriesSummary) -> Iterable[str]:
    """What a reader should know of cells and series: doubts, refusals."""
    for cell in series.cells:
        where = ", ".join(f"{name} {value_words(value)}" for name, value in cell.cell.items())
        told = [
            *missed_words(runs_of(cell, series)),
            *cell.warnings,
            *([f"refused: {cell.refused}"] if cell.refused else []),
        ]
        yield from (f"{where}: {text}" if where else text for text in told)
    yield from series.warnings


def series_view(series: SeriesSummary, page: str | None) -> "RenderableType":
    """The whole series for a Rich console."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for axis in series.axes:
        table.add_column(axis.name, justify="right", no_wrap=True)
    for word in COLUMNS.values():
        table.add_column(word, justify="right", no_wrap=True)
    table.add_column("standing", no_wrap=True)
    for cell in series.cells:
        word, style = cell_standing(cell, with_goals=any(run.goals for run in runs_of(cell, series)))
        said = Text(word, style={"good": "green", "bad": "bold red"}.get(style, ""))
        table.add_row(*map(Text, _figures(cell)), said)
        if any(ranges := _ranges(cell)):
            table.add_row(*(Text(text, style="dim") for text in ranges))
    told = list(notes(series))
    lines = [Text(plain(f"warning: {note}", TEXT_CHARACTERS_MAX), style="yellow") for note in told[:NOTES_MAX]]
    if len(told) > NOTES_MAX:
        lines.append(Text(f"{len(told) - NOTES_MAX} more warnings in series.json", style="dim"))
    if page is not None:
        lines.append(Text(f"overview: {page}", overflow="fold"))
    return Group(Text(series_words(series), style="bold"), Text(""), table, Text(""), *lines)


def _figures(cell: CellSummary) -> Sequence[str]:
    """The median of each figure; unknown where no run tells."""
    values = [value_words(value) for value in cell.cell.values()]
    return [*values, *(figure_words(name)(cell.figures[name].median) or UNKNOWN for name in COLUMNS)]


def _ranges(cell: CellSummary) -> list[str]:
    ranges = [range_words(name, cell.figures[name]) for name in COLUMNS]
    return [*([""] * len(cell.cell)), *ranges] if any(ranges) else []
