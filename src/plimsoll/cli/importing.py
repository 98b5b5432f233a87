"""`plimsoll import KIND FILE`: a scenario from a file of another tool."""

import typer

group = typer.Typer(
    help="Make a scenario from a file of another tool.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    app.add_typer(group, name="import")
