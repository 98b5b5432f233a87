"""`plimsoll report`: the report of a run, made again from what its directory holds."""

import json
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("report")(report)


def report(
    run: Annotated[str, typer.Argument(help="A run: its id or the beginning of it, a path, or latest.")] = "latest",
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = ROOT,
    jtl: Annotated[Path | None, typer.Option(help="Also write the samples as a JMeter JTL file (CSV).")] = None,
    junit: Annotated[Path | None, typer.Option(help="Also write the goals as JUnit XML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Make a run's report again, also of a run that was killed, from what had been written.

    Example: plimsoll report latest
    """
    from plimsoll.cli.options import check_outputs
    from plimsoll.workflows.reporting import reopen

    check_outputs(junit=junit, jtl=jtl)
    reopened = reopen(runs, run, junit=junit, jtl=jtl)
    if as_json:
        print(json.dumps(reopened.summary.to_json()))
        return
    from plimsoll.cli.printing import print_view
    from plimsoll.report.terminal import summary_view
    from plimsoll.workflows.closing import drawn_of

    directory, facts = reopened.directory, reopened.facts
    print_view(summary_view(reopened.summary, facts, directory.report_path, drawn_of(directory, facts)))
