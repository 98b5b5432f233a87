"""What a failed sample of a JTL failed with, in a word or two: bounded in number, the same for the same cause. Pure."""

import re
from typing import Final

from plimsoll.analyze.reading.batch import NON_HTTP, TRANSACTION

CLASSES_MAX: Final = 50  # of a step
OTHERS: Final = "(other classes)"
CHARACTERS_MAX: Final = 100
_STATUS: Final = re.compile(r"[1-5]\d\d")
_DIGITS: Final = re.compile(r"\d+")
_QUIET: Final = ("", "200", "OK")


def error_class(code: str, said: str, failure: str, *, http: bool) -> str:
    """ "HTTP 503", "SocketTimeoutException", "check: expected one row": as a run of our own would say it.

    `said` is the response message, `failure` why an assertion failed. Numbers in them tell samples apart, not causes.
    """
    code = code.strip()
    if code.startswith(NON_HTTP):
        return _exception(code.removeprefix(NON_HTTP).lstrip(": "))
    status = _STATUS.fullmatch(code)
    if status and int(code) >= 400:
        return f"HTTP {code}" if http or failure.startswith("HTTP ") else code
    if said.startswith(TRANSACTION):
        return "a sample of it failed"
    if code not in _QUIET and not status:
        return code[:CHARACTERS_MAX]
    if failure.strip():
        return f"check: {_plain(failure)}"
    return _plain(said) if _plain(said) not in _QUIET else "failed"


def _plain(message: str) -> str:
    return _DIGITS.sub("N", " ".join(message.split()))[:CHARACTERS_MAX]


def _exception(name: str) -> str:
    """Without its package and what was said behind it."""
    words = name.split()
    return words[0].rstrip(":").rpartition(".")[2][:CHARACTERS_MAX] or "failed" if words else "failed"
