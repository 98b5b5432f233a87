"""A TCP proxy that does to a real server's connections what networks do: delay, stall, cut, reset, narrow them.

It has a thread and an event loop of its own, so that it goes on while the loop under test is busy, and can be
told from any thread:

    with FaultProxy(("127.0.0.1", 5432)) as proxy:
        connect(port=proxy.port)
        proxy.stall()          # bytes are held back, in both directions ...
        proxy.flow()           # ... and delivered
        proxy.cut()            # connections are closed in good order; reset() breaks them off
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import TypeVar

CHUNK_BYTES = 16 * 1024  # read at a time, and all that is held back of one direction of one connection
CONNECTIONS_MAX = 500  # more are closed at once
START_S = 10.0
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: closing sends RST
_T = TypeVar("_T")


class FaultProxy:
    """Listens on a free port of 127.0.0.1 and passes everything on to `upstream`: (host, port), or a socket's path."""

    def __init__(self, upstream: tuple[str, int] | str) -> None:
        self._upstream = upstream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, None] = {}
        self._delay_s = 0.0
        self._bytes_per_s: float | None = None
        self._refusing = False
        self.port = 0
        self.accepted = 0

    def __enter__(self) -> "FaultProxy":
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

    # -- faults -------------------------------------------------------------------------------------------------------

    def delay(self, seconds: float) -> None:
        """Holds every chunk back for so long, in each direction; 0 ends it."""
        self._do(lambda: setattr(self, "_delay_s", seconds))

    def limit(self, bytes_per_s: float | None) -> None:
        """Lets so many bytes a second through, in each direction of each connection; None ends it."""
        self._do(lambda: setattr(self, "_bytes_per_s", bytes_per_s))

    def stall(self) -> None:
        """Lets nothing through, and says nothing: connections stay open, new ones are accepted."""
        self._do(self._flowing.clear)

    def flow(self) -> None:
        """Ends `stall`; what was held back arrives."""
        self._do(self._flowing.set)

    def refuse(self, refusing: bool = True) -> None:
        """Closes new connections at once, as a server that is starting up or has died behind its balancer."""
        self._do(lambda: setattr(self, "_refusing", refusing))

    def lead(self, upstream: tuple[str, int] | str) -> None:
        """New connections go there from now on, as to a server that was started anew, or after a failover."""
        self._do(lambda: setattr(self, "_upstream", upstream))

    def cut(self) -> int:
        """Closes all connections in good order (FIN); says how many there were."""
        return self._do(lambda: self._end(reset=False))

    def reset(self) -> int:
        """Breaks all connections off (RST); says how many there were."""
        return self._do(lambda: self._end(reset=True))

    @property
    def connections(self) -> int:
        """How many are open now."""
        return self._do(lambda: len(self._writers)) // 2

    def _do(self, act: Callable[[], _T]) -> _T:
        done: Future[_T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(act()))
        return done.result(START_S)

    # -- passing on ---------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refusing or len(self._writers) // 2 >= CONNECTIONS_MAX:
            writer.close()
            return
        try:
            their_reader, their_writer = await self._open()
        except OSError:
            writer.close()
            return
        self._writers |= {writer: None, their_writer: None}
        try:
            with contextlib.suppress(asyncio.CancelledError):  # by _close; asyncio.streams would log it
                await asyncio.gather(self._pass(reader, their_writer), self._pass(their_reader, writer))
        finally:
            for end in (writer, their_writer):
                self._writers.pop(end, None)
                end.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._upstream, str):
            return await asyncio.open_unix_connection(self._upstream, limit=CHUNK_BYTES)
        return await asyncio.open_connection(*self._upstream, limit=CHUNK_BYTES)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if self._bytes_per_s:
                    await asyncio.sleep(len(chunk) / self._bytes_per_s)
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()

    def _end(self, *, reset: bool) -> int:
        count = len(self._writers) // 2
        for writer in self._writers:
            if reset:
                sock: socket.socket = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                writer.transport.abort()
            else:
                writer.close()
        return count

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        self._flowing.set()
        self._end(reset=True)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
