"""`plimsoll analyze`: what holds a run down, and what to do about it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import code_of
from plimsoll.core.errors import UsageError

if TYPE_CHECKING:
    from plimsoll.core.analysis import Analysis

Bounds = tuple[float, float]
APDEX = "500ms"
TOLERATED = 3  # times what satisfies, as in JMeter's dashboard
ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("analyze")(analyze)


def analyze(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN|FILE",
            help="A run: its id or the beginning of it, a path, or latest. Or a JTL file, as JMeter writes it.",
        ),
    ] = "latest",
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    start: Annotated[
        str | None, typer.Option("--from", help="Look at the run from here on: 20s after its start.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="And up to here.")] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Everything: all figures, risks, priorities, checks.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page of its own, too.")] = None,
    goal: Annotated[
        list[str] | None,
        typer.Option(help="Of a file: judge it by this instead of p95<1s, errors<1%, rate>=100/s. Repeatable."),
    ] = None,
    apdex: Annotated[
        str | None,
        typer.Option(help="Of whom APDEX says that they were satisfied; tolerated is thrice that: 500ms, or 500ms,2s."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what holds a run down, with the evidence, and what to do about it.

    Example: plimsoll analyze latest
    """
    from plimsoll.workflows.analyzing.file_analysis import is_file_argument

    is_file = is_file_argument(run)
    within, bounds = _between(start, end), _apdex(apdex)
    if is_file and within is not None:
        raise UsageError("--from and --to are for runs", why="a file of samples is looked at as a whole")
    if goal and not is_file:
        raise UsageError("--goal is for files", why="a run is judged by the goals that it was made with")
    analysis = _of_file(Path(run), goal, bounds) if is_file else _of_run(runs, run, within, bounds)
    if html is not None:
        from plimsoll.workflows.analyzing.pages import write_page

        write_page(html, analysis)
    if as_json:
        print(json.dumps(analysis.to_json()))
    else:
        _show(analysis, details=details, metrics=is_file or details)
    if is_file:
        raise typer.Exit(code_of(analysis.summary))


def _of_file(path: Path, goals: list[str] | None, apdex_ms: Bounds) -> "Analysis":
    from plimsoll.core.goal_text import parse_goal
    from plimsoll.workflows.analyzing.file_analysis import analyze_file

    return analyze_file(path, [parse_goal(text) for text in goals] if goals else None, apdex_ms)


def _of_run(root: Path, name: str, within: Bounds | None, apdex_ms: Bounds) -> "Analysis":
    from plimsoll.workflows.analyzing.run_analysis import analyze_run

    return analyze_run(root, name, within, apdex_ms)


def _show(analysis: "Analysis", *, details: bool, metrics: bool) -> None:
    from plimsoll.cli.printing import PIPED, print_view
    from plimsoll.report.analysis.metrics_view import metrics_view
    from plimsoll.report.analysis.terminal import analysis_view

    print_view(analysis_view(analysis, details=details), piped=PIPED)
    if metrics:
        print_view(metrics_view(analysis), piped=PIPED)


def _apdex(text: str | None) -> Bounds:
    """Milliseconds satisfied and tolerated."""
    from plimsoll.core.units import parse_duration

    text = APDEX if text is None else text
    satisfied, comma, tolerated = text.partition(",")
    low = parse_duration(satisfied, what="--apdex")
    high = parse_duration(tolerated, what="--apdex") if comma else TOLERATED * low
    if not 0 < low <= high:
        raise UsageError(f'"{text}" is no --apdex', why="the second time is no less than the first, and that above 0")
    return low * 1000, high * 1000


def _between(start: str | None, end: str | None) -> tuple[float, float] | None:
    from plimsoll.core.units import parse_duration

    if start is None and end is None:
        return None
    return parse_duration(start or 0.0, what="--from"), parse_duration(end, what="--to") if end else float("inf")
