"""`plimsoll seed`: realistic rows for any schema."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, NoReturn, TextIO

import typer

from plimsoll.cli.exits import INTERRUPTED

if TYPE_CHECKING:
    from plimsoll.workflows.seed import SeedEstimate, SeedRequest, SeedResult

SEED_MAX = 2**63 - 1
ROWS_MAX = 10**10
UNDONE = b"interrupted: the server undoes what was not committed\n"


def add_to(app: typer.Typer) -> None:
    app.command("seed")(seed)


def seed(
    plan: Annotated[
        Path | None, typer.Argument(help="A seed plan (TOML). Without one, names and types decide.")
    ] = None,
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    rows: Annotated[int | None, typer.Option(min=0, max=ROWS_MAX, help="Of each table the plan leaves open.")] = None,
    schema: Annotated[list[str] | None, typer.Option(help="Only this schema. Repeatable.")] = None,
    table: Annotated[list[str] | None, typer.Option(help="Only this table. Repeatable.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Empty the tables first if they hold rows.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave tables that hold rows; the others refer to their rows.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be filled; write nothing.")] = False,
    write_plan: Annotated[
        Path | None, typer.Option(help="Write a seed plan to begin with into a new file, and nothing else.")
    ] = None,
    profile_from: Annotated[
        str | None,
        typer.Option(metavar="<dsn>", help="Learn distributions there: DSN, env:NAME, an environment, or 'target'."),
    ] = None,
    copy_values: Annotated[
        list[str] | None,
        typer.Option(metavar="<table.column>", help="Copy its frequent values, personal or not. Repeatable."),
    ] = None,
    scale: Annotated[
        float | None, typer.Option(min=0, max=1e6, help="So many times the rows of --profile-from in each table.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=SEED_MAX, help="The same seed gives the same rows.")] = None,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Fill this protected environment.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was filled as JSON and nothing else.")] = False,
) -> None:
    """Fill the tables of a database with realistic rows: all of them, or none.

    Reads the schema, keeps every constraint, and writes in one transaction. Tables that hold rows are refused, unless
    told to --replace or --keep them. Exit codes: 0 filled, 2 the plan does not fit, 3 refused, 130 interrupted.

    Example: plimsoll seed --dsn env:DATABASE_URL --rows 1000 --dry-run
    """
    from plimsoll.cli.seed_options import learning_of, plan_of, where_of
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.seed import SeedRequest

    if write_plan is not None:
        _check_written(write_plan, plan, profile_from)
    if replace and keep:
        raise UsageError("--replace and --keep contradict each other", remedy="leave one of them out")
    where = where_of(config, env, dsn, allow_protected or ())
    request = SeedRequest(
        where,
        plan_of(plan, rows, seed),
        schemas=tuple(schema or ()),
        tables=tuple(table or ()),
        replace=replace,
        keep=keep,
        learning=learning_of(where, profile_from, copy_values or (), scale),
        scale=scale,
    )
    with _ended_in_a_line():
        if write_plan is not None:
            _write_plan(request, write_plan, as_json=as_json)
        elif dry_run:
            _show_estimate(asyncio.run(_estimated(request)), as_json=as_json, emptied=replace)
        else:
            _show_result(fill(request, as_json=as_json), as_json=as_json)


@contextmanager
def _ended_in_a_line() -> Iterator[None]:
    """What ends the command early is said in one line, with its exit code."""
    from plimsoll.core.errors import RefusedError

    try:
        yield
    except MemoryError as error:
        raise RefusedError(
            "too many rows for the memory of this machine", why=str(error), remedy="fewer --rows"
        ) from None
    except asyncio.CancelledError:
        print("interrupted: the database is as it was", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None
    except KeyboardInterrupt:  # the second, or of a dry run
        print("interrupted: the server undoes what was not committed", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _check_written(path: Path, plan: Path | None, profile_from: str | None) -> None:
    """Raises UsageError for a file that is there already, and for what would be lost."""
    from plimsoll.core.errors import UsageError

    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} is already there", where="--write-plan", remedy="name another file, or remove it")
    if not path.parent.is_dir():
        remedy = f"mkdir -p {quote(str(path.parent))}"
        raise UsageError(f"cannot write {path}", why="there is no such directory", remedy=remedy)
    if plan is not None or profile_from is not None:
        raise UsageError(
            "--write-plan writes what was understood of the schema alone", remedy="leave PLAN and --profile-from out"
        )


def _write_plan(request: "SeedRequest", path: Path, *, as_json: bool) -> None:
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows import seed as workflow

    text = asyncio.run(workflow.plan_of(request))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise UsageError(f"cannot write {path}", why=why, remedy="name another file") from None
    if as_json:
        print(json.dumps({"written": str(path)}))
    else:
        print(f"wrote {path}\nnext: change it, then plimsoll seed {path} with the same options, and --dry-run first")


async def _estimated(request: "SeedRequest") -> "SeedEstimate":
    from plimsoll.workflows import seed as workflow

    return await workflow.dry_run(request)


def fill(request: "SeedRequest", *, as_json: bool) -> "SeedResult":
    """Under the terminal's eyes. The first Ctrl-C undoes everything; a second ends us, and the server undoes it."""
    from rich.console import Console

    from plimsoll.cli.filling import Progress, Silent
    from plimsoll.cli.signals import asked_by_signals
    from plimsoll.workflows import seed as workflow

    watch = Silent() if as_json else Progress(Console(stderr=True))

    def leave() -> NoReturn:
        # Not by an exception: raised amid the driver's work it could cost an answer that is then waited for for ever.
        try:
            watch.close()
            os.write(2, UNDONE)
        finally:
            os._exit(INTERRUPTED)

    async def go() -> "SeedResult":
        task = asyncio.ensure_future(workflow.seed(request, watch))

        def stop() -> None:
            task.cancel()

        with asked_by_signals(stop, leave):
            return await task

    try:
        return asyncio.run(go())
    finally:
        watch.close()


def _show_estimate(found: "SeedEstimate", *, as_json: bool, emptied: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from plimsoll.cli.printing import print_view
    from plimsoll.core.check import counted
    from plimsoll.core.units import format_bytes, format_duration

    total_bytes, total_s = sum(one.bytes for one in found.tables), sum(one.seconds for one in found.tables)
    if as_json:
        tables = [{"table": one.table, "rows": one.rows, "bytes": one.bytes} for one in found.tables]
        totals = {"rows": sum(one.rows for one in found.tables), "bytes": total_bytes, "seconds": round(total_s, 1)}
        said = {"not_empty": found.not_empty, "notes": found.notes, "withheld": found.withheld}
        print(json.dumps({"tables": tables, **totals, **said}))
        return
    view = Table(box=None, pad_edge=False)
    view.add_column("table")
    view.add_column("rows", justify="right")
    view.add_column("about", justify="right")
    for one in found.tables:
        view.add_row(Text(one.table), f"{one.rows:,}", format_bytes(one.bytes))
    print_view(view)
    print(
        f"{counted(len(found.tables), 'table')}, {sum(one.rows for one in found.tables):,} rows, about "
        f"{format_bytes(total_bytes)} and {format_duration(max(1.0, round(total_s)))}; nothing was written"
    )
    if found.not_empty:
        held = ", ".join(found.not_empty)
        print(f"emptied first: {held}" if emptied else f"hold rows already: {held}. --replace empties them first")
    _say_notes(found.notes)


def _show_result(result: "SeedResult", *, as_json: bool) -> None:
    from plimsoll.workflows.seed import rows_by_name

    filled = result.filled
    if as_json:
        found = {"tables": rows_by_name(filled.rows), "retried": rows_by_name(filled.retried)}
        totals = {"rows": sum(filled.rows.values()), "bytes": filled.bytes_copied, "seconds": round(filled.seconds, 3)}
        print(json.dumps({**found, **totals, "notes": result.notes, "withheld": result.withheld}))
        return
    say_filled(result, sys.stdout)
    _say_notes(result.notes)


def say_filled(result: "SeedResult", out: TextIO) -> None:
    """One line for people."""
    from plimsoll.core.check import counted
    from plimsoll.core.units import format_bytes, format_duration

    filled = result.filled
    print(
        f"filled {counted(len(filled.rows), 'table')} with {sum(filled.rows.values()):,} rows "
        f"({format_bytes(filled.bytes_copied)}) in {format_duration(round(filled.seconds, 1))}",
        file=out,
    )


def _say_notes(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
