"""`plimsoll edge serve`: a caching reverse proxy before an origin."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from plimsoll.cli.saying import say
from plimsoll.cli.sections import Sectioned
from plimsoll.cli.signals import ended_by_signals
from plimsoll.cli.worker_options import address_of

if TYPE_CHECKING:
    from types import ModuleType

    from plimsoll.edge.rules.policy import Policy
    from plimsoll.edge.serving.origin.pool import Bounds
    from plimsoll.postgres.dsn import Target

STORING, ORIGIN, FOLLOWING, CLIENTS = "Storing", "Origin", "Following a database", "Clients"
TOKEN = "PLIMSOLL_EDGE_TOKEN"  # noqa: S105  # the variable's name
TIMEOUTS = {"connect": "connect_s", "answer": "answer_s", "pause": "pause_s"}


def add_to(parent: typer.Typer) -> None:
    parent.command("serve", cls=Sectioned)(serve)


def serve(
    origin: Annotated[str, typer.Option(help="What is cached: http://127.0.0.1:8000.", rich_help_panel=ORIGIN)],
    host: Annotated[
        str | None,
        typer.Option(help="What the origin is told in Host. Default: what clients name.", rich_help_panel=ORIGIN),
    ] = None,
    connections: Annotated[int, typer.Option(min=1, help="To the origin at once.", rich_help_panel=ORIGIN)] = 100,
    waiting: Annotated[
        int, typer.Option(min=1, help="Requests that wait for one; more get 503.", rich_help_panel=ORIGIN)
    ] = 1_000,
    timeout: Annotated[
        list[str] | None,
        typer.Option(
            help="As answer=30s. Also connect, and pause between two pieces of a body, from the origin and to clients.",
            show_default=False,
            rich_help_panel=ORIGIN,
        ),
    ] = None,
    static: Annotated[
        Path | None,
        typer.Option(help="A folder whose files are delivered without the origin.", rich_help_panel=STORING),
    ] = None,
    memory: Annotated[str, typer.Option(help="For all that is stored.", rich_help_panel=STORING)] = "256MiB",
    object_size: Annotated[
        str | None,
        typer.Option(
            "--object",
            help="A larger response is not stored. Default: 8MiB.",
            show_default=False,
            rich_help_panel=STORING,
        ),
    ] = None,
    heuristic: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of the age by Last-Modified that counts as fresh, where nothing is said.",
            rich_help_panel=STORING,
        ),
    ] = 0.0,
    status: Annotated[
        list[str] | None,
        typer.Option(
            help="Also stored for as long as it says: 503, or 500-504. Repeatable; a client that can make the "
            "origin fail then makes it fail for all.",
            show_default=False,
            rich_help_panel=STORING,
        ),
    ] = None,
    errors: Annotated[
        str,
        typer.Option(help="So long at most a 5xx that says for how long; 0s for never.", rich_help_panel=STORING),
    ] = "10s",
    stale_if_unreachable: Annotated[
        str, typer.Option(help="So long in place of no answer, unless a response forbids it.", rich_help_panel=STORING)
    ] = "60s",
    stale_if_error: Annotated[
        str, typer.Option(help="So long in place of an error, where a response does not say.", rich_help_panel=STORING)
    ] = "0s",
    stale_while_revalidate: Annotated[
        str, typer.Option(help="So long while it is validated, where it does not say.", rich_help_panel=STORING)
    ] = "0s",
    stale_beside_s_maxage: Annotated[
        bool,
        typer.Option(
            "--stale-beside-s-maxage",
            help="What is stale may be told where a response says so, though its s-maxage forbids it.",
            rich_help_panel=STORING,
        ),
    ] = False,
    deaf: Annotated[
        bool, typer.Option(help="A client's no-cache, max-age and the like do not count.", rich_help_panel=STORING)
    ] = False,
    wait: Annotated[
        str, typer.Option(help="For the answer that another has asked for.", rich_help_panel=STORING)
    ] = "5s",
    database: Annotated[
        str | None,
        typer.Option(
            help="Whose changes are followed: a DSN, or env:NAME.",
            show_default=False,
            rich_help_panel=FOLLOWING,
        ),
    ] = None,
    staleness: Annotated[
        str,
        typer.Option(help="What has tags is told while it is known so well what changed.", rich_help_panel=FOLLOWING),
    ] = "250ms",
    bind: Annotated[
        str, typer.Option(help="Where clients come; port 0 takes a free one.", rich_help_panel=CLIENTS)
    ] = "127.0.0.1:8080",
    clients: Annotated[
        int, typer.Option(min=1, help="Connections of clients at once.", rich_help_panel=CLIENTS)
    ] = 2_000,
    trust: Annotated[
        list[str] | None,
        typer.Option(
            help="A network of proxies before us whose X-Forwarded headers are true: 10.0.0.0/8.",
            show_default=False,
            rich_help_panel=CLIENTS,
        ),
    ] = None,
    tags: Annotated[bool, typer.Option("--tags", help="Clients see tags, too.", rich_help_panel=CLIENTS)] = False,
) -> None:
    """Cache what an origin answers, as HTTP says it may be, until Ctrl-C.

    With PLIMSOLL_EDGE_TOKEN set, whoever has that token may purge at /.plimsoll/purge and read figures at
    /.plimsoll/figures and, for Prometheus, /.plimsoll/metrics. Listens on the loopback interface unless --bind says
    otherwise.

    Example: plimsoll edge serve --origin http://127.0.0.1:8000 --bind 127.0.0.1:8080
    """
    from plimsoll.core.units import parse_bytes

    requested = _workflow()
    from plimsoll.edge.serving.front import Trust
    from plimsoll.edge.serving.origin.origin import Place
    from plimsoll.edge.serving.settings import Settings
    from plimsoll.edge.store.entry import Limits
    from plimsoll.settings.masking import Secret

    address, port = address_of(bind)
    token = os.environ.get(TOKEN)
    request = requested.EdgeRequest(
        Place.read(origin),
        address,
        port,
        _host(host),
        Trust(trust or ()),
        Limits(
            parse_bytes(memory, what="--memory"),
            None if object_size is None else parse_bytes(object_size, what="--object"),
        ),
        _policy(
            heuristic,
            status or [],
            errors,
            stale_if_unreachable,
            stale_if_error,
            stale_while_revalidate,
            stale_beside_s_maxage=stale_beside_s_maxage,
            hears_requests=not deaf,
            shows_tags=tags,
        ),
        Settings(wait_s=_seconds(wait, "--wait")),
        _bounds(connections, waiting, timeout or []),
        static,
        None if token is None else Secret(token),
        _target(database),
        _seconds(staleness, "--staleness"),
        clients,
    )

    async def go() -> None:
        stop = asyncio.Event()
        with ended_by_signals(stop.set):
            await requested.serve(request, stop, say)

    import uvloop

    uvloop.run(go())


def _workflow() -> "ModuleType":
    """Raises UsageError where the packages for it are not installed."""
    from plimsoll.core.errors import UsageError

    try:
        from plimsoll.workflows import edge
    except ModuleNotFoundError as error:
        why, remedy = f"there is no module {error.name}", "pip install 'plimsoll-line[server]'"
        raise UsageError("what serves HTTP is not installed", why=why, remedy=remedy) from None
    return edge


def _host(name: str | None) -> str | None:
    from plimsoll.core.errors import UsageError
    from plimsoll.edge.keys import host_of

    if name is not None and (not name.isascii() or host_of(b"http", name.encode("ascii")) is None):
        raise UsageError("wrong --host", why=f"{name!r:.80} is no host", remedy="--host shop.example")
    return name


def _target(database: str | None) -> "Target | None":
    if database is None:
        return None
    from plimsoll.cli.watch import warn_of_password
    from plimsoll.postgres.dsn import read_target
    from plimsoll.settings.environment import Environment
    from plimsoll.settings.masking import Secret

    warn_of_password(database)
    dsn = Environment("--database", Secret(database)).dsn(os.environ)
    return read_target(dsn, os.environ, where="--database")


def _seconds(text: str, option: str) -> float:
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration

    seconds = parse_duration(text, what=option)
    if not seconds > 0:
        raise UsageError(f"wrong {option}", why="it is no time", remedy=f"{option} 250ms")
    return seconds


def _policy(
    heuristic: float,
    statuses: list[str],
    errors: str,
    stale_if_unreachable: str,
    stale_if_error: str,
    stale_while_revalidate: str,
    *,
    stale_beside_s_maxage: bool,
    hears_requests: bool,
    shows_tags: bool,
) -> "Policy":
    from plimsoll.core.units import parse_duration
    from plimsoll.edge.rules.policy import Policy, more_statuses

    return Policy(
        statuses=more_statuses(statuses),
        heuristic_share=heuristic,
        error_max_s=parse_duration(errors, what="--errors"),
        stale_if_unreachable_s=parse_duration(stale_if_unreachable, what="--stale-if-unreachable"),
        stale_if_error_s=parse_duration(stale_if_error, what="--stale-if-error"),
        stale_while_revalidate_s=parse_duration(stale_while_revalidate, what="--stale-while-revalidate"),
        stale_beside_s_maxage=stale_beside_s_maxage,
        hears_requests=hears_requests,
        shows_tags=shows_tags,
    )


def _bounds(connections: int, waiting: int, timeouts: list[str]) -> "Bounds":
    from plimsoll.core.errors import UsageError
    from plimsoll.core.units import parse_duration
    from plimsoll.edge.serving.origin.pool import Bounds

    told: dict[str, float] = {}
    for one in timeouts:
        name, equals, value = one.partition("=")
        seconds = parse_duration(value, what="--timeout") if equals else 0.0
        if name not in TIMEOUTS or not seconds > 0:
            why = f'"{one}" is not one of {", ".join(TIMEOUTS)} with a time above 0'
            raise UsageError("wrong --timeout", why=why, remedy="--timeout answer=30s")
        told[TIMEOUTS[name]] = seconds
    return Bounds(connections, waiting, **told)
