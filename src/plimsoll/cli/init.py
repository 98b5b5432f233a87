"""`plimsoll init`: a commented plimsoll.toml and a first scenario."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    app.command("init")(init)


def init(
    directory: Annotated[Path, typer.Argument(help="Where to write them.")] = Path(),
) -> None:
    """Write a commented plimsoll.toml and a first scenario. Nothing is overwritten.

    Example: plimsoll init
    """
    from plimsoll.settings.template import write_initial_files

    for path in write_initial_files(directory):
        print(f"wrote {path}")
    print("tables of your own are filled with realistic rows by plimsoll seed: see plimsoll seed --help")
    print("next: plimsoll run scenarios/first.py --profile smoke")
