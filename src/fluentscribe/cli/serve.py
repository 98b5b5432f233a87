"""`fluentscribe serve`: the API over HTTP."""

import asyncio
import ipaddress
import json
import logging
import os
import secrets
import signal
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from socket import AF_UNIX, socket
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fluentscribe.cli.failures import REFUSED, CommandError

if TYPE_CHECKING:
    from uvicorn import Server

    from fluentscribe.settings import Settings

FILES = "FLUENTSCRIBE_FILES"
SIGNED_WITH = "FLUENTSCRIBE_TOKEN_SECRET"


def add_to(app: typer.Typer) -> None:
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    fd: Annotated[
        int | None,
        typer.Option(min=3, help="A listening descriptor instead, as plimsoll serve gives it.", show_default=False),
    ] = None,
    expose: Annotated[bool, typer.Option("--expose", help="Allow addresses that others can reach.")] = False,
    dev: Annotated[
        bool, typer.Option("--dev", help="To try it: token secret and files are of this process alone.")
    ] = False,
    owned: Annotated[bool, typer.Option("--owned", hidden=True)] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say where it is as JSON.")] = False,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; what is in flight is then finished.

    FLUENTSCRIBE_DSN is the database, as the role fluentscribe_app; FLUENTSCRIBE_TOKEN_SECRET signs logins.
    Prints where it is; logs are JSON lines on stderr.

    Example: fluentscribe serve --port 8000 --dev

    Example: plimsoll serve --workers 1..4 --health /health/ready -- fluentscribe serve --fd {fd}
    """
    from fluentscribe.settings import settings_from

    check_host(host, expose)
    scratch = tempfile.TemporaryDirectory(prefix="fluentscribe-") if dev else nullcontext("")
    with scratch as folder:
        made_up = {SIGNED_WITH: secrets.token_urlsafe(48), FILES: folder} if dev else {}
        settings = settings_from({**made_up, **os.environ})
        listen = partial(_bound, host, port) if fd is None else partial(_given, fd)
        _serve(settings, listen, owned=owned, as_json=as_json)


def _serve(settings: "Settings", listen: Callable[[], socket], *, owned: bool, as_json: bool) -> None:
    from fluentscribe.cli.owned import end_with_owner
    from fluentscribe.database.roles import check_role_of
    from fluentscribe.logs import log_to_stderr
    from fluentscribe.serving import server_of

    with listen() as heard_at:
        server = server_of(settings, behind_proxy=heard_at.family == AF_UNIX)
        asyncio.run(check_role_of(settings.dsn.get_secret_value()))
        heard = _end_by_signals(server)
        if owned:
            end_with_owner()
        log_to_stderr(settings.log_level)
        if settings.metrics_token is None:
            logging.getLogger("fluentscribe").warning("no FLUENTSCRIBE_METRICS_TOKEN: whoever comes may read /metrics")
        print(_where(heard_at.getsockname(), as_json=as_json), flush=True)
        server.run(sockets=[heard_at])
    if signal.SIGINT in heard:
        raise KeyboardInterrupt


def _bound(host: str, port: int) -> socket:
    from fluentscribe.serving import listening

    try:
        return listening(host, port)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise CommandError(f"cannot listen on {host}, port {port}", why, "--port 0 takes a free one", REFUSED) from None


def _given(descriptor: int) -> socket:
    from fluentscribe.serving import inherited

    try:
        return inherited(descriptor)
    except OSError as error:
        why = error.strerror or type(error).__name__
        remedy = "plimsoll serve -- fluentscribe serve --fd {fd} gives one"
        raise CommandError(f"cannot listen on descriptor {descriptor}", why, remedy, REFUSED) from None


def _end_by_signals(server: "Server") -> list[int]:
    """For those that come before the server's own handlers are in place; it also repeats here what it heard itself."""
    heard: list[int] = []

    def handle(number: int, frame: object) -> None:
        heard.append(number)
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    return heard


def check_host(host: str, expose: bool) -> None:
    """Raises CommandError for an address that others reach, unless that was asked for."""
    if not (expose or is_loopback(host)):
        why = "others could reach it, and it speaks HTTP without TLS"
        raise CommandError(f"{host} is no loopback address", why, f"--host {host} --expose, behind a proxy with TLS")


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _where(address: Any, *, as_json: bool) -> str:
    """Of a Unix socket its path is all that there is to tell."""
    if not isinstance(address, tuple):
        return json.dumps({"socket": str(address)}) if as_json else f"serving on {address}"
    host, port = address[:2]
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    document = f"{url}/api/v1/openapi.json"
    if as_json:
        return json.dumps({"url": url, "openapi": document})
    return f"serving on {url}; the API's document: {document}"
