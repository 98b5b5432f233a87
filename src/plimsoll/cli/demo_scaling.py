"""`plimsoll demo --chapter scale`: workers that follow a burst, one of them killed in it, and back down."""

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

import typer

from plimsoll.cli.exits import OK, code_of
from plimsoll.cli.signals import asked_by_signals, stdout_to_stderr

NEXT = "next: plimsoll serve shop.main:app --workers 1..4 --capacity 50; docs/guides/serving.md tells how"

if TYPE_CHECKING:
    from plimsoll.workflows.demo import Demo
    from plimsoll.workflows.demo_scaling_figures import Shown
    from plimsoll.workflows.run import RunResult


def check_scaling(found: "Demo", duration_s: float) -> None:
    """Before anything is started: whether it can be shown. Raises UsageError, ServiceError."""
    from plimsoll.embedded.haproxy import find_haproxy
    from plimsoll.workflows import demo_scaling as workflow

    workflow.scaled_of(found)
    workflow.phases_of(duration_s)
    find_haproxy()


def show_scaling(found: "Demo", owner: str, loaded_as: str, duration_s: float, *, as_json: bool) -> None:
    """On the filled platform. Leaves with the run's own exit code where that was interrupted."""
    from plimsoll.workflows import demo_scaling as workflow
    from plimsoll.workflows.run_request import StopRequest
    from plimsoll.workflows.scaling import ROOT

    began_s = time.monotonic()

    def say(words: str) -> None:
        if not as_json:
            minutes, seconds = divmod(int(time.monotonic() - began_s), 60)
            print(f"{minutes}:{seconds:02}  {words}", file=sys.stderr, flush=True)

    async def go() -> "tuple[Shown, RunResult]":
        stop = StopRequest()
        with asked_by_signals(stop.ask):
            return await workflow.show(found, owner, loaded_as, duration_s, stop, say, ROOT)

    with stdout_to_stderr():
        shown, result = asyncio.run(go())
    if result.summary.stopped_by == "interrupted":
        print(f"interrupted: all has ended; what was measured is in {result.directory.path}", file=sys.stderr)
        raise typer.Exit(code_of(result.summary) or OK)
    if as_json:
        print(json.dumps(shown.to_json()))
        return
    _told(shown, result)


def _told(shown: "Shown", result: "RunResult") -> None:
    from rich.console import Console
    from rich.table import Table

    from plimsoll.workflows.demo_scaling_figures import killed_words, limits_words, lines

    table = Table("", "", box=None, show_header=False)
    for row in lines(shown):
        table.add_row(*row)
    Console().print(table)
    print(killed_words(shown))
    print(limits_words(shown))
    print(f"report: {result.directory.report_path}")
    print(NEXT)
