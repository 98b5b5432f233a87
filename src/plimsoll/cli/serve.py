"""`plimsoll serve`: an application as workers behind HAProxy, as many as the load asks for."""

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.signals import ended_by_signals
from plimsoll.cli.watch import say

if TYPE_CHECKING:
    from plimsoll.scale.balancer.algorithm import Algorithm
    from plimsoll.scale.policy.limits import Limits
    from plimsoll.scale.supervisor import states

_WORKERS = re.compile(r"([0-9]{1,5})(?:\.\.([0-9]{1,5}))?", re.ASCII)
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]]+):([0-9]{1,5})", re.ASCII)


def add_to(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    application: Annotated[
        list[str],
        typer.Argument(help="module:app, or after -- a command with {fd}, {socket} or {port}.", show_default=False),
    ],
    workers: Annotated[str, typer.Option(help="From how many to how many, or one number.")] = "1..4",
    bind: Annotated[str, typer.Option(help="Where clients come; port 0 takes a free one.")] = "127.0.0.1:8000",
    capacity: Annotated[
        float | None,
        typer.Option(help="Requests a second that a worker carries, as `plimsoll find` gives it. Default: learned."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of what is served, for its state in .plimsoll/serve. Default: by the module.")
    ] = None,
    policy: Annotated[str, typer.Option(help="hybrid, kpa, hpa-70, hpa-50, thresholds.")] = "hybrid",
    start: Annotated[str, typer.Option(help="From a decision to a worker that takes requests.")] = "5s",
    connections: Annotated[
        int | None, typer.Option(help="max_connections of the database: it caps the workers.")
    ] = None,
    pool: Annotated[int, typer.Option(help="--connections: a worker's pool.")] = 10,
    balance: Annotated[
        str, typer.Option(help="How requests are spread: see the guide to balancing.")
    ] = "least-connections",
    health: Annotated[str, typer.Option(help="The path by which workers are asked whether they are well.")] = "/",
    memory: Annotated[
        str | None, typer.Option(help="A worker that uses more is replaced, as 512MB. Default: no limit.")
    ] = None,
    drain: Annotated[str, typer.Option(help="For what a worker that ends has in hand.")] = "30s",
    clients: Annotated[int, typer.Option(help="Connections of clients at once; more wait in the kernel.")] = 2000,
    grace: Annotated[str, typer.Option(help="How long workers go on serving without us, if we are killed.")] = "10s",
) -> None:
    """Serve an application by workers behind HAProxy, as many as the load asks for, until Ctrl-C.

    Each decision is a line with its reason. Workers that die or hang are replaced; SIGHUP replaces all of them by ones
    of new code and loses no request. Listens on the loopback interface unless --bind says otherwise.

    Example: plimsoll serve shop.main:app --workers 2..8 --capacity 50
    """
    from plimsoll.core.units import parse_duration
    from plimsoll.scale.policy.capacity import Capacity
    from plimsoll.scale.policy.making import known
    from plimsoll.scale.supervisor.launching import launch
    from plimsoll.workflows.serve import ServeRequest
    from plimsoll.workflows.serve import serve as served

    host, port = _address(bind)
    request = ServeRequest(
        launch(application, cwd=Path.cwd()),
        _name(application[0]) if name is None else name,
        _limits(workers, connections, pool),
        host,
        port,
        known(policy, where="--policy"),
        None if capacity is None else Capacity(capacity),
        parse_duration(start, what="--start"),
        _algorithm(balance),
        health,
        clients,
        _worker_limits(memory, drain),
        parse_duration(grace, what="--grace"),
    )

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set):
            await served(request, stop, say)

    asyncio.run(go())


def _limits(workers: str, connections: int | None, pool: int) -> "Limits":
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.policy.limits import ConnectionBudget, Limits

    found = _WORKERS.fullmatch(workers.strip())
    if found is None:
        raise UsageError("wrong --workers", why=f'"{workers}" is no range', remedy="--workers 2..8, or --workers 4")
    budget = None if connections is None else ConnectionBudget(connections, pool)
    return Limits(int(found[1]), int(found[2] or found[1]), budget)


def _address(bind: str) -> tuple[str, int]:
    from plimsoll.core.errors import UsageError

    found = _ADDRESS.fullmatch(bind.strip())
    if found is None or int(found[2]) > 65_535:
        why = f'"{bind}" is no address with a port'
        raise UsageError("wrong --bind", why=why, remedy="--bind 127.0.0.1:8000, or [::1]:8000")
    return found[1].strip("[]"), int(found[2])


def _algorithm(balance: str) -> "Algorithm":
    from plimsoll.core.errors import UsageError
    from plimsoll.scale.balancer.algorithm import Algorithm

    try:
        return Algorithm(balance.strip().lower())
    except ValueError:
        why = f'"{balance}" is no way to spread requests'
        raise UsageError("wrong --balance", why=why, remedy=f"one of {', '.join(Algorithm)}") from None


def _worker_limits(memory: str | None, drain: str) -> "states.Limits":
    from plimsoll.core.units import parse_bytes, parse_duration
    from plimsoll.scale.supervisor import states

    most = None if memory is None else parse_bytes(memory, what="--memory")
    return states.Limits(memory_bytes_max=most, drain_s=parse_duration(drain, what="--drain"))


def _name(word: str) -> str:
    """shop-main of shop.main:app; the program's of a command."""
    plain = word.partition(":")[0].rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:32] or "app"
