"""`plimsoll demo`: everything at once on a PostgreSQL of our own, on a platform that some package brings."""

from importlib.metadata import entry_points
from typing import Annotated

import typer

from plimsoll.core.errors import UsageError

GROUP = "plimsoll.demo"


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

    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not found:
        raise UsageError("nothing to show", why="no installed package brings a demo", remedy="install plimsoll-line")
    begin = found[0].load()
    with begin(duration, quiet=as_json) as request:
        result = carry_out(request, as_json=as_json)
    finish(result, as_json=as_json)
