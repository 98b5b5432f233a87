"""`plimsoll tune apply` and `plimsoll tune undo`: what was advised, done on the database, and taken back."""

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import INTERRUPTED, OK, REFUSED, UNEXPECTED

if TYPE_CHECKING:
    from plimsoll.core.tuning.named import Named
    from plimsoll.workflows.tuning.applying import ApplyRequest, ApplyResult, Preview

ROOT = Path(".plimsoll") / "tunings"
TuningId = Annotated[str, typer.Argument(metavar="TUNING", help="Its id or the beginning of it, or latest.")]
Only = Annotated[
    list[str] | None, typer.Option(metavar="N,…", help="Only these changes, by their numbers. Repeatable.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Env = Annotated[str | None, typer.Option(help="An environment of plimsoll.toml. Default: as the tuning was made.")]
Dsn = Annotated[str | None, typer.Option(help="A database: DSN or env:NAME. Default: as the tuning was made.")]
Tunings = Annotated[Path, typer.Option(help="The directory that keeps what was advised.")]
Config = Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")]
Allowed = Annotated[list[str] | None, typer.Option(help="Change this protected environment.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def add_to(group: typer.Typer) -> None:
    group.command("apply")(apply)
    group.command("undo")(undo)


def apply(
    tuning: TuningId = "latest",
    only: Only = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    tunings: Tunings = ROOT,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Do what was advised on the database, one change after another, and keep what was done.

    Indexes are built and dropped CONCURRENTLY; what would hold others up gives up after a few seconds and tries again.
    What is done already is passed over, what an earlier try left unfinished is mended. Ctrl-C cancels what is being
    built and drops it. Needs the tables' owner, and a connection to the server itself.

    Exit codes: 0 done, or nothing to do; 1 a change failed or was left out; 2 wrong usage; 3 refused; 130 interrupted.

    Example: plimsoll tune apply --dry-run

    Example: plimsoll tune apply latest --only 1,3 --env prod --allow-protected prod
    """
    from plimsoll.cli.tune_where import where_of_tuning
    from plimsoll.workflows.tuning.applying import ApplyRequest

    where, named = where_of_tuning(tunings, tuning, config, env, dsn, allow_protected or ())
    request = ApplyRequest(where, tuning, numbers_of(only or ()), tunings)
    _carry_out(request, named, dry_run=dry_run, yes=yes, as_json=as_json)


def undo(
    tuning: TuningId = "latest",
    only: Only = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    env: Env = None,
    dsn: Dsn = None,
    tunings: Tunings = ROOT,
    config: Config = None,
    allow_protected: Allowed = None,
    as_json: Json = False,
) -> None:
    """Take back what plimsoll tune apply did, the last change first, and keep what was taken back.

    New indexes are dropped, dropped ones built again, CONCURRENTLY; settings of tables get their former values. What
    was there before plimsoll tune apply stays.

    Exit codes: 0 done, or nothing to do; 1 a change failed or was left out; 2 wrong usage; 3 refused; 130 interrupted.

    Example: plimsoll tune undo --dry-run

    Example: plimsoll tune undo latest --only 3 --yes
    """
    from plimsoll.cli.tune_where import where_of_tuning
    from plimsoll.workflows.tuning.applying import ApplyRequest

    where, named = where_of_tuning(tunings, tuning, config, env, dsn, allow_protected or ())
    request = ApplyRequest(where, tuning, numbers_of(only or ()), tunings, back=True)
    _carry_out(request, named, dry_run=dry_run, yes=yes, as_json=as_json)


def _carry_out(request: "ApplyRequest", named: "Named", *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Shows what would be done, or asks, does it and leaves with its exit code."""
    if dry_run:
        _show_preview(_preview(request), as_json=as_json)
        return
    if not yes:
        _ask(_preview(request))
    result = carry_out(request, as_json=as_json)
    _show(result, named, as_json=as_json)
    raise typer.Exit(code_of_apply(result))


def numbers_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Of "1,3" and "2". Raises UsageError."""
    from plimsoll.core.errors import UsageError

    words = [word.strip() for text in texts for word in text.split(",")]
    wrong = next((word for word in words if not (word.isascii() and word.isdigit() and len(word) < 6)), None)
    if wrong is not None:
        raise UsageError("wrong --only", why=f"{wrong[:40]!r} is not the number of a change", remedy="--only 1,3")
    return tuple(dict.fromkeys(map(int, words)))


def code_of_apply(result: "ApplyResult") -> int:
    """Interrupted; a change that failed; all refused before anything was done; done."""
    if result.interrupted:
        return INTERRUPTED
    if result.changes and all(one.against for one in result.preview.changes):
        return REFUSED
    return UNEXPECTED if result.failed else OK


def _preview(request: "ApplyRequest") -> "Preview":
    from plimsoll.workflows.tuning.applying import preview

    return asyncio.run(preview(request))


def _ask(seen: "Preview") -> None:
    """Ends the command unless somebody agrees. Raises UsageError where nobody can be asked."""
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.tuning.apply_words import asking_lines

    if not seen.to_do:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked whether that is meant",
            where=seen.where,
            why="stdin is no terminal",
            remedy="see what it would do with --dry-run, then say --yes",
        )
    _print(asking_lines(seen), to_stderr=True)
    if not typer.confirm(f"Do this on {seen.where}?", err=True):
        print("nothing was done", file=sys.stderr)
        raise typer.Exit(OK)


def carry_out(request: "ApplyRequest", *, as_json: bool) -> "ApplyResult":
    """Tells stderr how it goes. The first Ctrl-C cancels what is being built and drops it; a second one ends us."""
    from plimsoll.cli.printing import tells_progress
    from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr
    from plimsoll.workflows.tuning import applying as workflow

    def say(words: str) -> None:
        if tells_progress(as_json=as_json):
            _print([words], to_stderr=True)

    async def go() -> "ApplyResult":
        stop = asyncio.Event()
        with asked_by_signals(stop.set):
            return await workflow.apply(request, stop, say)

    with stdout_to_stderr():
        return asyncio.run(go())


def _show_preview(seen: "Preview", *, as_json: bool) -> None:
    from plimsoll.workflows.tuning.apply_words import preview_json, preview_lines

    if as_json:
        print(json.dumps(preview_json(seen)))
    else:
        _print(preview_lines(seen))


def _show(result: "ApplyResult", named: "Named", *, as_json: bool) -> None:
    from plimsoll.workflows.tuning.apply_words import result_json, result_lines

    if as_json:
        print(json.dumps(result_json(result)))
    else:
        _print(result_lines(result, named))


def _print(lines: Iterable[str], *, to_stderr: bool = False) -> None:
    """Names and texts come from others: no control characters, no secrets; SQL in one line each."""
    from plimsoll.core.visible import visible
    from plimsoll.settings.masking import mask

    for line in lines:
        print(visible(mask(line)), file=sys.stderr if to_stderr else sys.stdout)
