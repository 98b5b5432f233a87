"""`plimsoll import KIND FILE`: a scenario from a file of another tool. One file a kind, with an `add_to(group)`."""

from types import ModuleType

import typer

from plimsoll.cli import import_har, import_jmx

KINDS: tuple[ModuleType, ...] = (import_har, import_jmx)

group = typer.Typer(
    help="Make a scenario from a file of another tool.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    for kind in KINDS:
        kind.add_to(group)
    app.add_typer(group, name="import")
