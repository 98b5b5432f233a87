"""`plimsoll edge install`, `remove` and `status`: where purges wait until they are acknowledged."""

import asyncio
import json
from typing import Annotated

import typer

from plimsoll.cli.planned import Allowed, Config, DryRun, Dsn, Env, Json, Out, Yes, carry_out, print_lines


def add_to(group: typer.Typer) -> None:
    group.command("install")(install)
    group.command("remove")(remove)
    group.command("status")(status)


def install(
    provider: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="local, cloudflare or fastly. Repeatable.")
    ] = None,
    purger: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="A role that may empty it. Repeatable.")
    ] = None,
    invalidator: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="A role that may ask for purges by hand. Repeatable.")
    ] = None,
    dry_run: DryRun = False,
    out: Out = None,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Keep purges in a table until each provider has acknowledged them, so that none is lost.

    Shows the SQL, asks, and does it in one transaction: a schema plimsoll_edge beside the changelog, which plimsoll
    cache install made. Every change from here on is purged at these providers, by whoever runs plimsoll edge purger.
    Doing it twice changes nothing. Needs the role that installed the changelog, and no superuser.

    Exit codes: 0 done, or nothing to do; 2 wrong usage; 3 refused, nothing was changed.

    Example: plimsoll edge install --provider local --provider cloudflare --dry-run
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.edge_purging import install as carried_out

    where = where_of(config, env, dsn, allow_protected or ())
    named = tuple(provider or ()), tuple(purger or ()), tuple(invalidator or ())
    carry_out(lambda do: carried_out(where, *named, do=do), out, dry_run=dry_run, yes=yes, as_json=as_json)


def remove(
    provider: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this one. Repeatable. Default: everything.")
    ] = None,
    dry_run: DryRun = False,
    out: Out = None,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Take away what plimsoll edge install made: everything, or what one provider has. What waits there is lost.

    The changelog stays.

    Exit codes: 0 done, or nothing to do; 2 wrong usage; 3 refused, nothing was changed.

    Example: plimsoll edge remove --dry-run
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.edge_purging import remove as carried_out

    where = where_of(config, env, dsn, allow_protected or ())
    names = tuple(provider or ())
    carry_out(lambda do: carried_out(where, names, do=do), out, dry_run=dry_run, yes=yes, as_json=as_json)


def status(
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say how many purges wait for each provider and since when, what it said, and what it has refused.

    Changes nothing.

    Exit codes: 0 all is well; 2 wrong usage; 3 refused; 5 nothing is installed, or a purge waits for more than a
    minute, or nobody has read the changelog for as long, or a provider is in trouble, or refused what is parked now.

    Example: plimsoll edge status
    """
    from plimsoll.cli.exits import INVALID, OK
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.edge_purging import status as looked
    from plimsoll.workflows.edge_purging import status_json, status_lines

    found = asyncio.run(looked(where_of(config, env, dsn, ())))
    if as_json:
        print(json.dumps(status_json(found)))
    else:
        print_lines(status_lines(found))
    raise typer.Exit(OK if found.is_well else INVALID)
