"""Serves the application over HTTP from one process, until it is told to end; what is in flight is then finished."""

import errno
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI

from fluentscribe.api.app import create_app
from fluentscribe.protocol import BoundedHead
from fluentscribe.settings import Settings

GRACE_S = 30  # for requests in flight, once the process is told to end
KEPT_S = 5  # a connection that idles
KEPT_BY_PROXY_S = 30 * 24 * 3600  # the proxy may close it; what it sends just as we do is lost
BACKLOG = 2048
CONNECTIONS_MAX = 2048  # whoever comes when there are so many is answered 503


class Server(uvicorn.Server):
    """Not ready from the moment on at which it is told to end."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if hasattr(self._app.state, "platform"):
            self._app.state.platform.stopping = True
        super().handle_exit(sig, frame)


def server_of(settings: Settings, grace_s: int = GRACE_S, *, behind_proxy: bool = False) -> Server:
    """A server that has no sockets yet: give them to `run` or `serve`. Raises SettingsError.

    `behind_proxy`: only a proxy of ours can connect, whatever its address, and what it forwards is believed.
    """
    app = create_app(settings)
    believed = "*" if behind_proxy else settings.proxies
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=BoundedHead,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(believed),
        forwarded_allow_ips=believed,
        timeout_keep_alive=KEPT_BY_PROXY_S if behind_proxy else KEPT_S,
        timeout_graceful_shutdown=grace_s,
        backlog=BACKLOG,
        limit_concurrency=CONNECTIONS_MAX,
    )
    return Server(config, app)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises OSError where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # By name: asyncio sends small pieces at once (TCP_NODELAY) only where a socket says that it speaks TCP. Else the
    # second piece of an answer waits for the client's acknowledgement, which comes 40 ms late.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made


def inherited(descriptor: int) -> socket.socket:
    """A listening socket that whoever started us holds as well. Raises OSError where it is none."""
    made = socket.socket(fileno=descriptor)
    try:
        if not made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            raise OSError(errno.EINVAL, "it is no listening socket")
    except OSError:
        made.detach()
        raise
    return made
