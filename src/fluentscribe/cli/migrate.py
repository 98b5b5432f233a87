"""`fluentscribe migrate`: the database is brought to this code's schema."""

import asyncio
import json
from typing import Annotated

import typer

from fluentscribe.cli.failures import REFUSED
from fluentscribe.cli.options import ADMIN, secret_of


def add_to(app: typer.Typer) -> None:
    app.command("migrate")(migrate)


def migrate(
    dsn: Annotated[str, typer.Option(help="The database as who may make roles in it: DSN or env:NAME.")] = ADMIN,
    password: Annotated[
        str | None, typer.Option(help="What the roles of server and workers log in with: env:NAME. Default: as it is.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what is missing; exit code 3 if any is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print names as JSON.")] = False,
) -> None:
    """Apply the migrations that are missing, and make the roles that server and workers connect as.

    There is no way back: a backup is one. Any number may run at once.

    Example: fluentscribe migrate --dsn env:FLUENTSCRIBE_ADMIN_DSN --password env:FLUENTSCRIBE_PASSWORD
    """
    from fluentscribe.database import migrating

    where = secret_of(dsn, "the database's DSN (--dsn)")
    if check:
        missing = asyncio.run(migrating.pending(where))
        _say("missing", missing, as_json=as_json)
        raise typer.Exit(REFUSED if missing else 0)
    said = secret_of(password, "the password (--password)") if password else None
    applied = asyncio.run(migrating.migrate(where))
    if said is not None:
        asyncio.run(migrating.make_roles(where, said))
    _say("applied", applied, as_json=as_json)


def _say(what: str, names: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({what: names}))
        return
    for name in names:
        print(f"{what} {name}")
    if not names:
        print("the database is up to date")
