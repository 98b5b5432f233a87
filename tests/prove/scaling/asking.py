"""Requests in an open loop, each accounted for: whether it was answered, how late, and if not, whether it had begun to
be. Nothing is sent again from here: what is lost is lost.

A POST has a connection of its own. On one that had requests before, HAProxy closes without an answer and without a line
in its log when a worker dies of a POST, so that nobody could say later where it had been.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httptools

ANSWER_S_MAX: Final = 90.0  # a worker that hangs is found after some 20 s
IDLE_S_MAX: Final = 5.0  # of a connection; HAProxy closes one after 15 s
LOOK_S: Final = 0.01
OPEN_MAX: Final = 5000  # requests at once; what would be more is not sent, and counts as failed
KINDS: Final = ("post", "post", "stream", *("get",) * 7)  # by the last digit of a request's number


@dataclass(slots=True)
class Asked:
    """One request; times of one clock. `first`: when the first byte of an answer was here. `status` 0: there was none,
    or not the whole of it, and `why`."""

    number: int
    kind: str
    due: float
    began: float = 0.0
    sent: bool = False  # there was a connection
    first: float | None = None
    ended: float = 0.0
    status: int = 0
    why: str = ""

    @property
    def good(self) -> bool:
        return self.status == 200 and not self.why

    @property
    def latency_s(self) -> float:
        return self.ended - self.due

    @property
    def idempotent(self) -> bool:
        return self.kind != "post"


class Connection(asyncio.Protocol):
    """One to the balancer, with one request at a time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.usable, self.since = True, now()
        self._now = now
        self._asked: Asked | None = None
        self._answered: asyncio.Future[None] | None = None
        self._body = b""
        self._transport: asyncio.Transport | None = None

    async def ask(self, asked: Asked) -> None:
        """Fills in what came of it. Raises ConnectionError where nothing more comes before its answer is whole."""
        assert self._transport is not None
        self._asked, self._body = asked, b""
        self._parser = httptools.HttpResponseParser(self)
        self._answered = asyncio.get_running_loop().create_future()
        head = f"/{asked.kind}/{asked.number} HTTP/1.1\r\nhost: shop.test\r\n"
        asked.began, asked.sent = self._now(), True
        method = "GET" if asked.idempotent else "POST"
        body = "" if asked.idempotent else "content-length: 2\r\n\r\nok"
        self._transport.write(f"{method} {head}{body or chr(13) + chr(10)}".encode())
        await self._answered
        self.since = self._now()
        asked.status = self._parser.get_status_code()
        if asked.status == 200 and self._body != str(asked.number).encode():
            asked.why = "another's answer"

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._asked is not None and self._asked.first is None:
            self._asked.first = self._now()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._over(ConnectionError(f"no HTTP: {error}"))

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.usable = self.usable and self._parser.should_keep_alive()
        self._over(None)

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        self._over(error if isinstance(error, ConnectionError) else ConnectionError("closed"))

    def _over(self, error: ConnectionError | None) -> None:
        answered, self._answered = self._answered, None
        if answered is not None and not answered.done():
            answered.set_exception(error) if error else answered.set_result(None)


@dataclass
class Load:
    """So many requests a second, at their times however long answers take, until it is told to end."""

    port: int
    rate: float
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle: list[Connection] = []
        self._open: set[asyncio.Task[None]] = set()
        self._ends = asyncio.Event()
        self._happens = asyncio.Event()

    @property
    def now(self) -> float:
        return self._loop.time()

    async def run(self) -> None:
        """Returns when the last answer has come."""
        begun = self.now
        while not self._ends.is_set():
            due = begun + len(self.asked) / self.rate
            if due > self.now:
                await asyncio.sleep(due - self.now)
            number = len(self.asked) + 1
            asked = Asked(number, KINDS[number % len(KINDS)], due)
            self.asked.append(asked)
            self._happens.set()
            if len(self._open) >= OPEN_MAX:
                asked.began = asked.ended = self.now
                asked.why = "not sent: too many wait"
                continue
            task = self._loop.create_task(self._one(asked))
            self._open.add(task)
            task.add_done_callback(self._open.discard)
        while self._open:
            await asyncio.wait(set(self._open))
        for connection in self._idle:
            connection.close()

    def end(self) -> None:
        self._ends.set()

    def cancel(self) -> None:
        self.end()
        for task in self._open:
            task.cancel()

    async def goes_on(self, seconds: float) -> None:
        """Returns when as many more requests were sent as there are in that time."""
        wanted = len(self.asked) + int(seconds * self.rate)
        await self._until(lambda: len(self.asked) >= wanted)

    async def answered(self) -> None:
        """Returns when one that began later was answered well."""
        begun = len(self.asked)
        await self._until(lambda: any(one.good for one in self.asked[begun:]))

    async def _until(self, holds: Callable[[], bool]) -> None:
        """Looked at after each request that was sent or answered."""
        while not holds():
            self._happens.clear()
            await self._happens.wait()

    async def _one(self, asked: Asked) -> None:
        connection: Connection | None = None
        asked.began = self.now
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                connection = await self._connection(anew=not asked.idempotent)
                await connection.ask(asked)
        except OSError as error:
            asked.why = error.strerror or str(error) or type(error).__name__
        finally:
            asked.ended = self.now
            self._happens.set()
            if connection is not None and connection.usable and asked.idempotent and not asked.why:
                self._idle.append(connection)
            elif connection is not None:
                connection.close()

    async def _connection(self, *, anew: bool) -> Connection:
        """The one that was used last, if it is still open."""
        while self._idle and not anew:
            connection = self._idle.pop()
            if connection.usable and self.now - connection.since < IDLE_S_MAX:
                return connection
            with suppress(OSError):
                connection.close()
        _, made = await self._loop.create_connection(lambda: Connection(self._loop.time), "127.0.0.1", self.port)
        return made
