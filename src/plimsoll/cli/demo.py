"""`plimsoll demo`: everything at once, on a PostgreSQL of our own."""

import asyncio
import sys
import threading
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.exits import INTERRUPTED

if TYPE_CHECKING:
    from plimsoll.workflows.demo import Demo


class Chapter(StrEnum):
    """What is shown instead of a run and its report."""

    tune = "tune"
    cache = "cache"
    scale = "scale"
    edge = "edge"


DURATIONS = {Chapter.cache: "20s", Chapter.scale: "105s", Chapter.edge: "15s"}
DURATION = "1m"


def add_to(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    duration: Annotated[
        str | None,
        typer.Option(help="How long to load for. Default 1m; cache: 20s, edge: 15s, each twice; scale: 105s."),
    ] = None,
    chapter: Annotated[
        Chapter | None,
        typer.Option(
            help="tune: find the load line, raise it by what tuning proves, find it again. cache: the same load without"
            " a cache and with one, and rows changed by hand. scale: workers follow a burst, and one of them is killed."
            " edge: the same load without an edge and behind one, and rows changed by hand."
        ),
    ] = None,
    large: Annotated[bool, typer.Option("--large", help="Fill ten times as much: 1.1 GB, in about a minute.")] = False,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the platform up after the report, until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
) -> None:
    """Start a PostgreSQL, fill a platform's tables with realistic rows, serve it, load both, and write a report.

    Touches nothing else. The platform is Fluent Scribe QA: 10 organizations, 1,000 sessions of translation checks. It
    is served on a free port of this machine, and can be tried meanwhile. Half of the journeys are its API's, half those
    of its database.

    Example: plimsoll demo --duration 20s

    Example: plimsoll demo --chapter tune

    Example: plimsoll demo --chapter cache --duration 20s

    Example: plimsoll demo --chapter scale

    Example: plimsoll demo --chapter edge
    """
    from plimsoll.core.units import parse_duration

    default = DURATION if chapter is None else DURATIONS.get(chapter, DURATION)
    duration_s = parse_duration(duration or default, what="--duration")
    try:
        _show(duration_s, chapter, large=large, stay=stay, as_json=as_json)
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("interrupted: the server and its data are gone", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


def _show(duration_s: float, chapter: Chapter | None, *, large: bool, stay: bool, as_json: bool) -> None:
    from plimsoll.cli.demo_caching import show_caching
    from plimsoll.cli.demo_edge import show_edge
    from plimsoll.cli.demo_scaling import check_scaling, show_scaling
    from plimsoll.cli.demo_tuning import show_tuning
    from plimsoll.cli.run import carry_out, finish
    from plimsoll.cli.seed import fill, say_filled
    from plimsoll.workflows import demo as workflow

    found = workflow.find_demo()
    if chapter is Chapter.scale:
        check_scaling(found, duration_s)
    if not as_json:
        print("starting a PostgreSQL of our own and making the platform's tables", file=sys.stderr)
    with workflow.demo_server(aside=chapter is not None) as dsn:
        loaded_as = asyncio.run(_prepared(found, dsn))
        filled = fill(workflow.seed_request(found, dsn, large=large), as_json=as_json)
        if not as_json:
            say_filled(filled, sys.stderr)
        if chapter is Chapter.tune:
            show_tuning(found, dsn, loaded_as, as_json=as_json)
            return
        if chapter is Chapter.cache:
            show_caching(found, dsn, loaded_as, duration_s, as_json=as_json)
            return
        if chapter is Chapter.edge:
            show_edge(found, dsn, loaded_as, duration_s, as_json=as_json)
            return
        if chapter is Chapter.scale:
            show_scaling(found, dsn, loaded_as, duration_s, as_json=as_json)
            return
        with workflow.services_of(found, dsn, loaded_as) as served:
            if stay or not as_json:
                print(*served.lines, sep="\n", file=sys.stderr)
            request = workflow.run_request(found, loaded_as, duration_s, served.url, dsn)
            result = carry_out(request, as_json=as_json)
            try:
                finish(result, as_json=as_json)
            finally:
                if stay:
                    _stay(dsn)


def _stay(dsn: str) -> None:
    """The password is made up for this server, which is on loopback on loopback only: it is shown and kept nowhere."""
    print(f"its database, as the superuser: psql '{dsn}'", file=sys.stderr)
    print("the platform stays up until Ctrl-C", file=sys.stderr)
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


async def _prepared(found: "Demo", dsn: str) -> str:
    return await found.prepare(dsn)
