"""`plimsoll demo`: everything at once, on a PostgreSQL of our own."""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import INTERRUPTED

if TYPE_CHECKING:
    from plimsoll.workflows.demo import Demo
    from plimsoll.workflows.run import RunResult


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    duration: Annotated[str, typer.Option(help="How long to load for.")] = "1m",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Start a PostgreSQL, fill a platform's tables with realistic rows, load it, and write a report.

    Touches nothing else. The platform is Fluent Scribe QA: 10 organizations, 1,000 sessions of translation checks.

    Example: plimsoll demo --duration 20s
    """
    from plimsoll.cli.run import finish
    from plimsoll.core.units import parse_duration

    duration_s = parse_duration(duration, what="--duration")
    try:
        result = _shown(duration_s, as_json=as_json)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("interrupted: the server and its data are gone", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    finish(result, as_json=as_json)


def _shown(duration_s: float, *, as_json: bool) -> "RunResult":
    from plimsoll.cli.run import carry_out
    from plimsoll.cli.seed import fill, say_filled
    from plimsoll.workflows import demo as workflow

    found = workflow.find_demo()
    if not as_json:
        print("starting a PostgreSQL of our own and making the platform's tables", file=sys.stderr)
    with workflow.demo_server() as dsn:
        loaded_as = asyncio.run(_prepared(found, dsn))
        filled = fill(workflow.seed_request(found, dsn), as_json=as_json)
        if not as_json:
            say_filled(filled, sys.stderr)
        return carry_out(workflow.run_request(found, loaded_as, duration_s), as_json=as_json)


async def _prepared(found: "Demo", dsn: str) -> str:
    return await found.prepare(dsn)
