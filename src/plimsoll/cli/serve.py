"""`plimsoll serve`: an application as workers behind HAProxy, as many as the load asks for."""

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.figures_options import VARIABLE, figures_token, url_of
from plimsoll.cli.sections import Sectioned
from plimsoll.cli.serve_balancing import algorithm_of, balancer_settings, concurrency_of, goal_s_of
from plimsoll.cli.signals import ended_by_signals, unhurt_by_hangups
from plimsoll.cli.watch import say
from plimsoll.cli.worker_options import address_of, limits_of

if TYPE_CHECKING:
    from plimsoll.postgres.dsn import Target
    from plimsoll.scale.supervisor import states
    from plimsoll.workflows.serve_figures import MonitorSource

WORKERS, DATABASE, MONITOR, BALANCING = "Workers", "Database", "Monitor", "Balancing"
BOUNDS, CLIENTS = "Bounds", "Clients"
AGE_S_LEAST = 60.0


def add_to(app: typer.Typer) -> None:
    app.command("serve", cls=Sectioned)(serve)


def serve(
    application: Annotated[
        list[str],
        typer.Argument(help="module:app, or after -- a command with {fd}, {socket} or {port}.", show_default=False),
    ],
    workers: Annotated[
        str, typer.Option(help="From how many to how many, or one number.", rich_help_panel=WORKERS)
    ] = "1..4",
    capacity: Annotated[
        float | None,
        typer.Option(
            help="Requests a second that a worker carries, as `plimsoll find` gives it. Default: learned.",
            rich_help_panel=WORKERS,
        ),
    ] = None,
    policy: Annotated[
        str, typer.Option(help="hybrid, kpa, hpa-70, hpa-50, thresholds.", rich_help_panel=WORKERS)
    ] = "hybrid",
    start: Annotated[
        str, typer.Option(help="From a decision to a worker that takes requests.", rich_help_panel=WORKERS)
    ] = "5s",
    down_window: Annotated[
        str,
        typer.Option(help="hybrid: so long the last worker that is too many stays.", rich_help_panel=WORKERS),
    ] = "2m",
    health: Annotated[
        str, typer.Option(help="The path by which workers are asked whether they are well.", rich_help_panel=WORKERS)
    ] = "/",
    memory: Annotated[
        str | None,
        typer.Option(help="A worker that uses more is replaced, as 512MB. Default: no limit.", rich_help_panel=WORKERS),
    ] = None,
    age: Annotated[
        str | None,
        typer.Option(help="A worker that is older is replaced, as 12h. Default: no limit.", rich_help_panel=WORKERS),
    ] = None,
    hung_after: Annotated[
        str | None,
        typer.Option(
            help="A worker that answers nobody for so long is replaced. Default: 20s; of a command --timeout server.",
            show_default=False,
            rich_help_panel=WORKERS,
        ),
    ] = None,
    drain: Annotated[
        str, typer.Option(help="For what a worker that ends has in hand.", rich_help_panel=WORKERS)
    ] = "30s",
    grace: Annotated[
        str,
        typer.Option(help="How long workers go on serving without us, if we are killed.", rich_help_panel=WORKERS),
    ] = "10s",
    database: Annotated[
        str | None,
        typer.Option(
            help="The DSN that the workers use, or env:NAME: its connections cap them.", rich_help_panel=DATABASE
        ),
    ] = None,
    connections: Annotated[
        int | None,
        typer.Option(help="Its max_connections, where it cannot be asked.", rich_help_panel=DATABASE),
    ] = None,
    pool: Annotated[int, typer.Option(help="Connections that a worker opens at most.", rich_help_panel=DATABASE)] = 10,
    figures: Annotated[
        str | None,
        typer.Option(
            help="A `plimsoll watch` that measures: http://127.0.0.1:8765/metrics, env:NAME.",
            rich_help_panel=MONITOR,
        ),
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option(
            help="READING=FIGURE of it, as latency_s=took_ms*0.001. Repeatable.",
            show_default=False,
            rich_help_panel=MONITOR,
        ),
    ] = None,
    figures_token_file: Annotated[
        Path | None,
        typer.Option(help=f"The token that it asks for. Default: in {VARIABLE}.", rich_help_panel=MONITOR),
    ] = None,
    balance: Annotated[
        str, typer.Option(help="How requests are spread: see the guide to balancing.", rich_help_panel=BALANCING)
    ] = "least-connections",
    cookie: Annotated[str, typer.Option(help="Of cookie-affinity.", rich_help_panel=BALANCING)] = "plimsoll_worker",
    header: Annotated[str, typer.Option(help="Of header-affinity.", rich_help_panel=BALANCING)] = "x-session-id",
    slow_start: Annotated[
        str,
        typer.Option(help="Until a worker that comes up has its whole share; 0s: at once.", rich_help_panel=BALANCING),
    ] = "0s",
    retry: Annotated[
        str,
        typer.Option(
            help="Also sent again when a worker dies: put, delete, trace. Default: get, head and options are.",
            show_default=False,
            rich_help_panel=BALANCING,
        ),
    ] = "",
    goal: Annotated[
        str | None,
        typer.Option(help="What is accepted is answered so, the rest is refused: p95<300ms.", rich_help_panel=BOUNDS),
    ] = None,
    concurrency: Annotated[
        str, typer.Option(help="Requests that a worker has at once, or adaptive.", rich_help_panel=BOUNDS)
    ] = "50",
    queue: Annotated[
        int | None,
        typer.Option(
            help="Requests that wait; more get 503. Default: by goal and capacity, 1000.", rich_help_panel=BOUNDS
        ),
    ] = None,
    queue_timeout: Annotated[
        str | None,
        typer.Option(help="For a free worker, then 503. Default: half of the goal, 5s.", rich_help_panel=BOUNDS),
    ] = None,
    timeout: Annotated[
        list[str] | None,
        typer.Option(
            help="As server=90s. Also connect, request, client, keep-alive, tunnel.",
            rich_help_panel=BOUNDS,
            show_default=False,
        ),
    ] = None,
    clients: Annotated[
        int, typer.Option(help="Connections of clients at once; more wait in the kernel.", rich_help_panel=BOUNDS)
    ] = 2000,
    bind: Annotated[
        str, typer.Option(help="Where clients come; port 0 takes a free one.", rich_help_panel=CLIENTS)
    ] = "127.0.0.1:8000",
    certificate: Annotated[
        Path | None,
        typer.Option(
            help="The chain in PEM: TLS is spoken. A renewed one is shown in seconds.", rich_help_panel=CLIENTS
        ),
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="Its key, where it is in a file of its own.", rich_help_panel=CLIENTS)
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            help="A network of proxies before us whose X-Forwarded headers are true: 10.0.0.0/8.",
            rich_help_panel=CLIENTS,
            show_default=False,
        ),
    ] = None,
    access_log: Annotated[bool, typer.Option(help="A line a request, in access.log.", rich_help_panel=CLIENTS)] = True,
    name: Annotated[
        str | None, typer.Option(help="Of what is served, for its state in .plimsoll/serve. Default: by the module.")
    ] = None,
) -> None:
    """Serve an application by workers behind HAProxy, as many as the load asks for, until Ctrl-C.

    Each decision is a line with its reason. Workers that die or hang are replaced; SIGHUP replaces all of them by ones
    of new code and loses no request. Listens on the loopback interface unless --bind says otherwise.

    Example: plimsoll serve shop.main:app --workers 2..8 --capacity 50 --goal 'p95<300ms'
    """
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.policy.capacity import Capacity
    from plimsoll.scale.policy.making import known
    from plimsoll.scale.supervisor.launching import launch
    from plimsoll.workflows.serve import ServeRequest
    from plimsoll.workflows.serve import serve as served

    host, port = address_of(bind)
    limits, carried = limits_of(workers, connections, pool), None if capacity is None else Capacity(capacity)
    goal_s = goal_s_of(goal)
    at_once, adapting = concurrency_of(concurrency, goal_s)
    balancer = balancer_settings(
        health=health, clients=clients, concurrency=at_once, queue=queue, queue_timeout=queue_timeout, goal_s=goal_s,
        timeout=timeout or [], retry=retry, slow_start=slow_start, cookie=cookie, header=header,
        certificate=certificate, key=key, trust=trust or [], access_log=access_log,
    )  # fmt: skip
    made = launch(application, cwd=Path.cwd())
    busy_s = 0.0 if made.application else balancer.timeouts.server  # as long as its one thread may have one request
    request = ServeRequest(
        made,
        _name(application[0]) if name is None else name,
        limits,
        balancer,
        host,
        port,
        known(policy, where="--policy"),
        carried,
        parse_duration(start, what="--start"),
        parse_duration(down_window, what="--down-window"),
        algorithm_of(balance),
        adapting,
        goal_s,
        queue is None,
        _database(database, connections, pool),
        pool,
        _monitor(figures, read or [], figures_token_file, database, connections),
        _worker_limits(memory, age, drain, hung_after, busy_s),
        parse_duration(grace, what="--grace"),
    )

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set), unhurt_by_hangups():
            await served(request, stop, say)

    asyncio.run(go())


def _database(database: str | None, connections: int | None, pool: int) -> "Target | None":
    from plimsoll.core.errors import UsageError

    if database is None:
        return None
    if connections is not None:
        why = "the database itself tells how many connections it has"
        raise UsageError("both --database and --connections", why=why, remedy="leave one of them out")
    if pool < 1:
        raise UsageError("wrong --pool", why="a worker's pool has at least one connection", remedy="--pool 10")
    from plimsoll.postgres.dsn import read_target
    from plimsoll.settings.environment import Environment
    from plimsoll.settings.masking import Secret

    dsn = Environment("--database", Secret(database)).dsn(os.environ)
    return read_target(dsn, os.environ, where="--database")


def _monitor(
    figures: str | None, read: list[str], token_file: Path | None, database: str | None, connections: int | None
) -> "MonitorSource | None":
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.serve_figures import monitor_of

    if figures is None:
        if read or token_file is not None:
            raise UsageError("nobody to read figures from", remedy="--figures http://127.0.0.1:8765/metrics")
        return None
    source = monitor_of(url_of(figures), read, figures_token(token_file), with_clients=database is not None)
    if "other_connections" in source.names and (database is not None or connections is None):
        why = "--database counts them already" if database is not None else "of how many, nobody says"
        remedy = "leave one of them out" if database is not None else "--connections 100, the server's max_connections"
        raise UsageError("--read other_connections is of no use", why=why, remedy=remedy)
    return source


def _worker_limits(
    memory: str | None, age: str | None, drain: str, hung_after: str | None, busy_s: float
) -> "states.Limits":
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_bytes, parse_duration
    from plimsoll.scale.supervisor import states

    most = None if memory is None else parse_bytes(memory, what="--memory")
    least_s = states.Limits().hung_s
    hung_s = max(least_s, busy_s) if hung_after is None else parse_duration(hung_after, what="--hung-after")
    if hung_s < least_s:
        why = "no answer within 5 s, three times in a row, takes longer"
        raise UsageError("wrong --hung-after", why=why, remedy=f"--hung-after {least_s:g}s, or more")
    age_s = None if age is None else parse_duration(age, what="--age")
    if age_s is not None and age_s < AGE_S_LEAST:
        why = "workers would be replaced again and again"
        raise UsageError("wrong --age", why=why, remedy=f"--age {AGE_S_LEAST:g}s, or more")
    drain_s = parse_duration(drain, what="--drain")
    return states.Limits(memory_bytes_max=most, age_s_max=age_s, drain_s=drain_s, hung_s=hung_s)


def _name(word: str) -> str:
    """shop-main of shop.main:app; the program's of a command."""
    plain = word.partition(":")[0].rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:32] or "app"
