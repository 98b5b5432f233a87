"""The application: plain ASGI over a pool of asyncpg. Small, so that what is slow is what was ordered."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs

import asyncpg

from plimsoll.testing.shop import database as sql
from plimsoll.testing.shop.switches import Switches

Answer = tuple[int, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
NOT_FOUND: Final[Answer] = (404, {"error": "no such thing"})
OPEN_S: Final = 30.0
_FAILURES: Final = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError,
)  # fmt: skip


class Shop:
    """`dsn` may hold a password: it is given to the pool and shown nowhere. `failure` says why it could not start."""

    def __init__(self, dsn: str, switches: Switches, random: Random) -> None:
        self._dsn = dsn
        self._switches = switches
        self._random = random
        self._pool: Any = None
        self.failure = ""
        self._budget = max(1.0, (switches.requests_per_s or 0.0) / 10)
        self._refilled_s = time.monotonic()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await _answer(send, *await self._handled(scope))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        least = self._switches.pool if self._switches.pool_min is None else self._switches.pool_min
        named = {"application_name": "shop"}
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn, min_size=least, max_size=self._switches.pool, server_settings=named
            )
        except _FAILURES as error:
            self.failure = f"{type(error).__name__}: {error}"
            await send({"type": "lifespan.startup.failed", "message": self.failure})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._pool.terminate()
        await send({"type": "lifespan.shutdown.complete"})

    async def _handled(self, scope: Mapping[str, Any]) -> Answer:
        if refused := self._refused(scope):
            return refused
        _compute(self._switches.cpu_ms / 1000)
        try:
            return await self._routed(scope)
        except _FAILURES as error:
            return 500, {"error": f"{type(error).__name__}: {error}"}

    def _refused(self, scope: Mapping[str, Any]) -> Answer | None:
        switches = self._switches
        if switches.token and dict(scope["headers"]).get(b"authorization") != f"Bearer {switches.token}".encode():
            return 401, {"error": "who are you"}
        if switches.requests_per_s is not None and not self._within(switches.requests_per_s):
            return 429, {"error": "too many requests"}
        if self._random.random() < switches.error_rate:
            return 500, {"error": "KeyError: 'discount'"}
        return None

    def _within(self, per_s: float) -> bool:
        """A bucket that holds what a tenth of a second allows."""
        now = time.monotonic()
        self._budget = min(max(1.0, per_s / 10), self._budget + (now - self._refilled_s) * per_s)
        self._refilled_s = now
        if self._budget < 1:
            return False
        self._budget -= 1
        return True

    async def _routed(self, scope: Mapping[str, Any]) -> Answer:
        query = {name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()}
        match (scope["method"], *scope["path"].strip("/").split("/")):
            case ("GET", "products"):
                return await self._list(int(query.get("after", "0")))
            case ("GET", "products", number):
                return await self._product(int(number))
            case ("POST", "products", number, "purchase"):
                return await self._purchase(int(number), int(query["customer"]))
            case ("GET", "customers", number, "orders"):
                return await self._orders(int(number))
            case ("GET", "report"):
                return await self._report(int(query.get("from", "1")))
            case ("GET", "account"):
                return await self._account(int(query["from"]), int(query["rows"]))
        return NOT_FOUND

    async def _list(self, after: int) -> Answer:
        async with self._pool.acquire(timeout=OPEN_S) as connection:
            rows = await connection.fetch(sql.PAGE, after, self._switches.page)
            if self._switches.n_plus_one:
                rows = [await connection.fetchrow(sql.PRODUCT, row["id"]) for row in rows]
        return 200, [[row["id"], row["name"], str(row["price"])] for row in rows]

    async def _product(self, number: int) -> Answer:
        async with self._pool.acquire(timeout=OPEN_S) as connection:
            row = await connection.fetchrow(sql.PRODUCT, number)
            reviews = await connection.fetch(sql.REVIEWS_OF, number)
        if row is None:
            return NOT_FOUND
        return 200, {"name": row["name"], "stock": row["stock"], "stars": [one["stars"] for one in reviews]}

    async def _purchase(self, number: int, customer: int) -> Answer:
        if self._switches.outside_ms:  # the address is checked
            await asyncio.sleep(self._switches.outside_ms / 1000)
        async with self._pool.acquire(timeout=OPEN_S) as connection, connection.transaction():
            await connection.execute(sql.ORDER, customer, number, 1)
            if self._switches.hold_ms:  # the payment's provider is asked, within the transaction
                await asyncio.sleep(self._switches.hold_ms / 1000)
            await connection.execute(sql.TAKE, number)
        return 201, {"product": number}

    async def _orders(self, customer: int) -> Answer:
        async with self._pool.acquire(timeout=OPEN_S) as connection:
            rows = await connection.fetch(sql.ORDERS_OF, customer)
        return 200, [[row["id"], row["amount"]] for row in rows]

    async def _report(self, first: int) -> Answer:
        async with self._pool.acquire(timeout=OPEN_S) as connection:
            rows = await connection.fetch(sql.REPORT, first)
        return 200, [list(row) for row in rows]

    async def _account(self, first: int, count: int) -> Answer:
        async with self._pool.acquire(timeout=OPEN_S) as connection:
            return 200, await connection.fetchval(sql.STATEMENT_OF_ACCOUNT, first, count)


def _compute(seconds: float) -> None:
    """CPU time of this thread, so that a crowded core makes it take longer."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def _answer(send: Send, status: int, body: Any) -> None:
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
