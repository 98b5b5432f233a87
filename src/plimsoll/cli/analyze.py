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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say what holds a run down, with the evidence, and what to do about it.

    Example: plimsoll analyze latest
    """
    from plimsoll.workflows.analyzing.run_analysis import analyze_run

    analysis = analyze_run(runs, run)
    if as_json:
        print(json.dumps(analysis.to_json()))
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.analysis.terminal import analysis_view

    print_view(analysis_view(analysis))
