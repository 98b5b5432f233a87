"""What is spoken over the control socket: one JSON object a line, both ways bounded.

{"id": 1, "version": 1, "order": "scale", "workers_max": 8}    ->  {"id": 1, "ok": {...}}
{"id": 2, "version": 1, "order": "fly"}                        ->  {"id": 2, "failed": {"kind": "usage", ...}}
"""

import json
import os
import socket
import struct
import sys
from typing import Any, Final

from plimsoll.core.errors import PlimsollError, RefusedError, ServiceError, UsageError

VERSION: Final = 1
ORDER_BYTES_MAX: Final = 64 * 1024
ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024  # a history of 500 entries has some hundred kB
WORDS_MAX: Final = 2000  # characters of one word about a failure
_KINDS: Final[dict[str, type[PlimsollError]]] = {"usage": UsageError, "service": ServiceError, "refused": RefusedError}
_WORDS: Final = ("what", "where", "why", "remedy")


def line(words: dict[str, Any]) -> bytes:
    return json.dumps(words).encode() + b"\n"


def told(error: PlimsollError) -> dict[str, str]:
    """A failure, as it is sent."""
    kind = next((name for name, one in _KINDS.items() if isinstance(error, one)), "refused")
    return {"kind": kind, **{name: getattr(error, name)[:WORDS_MAX] for name in _WORDS}}


def failure(failed: Any) -> PlimsollError:
    """What was sent as `told`, to be raised."""
    if not isinstance(failed, dict):
        failed = {}
    words = {name: str(failed.get(name, ""))[:WORDS_MAX] for name in _WORDS}
    what = words.pop("what") or "it was refused"
    return _KINDS.get(str(failed.get("kind")), RefusedError)(what, **words)


def is_ours(connection: socket.socket) -> bool:
    """Whether whoever is at the other end runs as our user, or as root, as the kernel has it. Where it does not say
    (not on Linux), the socket's and its directory's permissions are what keeps others out."""
    if sys.platform != "linux":
        return True
    size = struct.calcsize("iII")
    uid = struct.unpack("iII", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[1]
    return uid in (os.geteuid(), 0)
