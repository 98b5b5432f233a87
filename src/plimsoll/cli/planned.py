"""What commands share that change a database by a plan: shown first, asked for, carried out or written down."""

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
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def carry_out(
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
