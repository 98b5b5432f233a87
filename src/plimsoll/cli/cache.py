"""`plimsoll cache …`: one file a command, with an `add_to(group)`."""

from types import ModuleType

import typer

from plimsoll.cli import cache_advise, cache_install, cache_simulate, cache_status

COMMANDS: tuple[ModuleType, ...] = (cache_advise, cache_install, cache_status, cache_simulate)

group = typer.Typer(
    help="Keep what a database answers, and know how stale it may be.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    for command in COMMANDS:
        command.add_to(group)
    app.add_typer(group, name="cache")
