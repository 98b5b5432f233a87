"""A request to the application for one client alone, at their pace; what may be stored is, as it passes."""

from plimsoll.edge.http.message import has_body
from plimsoll.edge.serving.asgi import Application, Message, Receive, Scope, Send, fields_of, scope_for
from plimsoll.edge.serving.exchange import Again, Asked, Desk, Exchange, FromStore, Passing
from plimsoll.edge.serving.origin.failing import ClientGone, is_away


class Alone:
    """`run`, once. Then `instead` is what to tell from the store, and nothing was sent; or all has been sent, and
    `stored` says whether it is stored and `passed_bytes` how much it was."""

    def __init__(self, desk: Desk, application: Application, asked: Asked, receive: Receive, send: Send) -> None:
        self._desk = desk
        self._application = application
        self._asked = asked
        self._outer_receive = receive
        self._outer_send = send
        self._bodiless = not has_body(asked.request.fields)
        self._exchange: Exchange | None = None
        self._verdict: Passing | FromStore | Again | None = None
        self._told = False
        self.stored = False
        self.passed_bytes = 0

    @property
    def begun(self) -> bool:
        """Whether the client has been told a head."""
        return isinstance(self._verdict, Passing)

    @property
    def instead(self) -> FromStore | None:
        return self._verdict if isinstance(self._verdict, FromStore) else None

    async def run(self, scope: Scope) -> None:
        """Raises what the application raises, unless what is stored may be told in place of that."""
        await self._once(scope, self._asked)
        if isinstance(self._verdict, Again):
            await self._once(scope, self._asked._replace(conditions=None))

    async def _once(self, scope: Scope, asked: Asked) -> None:
        self._told, self._verdict = False, None
        self._exchange = exchange = Exchange(self._desk, asked)
        fields = asked.request.fields if asked.conditions is None else asked.conditions
        seen = scope_for(scope, asked.request.method, fields, self._desk.keyed)
        try:
            await self._application(seen, self._receive, self._send)
        except ClientGone:
            if self.instead is None:
                raise
        except Exception as error:
            if self._verdict is None:
                self._verdict = exchange.instead_of_error(unreachable=is_away(error))
            if self.instead is None:
                raise
        finally:
            exchange.close()

    async def _receive(self) -> Message:
        """A request without a body has been read; asked twice, it is told twice."""
        if self._bodiless and not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        while True:
            message = await self._outer_receive()
            if not self._bodiless or message["type"] != "http.request":
                return message

    async def _send(self, message: Message) -> None:
        kind, exchange = message["type"], self._exchange
        assert exchange is not None
        if kind == "http.response.start":
            self._verdict = exchange.head(message["status"], fields_of(message))
            if isinstance(self._verdict, Passing):
                head = self._verdict.response
                await self._outer_send({**message, "status": head.status, "headers": head.fields})
        elif kind == "http.response.body" and isinstance(self._verdict, Passing):
            piece, more = message.get("body", b""), message.get("more_body", False)
            self.passed_bytes += len(piece)
            exchange.piece(piece)
            if not more:
                self.stored = exchange.end()
            await self._outer_send(message)
        elif kind == "http.response.body" and message.get("more_body", False):
            raise ClientGone("what is stored is told in the place of this")
