"""The commands, joined: one file a command. What the command line is wrong about is said in the form of all errors."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from plimsoll import __version__
from plimsoll.cli import (
    alerts,
    analyze,
    baseline,
    cache,
    capture,
    compare,
    demo,
    doctor,
    edge,
    find,
    importing,
    init,
    report,
    run,
    runs,
    scale,
    scheduling,
    seed,
    serve,
    tune,
    watch,
)
from plimsoll.cli.exits import INTERRUPTED
from plimsoll.core.errors import UsageError


class Commands(TyperGroup):
    """Says that it was interrupted, which Typer does not."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Typer exports no name of its base
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=Commands,
    name="plimsoll",
    help="Find how much load a PostgreSQL-backed platform carries, and what holds it down.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo, init, doctor, capture, seed, importing, run, find, runs, watch, alerts, analyze, tune, compare, baseline,
    cache, edge, serve, scale, scheduling, report,
):  # fmt: skip
    command.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        print(f"plimsoll {__version__}")
        raise typer.Exit


@app.callback()
def _plimsoll(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


def usage_error(error: typer.TyperException) -> UsageError:
    """Typer's complaint about the command line, in the form of all our errors."""
    say = getattr(error, "format_message", lambda: str(error))
    context = getattr(error, "ctx", None)
    names: list[str] = []
    while context is not None and context.parent is not None:
        names.insert(0, context.info_name)
        context = context.parent
    command = " ".join(["plimsoll", *names])
    return UsageError(f"wrong command line: {say().rstrip('.')}", remedy=f"{command} --help")
