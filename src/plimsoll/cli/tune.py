"""`plimsoll tune`: the few changes to a database that pay, each with what it gives and costs; and what was advised."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli import tune_apply, tune_verify
from plimsoll.cli.exits import INTERRUPTED, INVALID, OK
from plimsoll.cli.tune_options import Outputs, check_outputs, request_of

if TYPE_CHECKING:
    from plimsoll.core.tuning.advice import Tuning
    from plimsoll.core.tuning.applied import Applied
    from plimsoll.workflows.tune import TuneRequest, TuneResult

ROOT = Path(".plimsoll") / "tunings"
RUNS = Path(".plimsoll") / "runs"
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Details = Annotated[bool, typer.Option("--details", help="Everything: plans, undo, every statement, all candidates.")]
Tunings = Annotated[Path, typer.Option(help="The directory that keeps what was advised.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page that opens offline, too.")]
Markdown = Annotated[
    Path | None, typer.Option("--markdown", metavar="FILE", help="Write Markdown for a pull request, too.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the migration, plain SQL.")]
UndoOut = Annotated[Path | None, typer.Option("--undo-out", metavar="FILE", help="Write what takes it back.")]

group = typer.Typer(
    invoke_without_command=True,
    rich_markup_mode=None,
    add_completion=False,
)


def add_to(app: typer.Typer) -> None:
    group.callback(invoke_without_command=True)(tune)
    group.command("show")(show)
    group.command("list")(list_)
    tune_apply.add_to(group)
    tune_verify.add_to(group)
    app.add_typer(group, name="tune")


def tune(
    context: typer.Context,
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    run: Annotated[
        str | None, typer.Option(help="The workload of this run: its id or the beginning of it, a path, or latest.")
    ] = None,
    sql: Annotated[Path | None, typer.Option(help="The workload is this file of SQL statements.")] = None,
    log: Annotated[Path | None, typer.Option(help="The workload is in this server log, with auto_explain.")] = None,
    window: Annotated[
        str | None,
        typer.Option(help="Watch pg_stat_statements for so long: 10m. Default: all since its counters began."),
    ] = None,
    top: Annotated[int, typer.Option(min=1, max=500, help="Look into so many statements, the heaviest.")] = 50,
    budget: Annotated[str | None, typer.Option(help="What new indexes may take in all: 500MB.")] = None,
    time: Annotated[
        str, typer.Option(help="The search may take so long, and the proof as long again; not what comes before.")
    ] = "10m",
    prove: Annotated[bool, typer.Option("--prove", help="Build it on a copy, and measure before and after.")] = False,
    clone_on: Annotated[
        str,
        typer.Option(
            metavar="WHERE",
            help="With --prove: own, a server that is started for it; beside, on the database's own server; "
            "or another server's DSN or env:NAME.",
        ),
    ] = "own",
    clone_max: Annotated[str, typer.Option(help="With --prove: copy no database larger than this.")] = "20GB",
    schema: Annotated[list[str] | None, typer.Option(help="Advise on this schema only. Repeatable.")] = None,
    role: Annotated[str | None, typer.Option(help="Plan and measure as this role, which the application has.")] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting of the application: what row security reads, or search_path. Repeatable.",
        ),
    ] = None,
    out: Out = None,
    undo_out: UndoOut = None,
    html: Html = None,
    markdown: Markdown = None,
    details: Details = False,
    tunings: Tunings = ROOT,
    runs: Annotated[Path, typer.Option(help="The directory that holds the runs.")] = RUNS,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Read from this protected environment.")] = None,
    as_json: Json = False,
) -> None:
    """Advise on a database: the few changes that pay for what it is asked, each with what it gives and what it costs.

    Looks for indexes to create and to drop, statements to write otherwise, statistics, settings and partitions. The
    database is only read. Without --prove the planner's estimates decide, for which it needs the extension hypopg;
    with --prove a copy is made, each change is built there for real, and only what was measured to pay is advised.

    Exit codes: 0 advice, or nothing to change; 2 wrong usage; 3 refused; 5 it cannot be told what some
    index would give; 130 interrupted.

    Example: plimsoll tune --dsn env:DATABASE_URL --window 10m

    Example: plimsoll tune --env staging --run latest --prove --budget 500MB --out migration.sql --html tuning.html

    Then: plimsoll tune apply --dry-run
    """
    if context.invoked_subcommand is not None:
        return
    outputs = Outputs(out, undo_out, html, markdown)
    request = request_of(
        where=(config, env, dsn, allow_protected or ()), run=run, runs=runs, sql=sql, log=log, window=window,
        top=top, budget=budget, time=time, prove=prove, clone_on=clone_on, clone_max=clone_max,
        schemas=schema or (), role=role, settings=set_ or (), kept_root=tunings,
    )  # fmt: skip
    check_outputs(outputs)
    result = carry_out(request, as_json=as_json)
    _write(result.tuning, outputs)
    _show(result.tuning, details=details, as_json=as_json)
    if not as_json:
        print(f"kept in {result.kept}", file=sys.stderr)
    raise typer.Exit(code_of_tuning(result.tuning))


def carry_out(request: "TuneRequest", *, as_json: bool) -> "TuneResult":
    """Tells stderr how it goes. The first Ctrl-C ends it and keeps what is known; a second one ends us."""
    from plimsoll.cli.exits import one_line
    from plimsoll.cli.printing import tells_progress
    from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr
    from plimsoll.settings.masking import mask
    from plimsoll.workflows import tune as workflow

    def say(words: str) -> None:
        if tells_progress(as_json=as_json):
            print(one_line(mask(words)), file=sys.stderr)

    async def go() -> "TuneResult":
        stop = asyncio.Event()
        with asked_by_signals(stop.set):
            return await workflow.tune(request, stop, say)

    with stdout_to_stderr():
        return asyncio.run(go())


def code_of_tuning(tuning: "Tuning") -> int:
    """Interrupted; what cannot be told, also of some of it; advice, or that nothing is to be changed."""
    from plimsoll.report.tuning.verdict import is_untold, unreckoned

    if tuning.interrupted:
        return INTERRUPTED
    return INVALID if is_untold(tuning) or unreckoned(tuning) else OK


def show(
    tuning: Annotated[
        str, typer.Argument(metavar="TUNING", help="Its id or the beginning of it, or latest.")
    ] = "latest",
    out: Out = None,
    undo_out: UndoOut = None,
    html: Html = None,
    markdown: Markdown = None,
    details: Details = False,
    tunings: Tunings = ROOT,
    as_json: Json = False,
) -> None:
    """Show what was advised, as it was shown then, and write it in other forms.

    Example: plimsoll tune show --details

    Example: plimsoll tune show 20261127-0315 --markdown pull-request.md
    """
    from plimsoll.workflows.tuning.keeping import kept

    outputs = Outputs(out, undo_out, html, markdown)
    check_outputs(outputs)
    found = kept(tunings, tuning)
    _write(found.tuning, outputs)
    _show(found.tuning, details=details, as_json=as_json, applied=found.applied)


def list_(tunings: Tunings = ROOT, as_json: Json = False) -> None:
    """List what was advised, newest last.

    Example: plimsoll tune list
    """
    from plimsoll.report.tuning.listing import listing_rows, listing_view
    from plimsoll.workflows.tuning.listing import list_kept

    found = list_kept(tunings)
    if as_json:
        print(json.dumps({"tunings": listing_rows(found)}))
    elif not found:
        print(f"no tunings in {tunings}. try: plimsoll tune")
    else:
        from plimsoll.cli.printing import print_view

        print_view(listing_view(found))


def _show(tuning: "Tuning", *, details: bool, as_json: bool, applied: "Applied | None" = None) -> None:
    from plimsoll.workflows.tuning.masking import masked

    if as_json:
        from plimsoll.core.tuning.as_json import tuning_to_json

        print(json.dumps(tuning_to_json(masked(tuning))))
        return
    from plimsoll.cli.printing import PIPED, print_view
    from plimsoll.report.tuning.terminal import tuning_view

    print_view(tuning_view(masked(tuning), details=details, applied=applied), piped=PIPED)


def _write(tuning: "Tuning", outputs: Outputs) -> None:
    from plimsoll.workflows.tuning.outputs import write_outputs

    for path in write_outputs(tuning, outputs.out, outputs.undo, outputs.html, outputs.markdown):
        print(f"wrote {path}", file=sys.stderr)
