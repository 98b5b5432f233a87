"""One user's side of HTTP: its connection, cookies and headers, and how one request is carried through.

A request may take several exchanges: one that found a kept connection closed is tried once more where that can do no
harm, and redirects within the origin are followed.
"""

from __future__ import annotations

import asyncio
import re
import time
from random import Random
from time import monotonic_ns
from typing import Final, Protocol

from plimsoll.core.errors import UsageError
from plimsoll.load.http.connection import HttpConnection
from plimsoll.load.http.cookies import Cookies
from plimsoll.load.http.exchange import Exchange
from plimsoll.load.http.failures import HttpFailure, Phase, timeout
from plimsoll.load.http.headers import Headers
from plimsoll.load.http.reply import Judge, Reply
from plimsoll.load.http.request import READING, Request, RequestOptions, UserHeaders, head_of, make_request
from plimsoll.load.http.site import Site

REDIRECTS_MAX: Final = 10
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
FORGET_S_MAX: Final = 86_400.0  # later is looked at again then
HEADS_MAX: Final = 1_000  # heads kept ready; beyond it they are all forgotten and made anew
# The first cookie of a head, or its end: one pass over a head that sets none takes half of what lower() and find() do.
COOKIE_OR_END: Final = re.compile(rb"\n(?:([Ss][Ee][Tt]-[Cc][Oo][Oo][Kk][Ii][Ee]:)|\r\n)").search


class Holder(Judge, Protocol):
    """The user: its deadline is swept, and a step of its whose reply cannot be read has failed."""

    deadline_ns: int


class HttpSession:
    """`heads` has requests that need nothing but a path, ready to be sent; `idle` is the user's own connection."""

    __slots__ = (
        "_connection",
        "_forgets_at",
        "_forgetting",
        "_holder",
        "_random",
        "busy",
        "cookies",
        "first_byte_ns",
        "headers",
        "heads",
        "idle",
        "overdue",
        "phase",
        "root",
        "site",
        "url",
        "whole_ns",
    )

    def __init__(self, site: Site, holder: Holder, random: Random) -> None:
        self.site = site
        self.heads: dict[tuple[str, str], bytes] = {}
        self.headers = UserHeaders(self.heads.clear)
        secure = site.origin.scheme == "https"
        self.cookies = Cookies(site.origin.host, secure=secure, now=time.time, changed=self.heads.clear)
        self.idle: HttpConnection | None = None
        self.busy = False
        self.phase: Phase = "first byte"
        self.overdue = ""  # what the last request that was given up counts as, had it run out of time
        self.first_byte_ns = site.limits.first_byte_ns
        self.whole_ns = site.limits.whole_ns
        self.root = site.origin.root
        self.url = site.origin.url
        self._forgets_at = float("inf")  # when a cookie expires that what is kept ready may hold, in seconds since 1970
        self._forgetting: asyncio.TimerHandle | None = None
        self._connection: HttpConnection | None = None
        self._holder = holder
        self._random = random

    # -- one request --------------------------------------------------------------------------------------------------

    def make(self, method: str, path: str, options: RequestOptions) -> Request:
        """Raises UsageError for what no request can be made of."""
        return make_request(self.site.origin, method, path, options, self._random, self.site.directory)

    async def fetch(
        self, request: Request, exchange: Exchange, *, redirects: bool, first: Reply | None = None
    ) -> Reply:
        """The response, after redirects; `first` is one that has come already.

        Raises HttpFailure, and UsageError for a file that cannot be sent.
        Left with by failure or by being cancelled, no connection stays in use.
        """
        self.busy = True
        try:
            for _ in range(REDIRECTS_MAX + 1):
                reply, first = first or await self._exchanged(request, exchange), None
                target = self._redirected(request, reply) if redirects and reply.status in REDIRECTS else None
                if target is None:
                    return reply
                request = request.redirected(reply.status, target)
        except BaseException:
            self.give_up(self._connection)
            raise
        finally:
            self.busy = False
        raise HttpFailure(f"protocol: more than {REDIRECTS_MAX} redirects", request.target.partition("?")[0])

    def _redirected(self, request: Request, reply: Reply) -> str | None:
        location = reply.headers.get("location")
        return None if location is None else self.site.origin.redirected(request.target, location)

    async def _exchanged(self, request: Request, exchange: Exchange) -> Reply:
        connection = self._connection = await self._acquired(exchange)
        try:
            await self._sent(connection, request, exchange)
        except HttpFailure as failure:
            if not (failure.stale and request.retriable):
                raise
            exchange.retries += 1
            connection.close()
            connection = self._connection = await self._opened(exchange)
            await self._sent(connection, request, exchange)
        return self._taken(connection, request, exchange)

    async def _sent(self, connection: HttpConnection, request: Request, exchange: Exchange) -> None:
        exchange.started = exchange.started or monotonic_ns()
        head, body = self._head(request), request.body
        whole = b"" if body is None else body.whole
        message = head if whole is None else head + whole
        self._enter("first byte" if whole is not None else "send", exchange)
        response = connection.send(
            message,
            self._holder,
            exchange.whole_by_ns,
            bodiless=request.method == "HEAD",
            bytes_max=exchange.bytes_max,
        )
        exchange.sent += len(message)
        try:
            if whole is None and body is not None:
                await self._streamed(connection, request, exchange)
            await response
        finally:
            exchange.first_byte_at = connection.first_byte_ns
            exchange.received += connection.received
            response.cancel()  # should sending have failed: nobody waits for it any more

    async def _streamed(self, connection: HttpConnection, request: Request, exchange: Exchange) -> None:
        assert request.body is not None
        async for piece in request.body.pieces():
            self._enter("send", exchange)
            if not await connection.write(piece):
                connection.cut_short = True  # answered, or gone, before it had all: nothing may follow on it
                return
            exchange.sent += len(piece)
        self._enter("first byte", exchange)

    def _head(self, request: Request) -> bytes:
        return head_of(self.site.origin, request, self.headers, self.cookies.header(request.target))

    def _taken(self, connection: HttpConnection, request: Request, exchange: Exchange) -> Reply:
        """The response, and the connection given back."""
        finished = monotonic_ns()
        url = self.root + request.target
        reply = Reply(connection.status, connection.head, connection.body, url, exchange.times(finished), self._holder)
        self.learn(connection.head, request.target)
        self.give_back(connection)
        return reply

    def authorize(self, value: str) -> None:
        """Sends this Authorization header with every request from now on; "" for none."""
        if value:
            self.headers["Authorization"] = value
        else:
            self.headers.pop("Authorization", None)

    def learn(self, head: bytes, target: str) -> None:
        """Takes the cookies that a response sets."""
        found = COOKIE_OR_END(head)
        if found is not None and found.lastindex:
            self.cookies.receive(Headers(head).get_all("set-cookie"), target)

    def keep_ready(self, method: str, path: str, request: Request) -> None:
        """Keeps the bytes of a request that nothing but the user's headers and cookies can change."""
        if request.body is not None or method not in READING:
            return
        if request.target != self.site.origin.prefix + path:  # encoded: its URL is not to be had by putting it behind
            return
        if len(self.heads) >= HEADS_MAX:
            self.heads.clear()
        self.heads[method, path] = self._head(request)
        if self.cookies.next_expiry < self._forgets_at:
            self._forget_in_time()

    def _forget_in_time(self) -> None:
        """What is kept ready holds cookies, of which one will expire."""
        if self._forgetting is not None:
            self._forgetting.cancel()
        self._forgets_at = self.cookies.next_expiry
        left_s = max(0.0, self._forgets_at - time.time())
        self._forgetting = asyncio.get_running_loop().call_later(min(left_s, FORGET_S_MAX), self._forget)

    def _forget(self) -> None:
        self._forgets_at = float("inf")
        self.heads.clear()
        self.cookies.forget_expired()

    # -- connections --------------------------------------------------------------------------------------------------

    async def _acquired(self, exchange: Exchange) -> HttpConnection:
        connection, self.idle = self.idle, None
        if self.site.pool is not None:
            self._enter("pool", exchange)
            connection = await self.site.pool.acquire()
            if connection is None or connection.transport is None:
                return await self._opened_for_pool(exchange)
        if connection is not None and connection.transport is not None:
            return connection
        return await self._opened(exchange)

    async def _opened_for_pool(self, exchange: Exchange) -> HttpConnection:
        """What is not opened must be given back all the same: it is the right to open one."""
        assert self.site.pool is not None
        try:
            return await self._opened(exchange)
        except BaseException:
            self.site.pool.release(None)
            raise

    async def _opened(self, exchange: Exchange) -> HttpConnection:
        connection = await self.site.connector.open(lambda phase: self._enter(phase, exchange))
        exchange.connect_ns += connection.connect_ns
        exchange.tls_ns += connection.tls_ns
        return connection

    def _enter(self, phase: Phase, exchange: Exchange) -> None:
        limits = self.site.limits
        limit_ns = limits.connect_ns if phase in ("connect", "tls") else limits.first_byte_ns
        self.phase = phase
        self._holder.deadline_ns = min(exchange.whole_by_ns, monotonic_ns() + limit_ns)

    def give_back(self, connection: HttpConnection) -> None:
        """After a response: kept where both sides want that."""
        self._connection = None
        connection.forget()
        if not connection.keep or connection.cut_short:
            connection.close()
        if self.site.pool is not None:
            self.site.pool.release(connection)
        elif connection.transport is not None:
            self.idle = connection

    def give_up(self, connection: HttpConnection | None) -> None:
        """Closes the connection in use, whatever it is doing, and says what it was waiting for."""
        self._connection, self.busy = None, False
        self.overdue = timeout(self._phase_of(connection))
        self.phase = "first byte"  # which the hot path does not enter
        if connection is None:
            return
        connection.close()
        if self.site.pool is not None:
            self.site.pool.release(None)

    def _phase_of(self, connection: HttpConnection | None) -> Phase:
        if connection is not None and connection.received:
            return "body"
        return "send" if connection is not None and connection.is_stuck else self.phase

    def close(self) -> None:
        self.give_up(self._connection)
        if self._forgetting is not None:
            self._forgetting.cancel()
        if self.idle is not None:
            self.idle.close()
            self.idle = None


def refuse_second(session: HttpSession) -> None:
    """Raises UsageError while a request is under way, which another would harm."""
    if session.busy:
        raise UsageError(
            "one user does one thing at a time",
            why="another request of this user is under way",
            remedy="await one step after another",
        )
