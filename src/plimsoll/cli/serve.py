"""`plimsoll serve`: an application as workers behind HAProxy, as many as the load asks for."""

import asyncio

import typer

from plimsoll.cli import serve_options as options
from plimsoll.cli.saying import say
from plimsoll.cli.sections import Sectioned
from plimsoll.cli.signals import ended_by_signals, unhurt_by_hangups


def add_to(app: typer.Typer) -> None:
    app.command("serve", cls=Sectioned)(serve)


def serve(
    context: typer.Context,
    application: options.Application = None,
    workers: options.Workers = "1..4",
    capacity: options.Capacity = None,
    policy: options.Policy = "hybrid",
    start: options.Start = "5s",
    down_window: options.DownWindow = "2m",
    health: options.Health = "/",
    memory: options.Memory = None,
    age: options.Age = None,
    hung_after: options.HungAfter = None,
    drain: options.Drain = "30s",
    grace: options.Grace = "10s",
    database: options.Database = None,
    connections: options.Connections = None,
    pool: options.Pool = 10,
    figures: options.Figures = None,
    read: options.Read = None,
    figures_token_file: options.FiguresTokenFile = None,
    balance: options.Balance = "least-connections",
    cookie: options.Cookie = "plimsoll_worker",
    header: options.Header = "x-session-id",
    slow_start: options.SlowStart = "0s",
    retry: options.Retry = "",
    goal: options.Goal = None,
    concurrency: options.Concurrency = "50",
    queue: options.Queue = None,
    queue_timeout: options.QueueTimeout = None,
    timeout: options.Timeout = None,
    clients: options.Clients = 2000,
    bind: options.Bind = "127.0.0.1:8000",
    certificate: options.Certificate = None,
    key: options.Key = None,
    trust: options.Trust = None,
    access_log: options.AccessLog = True,
    name: options.Name = None,
    config: options.Config = None,
) -> None:
    """Serve an application by workers behind HAProxy, as many as the load asks for, until Ctrl-C.

    With plimsoll.toml: what its table [serve.NAME] says holds where no option says otherwise.

    Each decision is a line with its reason. Workers that die or hang are replaced; SIGHUP replaces all of them by ones
    of new code and loses no request. Listens on the loopback interface unless --bind says otherwise.

    Example: plimsoll serve shop.main:app --workers 2..8 --capacity 50 --goal 'p95<300ms'
    """
    from plimsoll.cli.serve_request import request_of
    from plimsoll.cli.serve_told import told_of
    from plimsoll.workflows.serve import serve as served

    with unhurt_by_hangups():  # the file is read by another process, which takes a while
        told = told_of(context)
        with told.placing():
            request = request_of(told)
    if told.source:
        say(f"as {told.source} says")

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set), unhurt_by_hangups():
            await served(request, stop, say)

    asyncio.run(go())
