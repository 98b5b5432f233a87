"""`plimsoll scale …`: one file a command, with an `add_to(group)`."""

from types import ModuleType

import typer

from plimsoll.cli import scale_kubernetes, scale_simulate, scale_status, scale_tell

COMMANDS: tuple[ModuleType, ...] = (scale_status, scale_tell, scale_simulate, scale_kubernetes)

group = typer.Typer(
    help="Workers that follow the load.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    for command in COMMANDS:
        command.add_to(group)
    app.add_typer(group, name="scale")
