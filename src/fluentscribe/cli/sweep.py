"""`fluentscribe sweep`: files that no upload has any more are removed."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from fluentscribe.cli.failures import REFUSED, CommandError
from fluentscribe.cli.options import ADMIN, secret_of


def add_to(app: typer.Typer) -> None:
    app.command("sweep")(sweep)


def sweep(
    files: Annotated[Path, typer.Argument(help="Where files are kept: FLUENTSCRIBE_FILES of the servers.")],
    dsn: Annotated[str, typer.Option(help="The database as a superuser: DSN or env:NAME.")] = ADMIN,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which would be removed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print paths as JSON.")] = False,
) -> None:
    """Remove files that no upload has any more, as those of deleted projects.

    Servers may run meanwhile.

    Example: fluentscribe sweep /var/lib/fluentscribe --dry-run
    """
    from fluentscribe.uploads import sweeping
    from fluentscribe.uploads.store import INCOMING, Store

    where = secret_of(dsn, "the database's DSN (--dsn)")
    if not (files / INCOMING).is_dir():
        remedy = "name the servers' FLUENTSCRIBE_FILES"
        raise CommandError("no files are kept there", f"{files} has no folder {INCOMING}", remedy, REFUSED)
    try:
        swept = asyncio.run(sweeping.sweep(where, Store(files), remove=not dry_run))
    except sweeping.NotAllowed as error:
        raise CommandError("not allowed in the database", str(error), "connect as a superuser", REFUSED) from None
    _say([str(path) for path in swept], as_json=as_json, done="would be removed" if dry_run else "removed")


def _say(paths: list[str], *, as_json: bool, done: str) -> None:
    if as_json:
        print(json.dumps({done.replace(" ", "_"): paths}))
        return
    for path in paths:
        print(f"{done} {path}")
    if not paths:
        print("every file belongs to an upload")
