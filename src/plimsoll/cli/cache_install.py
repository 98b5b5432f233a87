"""`plimsoll cache install` and `remove`: writing down which rows change, for caches to know."""

from typing import Annotated

import typer

from plimsoll.cli.planned import Allowed, Config, DryRun, Dsn, Env, Json, Out, Yes, carry_out

InUse = Annotated[bool, typer.Option("--in-use", help="Give up what processes follow and report values by, too.")]


def add_to(group: typer.Typer) -> None:
    group.command("install")(install)
    group.command("remove")(remove)


def install(
    table: Annotated[
        list[str] | None,
        typer.Option(metavar="TABLE=TAG,…", help="A table and its rows' tags. Repeatable. Default: [cache.tables]."),
    ] = None,
    reader: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="A role that may poll and report. Repeatable.")
    ] = None,
    invalidator: Annotated[
        list[str] | None, typer.Option(metavar="ROLE", help="A role that may drop tags by hand. Repeatable.")
    ] = None,
    retain: Annotated[str | None, typer.Option(help="How long changes are kept at least. Default 5m.")] = None,
    dry_run: DryRun = False,
    out: Out = None,
    in_use: InUse = False,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Have a database write down which rows change, by tags, so that caches drop what is wrong.

    Shows the SQL, asks, and does it in one transaction: a changelog in the schema plimsoll_changes, and triggers on
    the tables. Tables that are watched already stay; doing it twice changes nothing. Needs the owner of the tables
    with CREATE on the database, and no superuser. `name-of:{id} when name, email` is written by such updates only as
    change one of these columns or the key.

    Exit codes: 0 done, or nothing to do; 2 wrong usage; 3 refused, nothing was changed.

    Example: plimsoll cache install --table 'public.orders=order:{id},org:{organization_id}' --dry-run
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.core.units import parse_duration
    from plimsoll.workflows.cache_changes import InstallRequest
    from plimsoll.workflows.cache_changes import install as carried_out

    retain_s = None if retain is None else parse_duration(retain)
    where = where_of(config, env, dsn, allow_protected or ())
    roles = tuple(reader or ()), tuple(invalidator or ())
    request = InstallRequest(where, tuple(table or ()), *roles, retain_s, in_use)
    carry_out(lambda do: carried_out(request, do=do), out, dry_run=dry_run, yes=yes, as_json=as_json)


def remove(
    table: Annotated[
        list[str] | None, typer.Option(metavar="TABLE", help="Only this table. Repeatable. Default: everything.")
    ] = None,
    dry_run: DryRun = False,
    out: Out = None,
    in_use: InUse = False,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Take away what plimsoll cache install made: everything, or what one table has.

    If everything goes, caches pass themselves by as soon as they cannot poll any more: that is refused while a process
    reports, or did within the last minute. Of one table they do not notice: what they keep by its tags would go stale.
    So that is refused while a process reports such values, or did within the last minute.

    Exit codes: 0 done, or nothing to do; 2 wrong usage; 3 refused, nothing was changed.

    Example: plimsoll cache remove --dry-run
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.cache_changes import remove as carried_out

    where = where_of(config, env, dsn, allow_protected or ())
    tables = tuple(table or ())
    carry_out(
        lambda do: carried_out(where, tables, do=do, in_use=in_use), out, dry_run=dry_run, yes=yes, as_json=as_json
    )
