"""One worker of Granian on a listening descriptor: `python -m plimsoll.scale.supervisor.granian_worker APP FD S IDLE`.

It has S seconds to end, and closes connections that idle for IDLE seconds.

Granian promises no way to be given a descriptor, so this stands on its embedded server's inner names, in the version
that is pinned. One process, not two: that which serves is that which the keeper watches.
"""

import argparse
import asyncio
import functools
import importlib
import signal
import sys
from typing import Any

from granian import _granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.server import embed

BACKLOG = 1024


_SERVER: Any = embed.Server
_HOLDER: Any = _granian.SocketHolder  # its stub leaves out how it is made


class Held(_SERVER):  # type: ignore[misc]
    """Serves at a socket that somebody else holds."""

    def __init__(self, application: Any, fd: int, keep_alive_s: int) -> None:
        http1 = HTTP1Settings(header_read_timeout=keep_alive_s * 1000)  # from the answer before on
        super().__init__(application, interface=Interfaces.ASGI, log_access=False, http1_settings=http1)
        self._held_fd = fd

    def _init_shared_socket(self) -> None:
        self._shd = _HOLDER(self._held_fd, True, BACKLOG)
        self._sfd = self._shd.get_fd()


async def serve(application: Any, fd: int, stop_s: float, keep_alive_s: int) -> None:
    server, told = Held(application, fd, keep_alive_s), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    async with asyncio.timeout(stop_s):
        await serving


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("application")
    parser.add_argument("fd", type=int)
    parser.add_argument("stop_s", type=float)
    parser.add_argument("keep_alive_s", type=int)
    parser.add_argument("--factory", action="store_true")
    asked = parser.parse_args()
    sys.path.insert(0, "")
    module, _, name = asked.application.partition(":")
    found: Any = functools.reduce(getattr, name.split("."), importlib.import_module(module))
    application = found() if asked.factory else found
    asyncio.run(serve(application, asked.fd, asked.stop_s, asked.keep_alive_s))


if __name__ == "__main__":
    main()
