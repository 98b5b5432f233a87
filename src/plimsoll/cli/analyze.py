"""`plimsoll analyze`: what holds a run down, and what to do about it."""

import json
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("analyze")(analyze)


def analyze(
    run: Annotated[str, typer.Argument(help="A run: its id or the beginning of it, a path, or latest.")] = "latest",
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    start: Annotated[
        str | None, typer.Option("--from", help="Look at the run from here on: 20s after its start.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="And up to here.")] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Everything: all figures, risks, priorities, checks.")
    ] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page of its own, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what holds a run down, with the evidence, and what to do about it.

    Example: plimsoll analyze latest
    """
    from plimsoll.workflows.analyzing.pages import write_page
    from plimsoll.workflows.analyzing.run_analysis import analyze_run

    analysis = analyze_run(runs, run, _between(start, end))
    if html is not None:
        write_page(html, analysis)
    if as_json:
        print(json.dumps(analysis.to_json()))
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.analysis.terminal import analysis_view

    print_view(analysis_view(analysis, details=details))


def _between(start: str | None, end: str | None) -> tuple[float, float] | None:
    from plimsoll.core.units import parse_duration

    if start is None and end is None:
        return None
    return parse_duration(start or 0.0, what="--from"), parse_duration(end, what="--to") if end else float("inf")
