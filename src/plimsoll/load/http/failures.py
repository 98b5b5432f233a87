"""How a request fails: one short class for each way, by which samples are counted."""

import socket
import ssl
from typing import Final, Literal

Phase = Literal["pool", "connect", "tls", "send", "first byte", "body"]

REFUSED: Final = "connection refused"
RESET: Final = "connection reset"
FAILED: Final = "connection failed"
DNS: Final = "dns"
TLS: Final = "tls"


class HttpFailure(Exception):
    """A request that got no whole response. `error_class` is one of the above, "timeout: PHASE" or "protocol: WHY".

    `stale` says that a kept connection ended without an answer: the server may have closed it before the request came.
    `unsent` says that it was known to be closed, so that nothing was sent.
    """

    def __init__(self, error_class: str, message: str = "", *, stale: bool = False, unsent: bool = False) -> None:
        super().__init__(message or error_class)
        self.error_class = error_class
        self.stale = stale
        self.unsent = unsent


def timeout(phase: Phase) -> str:
    return f"timeout: {phase}"


def status_class(status: int) -> str:
    return f"HTTP {status}"


def is_right(status: int, expect: int | tuple[int, ...] | list[int] | None) -> bool:
    """Whether a status is one that was expected: without an expectation every one below 400."""
    if expect is None:
        return status < 400
    return status == expect if isinstance(expect, int) else status in expect


def failure_of(error: OSError) -> HttpFailure:
    """What opening a connection failed with, in our words. Timeouts are told by their phase, by who knows it."""
    message = error.strerror or str(error)
    if isinstance(error, socket.gaierror):
        return HttpFailure(DNS, message)
    if isinstance(error, ssl.SSLError):
        return HttpFailure(TLS, getattr(error, "verify_message", "") or getattr(error, "reason", "") or message)
    if isinstance(error, ConnectionRefusedError):
        return HttpFailure(REFUSED, message)
    if isinstance(error, ConnectionError):
        return HttpFailure(RESET, message)
    return HttpFailure(FAILED, message)
