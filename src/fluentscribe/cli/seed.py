"""`fluentscribe seed`: a data set of the platform, by `plimsoll seed`."""

import asyncio
import os
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from fluentscribe.cli.failures import OK, REFUSED, CommandError
from fluentscribe.cli.options import ADMIN, secret_of

SEEDS = Path(__file__).parents[1] / "seeds"
FILLED = "SELECT EXISTS (SELECT FROM organizations) OR EXISTS (SELECT FROM profiles)"
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
    check_filled(asyncio.run(_found(where)), data_set, emptied=replace or dry_run)
    code = told(argv, {**os.environ, VARIABLE: where})
    if code != OK:
        raise typer.Exit(code)


def check_filled(found: tuple[tuple[str, ...], bool], data_set: DataSet, *, emptied: bool) -> None:
    """`found`: migrations that are missing, and whether there are rows. Raises CommandError where nothing can go in."""
    missing, filled = found
    if missing:
        why = f"migrations are missing: {', '.join(missing)}"
        raise CommandError("the database has not the tables of this code", why, "fluentscribe migrate", REFUSED)
    if filled and not emptied:
        remedy = f"fluentscribe seed {data_set} --replace empties them first"
        raise CommandError("the database is not empty", "there are organizations or people in it", remedy, REFUSED)


async def _found(dsn: str) -> tuple[tuple[str, ...], bool]:
    import asyncpg

    from fluentscribe.database.migrating import pending_on

    connection = await asyncpg.connect(dsn)
    try:
        missing = await pending_on(connection)
        return missing, not missing and await connection.fetchval(FILLED)
    finally:
        await connection.close()


def told(argv: list[str], environ: dict[str, str]) -> int:
    """The exit code of a command that shares our terminal: Ctrl-C reaches it, and it says what came of it."""
    process = subprocess.Popen(argv, env=environ)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
