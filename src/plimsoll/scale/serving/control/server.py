"""The control socket: hears orders, one JSON object a line, and answers them. It never ends what it serves."""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import PlimsollError, ServiceError, UsageError
from plimsoll.scale.serving.control import talk
from plimsoll.scale.supervisor.keeper.sockets import unlink_socket

CLIENTS_MAX: Final = 16  # at once; of more, the one that has been silent longest is dropped
IDLE_S: Final = 60.0  # of a client that says nothing
SAY_S: Final = 5.0  # for a client that does not read; then it is dropped

Order = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


class ControlServer:
    """`orders` by name: each is given the words of the order, and raises PlimsollError where it is not to be done.

    Who may open the socket is its owner: it has the permissions 0600 in a directory of 0700, and who connects as
    somebody else is dropped. `say` hears of an order that failed otherwise, which is a mistake of ours.
    """

    def __init__(self, path: Path, orders: Mapping[str, Order], say: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self._orders, self._say = orders, say
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}  # who was heard last is last
        self._server: asyncio.Server | None = None

    async def begin(self) -> None:
        """Whoever calls holds the supervisor's lock: a socket that lies there is nobody's. Raises ServiceError."""
        try:
            listening = _bound(self.path)
        except OSError as error:
            why = error.strerror or str(error)
            raise ServiceError("cannot make the control socket", where=str(self.path), why=why) from error
        self._server = await asyncio.start_unix_server(self._came, sock=listening, limit=talk.ORDER_BYTES_MAX)

    async def close(self) -> None:
        """Nobody is heard any more; an order that is being done is given up."""
        if self._server is None:
            return
        self._server.close()
        for task in list(self._clients):
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        unlink_socket(str(self.path))

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        writer.transport.set_write_buffer_limits(0)  # `drain` waits until the client has read, or is dropped
        self._clients[task] = writer
        try:
            if talk.is_ours(writer.get_extra_info("socket")):
                self._make_room()
                await self._talk(task, reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, or dropped
        finally:
            del self._clients[task]
            writer.transport.abort()

    def _make_room(self) -> None:
        if len(self._clients) > CLIENTS_MAX:
            next(iter(self._clients)).cancel()

    async def _talk(self, task: "asyncio.Task[None]", reader: asyncio.StreamReader, writer: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    heard = await reader.readline()
            except ValueError:  # as readline has it for a line beyond the limit
                await _say(writer, _failed(None, UsageError(f"an order has at most {talk.ORDER_BYTES_MAX:,} bytes")))
                return
            if not heard:
                return
            self._clients[task] = self._clients.pop(task)
            answer = await self._answer(heard)
            await _say(writer, answer)
            if "id" not in answer:
                return

    async def _answer(self, heard: bytes) -> dict[str, Any]:
        try:
            words = json.loads(heard)
        except (ValueError, RecursionError):
            words = None
        if not isinstance(words, dict):
            return {"failed": talk.told(UsageError("this is no order", why="an order is a JSON object in one line"))}
        number = words.pop("id", None)
        if not isinstance(number, int):
            return {"failed": talk.told(UsageError("this is no order", why="an order has an id, a whole number"))}
        try:
            return {"id": number, "ok": dict(await self._order(words)(words))}
        except PlimsollError as error:
            return _failed(number, error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the application is served on
            self._say(f"a mistake of ours, in an order over the control socket: {error!r}")
            return _failed(number, ServiceError("the supervisor made a mistake", why=repr(error)[:200]))

    def _order(self, words: dict[str, Any]) -> Order:
        version, name = words.pop("version", None), words.pop("order", None)
        if version != talk.VERSION:
            raise ServiceError(
                "what serves here speaks otherwise",
                why=f"it speaks version {talk.VERSION}, and was spoken to in {version!r:.20}",
                remedy="use the Plimsoll that serves, or serve anew with this one",
            )
        order = self._orders.get(name) if isinstance(name, str) else None
        if order is None:
            known = ", ".join(self._orders)
            raise UsageError(f"there is no order {name!r:.40}", why=f"there are {known}")
        return order


def _failed(number: int | None, error: PlimsollError) -> dict[str, Any]:
    failed = {"failed": talk.told(error)}
    return failed if number is None else {"id": number, **failed}


async def _say(writer: asyncio.StreamWriter, words: dict[str, Any]) -> None:
    async with asyncio.timeout(SAY_S):
        writer.write(talk.line(words))
        await writer.drain()


def _bound(path: Path) -> socket.socket:
    unlink_socket(str(path))
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        made.bind(str(path))
        made.setblocking(False)
    except BaseException:
        with suppress(OSError):
            made.close()
        raise
    finally:
        os.umask(before)
    return made
