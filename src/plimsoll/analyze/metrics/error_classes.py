"""What a failed sample of a JTL failed with, in a word or two: bounded in number, the same for the same cause. Pure."""

import re
from typing import Final

from plimsoll.analyze.reading.batch import TRANSACTION

CLASSES_MAX: Final = 50  # of a step
OTHERS: Final = "(other classes)"
CHARACTERS_MAX: Final = 100
_NON_HTTP: Final = "Non HTTP response code: "
_STATUS: Final = re.compile(r"[1-5]\d\d")
_DIGITS: Final = re.compile(r"\d+")
_QUIET: Final = ("", "200", "OK")


def error_class(code: str, message: str, *, http: bool, asserted: bool) -> str:
    """ "HTTP 503", "SocketTimeoutException", "check: expected one row": as a run of our own would say it.

    `asserted`: what failed was an assertion. Numbers in messages tell samples apart, not causes: left open.
    """
    code = code.strip()
    if code.startswith(_NON_HTTP.strip()):
        return _exception(code.removeprefix(_NON_HTTP.strip()))
    status = _STATUS.fullmatch(code)
    if status and int(code) >= 400:
        return f"HTTP {code}" if http else code
    if message.startswith(TRANSACTION):
        return "a sample of it failed"
    said = _DIGITS.sub("N", " ".join(message.split()))[:CHARACTERS_MAX]
    if asserted and said:
        return f"check: {said}"
    if code in _QUIET or status:
        return said if said not in _QUIET else "failed"
    return code[:CHARACTERS_MAX]


def _exception(name: str) -> str:
    """Without its package and what was said behind it."""
    words = name.split()
    return words[0].rstrip(":").rpartition(".")[2][:CHARACTERS_MAX] or "failed" if words else "failed"
