"""The options of `plimsoll serve`, in the order and in the sections in which its help shows them."""

from pathlib import Path
from typing import Annotated

import typer

from plimsoll.cli.figures_options import VARIABLE
from plimsoll.cli.worker_options import DOWN_WINDOW_HELP

WORKERS, DATABASE, MONITOR, BALANCING = "Workers", "Database", "Monitor", "Balancing"
BOUNDS, CLIENTS = "Bounds", "Clients"

Application = Annotated[
    list[str] | None,
    typer.Argument(
        help="module:app, or after -- a command with {fd}, {socket} or {port}. Default: what plimsoll.toml says.",
        show_default=False,
    ),
]
Workers = Annotated[str, typer.Option(help="From how many to how many, or one number.", rich_help_panel=WORKERS)]
Capacity = Annotated[
    float | None,
    typer.Option(
        help="Requests a second that a worker carries, as `plimsoll find` gives it. Default: learned.",
        rich_help_panel=WORKERS,
    ),
]
Policy = Annotated[str, typer.Option(help="hybrid, kpa, hpa-70, hpa-50, thresholds.", rich_help_panel=WORKERS)]
Start = Annotated[str, typer.Option(help="From a decision to a worker that takes requests.", rich_help_panel=WORKERS)]
DownWindow = Annotated[str, typer.Option(help=DOWN_WINDOW_HELP, rich_help_panel=WORKERS)]
Health = Annotated[
    str, typer.Option(help="The path by which workers are asked whether they are well.", rich_help_panel=WORKERS)
]
Memory = Annotated[
    str | None,
    typer.Option(help="A worker that uses more is replaced, as 512MB. Default: no limit.", rich_help_panel=WORKERS),
]
Age = Annotated[
    str | None,
    typer.Option(help="A worker that is older is replaced, as 12h. Default: no limit.", rich_help_panel=WORKERS),
]
HungAfter = Annotated[
    str | None,
    typer.Option(
        help="A worker that answers nobody for so long is replaced. Default: 20s; of a command --timeout server.",
        show_default=False,
        rich_help_panel=WORKERS,
    ),
]
Drain = Annotated[str, typer.Option(help="For what a worker that ends has in hand.", rich_help_panel=WORKERS)]
Grace = Annotated[
    str, typer.Option(help="How long workers go on serving without us, if we are killed.", rich_help_panel=WORKERS)
]
Database = Annotated[
    str | None,
    typer.Option(help="The DSN that the workers use, or env:NAME: its connections cap them.", rich_help_panel=DATABASE),
]
Connections = Annotated[
    int | None, typer.Option(help="Its max_connections, where it cannot be asked.", rich_help_panel=DATABASE)
]
Pool = Annotated[int, typer.Option(help="Connections that a worker opens at most.", rich_help_panel=DATABASE)]
Figures = Annotated[
    str | None,
    typer.Option(
        help="A `plimsoll watch` that measures: http://127.0.0.1:8765/metrics, env:NAME.", rich_help_panel=MONITOR
    ),
]
Read = Annotated[
    list[str] | None,
    typer.Option(
        help="READING=FIGURE of it, as latency_s=took_ms*0.001. Repeatable.",
        show_default=False,
        rich_help_panel=MONITOR,
    ),
]
FiguresTokenFile = Annotated[
    Path | None, typer.Option(help=f"The token that it asks for. Default: in {VARIABLE}.", rich_help_panel=MONITOR)
]
Balance = Annotated[
    str, typer.Option(help="How requests are spread: see the guide to balancing.", rich_help_panel=BALANCING)
]
Cookie = Annotated[str, typer.Option(help="Of cookie-affinity.", rich_help_panel=BALANCING)]
Header = Annotated[str, typer.Option(help="Of header-affinity.", rich_help_panel=BALANCING)]
SlowStart = Annotated[
    str, typer.Option(help="Until a worker that comes up has its whole share; 0s: at once.", rich_help_panel=BALANCING)
]
Retry = Annotated[
    str,
    typer.Option(
        help="Also sent again when a worker dies, up to 15 kB with the body: put, delete, trace. Default: get, head and"
        " options are.",
        show_default=False,
        rich_help_panel=BALANCING,
    ),
]
Goal = Annotated[
    str | None,
    typer.Option(help="What is accepted is answered so, the rest is refused: p95<300ms.", rich_help_panel=BOUNDS),
]
Concurrency = Annotated[
    str, typer.Option(help="Requests that a worker has at once, or adaptive.", rich_help_panel=BOUNDS)
]
Queue = Annotated[
    int | None,
    typer.Option(help="Requests that wait; more get 503. Default: by goal and capacity, 1000.", rich_help_panel=BOUNDS),
]
QueueTimeout = Annotated[
    str | None, typer.Option(help="For a free worker, then 503. Default: half of the goal, 5s.", rich_help_panel=BOUNDS)
]
Timeout = Annotated[
    list[str] | None,
    typer.Option(
        help="As server=90s. Also connect, request, client, keep-alive, tunnel.",
        rich_help_panel=BOUNDS,
        show_default=False,
    ),
]
Clients = Annotated[
    int, typer.Option(help="Connections of clients at once; more wait in the kernel.", rich_help_panel=BOUNDS)
]
Bind = Annotated[str, typer.Option(help="Where clients come; port 0 takes a free one.", rich_help_panel=CLIENTS)]
Certificate = Annotated[
    Path | None,
    typer.Option(help="The chain in PEM: TLS is spoken. A renewed one is shown in seconds.", rich_help_panel=CLIENTS),
]
Key = Annotated[Path | None, typer.Option(help="Its key, where it is in a file of its own.", rich_help_panel=CLIENTS)]
Trust = Annotated[
    list[str] | None,
    typer.Option(
        help="A network of proxies before us whose X-Forwarded headers are true: 10.0.0.0/8.",
        rich_help_panel=CLIENTS,
        show_default=False,
    ),
]
AccessLog = Annotated[bool, typer.Option(help="A line a request, in access.log.", rich_help_panel=CLIENTS)]
Name = Annotated[
    str | None, typer.Option(help="Of what is served, for its state in .plimsoll/serve. Default: by the module.")
]
Config = Annotated[Path | None, typer.Option(help="Another file than ./plimsoll.toml.")]
