"""An HTTP server of known capacity: so many slots, each of which takes the same time for every request.

It carries exactly slots / service time requests a second; what comes faster waits in the order in which it came:

    with SlotServer(slots=8, service_s=0.02) as server:    # 400 requests a second
        load(server.url)

A request's time is decided when it arrives, from those before it, and not by how late a timer is, so that the capacity
is that of the definition on a busy machine too. It runs in a thread of its own.
"""

import asyncio
import heapq
import threading
from types import TracebackType
from typing import Final

REPLY: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
HEAD_END: Final = b"\r\n\r\n"
HEAD_BYTES_MAX: Final = 64 * 1024
START_S: Final = 10.0


class SlotServer:
    """Listens on a free port of 127.0.0.1 while its context lasts. Requests have no bodies; any path will do."""

    def __init__(self, *, slots: int, service_s: float) -> None:
        self.slots = slots
        self.service_s = service_s
        self.port = 0
        self._free_s = [0.0] * slots  # when each slot is free next, by the loop's clock; a heap
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def capacity(self) -> float:
        """Requests a second."""
        return self.slots / self.service_s

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "SlotServer":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="slot server", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
        self._loop.close()

    def done_at(self, now_s: float) -> float:
        """Takes the slot that is free first, for a request that arrives now; when it will be done."""
        done = max(now_s, self._free_s[0]) + self.service_s
        heapq.heapreplace(self._free_s, done)
        return done

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(lambda: _Connection(self, self._connections), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One client; its requests are answered in order, as each waits for the answer to the one before."""

    def __init__(self, server: SlotServer, open_ones: "set[_Connection]") -> None:
        self._server = server
        self._open = open_ones
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._open.discard(self)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while HEAD_END in self._received:
            _, _, self._received = self._received.partition(HEAD_END)
            loop = asyncio.get_running_loop()
            loop.call_at(self._server.done_at(loop.time()), self._answer)
        if len(self._received) > HEAD_BYTES_MAX:
            self.close()

    def _answer(self) -> None:
        if self._transport is not None:
            self._transport.write(REPLY)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
