"""A request to the application that goes on by itself: who began it may be slow or leave, it is stored all the same.

What may be stored is taken as fast as it comes, within the bounds of what is collected; what may not is told to who
asked at their pace, and ends when they leave.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from plimsoll.edge.serving.asgi import Application, Message, Scope, fields_of, scope_for
from plimsoll.edge.serving.exchange import Again, Asked, Desk, Exchange, FromStore, Passing
from plimsoll.edge.serving.flights import Landing
from plimsoll.edge.serving.origin.failing import ClientGone, OriginFailed, is_away

LOGGER: Final = logging.getLogger("plimsoll.edge")


class Incomplete(Exception):
    """The application returned before it had sent a whole response."""


class Fill:
    """`run` is a task of its own; who leads awaits `head` and then each `piece`, and says `leave` in any case.

    `land` hears what those get who wait, as soon as that is known, and `passed` whether it could be shared.
    """

    def __init__(self, desk: Desk, application: Application, scope: Scope, asked: Asked) -> None:
        self._desk = desk
        self._application = application
        self._scope = scope
        self._asked = asked
        self._exchange: Exchange | None = None
        self._head: Passing | FromStore | None = None
        self._failure: Exception | None = None
        self._again = False
        self._complete = False
        self._pieces: deque[bytes] = deque()
        self._told = False  # the application that there is a request
        self._left = asyncio.Event()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self.land: Callable[[Landing, bool], None] = lambda landing, shared: None

    # -- who leads ----------------------------------------------------------------------------------------------------

    async def head(self) -> Passing | FromStore:
        """Raises what the application raised."""
        while self._head is None:
            if self._failure is not None:
                raise self._failure
            await self._wait()
        return self._head

    async def piece(self) -> tuple[bytes, bool]:
        """The next of the body, and whether more will come. Raises where it was cut off."""
        while not self._pieces:
            if self._complete:
                return b"", False
            if self._failure is not None:
                raise self._failure
            await self._wait()
        piece = self._pieces.popleft()
        self._room.set()
        return piece, not (self._complete and not self._pieces)

    def leave(self) -> None:
        """Nobody takes what comes any more."""
        self._left.set()
        self._room.set()
        self._pieces.clear()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    # -- the task -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Never raises but CancelledError; who leads and who waits are told what there is in any case."""
        try:
            await self._once(self._asked)
            if self._again:
                self._again = False
                await self._once(self._asked._replace(conditions=None))
        except asyncio.CancelledError:
            self._fail(OriginFailed(503, "the edge is ending"))
            raise
        except Exception as error:  # noqa: BLE001  # the application's: who leads raises it
            self._fail(error)
        finally:
            self.land(Landing(), False)
            self._news.set()

    async def _once(self, asked: Asked) -> None:
        self._told = False
        self._exchange = exchange = Exchange(self._desk, asked)
        try:
            fields = asked.request.fields if asked.conditions is None else asked.conditions
            scope = scope_for(self._scope, asked.request.method, fields, self._desk.keyed)
            await self._application(scope, self._receive, self._send)
            if not self._complete and not self._again:
                raise Incomplete("the application returned before its response was complete")
            await self._drained()  # what a slow reader has not taken yet counts among what is collected
        except Exception as error:
            instead = exchange.instead_of_error(unreachable=is_away(error)) if self._head is None else None
            if instead is None:
                raise
            self._tell(instead)
        finally:
            exchange.close()

    def _fail(self, error: Exception) -> None:
        self._failure = error
        if (self._complete or self._left.is_set()) and not isinstance(error, OriginFailed | ClientGone):
            LOGGER.error("the application failed, and nobody is there who would be told", exc_info=error)
        before = self._head is None
        self.land(Landing(failure=error if before and isinstance(error, OriginFailed) else None), False)

    def _tell(self, head: Passing | FromStore) -> None:
        self._head = head
        self._news.set()
        if isinstance(head, FromStore):
            shared = not head.private and not head.stored.validate and self._is_stored(head)
            self.land(Landing(told=head if shared else None), shared)
        elif not head.shared:
            self.land(Landing(), False)

    def _is_stored(self, head: FromStore) -> bool:
        """Still: what a purge has overtaken is for who asked, and for nobody else."""
        return any(one is head.stored for one in self._desk.store.variants(self._asked.key))

    async def _drained(self) -> None:
        """Until who leads has taken all there is, or has left."""
        while self._pieces and not self._left.is_set():
            self._room.clear()
            await self._room.wait()

    async def _receive(self) -> Message:
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._begin(message)
        elif kind == "http.response.body" and not self._again:
            more = message.get("more_body", False)
            if isinstance(self._head, Passing):
                await self._hand_on(message.get("body", b""), more)
            elif more:
                raise ClientGone("what is stored is told in the place of this")
            self._complete = not more
            self._news.set()

    def _begin(self, message: Message) -> None:
        assert self._exchange is not None
        verdict = self._exchange.head(message["status"], fields_of(message))
        if isinstance(verdict, Again):
            self._again = True
        else:
            self._tell(verdict)

    async def _hand_on(self, piece: bytes, more: bool) -> None:
        exchange = self._exchange
        assert exchange is not None
        collected = exchange.collecting
        exchange.piece(piece)
        if not more:
            self.land(Landing(), exchange.end())
        elif collected and not exchange.collecting:
            self.land(Landing(), False)
        if piece and not self._left.is_set():
            self._pieces.append(piece)
            self._news.set()
        if more and not exchange.collecting:
            await self._drained()
        if self._left.is_set() and more and not exchange.collecting:
            raise ClientGone("nobody is there who would read the rest")
