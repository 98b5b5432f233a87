"""`plimsoll watch`: what the host, the database and the application are doing, now and over time."""

import asyncio
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plimsoll.cli.alert_log import AlertLog
from plimsoll.cli.options import dsn_of
from plimsoll.cli.saying import say
from plimsoll.cli.signals import ended_by_signals

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from plimsoll.settings.masking import Secret
    from plimsoll.settings.settings import Settings
    from plimsoll.workflows.watch import Watch, WatchRequest

ROOT = Path(".plimsoll") / "runs"


def add_to(app: typer.Typer) -> None:
    app.command("watch")(watch)


def watch(
    env: Annotated[str | None, typer.Option(help="An environment of plimsoll.toml.")] = None,
    dsn: Annotated[str | None, typer.Option(help="A database: DSN or env:NAME.")] = None,
    process: Annotated[str | None, typer.Option(help="The application: port:8000, pid:42 or command:NAME.")] = None,
    metrics: Annotated[list[str] | None, typer.Option(help="A Prometheus endpoint of the application.")] = None,
    edge: Annotated[list[str] | None, typer.Option(help="An edge, asked with PLIMSOLL_EDGE_TOKEN.")] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on. Default 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Default 8765; 0 takes a free one.")] = None,
    dashboard: Annotated[bool, typer.Option(help="Without the pages: API, alerts and series only.")] = True,
    store: Annotated[Path | None, typer.Option(help="Where series are kept. Default .plimsoll/monitor.sqlite.")] = None,
    config: Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")] = None,
    runs: Annotated[Path, typer.Option(help="The directory whose runs are shown.")] = ROOT,
) -> None:
    """Watch a host, its database and its application: series, alerts, an API and a dashboard, until Ctrl-C.

    Nothing is written to what is watched. Without --env and --dsn it is the environment that plimsoll.toml has, else
    this machine alone. The database is asked as a role with pg_monitor should be; with less it says what it cannot see.

    Example: plimsoll watch --env prod --port 8765
    """
    from plimsoll.settings.loading import load_settings

    settings = load_settings(config)
    warn_of_password(dsn)
    variable = dsn if dsn and dsn.startswith("env:") else ""
    request = replace(_request(settings, env, dsn_of(dsn), runs), config=config, variable=variable)
    stated: dict[str, Any] = {"process": process, "metrics": metrics, "edges": edge, "store": store}
    server: dict[str, Any] = {"host": host, "port": port}
    monitor = replace(settings.monitor, **{name: value for name, value in stated.items() if value is not None})
    listening = replace(monitor.server, **{name: value for name, value in server.items() if value is not None})
    request = replace(request, settings=replace(settings, monitor=replace(monitor, server=listening)))
    _run(request, dashboard=dashboard)


def _request(settings: "Settings", env: str | None, dsn: "Secret | None", runs: Path) -> "WatchRequest":
    from plimsoll.workflows.target import TargetRequest
    from plimsoll.workflows.watch import WatchRequest

    if env is None and dsn is None and not settings.environments:
        return WatchRequest(settings, None, runs)
    return WatchRequest(settings, TargetRequest(settings, os.environ, env, dsn), runs)


def _run(request: "WatchRequest", *, dashboard: bool) -> None:
    import uvloop

    from plimsoll.monitor.alerts.reasons import with_reason
    from plimsoll.workflows.watch import watching

    serve = _serving()

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set):
            async with watching(request) as watched:
                say(f"watching {watched.shown}")
                log = AlertLog(say)
                board = watched.board
                watched.alerts.subscribe(lambda alert: log(*with_reason([alert], board.states, board.detail)))
                monitor = request.settings.monitor
                with _shown(watched) as listening:
                    await serve(watched, monitor, stop, environ=os.environ, dashboard=dashboard, listening=listening)

    with _logging():
        uvloop.run(go())


@contextmanager
def _logging() -> "Iterator[None]":
    """Warnings of ours are lines of the same log, with their time."""
    import logging
    import traceback

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            say(f"warning: {record.getMessage()}")
            for line in "".join(traceback.format_exception(*record.exc_info)).splitlines() if record.exc_info else ():
                say(f"    {line}")

    logger, lines = logging.getLogger("plimsoll"), Lines(logging.WARNING)
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)


def _serving() -> "Callable[..., Awaitable[None]]":
    """Raises UsageError where the packages for it are not installed."""
    from plimsoll.core.errors import UsageError

    try:
        from plimsoll.server.serving import serve
    except ModuleNotFoundError as error:
        raise UsageError(
            "what serves the API is not installed",
            why=f"there is no module {error.name}",
            remedy="pip install 'plimsoll-line[server]'",
        ) from None
    return serve


@contextmanager
def _shown(watch: "Watch") -> "Iterator[Callable[[str], None]]":
    """On a terminal, once the address is known, with a view that is kept up to date."""
    tasks: list[asyncio.Task[None]] = []

    def listening(url: str) -> None:
        say(f"listening on {url}")
        if sys.stderr.isatty():
            from rich.console import Console

            from plimsoll.cli.watch_view import keep_showing
            from plimsoll.server.analyses.queue import AnalysisQueue
            from plimsoll.server.reading.source import Source

            console = Console(stderr=True, highlight=False)
            source = Source(watch, AnalysisQueue(watch.request.runs_root))
            tasks.append(asyncio.create_task(keep_showing(console, source, url)))

    try:
        yield listening
    finally:
        for task in tasks:
            task.cancel()


def warn_of_password(dsn: str | None) -> None:
    """A watch runs for long, and whoever is on the machine sees with which words it was started."""
    from plimsoll.settings.masking import mask

    if dsn and mask(dsn) != dsn:
        say("the password in --dsn is seen by every user of this machine (ps): export it, and state --dsn env:NAME")
