"""`plimsoll edge serve`: a caching reverse proxy before an origin, until it is told to end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from plimsoll.core.visible import visible
from plimsoll.edge.figures import Traffic
from plimsoll.edge.http.message import Request
from plimsoll.edge.rules.policy import DEFAULT, Policy
from plimsoll.edge.rules.tags import TAGS_MAX, UNTAGGED, Untagged
from plimsoll.edge.serving.asgi import Application, Receive, Scope, Send
from plimsoll.edge.serving.control import Control
from plimsoll.edge.serving.edge import Edge
from plimsoll.edge.serving.front import Front, Trust
from plimsoll.edge.serving.listening import EdgeServer, allow_files, bound, url_of
from plimsoll.edge.serving.measuring import Measured
from plimsoll.edge.serving.origin.failing import ClientGone, OriginFailed
from plimsoll.edge.serving.origin.origin import Origin, Place
from plimsoll.edge.serving.origin.pool import Bounds
from plimsoll.edge.serving.settings import Settings
from plimsoll.edge.static.app import Static
from plimsoll.edge.store.entry import Limits
from plimsoll.postgres.dsn import Target
from plimsoll.settings.masking import Secret, mask
from plimsoll.workflows.edge_changes import follow

CLIENTS_MAX: Final = 2_000
DRAIN_S: Final = 10.0
STALENESS_S: Final = 0.25
FILES_BESIDE: Final = 64  # files that are no connections of clients or to the origin
TELL_S: Final = 10.0  # failures of the origin, and tags that it writes wrongly, are told that often


@dataclass(frozen=True)
class EdgeRequest:
    """What is served, where, and how. `token` opens the way to purges; None: there is none. `host`: what the origin is
    told in Host, None: what clients name. `static`: a folder whose files are delivered before the origin is asked.
    `database`: whose changes are followed; what carries tags is told while all is known that is `staleness_s` old."""

    origin: Place
    host: str = "127.0.0.1"
    port: int = 8080
    told_host: str | None = None
    trust: Trust = field(default_factory=Trust)
    limits: Limits = field(default_factory=Limits)
    policy: Policy = DEFAULT
    settings: Settings = field(default_factory=Settings)
    bounds: Bounds = field(default_factory=Bounds)
    static: Path | None = None
    token: Secret | None = None
    database: Target | None = None
    staleness_s: float = STALENESS_S
    clients: int = CLIENTS_MAX
    drain_s: float = DRAIN_S


async def serve(request: EdgeRequest, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Serves until `stop` is set, and lets what is under way end. Raises UsageError and ServiceError."""
    files = allow_files()
    if 0 < files < request.clients + request.bounds.connections + FILES_BESIDE:
        say(f"only {files:,} files may be open (ulimit -n): fewer connections than --clients and --connections allow")
    origin = Origin(request.origin, bounds=request.bounds, host=request.told_host)
    edge = Edge(origin, limits=request.limits, policy=request.policy, settings=request.settings)
    application = Telling(_before(edge, request), say)
    edge.on_failure = application.failed
    edge.tell_passes(application.passed)
    with bound(request.host, request.port) as listener:
        url = url_of(listener)

        def began() -> None:
            say(f"serving {request.origin} at {url}")
            if request.token is not None:
                say(f"purges are taken at {url}/.plimsoll/purge, with the token")

        server = EdgeServer(
            application, stop, began, clients=request.clients, drain_s=request.drain_s, read_s=request.bounds.pause_s
        )
        following = [] if request.database is None else [follow(request.database, edge, request.staleness_s, say)]
        beside = [asyncio.create_task(one) for one in following]
        try:
            await server.serve_on(listener)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await edge.close()
            origin.close()
    say(_told(edge))


class Telling:
    """Says why there was no answer, or not the whole of one: at once, and then now and then with how often."""

    def __init__(self, application: Application, say: Callable[[str], None]) -> None:
        self._application = application
        self._say = say
        self._quiet_until_s = 0.0
        self._more = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._application(scope, receive, send)
        except OriginFailed as failure:
            self.failed(failure)
            raise  # the server closes the connection: that is what tells a client that it has not all of it
        except ClientGone:
            raise
        except Exception as error:
            self._tell(f"a mistake of ours: {type(error).__name__}: {error}")
            raise

    def failed(self, failure: OriginFailed) -> None:
        """What clients do wrong they are told themselves."""
        if failure.status >= 500:
            self._tell(f"{failure.status}: {failure.why}")

    def passed(self, request: Request, why: str) -> None:
        """What is not stored although its origin tags it never is, until somebody hears of it."""
        if why in UNTAGGED:
            where = visible((request.host + request.path).decode("latin-1")[:200])
            what = "has tags that cannot be read" if why == Untagged.UNREADABLE else f"has more than {TAGS_MAX} tags"
            self._tell(f"not stored: the answer of {where} {what}")

    def _tell(self, words: str) -> None:
        now_s = monotonic()
        if now_s < self._quiet_until_s:
            self._more += 1
            return
        more = f" (and {self._more:,} others since the last line)" if self._more else ""
        self._say(mask(f"{words}{more}"))
        self._quiet_until_s, self._more = now_s + TELL_S, 0


def _before(edge: Edge, request: EdgeRequest) -> Application:
    """What a request goes through until it is looked up."""
    application: Application = edge
    if request.static is not None:
        application = Static(request.static, application, date=True)  # our server says none
    if request.token is not None:  # else nobody can ask
        traffic = Traffic()
        application = Measured(application, traffic, request.trust)
        application = Control(edge, application, request.token.reveal(), traffic)
    return Front(application, request.trust)


def _told(edge: Edge) -> str:
    figures, ratio = edge.figures, edge.figures.hit_ratio
    hits = "" if ratio is None else f", {ratio:.0%} without asking the origin for a body"
    return f"ended: {figures.requests:,} requests{hits}, {figures.failed:,} without an answer"
