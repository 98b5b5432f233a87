"""`plimsoll cache install` and `remove`: writing down which rows change, for caches to know."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from plimsoll.workflows.cache_changes import Outcome

Env = Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")]
Dsn = Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")]
Config = Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")]
Allowed = Annotated[list[str] | None, typer.Option(help="Change this protected environment.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the SQL, and do nothing.")]
Out = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the SQL into a file, and do nothing.")]
InUse = Annotated[bool, typer.Option("--in-use", help="Give up what processes follow and report values by, too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


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
    _carry_out(lambda do: carried_out(request, do=do), out, dry_run=dry_run, yes=yes, as_json=as_json)


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
    _carry_out(
        lambda do: carried_out(where, tables, do=do, in_use=in_use), out, dry_run=dry_run, yes=yes, as_json=as_json
    )


def _carry_out(
    run: "Callable[[bool], Coroutine[None, None, Outcome]]",
    out: Path | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Looks, shows, asks, looks again and does it. Raises UsageError where nobody can be asked."""
    from plimsoll.cli.options import check_writable

    if out is not None:
        check_writable(out)
    if out is not None or dry_run:
        seen = asyncio.run(run(False))
        if out is not None:
            out.write_text(seen.plan.script, encoding="utf-8")
        _show(seen, sql=out is None, as_json=as_json)
        return
    if not yes and not _agreed(asyncio.run(run(False))):
        return
    _show(asyncio.run(run(True)), sql=False, as_json=as_json)


def _agreed(seen: "Outcome") -> bool:
    """Nothing to do needs no leave."""
    from plimsoll.core.errors import UsageError

    if not seen.plan.statements:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked whether that is meant",
            where=seen.where,
            why="stdin is no terminal",
            remedy="see the SQL with --dry-run, then say --yes",
        )
    print(seen.plan.script, file=sys.stderr)
    print_lines(seen.lines(), to_stderr=True)
    if typer.confirm(f"Do this on {seen.where}?", err=True):
        return True
    print("nothing was done", file=sys.stderr)
    return False


def _show(seen: "Outcome", *, sql: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps(seen.to_json()))
        return
    if sql:
        print(seen.plan.script)
    print_lines(seen.lines(), to_stderr=sql)  # what is piped into psql is SQL only
    if seen.done:
        print(f"done on {seen.where}")


def print_lines(lines: Iterable[str], *, to_stderr: bool = False) -> None:
    """Names come from others: no control characters."""
    from plimsoll.core.visible import visible

    for line in lines:
        print(visible(line), file=sys.stderr if to_stderr else sys.stdout)
