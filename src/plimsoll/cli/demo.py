"""`plimsoll demo`: everything at once, on a PostgreSQL of our own."""

import sys
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    duration: Annotated[str, typer.Option(help="How long to load for.")] = "20s",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Start a PostgreSQL, load it for a moment, and write a report. Touches nothing else.

    Example: plimsoll demo --duration 20s
    """
    from plimsoll.cli.run import carry_out, finish
    from plimsoll.core.units import parse_duration
    from plimsoll.workflows.demo import demo_request, find_demo

    duration_s = parse_duration(duration, what="--duration")
    found = find_demo()
    if not as_json:
        print("starting a PostgreSQL of our own and making its tables", file=sys.stderr)
    with demo_request(found, duration_s) as request:
        result = carry_out(request, as_json=as_json)
    finish(result, as_json=as_json)
