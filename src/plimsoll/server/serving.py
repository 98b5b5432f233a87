"""Serves a watch until it is told to stop, in the event loop in which the watch runs."""

import asyncio
import resource
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from plimsoll.core.errors import ServiceError
from plimsoll.server.app import create_app
from plimsoll.server.http_server import HttpServer
from plimsoll.server.security import Access, check_tokens, is_loopback
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.workflows.watch import Watch

BACKLOG: Final = 128
SEND_BUFFER_BYTES: Final = 128 * 1024  # of the kernel for each client: one that does not read is noticed early


async def serve(
    watch: Watch,
    settings: MonitorSettings,
    stop: asyncio.Event,
    *,
    environ: Mapping[str, str],
    dashboard: bool = False,
    listening: Callable[[str], None] = lambda url: None,
) -> None:
    """`listening` is told the address once requests are taken. Raises UsageError, RefusedError and ServiceError."""
    app = create_app(watch, settings, environ, dashboard=dashboard)
    allow_files()
    listener = bound(settings.server)
    with listener:
        check_reach(listener.getsockname()[0], settings.server.host, app.state.served.access)
        await HttpServer(app, stop, lambda: listening(url_of(listener))).serve_on(listener)


def allow_files() -> None:
    """As many open files as we may have: connections must not take those that collectors and the store need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # an unlimited one is none that may be set everywhere
        if soft != hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def check_reach(address: str, host: str, access: Access) -> None:
    """Names may be resolved to what they do not look like. Raises RefusedError."""
    if not is_loopback(str(address)):
        check_tokens(access, f"{host} ({address})")


def bound(server: MonitorServer) -> socket.socket:
    """A socket that listens at the address. Raises ServiceError."""
    try:
        found = socket.getaddrinfo(
            server.host.strip("[]"), server.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        return _bound(socket.socket(family, kind, protocol), address)
    except OSError as error:
        raise ServiceError(
            f"the API cannot listen on {server.host}:{server.port}",
            where="[monitor.server]",
            why=(error.strerror or str(error)).lower(),
            remedy="state another port (0 picks a free one), or end what listens there",
        ) from None


def _bound(listener: socket.socket, address: Any) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
