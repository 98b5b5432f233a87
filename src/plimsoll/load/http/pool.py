"""Where a user's connections come from: its own, or a pool of the process."""

import asyncio
from collections import deque

from plimsoll.load.http.connection import HttpConnection


class ConnectionPool:
    """At most `size` connections for all users of the process, given out in order of asking."""

    def __init__(self, size: int) -> None:
        self._idle: list[HttpConnection] = []
        self._left = size  # that may still be opened
        self._asking: deque[asyncio.Future[HttpConnection | None]] = deque()

    async def acquire(self) -> HttpConnection | None:
        """An open connection, or None: the right to open one."""
        while self._idle:
            connection = self._idle.pop()
            if connection.transport is not None:
                return connection
            self._left += 1
        if self._left:
            self._left -= 1
            return None
        asked: asyncio.Future[HttpConnection | None] = asyncio.get_running_loop().create_future()
        self._asking.append(asked)
        try:
            return await asked
        except asyncio.CancelledError:
            if asked.done() and not asked.cancelled():
                self.release(asked.result())
            raise

    def release(self, connection: HttpConnection | None) -> None:
        """Gives a connection back; None, or one that is closed, leaves the right to open another."""
        usable = connection if connection is not None and connection.transport is not None else None
        while self._asking:
            asked = self._asking.popleft()
            if not asked.done():
                asked.set_result(usable)
                return
        if usable is not None:
            self._idle.append(usable)
        else:
            self._left += 1

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()
