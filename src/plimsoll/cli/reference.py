"""Writes docs/reference/cli.md from the commands' own help: `python -m plimsoll.cli.reference [FILE]`, `make docs`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from plimsoll.cli.main import app

WIDTH = 100
FILE = Path("docs") / "reference" / "cli.md"
HEAD = """\
# The command line

Written by `make docs` from each command's `--help`. Errors go to stderr as `error: what (where): why. try: remedy`.

| exit code | means |
|---|---|
| 0 | fine |
| 1 | something unexpected |
| 2 | wrong usage: an option, plimsoll.toml, a scenario |
| 3 | refused: a check before the run failed |
| 4 | goals missed, or stopped by an abort condition |
| 5 | the run is invalid |
| 130 | interrupted |
"""


def reference() -> str:
    """The whole document; the same on every machine and terminal."""
    root = typer.main.get_command(app)
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in _helps(root, "plimsoll", None)]
    return "\n".join([HEAD, *sections])


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    """The help of a command and of those below it, with their full names."""
    settings = {**command.context_settings, "info_name": name.split()[-1], "terminal_width": WIDTH}
    context = command.context_class(command, parent=parent, **settings)
    lines = command.get_help(context).splitlines()
    yield name, "\n".join(line.rstrip() for line in lines)
    for each in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from _helps(command.get_command(context, each), f"{name} {each}", context)


def main(arguments: list[str]) -> None:
    """Writes the document to a file, docs/reference/cli.md without one."""
    path = Path(arguments[0]) if arguments else FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(reference(), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
