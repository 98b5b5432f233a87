"""`fluentscribe worker`: analyses sessions in the background."""

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fluentscribe.settings import Settings
    from fluentscribe.work.worker import Worker


def add_to(app: typer.Typer) -> None:
    app.command("worker")(worker)


def worker(
    jobs: Annotated[int | None, typer.Option(min=1, max=32, help="Analyses at once. Default 1.")] = None,
    drain: Annotated[bool, typer.Option("--drain", help="End when there is nothing to do.")] = False,
    owned: Annotated[bool, typer.Option("--owned", hidden=True)] = False,
) -> None:
    """Analyse sessions as they come, until SIGTERM or Ctrl-C.

    Any number of workers may run on one database. FLUENTSCRIBE_DSN is the database, as the role fluentscribe_worker.
    What is in hand at the end is finished within FLUENTSCRIBE_WORKER_GRACE_S (30) or given back; a second signal ends
    at once. Logs are JSON lines on stderr.

    Example: fluentscribe worker --jobs 2
    """
    from fluentscribe.cli.owned import end_with_owner
    from fluentscribe.logs import log_to_stderr
    from fluentscribe.settings import settings_from

    settings = settings_from()
    log_to_stderr(settings.log_level)
    ready = end_with_owner if owned else lambda: None
    heard = asyncio.run(_work(settings, jobs or settings.worker_jobs, drain=drain, ready=ready))
    if signal.SIGINT in heard:
        raise KeyboardInterrupt


async def _work(settings: "Settings", jobs: int, *, drain: bool, ready: Callable[[], None]) -> list[int]:
    """The signals that it heard; `ready` is called when it listens to them."""
    from fluentscribe.database.migrating import WORKER
    from fluentscribe.database.pool import close_pool, open_pool
    from fluentscribe.work.worker import CONNECTIONS_PER_JOB, Manner, Worker, work

    manner = Manner(
        jobs,
        settings.worker_lease_s,
        settings.worker_poll_s,
        settings.worker_attempts,
        settings.worker_grace_s,
        drain,
    )
    size = jobs * CONNECTIONS_PER_JOB + 1
    name = "fluentscribe-worker"
    dsn = settings.dsn.get_secret_value()
    pool = await open_pool(dsn, size, settings.statement_timeout_s, WORKER, name, leaves=True)
    try:
        working = Worker(pool, manner)
        heard = _end_by_signals(working)
        ready()
        await work(working)
    finally:
        await close_pool(pool)
    return heard


def _end_by_signals(working: "Worker") -> list[int]:
    """The first one asks, the next one ends us: what was in hand is taken over when its lease ends."""
    loop = asyncio.get_running_loop()
    heard: list[int] = []

    def ask(number: int) -> None:
        heard.append(number)
        working.stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask, number)
    return heard
