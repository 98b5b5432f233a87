"""`plimsoll compare`: whether runs differ by more than chance."""

from pathlib import Path
from typing import Annotated

import typer

from plimsoll.cli.comparing import question_of, say_comparison
from plimsoll.cli.options import check_outputs

ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("compare")(compare)


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="RUN, RUN,RUN, SERIES, SERIES:users=50, baseline[:NAME].")],
    b: Annotated[str | None, typer.Argument(metavar="B", help="The same; what A is compared with.")] = None,
    metric: Annotated[str | None, typer.Option(help="p50 p95 p99 mean rate journeys errors, or step:NAME:p95.")] = None,
    floor: Annotated[str, typer.Option(help="A smaller change does not count.")] = "5%",
    changed: Annotated[
        list[str] | None, typer.Option(help="What was changed on purpose: settings, connections... Repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Compare what is not comparable, with a warning.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write it as a page, too.")] = None,
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Say whether B is better or worse than A, or why that cannot be told.

    Runs are the replicates: make several of each. One metric decides; p95 with a rate, journeys per second otherwise.

    Exit codes: 0 better or no difference shown, 4 worse, 5 cannot tell.

    Example: plimsoll compare baseline latest
    """
    from plimsoll.workflows.comparing.run_comparison import compare_named

    check_outputs(junit=None, jtl=html)
    question = question_of(metric, floor, changed or (), force=force)
    raise typer.Exit(say_comparison(compare_named(runs, a, b, question), as_json=as_json, html=html))
