"""Passes what waits at a dead worker's socket to workers that serve.

    python -I -S passing.py DESCRIPTOR UNTIL PATH...

What comes after a worker's death and before the balancer knows of it waits in the queue of its listening socket, for
the next process there. Where none can start for now, that may be long, and the balancer cannot take back what it has
sent. So connections are taken from the queue, and each is joined to the next PATH; once all have ended this ends. After
UNTIL, by the monotonic clock, none is taken: then the next process may be there, and is asked whether it is ready.
Standard library only.
"""

import asyncio
import os
import socket
import sys
import time
from contextlib import suppress
from itertools import count

LIFE_S_MAX = 3600.0  # the balancer ends what lasts before, by its own limits
CONNECTIONS_MAX = 1000  # what is more stays in the queue
PIECE_BYTES = 65536
Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Passing:
    def __init__(self, held: socket.socket, until: float, paths: list[str]) -> None:
        self.held, self.until, self.paths = held, until, paths
        self.turn = count()
        self.tasks: set[asyncio.Task[None]] = set()

    def take(self) -> None:
        """Every connection that waits now."""
        while len(self.tasks) < CONNECTIONS_MAX and time.monotonic() < self.until:
            try:
                taken, _ = self.held.accept()
            except OSError:
                return  # none is left, or who came has gone
            taken.setblocking(False)
            task = asyncio.get_running_loop().create_task(self.join(taken))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def join(self, taken: socket.socket) -> None:
        """Where nobody takes it, it is closed: then the balancer knows that it was not answered."""
        here = await asyncio.open_unix_connection(sock=taken)
        there = None
        try:
            there = await self.connect()
            if there is not None:
                asking = asyncio.ensure_future(pump(here[0], there[1]))
                await pump(there[0], here[1])
                asking.cancel()  # who answers has ended it
        finally:
            for ends in (here, there):
                if ends is not None:
                    ends[1].close()
                    with suppress(OSError):
                        await ends[1].wait_closed()  # what is left of an answer is sent

    async def connect(self) -> Ends | None:
        for _ in self.paths:
            with suppress(OSError):
                return await asyncio.open_unix_connection(self.paths[next(self.turn) % len(self.paths)])
        return None


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends, which the other is told."""
    with suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        return
    writer.close()


async def main(held: socket.socket, until: float, paths: list[str]) -> None:
    passing, loop = Passing(held, until, paths), asyncio.get_running_loop()
    loop.add_reader(held, passing.take)
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    loop.remove_reader(held)
    if passing.tasks:
        await asyncio.wait(passing.tasks, timeout=LIFE_S_MAX)


if __name__ == "__main__":
    descriptor, free_until, where = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    if os.get_blocking(descriptor):  # by its other holders, the next worker among them: not ours to change
        sys.exit()
    asyncio.run(main(socket.socket(fileno=os.dup(descriptor)), free_until, where))
