"""`fluentscribe seed`: a data set of the platform, by `plimsoll seed`."""

import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fluentscribe.cli.failures import OK
from fluentscribe.cli.options import ADMIN, secret_of

SEEDS = Path(__file__).parents[1] / "seeds"
VARIABLE = "FLUENTSCRIBE_SEED_DSN"


class DataSet(StrEnum):
    SMALL = "small"
    LARGE = "large"


def add_to(app: typer.Typer) -> None:
    app.command("seed")(seed)


def seed(
    data_set: Annotated[DataSet, typer.Argument(help="10 organizations with 1,000 sessions, or ten times as many.")],
    dsn: Annotated[str, typer.Option(help="The database as a superuser: DSN or env:NAME.")] = ADMIN,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the tables first.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Fill the database with a data set: all of it or nothing, the same every time.

    People are user1@example.com and so on; the password of all is: a load test.

    Example: fluentscribe seed small --dsn env:FLUENTSCRIBE_ADMIN_DSN
    """
    where = secret_of(dsn, "the database's DSN (--dsn)")
    asked = {"--replace": replace, "--dry-run": dry_run, "--json": as_json}
    argv = [sys.executable, "-m", "plimsoll.cli.main", "seed", str(SEEDS / f"{data_set}.toml")]
    argv += ["--dsn", f"env:{VARIABLE}", *(option for option, wanted in asked.items() if wanted)]
    code = told(argv, {**os.environ, VARIABLE: where})
    if code != OK:
        raise typer.Exit(code)


def told(argv: list[str], environ: dict[str, str]) -> int:
    """The exit code of a command that shares our terminal: Ctrl-C reaches it, and it says what came of it."""
    process = subprocess.Popen(argv, env=environ)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
