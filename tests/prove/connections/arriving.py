"""An open loop: requests begin when the plan says, whatever became of those before; from there their time counts."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

OPEN_MAX = 1500  # connections; an arrival beyond is counted and not sent
REQUEST = b"GET / HTTP/1.1\r\nhost: shop.test\r\n\r\n"
LOST = 0  # the connection ended without an answer
UNSENT = -1


@dataclass
class Seen:
    """`took_s` of what was answered with 200, `late_s` by how much it began later than planned. `statuses` count
    everything; LOST and UNSENT are no statuses of HTTP.
    """

    seconds: float
    took_s: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0

    @property
    def accepted(self) -> int:
        return self.statuses[200]

    @property
    def refused(self) -> int:
        return self.statuses[503]

    @property
    def failed(self) -> int:
        return self.statuses.total() - self.accepted - self.refused

    def quantile_ms(self, part: float) -> float:
        return _quantile_ms(self.took_s, part)

    @property
    def late_ms_p99(self) -> float:
        return _quantile_ms(self.late_s, 0.99)


def _quantile_ms(values: list[float], part: float) -> float:
    """By nearest rank."""
    ranked = sorted(values)
    return 1000 * ranked[min(len(ranked) - 1, int(part * len(ranked)))] if ranked else float("nan")


class Connection(asyncio.Protocol):
    """One request at a time; the next one when it was answered."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[tuple[int, bool]] | None = None
        self.is_open = True
        self._said = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self) -> "asyncio.Future[tuple[int, bool]]":
        """Status, and whether it says when to come again."""
        self.answered = asyncio.get_running_loop().create_future()
        self._transport.write(REQUEST)
        return self.answered

    def data_received(self, data: bytes) -> None:
        self._said += data
        head, end, body = self._said.partition(b"\r\n\r\n")
        lowered = head.lower()
        length = int(lowered.partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
        if end and len(body) >= length and self.answered is not None and not self.answered.done():
            self._said = b""
            if b"\r\nconnection: close" in lowered:
                self.close()
            self.answered.set_result((int(head[9:12]), b"\r\nretry-after: " in lowered))

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        if self.answered is not None and not self.answered.done():
            self.answered.set_result((LOST, True))

    def close(self) -> None:
        self.is_open = False
        self._transport.close()


class Clients:
    """Connections to one port, kept and used again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []
        self._made = set[Connection]()
        self._open = 0

    async def arrive(self, per_s: float, seconds: float, seed: int) -> Seen:
        """Poisson arrivals of so many a second; returns when all that were sent are answered."""
        loop, chance, seen = asyncio.get_running_loop(), Random(seed), Seen(seconds)
        begin = due = loop.time()
        asking = set[asyncio.Task[None]]()
        while (due := due + chance.expovariate(per_s)) < begin + seconds:
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            seen.late_s.append(loop.time() - due)
            task = asyncio.create_task(self._ask(due, seen))
            asking.add(task)
            task.add_done_callback(asking.discard)
        await asyncio.gather(*asking)
        return seen

    async def keep_asking(self, clients: int, seen: Seen) -> None:
        """So many, each again once it is answered. Ends by cancelling."""

        async def one() -> None:
            while True:
                await self._ask(asyncio.get_running_loop().time(), seen)

        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(one())

    async def _ask(self, due: float, seen: Seen) -> None:
        loop = asyncio.get_running_loop()
        if (connection := await self._taken()) is None:
            seen.statuses[UNSENT] += 1
            return
        status, told = await connection.ask()
        if status == 200:
            seen.took_s.append(loop.time() - due)
        seen.statuses[status] += 1
        seen.without_retry_after += status == 503 and not told
        if connection.is_open:
            self._idle.append(connection)
        else:
            self._open -= 1
            self._made.discard(connection)

    async def _taken(self) -> Connection | None:
        while self._idle:
            if (connection := self._idle.pop()).is_open:
                return connection
            self._open -= 1
            self._made.discard(connection)
        if self._open >= OPEN_MAX:
            return None
        self._open += 1
        _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", self._port)
        self._made.add(connection)
        return connection

    def close(self) -> None:
        for connection in self._made:
            connection.close()
