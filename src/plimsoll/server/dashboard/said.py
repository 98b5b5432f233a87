"""What browsers say over the pages' socket: what no page of ours would say is dropped, and our log stays ours."""

import inspect
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from socketio.exceptions import ConnectionRefusedError  # type: ignore[import-untyped]  # it has no types

from plimsoll.server.dashboard.door import LOG
from plimsoll.server.limits import Buckets
from plimsoll.settings.masking import mask

TEXT_MAX: Final = 200  # characters of a name or an id
LINE_MAX: Final = 300  # characters of what the framework logs
LINES_PER_S: Final = 0.1  # of each logger: who wants to fill a disk gets 100 kB a day
LINES_BURST: Final = 20.0
Handler = Callable[..., Any]
_EVENTS: Final[Mapping[str, Mapping[str, type]]] = {
    "handshake": {"client_id": str, "tab_id": str, "document_id": str},
    "event": {"client_id": str, "id": int, "listener_id": str, "args": list},
    "javascript_response": {"client_id": str, "request_id": str},
    "ack": {"client_id": str, "next_message_id": int},
}


def guard_socket(sio: Any) -> None:
    """`sio` is the framework's socketio.AsyncServer, with its handlers."""
    known = sio.handlers["/"]
    for name in _EVENTS:
        sio.on(name, _checked(name, known[name]))
    sio.on("connect", _connecting(sio, known["connect"]))
    sio.on("disconnect", _caught(known["disconnect"]))
    sio.on("log", _nothing)
    sio.eio.cors_allowed_origins = []  # the guard compares origins; this is what adds headers for others
    for logger in (LOG, logging.getLogger("nicegui"), sio.logger, sio.eio.logger):
        logger.addFilter(OneLine())


def fits(name: str, said: object) -> bool:
    """Whether an event has what its handler takes, and no more of it than ours have."""
    if not isinstance(said, dict):
        return False
    found = {field: said.get(field) for field in _EVENTS[name]}
    return all(
        isinstance(found[field], kind) and not isinstance(found[field], bool) for field, kind in _EVENTS[name].items()
    ) and all(len(text) <= TEXT_MAX for text in found.values() if isinstance(text, str))


def _checked(name: str, handle: Handler) -> Handler:
    caught = _caught(handle)

    async def checked(sid: str, *said: Any) -> Any:
        return await caught(sid, said[0]) if said and fits(name, said[0]) else None

    return checked


def _connecting(sio: Any, handle: Handler) -> Handler:
    """An event may have any name, that of a connection, too: only ours comes with what the server keeps of it."""
    caught = _caught(handle, wrong=False)

    async def connecting(sid: str, *said: Any) -> Any:
        return await caught(sid, said[0]) if said and said[0] is sio.get_environ(sid) else None

    return connecting


def _caught(handle: Handler, wrong: object = None) -> Handler:
    async def caught(sid: str, *said: Any) -> Any:
        try:
            answer = handle(sid, *said[:1])
            return await answer if inspect.isawaitable(answer) else answer
        except ConnectionRefusedError:  # whose words let a browser load a page anew that we have given up
            raise
        except Exception:  # noqa: BLE001  # of an event that no element waits for any more, or that nobody of ours made
            return wrong

    return caught


async def _nothing(*_: Any) -> None:
    """What a browser would have us log."""


class OneLine(logging.Filter):
    """Lets a record through as one line without a traceback, and not many of them: what they tell, others said."""

    def __init__(self, steady: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._steady = steady
        self._pace = Buckets(LINES_PER_S, LINES_BURST, clients_max=1)

    def filter(self, record: logging.LogRecord) -> bool:
        if self._pace.take("", self._steady()):
            return False
        record.msg, record.args = one_line(_told(record)), ()
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def _told(record: logging.LogRecord) -> str:
    """With the kind of the error, and where it was raised."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.getMessage()
    frames = inspect.getinnerframes(error.__traceback__, context=0) if error.__traceback__ else []
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}: {record.getMessage()}"


def one_line(text: str) -> str:
    """Bounded, without what a terminal would obey, and without secrets."""
    return mask("".join(sign if sign.isprintable() else " " for sign in text[:LINE_MAX]))
