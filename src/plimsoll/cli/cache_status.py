"""`plimsoll cache status` and `invalidate`: what is watched, which caches report, and dropping tags by hand."""

import asyncio
import json
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import OK
from plimsoll.cli.planned import Allowed, Config, Dsn, Env, Json, Yes, print_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plimsoll.workflows.target import TargetRequest


def add_to(group: typer.Typer) -> None:
    group.command("status")(status)
    group.command("invalidate")(invalidate)


def status(
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Say which tables are watched and by which tags, what is not as it was installed, and which caches report.

    Changes nothing. A --reader hears of all but what is not as it was installed.

    Exit codes: 0 all is well; 2 wrong usage; 3 refused; 5 nothing is installed, or something is not as it was
    installed, or a cache passes itself or its tier 2 by, or went silent, or served what was stale, or keeps
    values by tags that nobody writes.

    Example: plimsoll cache status
    """
    from plimsoll.cli.exits import INVALID
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.cache_changes import status as looked
    from plimsoll.workflows.cache_changes import status_json, status_lines
    from plimsoll.workflows.cache_reports import are_well, caches_json, caches_lines, unwritten_lines, unwritten_of

    where, found = asyncio.run(looked(where_of(config, env, dsn, ())))
    unwritten = unwritten_of(found)
    if as_json:
        told = {"caches": caches_json(found.caches), "unwritten": unwritten}
        print(json.dumps(status_json(where, found) | told))
    else:
        print_lines(status_lines(where, found))
        print_lines(caches_lines(found.caches) if found.standing.installed else ())
        print_lines(unwritten_lines(unwritten))
    as_installed = found.standing.installed and not any(one.drift for one in found.installed)
    raise typer.Exit(OK if as_installed and are_well(found.caches) and not unwritten else INVALID)


def invalidate(
    tag: Annotated[list[str], typer.Argument(metavar="TAG…", help="order:42, order:* or table:public.orders.")],
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Have every cache that follows a database drop what carries these tags.

    A row goes into the changelog, as a change of a table would put it there; a cache drops the values at its next
    poll. Nothing in your tables changes. Tags have blanks between them, and no commas. Needs the installer, or a role
    that is an --invalidator.

    Exit codes: 0 done; 2 wrong usage; 3 refused, nothing was dropped.

    Example: plimsoll cache invalidate 'order:*' org:7
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.workflows.cache_reports import invalidate as dropped

    target = where_of(config, env, dsn, allow_protected or ())
    if not yes and not _agreed(target, tag):
        return
    done = asyncio.run(dropped(target, tag))
    if as_json:
        print(json.dumps(done.to_json()))
    else:
        print_lines(done.lines())


def _agreed(target: "TargetRequest", tags: "Sequence[str]") -> bool:
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.cache_reports import where_dropped

    where = asyncio.run(where_dropped(target, tags))
    if not sys.stdin.isatty():
        why = "stdin is no terminal"
        raise UsageError("nobody can be asked whether that is meant", where=where, why=why, remedy="say --yes")
    if typer.confirm(f"Have all caches of {where} drop {shlex.join(tags)}?", err=True):
        return True
    print("nothing was done", file=sys.stderr)
    return False
