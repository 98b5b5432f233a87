"""`plimsoll import har`: a scenario from what a browser or a proxy recorded."""

import json
import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.new_file import check_new, write_new

if TYPE_CHECKING:
    from plimsoll.load.importers.har.scenario import Imported


class Assets(StrEnum):
    """What becomes of images, style sheets, scripts and fonts."""

    JOURNEY = "journey"
    NONE = "none"


def add_to(group: typer.Typer) -> None:
    group.command("har")(import_har)


def import_har(
    file: Annotated[Path, typer.Argument(help="A HAR file, or a zip archive with one in it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file for the scenario. Without it: stdout.")
    ] = None,
    host: Annotated[
        list[str] | None, typer.Option(help="Import the requests to this host. Repeatable. Default: the first page's.")
    ] = None,
    assets: Annotated[
        Assets, typer.Option(help="Images, styles, scripts and fonts: a journey of their own, or none.")
    ] = Assets.JOURNEY,
    no_think: Annotated[bool, typer.Option("--no-think", help="Leave out the pauses between requests.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was imported as JSON and nothing else; needs -o.")
    ] = False,
) -> None:
    """Make a scenario from a HAR file: what a browser or a proxy recorded.

    Requests go to --url of the run only, never to a recorded host. Passwords, tokens and keys are read from the
    environment, or taken out of earlier answers. What is left out is listed with its reason.

    Example: plimsoll import har visit.har -o visit.py
    """
    from plimsoll.core.errors import UsageError
    from plimsoll.load.importers.har.importing import import_har as imported_from

    if as_json and output is None:
        raise UsageError("--json needs a file to write to", why="stdout holds only JSON", remedy="-o scenario.py")
    if output is not None:
        check_new(output, option="--output", suffix=".py")
    imported = imported_from(file, hosts=host or (), assets=assets.value, think=not no_think)
    if output is None:
        print(imported.text, end="")
        _say(imported, sys.stderr)
        return
    write_new(output, imported.text)
    if as_json:
        print(json.dumps(_as_json(imported, output)))
        return
    print(f"wrote {output}")
    _say(imported, sys.stdout)
    journeys = bool(imported.steps) + bool(imported.static)
    print(f"next: plimsoll run {shlex.quote(str(output))} --url http://127.0.0.1:8000 --iterations {journeys}")


def _say(imported: "Imported", out: Any) -> None:
    """What became steps, what did not, and what to give."""
    from plimsoll.core.check import counted
    from plimsoll.settings.masking import mask

    lines = [f"{counted(imported.steps, 'step')} to {', '.join(imported.chosen)}"]
    if imported.static:
        lines.append(f"{counted(imported.static, 'static file')} in a journey of their own")
    if imported.variables:
        lines.append(f"{counted(imported.variables, 'value')} of later requests taken out of earlier answers")
    for reason, count in imported.left_out.counts().items():
        lines.append(f"left out: {reason}: {count}, such as {', '.join(imported.left_out.examples(reason))}")
    others = [f"{name} {count}" for name, count in imported.hosts.items() if name not in imported.chosen]
    if others:
        lines.append(f"other hosts (--host takes them in): {', '.join(others)}")
    lines += [note for note in imported.notes if not note.startswith("Left out:")]
    if imported.constants:
        lines.append(f"give in the environment: {', '.join(imported.constants)}")
    for line in lines:
        print(mask(line), file=out)


def _as_json(imported: "Imported", output: Path) -> dict[str, Any]:
    left_out = imported.left_out
    return {
        "written": str(output),
        "steps": imported.steps,
        "static_files": imported.static,
        "variables": imported.variables,
        "environment": list(imported.constants),
        "hosts": imported.hosts,
        "chosen_hosts": list(imported.chosen),
        "left_out": [
            {"reason": reason, "count": count, "examples": left_out.examples(reason)}
            for reason, count in left_out.counts().items()
        ],
        "notes": list(imported.notes),
    }
