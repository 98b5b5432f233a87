"""`plimsoll import jmx`: a scenario and a profile from a test plan of JMeter."""

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from plimsoll.cli.new_file import check_new, write_new

if TYPE_CHECKING:
    from plimsoll.load.importers.jmx.plan import Imported


def add_to(group: typer.Typer) -> None:
    group.command("jmx")(import_jmx)


def import_jmx(
    file: Annotated[Path, typer.Argument(help="A test plan that JMeter saved.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file for the scenario. Without it: stdout.")
    ] = None,
    config_out: Annotated[
        Path | None, typer.Option(help="A new file for the profile, such as plimsoll.toml. Without it, it is printed.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what became of each element as JSON and nothing else; needs -o.")
    ] = False,
) -> None:
    """Make a scenario and a profile from a test plan of JMeter.

    Requests go to --url and statements to --dsn of the run only, never to a host of the plan. Passwords of the plan are
    read from the environment instead. What is not taken over is listed with its line and the reason.

    Example: plimsoll import jmx plan.jmx -o plan.py --config-out plimsoll.toml
    """
    from plimsoll.core.errors import UsageError
    from plimsoll.load.importers.jmx.importing import import_file

    if as_json and output is None:
        raise UsageError("--json needs a file to write to", why="stdout holds only JSON", remedy="-o scenario.py")
    if output is not None and output == config_out:
        raise UsageError("one file cannot be both", where="--output and --config-out", remedy="name two files")
    for path, option, suffix in ((output, "--output", ".py"), (config_out, "--config-out", ".toml")):
        if path is not None:
            check_new(path, option=option, suffix=suffix)
    imported = import_file(file)
    if output is not None:
        write_new(output, imported.source)
    if config_out is not None:
        write_new(config_out, imported.profile.text)
    if as_json:
        print(json.dumps(_as_json(imported, output, config_out)))
        return
    if output is None:
        print(imported.source, end="")
    _say(imported, output, config_out, sys.stderr if output is None else sys.stdout)


def _say(imported: "Imported", output: Path | None, config: Path | None, out: TextIO) -> None:
    """What was written, what was not taken over, what to give, and how to run it."""
    from plimsoll.load.importers.jmx.listing import grouped
    from plimsoll.settings.masking import mask

    lines = [f"wrote {path}" for path in (output, config) if path is not None]
    lines += [imported.counts(), *imported.notes, *grouped(imported.outcomes, lines_max=1_000)]
    lines += [f"give in the environment: {name} ({what})" for name, what in imported.environ]
    lines += [imported.profile.why] if imported.profile.why else []
    for line in lines:
        print(mask(line), file=out)
    if config is None:
        print(f"\nfor plimsoll.toml:\n\n{imported.profile.text}", file=out)
    print(f"next: {run_line(imported, output, config)}", file=out)


def run_line(imported: "Imported", output: Path | None, config: Path | None) -> str:
    """The command that runs it: by the profile where that is in a file, by options where those say the same."""
    words = ["plimsoll", "run", str(output or "scenario.py")]
    words += ["--url", "http://127.0.0.1:8000"] if imported.needs_url or not imported.needs_dsn else []
    words += ["--dsn", "env:DATABASE_URL"] if imported.needs_dsn else []
    words += ["--connections", str(imported.connections)] if imported.needs_dsn and imported.connections > 0 else []
    if config is None and imported.profile.options:
        return shlex.join(words) + f" {imported.profile.options}"
    words += ["--profile", imported.profile.name]
    return shlex.join([*words, *(["--config", str(config)] if config and config.name != "plimsoll.toml" else [])])


def _as_json(imported: "Imported", output: Path | None, config: Path | None) -> dict[str, object]:
    return {
        "written": [str(path) for path in (output, config) if path is not None],
        "elements": [asdict(outcome) for outcome in imported.outcomes],
        "notes": list(imported.notes),
        "environment": dict(imported.environ),
        "profile": asdict(imported.profile),
        "command": run_line(imported, output, config),
    }
