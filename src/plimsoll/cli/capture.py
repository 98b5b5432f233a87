"""`plimsoll capture`: a scenario from what a database is asked."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.exits import INTERRUPTED

if TYPE_CHECKING:
    from plimsoll.load.importers.capture.rendering import Rendered
    from plimsoll.workflows.capture import Capture, CaptureRequest

WINDOW_MAX_S = 24 * 3600


def add_to(app: typer.Typer) -> None:
    app.command("capture")(capture)


def capture(
    output: Annotated[
        Path, typer.Argument(help="The scenario file to write; its feeds go into a folder beside it.")
    ] = Path("captured.py"),
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    window: Annotated[
        str | None, typer.Option(help="How long to watch: 60s, 5m. Default 60s. Ctrl-C ends it early.")
    ] = None,
    since_reset: Annotated[
        bool, typer.Option("--since-reset", help="All that the server has counted, without watching.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, max=200, help="So many statements by time, and so many by calls.")] = 20,
    reads: Annotated[bool, typer.Option("--reads", help="Leave out statements that write.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Made-up values of the same shape instead of real ones.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    allow_protected: Annotated[list[str] | None, typer.Option(help="Look at this protected environment.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was captured as JSON and nothing else.")] = False,
) -> None:
    """Write a scenario that asks a database what its application asks it, in the same mix.

    Compares two looks at pg_stat_statements, a window apart, and samples values for the parameters from the tables.
    Changes nothing and resets nothing: what it tries out runs in READ ONLY transactions. The files hold values of the
    database; only their owner can read them.

    Exit codes: 0 written, 2 wrong usage, 3 refused.

    Example: plimsoll capture checkout.py --dsn env:DATABASE_URL --window 5m --top 30
    """
    from plimsoll.cli.seed_options import where_of
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration
    from plimsoll.workflows.capture import CaptureRequest
    from plimsoll.workflows.capturing.files import check_free, write

    if since_reset and window is not None:
        raise UsageError("--since-reset and --window contradict each other", remedy="leave one of them out")
    window_s = None if since_reset else parse_duration(window or "60s", what="--window")
    if window_s is not None and not 0 < window_s <= WINDOW_MAX_S:
        raise UsageError("wrong --window", why=f"{window!r} is not above 0 and at most 24h", remedy="--window 5m")
    check_free(output)
    request = CaptureRequest(where_of(config, env, dsn, allow_protected or ()), window_s, top, reads, redact)
    found = _watched(request, as_json=as_json)
    rendered = _rendered(found, output)
    write(rendered, output)
    if as_json:
        print(json.dumps(_as_json(found, rendered, output)))
    else:
        _say(found, rendered, output)


def _watched(request: "CaptureRequest", *, as_json: bool) -> "Capture":
    from plimsoll.cli.signals import asked_by_signals
    from plimsoll.workflows import capture as workflow

    def say(line: str) -> None:
        if not as_json:
            print(line, file=sys.stderr)

    async def go() -> "Capture":
        stop = asyncio.Event()
        task = asyncio.ensure_future(workflow.capture(request, stop, say))

        def ask() -> None:
            if stop.is_set():  # the window is over
                task.cancel()
            stop.set()

        with asked_by_signals(ask):
            return await task

    try:
        return asyncio.run(go())
    except asyncio.CancelledError:
        print("interrupted: nothing was written", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _rendered(found: "Capture", output: Path) -> "Rendered":
    from plimsoll.load.importers.capture import notes as words
    from plimsoll.load.importers.capture.rendering import render
    from plimsoll.settings.masking import mask
    from plimsoll.workflows.capturing.files import feeds_folder

    said = words.notes(
        found.captured,
        found.left_out,
        found.noise,
        found.workload,
        found.protected_by_policies,
        redacted=found.redacted,
    )
    about = words.about(found.database, found.workload, redacted=found.redacted)
    return render(found.captured, about=about, notes=[mask(note) for note in said], feeds_in=feeds_folder(output).name)


def _as_json(found: "Capture", rendered: "Rendered", output: Path) -> dict[str, Any]:
    from plimsoll.load.importers.capture.notes import doubts
    from plimsoll.load.importers.capture.text import shown
    from plimsoll.settings.masking import mask

    def counted(one: Any) -> dict[str, Any]:
        return {"calls": one.calls, "total_ms": round(one.total_ms, 3)}

    by_order = sorted(found.captured, key=lambda one: one.effect == "writes")
    return {
        "written": str(output),
        "database": found.database,
        "seconds": round(found.workload.seconds, 3),
        "calls": found.workload.calls,
        "total_ms": round(found.workload.total_ms, 3),
        "journeys": [
            {
                "name": name,
                "query": mask(one.query),
                "effect": one.effect,
                **counted(one.statement),
                "rows": one.statement.rows,
                "roles": list(one.statement.roles),
                "parameters": [
                    {"name": each.name, "type": each.type_name, "from": each.source} for each in one.parameters
                ],
                "notes": list(one.notes),
            }
            for name, one in zip(rendered.names, by_order, strict=True)
        ],
        "left_out": [
            {"query": mask(shown(one.statement.query, 500)), "why": mask(one.why), **counted(one.statement)}
            for one in found.left_out
        ],
        "noise": [{"what": one.what, "statements": one.statements, **counted(one)} for one in found.noise],
        "row_security": found.protected_by_policies,
        "notes": doubts(found.workload),
    }


def _say(found: "Capture", rendered: "Rendered", output: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from plimsoll.cli.printing import print_view
    from plimsoll.load.importers.capture.notes import amount, coverage, doubts, share, told
    from plimsoll.load.importers.capture.text import shown
    from plimsoll.settings.masking import mask

    view = Table(box=None, pad_edge=False)
    view.add_column("journey")
    for heading in ("calls", "time", "each"):
        view.add_column(heading, justify="right")
    by_order = sorted(found.captured, key=lambda one: one.effect == "writes")
    for name, one in zip(rendered.names, by_order, strict=True):
        statement = one.statement
        time = share(statement.total_ms, found.workload.total_ms)
        label = Text(name + (" (writes)" if one.effect == "writes" else ""))
        view.add_row(label, f"{statement.calls:,}", time, f"{statement.mean_ms:,.3f} ms")
    print_view(view)
    for other in found.left_out:
        print(mask(f"left out: {shown(other.statement.query)}: {told(other)}"))
    for kind in found.noise:
        print(f"passed by: {kind.what}: {amount(kind.calls, kind.total_ms)}")
    for doubt in doubts(found.workload):
        print(f"note: {doubt}", file=sys.stderr)
    print(f"wrote {output}: {coverage(found.captured, found.noise, found.workload)}")
    print(f"next: read its notes, then plimsoll run {output} --dsn A_COPY --users 8 --duration 30s")
