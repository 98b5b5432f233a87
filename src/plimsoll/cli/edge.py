"""`plimsoll edge …`: one file a command, with an `add_to(group)`."""

from types import ModuleType

import typer

from plimsoll.cli import edge_build, edge_config, edge_install, edge_purge, edge_serve

COMMANDS: tuple[ModuleType, ...] = (edge_serve, edge_build, edge_config, edge_install, edge_purge)

group = typer.Typer(
    help="HTTP caching that follows the rows, and files delivered fast.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@group.callback()
def _edge() -> None:
    pass


def add_to(app: typer.Typer) -> None:
    for command in COMMANDS:
        command.add_to(group)
    app.add_typer(group, name="edge")
