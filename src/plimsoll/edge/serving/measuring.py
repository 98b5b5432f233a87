"""Counts what goes through an application, as its heads tell. Nothing is changed."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from plimsoll.edge.figures.traffic import Traffic
from plimsoll.edge.http.message import Fields, first, values
from plimsoll.edge.serving.asgi import Application, Message, Receive, Scope, Send
from plimsoll.edge.serving.front import Trust
from plimsoll.edge.serving.origin.failing import ClientGone

COUNTRY: Final = b"cf-ipcountry"  # Cloudflare's; whoever is no trusted peer may write there what they like


class Measured:
    """Before an edge and its files. `trust`: peers whose country counts."""

    def __init__(
        self,
        application: Application,
        traffic: Traffic,
        trust: Trust | None = None,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._application = application
        self._traffic = traffic
        self._trust = trust or Trust()
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        counting = _Counting(self._traffic, scope, send, self._clock)
        peer = scope.get("client")
        if peer is not None and self._trust.has(peer[0]):
            country = first(scope["headers"], COUNTRY)
            if country is not None:
                self._traffic.came_from(country)
        try:
            await self._application(scope, receive, counting)
        except ClientGone:
            raise
        except Exception:
            counting.failed()
            raise


class _Counting:
    """`send` of one request."""

    __slots__ = ("_began_s", "_clock", "_headed", "_saved", "_scope", "_send", "_traffic")

    def __init__(self, traffic: Traffic, scope: Scope, send: Send, clock: Callable[[], float]) -> None:
        self._traffic = traffic
        self._scope = scope
        self._send = send
        self._clock = clock
        self._began_s = clock()
        self._headed = self._saved = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self._traffic.body(len(message.get("body", b"")), saved=self._saved)
        elif message["type"] == "http.response.start":
            self._headed = True
            status, fields, scope = message["status"], message["headers"], self._scope
            took_s = self._clock() - self._began_s
            wished = status == 504 and _only_stored(scope["headers"])
            path = scope.get("raw_path") or b""
            self._saved = self._traffic.told(status, fields, path, took_s, wished=wished)
        await self._send(message)

    def failed(self) -> None:
        if self._headed:
            self._traffic.broke_off()
        else:
            self._traffic.failed(self._clock() - self._began_s)


def _only_stored(fields: Fields) -> bool:
    return any(b"only-if-cached" in value.lower() for value in values(fields, b"cache-control"))
