"""The edge before an application: an ASGI application itself."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from plimsoll.edge import rules
from plimsoll.edge.figures import Figures
from plimsoll.edge.http.message import Field, Request
from plimsoll.edge.keys import primary, second
from plimsoll.edge.rules.policy import DEFAULT, Policy
from plimsoll.edge.serving.alone import Alone
from plimsoll.edge.serving.asgi import Application, Receive, Scope, Send, answer, refuse, request_of
from plimsoll.edge.serving.collecting import Budget
from plimsoll.edge.serving.exchange import Asked, Desk, FromStore
from plimsoll.edge.serving.fill import Fill
from plimsoll.edge.serving.flights import Flights, Landing
from plimsoll.edge.serving.origin.failing import OriginFailed
from plimsoll.edge.serving.problem import problem
from plimsoll.edge.serving.settings import Settings
from plimsoll.edge.store.entry import Limits, digest_of
from plimsoll.edge.store.purge import Purge
from plimsoll.edge.store.store import Store

# Who asks so gets an answer that is for him alone, or a part: nobody waits for it.
_NOT_SHARED: Final = frozenset(
    {b"authorization", b"range", b"if-none-match", b"if-modified-since", b"if-match", b"if-unmodified-since"}
    | {b"if-range"}
)

_WISHES: Final = frozenset({b"cache-control", b"pragma"})


class Edge:
    """Caches what `application` answers, as HTTP says it may be: `app = Edge(app)`.

    In one event loop. `limits` of the store, `policy` of the rules, `settings` of all else. `clock` gives seconds since
    1970. `on_failure` hears why there was no answer.
    """

    def __init__(
        self,
        application: Application,
        *,
        limits: Limits | None = None,
        policy: Policy = DEFAULT,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings or Settings()
        self.store = Store(limits)
        self.figures = Figures()
        keyed = frozenset(name.encode("ascii") for name in self.settings.keyed)
        budget = Budget(self.settings.filling_bytes)
        self._desk = Desk(self.store, policy, budget, clock, keyed, passed=self.figures.passed)
        self._follows = False
        self.on_failure: Callable[[OriginFailed], None] = lambda failure: None
        self._application = application
        self._flights = Flights(self.settings.pass_s, self.settings.passed)
        self._leading: set[asyncio.Task[None]] = set()
        self._behind: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = request_of(scope)
        key = primary(request)
        if key is None:  # who serves the application has let it through; it may know what to do
            await self._application(scope, receive, send)
            return
        now_s = self._desk.clock()
        found = rules.look(request, self.store.variants(key), now_s, self._desk.policy)
        if type(found) is rules.Answer and self._known(found.stored):
            await self._hit(send, request, key, found.stored, now_s)
            return
        await self._other(found, request, key, scope, receive, send, now_s)

    def tell_by(self, is_known: Callable[[], bool]) -> None:
        """From now on what carries tags is told only while this says that all is known of what has changed."""
        self._desk.is_known = is_known
        self._follows = True

    def tell_passes(self, hear: Callable[[Request, str], None]) -> None:
        """From now on this hears of each answer that is not stored, and why, in the words of `rules.Pass`."""
        self._desk.on_pass = hear

    @property
    def is_behind(self) -> bool | None:
        """Whether too little is known of changes to tell what carries tags; None where none are followed."""
        return not self._desk.is_known() if self._follows else None

    def purge(self, purge: Purge) -> int:
        """Done when it returns; how many stored responses it found. Fills under way do not bring them back."""
        return self.store.purge(purge)

    async def close(self) -> None:
        """Ends what goes on behind answers."""
        tasks = [*self._leading, *self._behind]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _known(self, stored: rules.Stored) -> bool:
        """Whether it is known well enough what has changed of what it rests on."""
        return not stored.tags or self._desk.is_known()

    async def _hit(self, send: Send, request: Request, key: bytes, stored: rules.Stored, now_s: float) -> None:
        self.store.hit(key, stored)
        reply = rules.answered(request, stored, now_s, self._desk.policy)
        self.figures.hits += 1
        self.figures.stored_bytes += len(reply.body)
        await answer(send, reply.status, reply.fields, reply.body)

    async def _other(
        self, found: rules.Look, request: Request, key: bytes, scope: Scope, receive: Receive, send: Send, now_s: float
    ) -> None:
        """All that is no plain hit."""
        if isinstance(found, rules.Refuse):
            await self._refuse(send, request, found.status, rules.unasked(self._desk.policy.name))
            return
        if isinstance(found, rules.Stale) and self._known(found.stored):
            self._validate_behind(scope, request, key, found)
            self.figures.stale += 1
            await self._hit(send, request, key, found.stored, now_s)
            return
        asked = _asked(found, request, key)
        if not self._may_share(asked):
            await self._go_alone(asked, scope, receive, send)
            return
        flight = self._flight_of(asked)
        waiting = self._flights.under_way(flight)
        if waiting is not None:
            await self._follow(waiting, asked, scope, receive, send)
        elif self._flights.passes(flight, now_s):
            await self._go_alone(asked, scope, receive, send)
        else:
            await self._lead(self._begin(flight, scope, asked), asked, receive, send)

    def _may_share(self, asked: Asked) -> bool:
        request = asked.request
        if request.method != "GET" or asked.because in ("bypass", "request"):
            return False
        fields = request.fields
        if any(name == b"cache-control" and b"no-store" in value.lower() for name, value in fields):
            return False
        return asked.conditions is not None or not any(name in _NOT_SHARED for name, _ in fields)

    def _flight_of(self, asked: Asked) -> bytes:
        """Of the key, and of what of the request is known to matter: the second key by the latest variant's Vary."""
        variants = self.store.variants(asked.key)
        vary = variants[0].vary if variants else ()
        return digest_of(asked.key, second(asked.request, vary) if vary else b"")

    def _begin(self, flight: bytes, scope: Scope, asked: Asked, tasks: "set[asyncio.Task[None]] | None" = None) -> Fill:
        """Under way, as a task of its own, that is among `tasks`."""
        tasks = self._leading if tasks is None else tasks
        self._flights.begin(flight)
        fill = Fill(self._desk, self._application, scope, asked)

        def land(landing: Landing, shared: bool) -> None:
            if self._flights.under_way(flight) is None:
                return
            self._flights.land(flight, landing)
            if landing.failure is not None and tasks is self._behind:
                self.on_failure(landing.failure)
            if shared:
                self.figures.stored += landing.told is None
                self._flights.note_shared(flight)
            elif landing.failure is None:
                self._flights.note_passed(flight, self._desk.clock())

        fill.land = land
        task = asyncio.create_task(fill.run())
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return fill

    def _validate_behind(self, scope: Scope, request: Request, key: bytes, found: rules.Stale) -> None:
        """One for all who come meanwhile, and so many at once."""
        request = replace(request, method="GET")
        asked = Asked(request, key, "stale", found.stored, tuple(found.fields))
        flight = self._flight_of(asked)
        if self._flights.under_way(flight) is not None or len(self._behind) >= self.settings.behind:
            return
        fill = self._begin(flight, scope, asked, self._behind)
        fill.leave()

    async def _lead(self, fill: Fill, asked: Asked, receive: Receive, send: Send) -> None:
        watching = asyncio.create_task(_left(receive, fill))
        try:
            await self._led(fill, asked, send)
        finally:
            fill.leave()
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _led(self, fill: Fill, asked: Asked, send: Send) -> None:
        try:
            head = await fill.head()
        except OriginFailed as failure:
            await self._fail(send, asked, failure)
            return
        if isinstance(head, FromStore):
            await self._tell(send, asked.request, head)
            return
        self.figures.forwarded += 1
        await send({"type": "http.response.start", "status": head.response.status, "headers": head.response.fields})
        more = True
        while more:
            piece, more = await fill.piece()
            self.figures.forwarded_bytes += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": more})

    async def _follow(
        self, waiting: "asyncio.Future[Landing]", asked: Asked, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Another has asked for the same: what that brings, within a while."""
        try:
            async with asyncio.timeout(self.settings.wait_s):
                landing = await asyncio.shield(waiting)
        except TimeoutError:
            landing = Landing()
        if landing.told is not None and self._fits(asked.request, landing.told.stored):
            await self._tell_collapsed(send, asked, landing.told.stored)
            return
        if landing.failure is not None:
            await self._fail(send, asked, landing.failure)
            return
        now_s = self._desk.clock()
        found = rules.look(asked.request, self.store.variants(asked.key), now_s, self._desk.policy)
        if isinstance(found, rules.Answer) and self._known(found.stored):
            self.store.hit(asked.key, found.stored)
            await self._tell_collapsed(send, asked, found.stored)
        elif isinstance(found, rules.Refuse):
            await self._refuse(send, asked.request, found.status, rules.unasked(self._desk.policy.name))
        else:
            await self._go_alone(_asked(found, asked.request, asked.key), scope, receive, send)

    def _fits(self, request: Request, stored: rules.Stored) -> bool:
        """Whether what another was told is for this request, too, which asks nothing of caches."""
        is_same = not stored.vary or second(request, stored.vary) == stored.second
        return is_same and self._known(stored) and not any(name in _WISHES for name, _ in request.fields)

    async def _go_alone(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Nobody waits for it."""
        going = Alone(self._desk, self._application, asked, receive, send)
        try:
            await going.run(scope)
        except OriginFailed as failure:
            if going.begun:
                raise
            await self._fail(send, asked, failure)
            return
        if going.instead is not None:
            await self._tell(send, asked.request, going.instead)
            return
        self.figures.forwarded += 1
        self.figures.stored += going.stored
        self.figures.forwarded_bytes += going.passed_bytes
        if going.stored:
            self._flights.note_shared(self._flight_of(asked))

    async def _tell(self, send: Send, request: Request, told: FromStore) -> None:
        reply = rules.answered(
            request, told.stored, self._desk.clock(), self._desk.policy, cache_status=told.cache_status
        )
        if b"fwd-status=304" in told.cache_status[1]:
            self.figures.renewed += 1
        else:
            self.figures.instead += 1
        self.figures.stored_bytes += len(reply.body)
        await answer(send, reply.status, [*reply.fields, *told.private], reply.body)

    async def _tell_collapsed(self, send: Send, asked: Asked, stored: rules.Stored) -> None:
        line = rules.forwarded(self._desk.policy.name, asked.because, collapsed=True)
        reply = rules.answered(asked.request, stored, self._desk.clock(), self._desk.policy, cache_status=line)
        self.figures.collapsed += 1
        self.figures.stored_bytes += len(reply.body)
        await answer(send, reply.status, reply.fields, reply.body)

    async def _fail(self, send: Send, asked: Asked, failure: OriginFailed) -> None:
        self.on_failure(failure)
        line = rules.unanswered(self._desk.policy.name, asked.because)
        await self._refuse(send, asked.request, failure.status, line)

    async def _refuse(self, send: Send, request: Request, status: int, cache_status: Field) -> None:
        self.figures.failed += 1
        await refuse(send, problem(status, None, cache_status), method=request.method)


def _asked(found: rules.Look, request: Request, key: bytes) -> Asked:
    """Why the application is asked, and with which conditions."""
    if isinstance(found, rules.Forward):
        return Asked(request, key, found.because, found.stored)
    if isinstance(found, rules.Validate):
        return Asked(request, key, found.because, found.stored, tuple(found.fields))
    if isinstance(found, rules.Stale):
        return Asked(request, key, "stale", found.stored, tuple(found.fields))
    return Asked(request, key, "bypass")


async def _left(receive: Receive, fill: Fill) -> None:
    """Returns when who asked has left; the fill is told."""
    while (await receive())["type"] != "http.disconnect":
        pass
    fill.leave()
