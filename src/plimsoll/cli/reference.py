"""Writes docs/reference/cli.md from the commands' own help: `make docs`.

`python -m plimsoll.cli.reference [FILE [MODULE]]`: of another command line, MODULE is where its Typer `app` is.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

from plimsoll.cli.app import app

WIDTH = 100
FILE = Path("docs") / "reference" / "cli.md"
INTRODUCTION = """
Written by `make docs` from each command's `--help`. Errors go to stderr as `error: what (where): why. try: remedy`.
"""
EXIT_CODES = """
| exit code | means |
|---|---|
| 0 | fine |
| 1 | something unexpected |
| 2 | wrong usage: an option, plimsoll.toml, a scenario |
| 3 | refused: a check before the run failed |
| 4 | goals missed, stopped by an abort condition, or worse than what it was compared with |
| 5 | the run is invalid, or a comparison cannot tell |
| 130 | interrupted |
"""


def reference(of: typer.Typer = app, name: str = "plimsoll", exit_codes: str = EXIT_CODES) -> str:
    """The whole document of a command line; the same on every machine and terminal."""
    root = typer.main.get_command(of)
    sections = [f"## {each}\n\n```text\n{text}\n```\n" for each, text in _helps(root, name, None)]
    title = "# The command line" if of is app else f"# The command line of {name}"
    return "\n".join([f"{title}\n{INTRODUCTION}{exit_codes}", *sections])


def reference_of(module: str) -> str:
    """That of the command line of a module, which says EXIT_CODES itself."""
    found = import_module(module)
    return reference(found.app, found.app.info.name, found.EXIT_CODES)


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
    path.write_text(reference_of(arguments[1]) if arguments[1:] else reference(), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
