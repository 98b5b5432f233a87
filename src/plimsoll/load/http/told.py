"""What a server says of its refusal, in one line for people."""

import json
from typing import Any, Final

from plimsoll.load.http.decoding import decoded
from plimsoll.load.http.failures import HttpFailure
from plimsoll.load.http.reply import Reply
from plimsoll.settings.masking import mask

READ_BYTES_MAX: Final = 64 * 1024
_KEYS: Final = ("title", "detail", "message", "error", "msg")  # of problem+json, and of what frameworks answer
_TOLD_MAX: Final = 200


def explained(reply: Reply) -> str:
    """As `told`, of a reply."""
    headers = reply.headers
    return told(reply.raw, headers.get("content-type", ""), headers.get("content-encoding", ""))


def told(body: bytes, content_type: str, content_encoding: str) -> str:
    """The words of a JSON body that explain it; "" for other bodies, which are pages as a rule."""
    if "json" not in content_type.lower() or len(body) > READ_BYTES_MAX:
        return ""
    try:
        said: Any = json.loads(decoded(body, content_encoding))
    except (ValueError, RecursionError, HttpFailure):
        return ""
    if not isinstance(said, dict):
        return ""
    words = ": ".join(said[key] for key in _KEYS if isinstance(said.get(key), str))[:_TOLD_MAX]
    return mask("".join(sign if sign.isprintable() else " " for sign in words))
