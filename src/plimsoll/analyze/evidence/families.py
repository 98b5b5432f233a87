"""Which family an error class belongs to: an SQLSTATE, an HTTP status, or a way for a connection to fail. Pure.

SQLSTATEs are PostgreSQL's (appendix A of its manual); the first two characters are their class.
"""

import re
from collections.abc import Callable
from typing import Final

WRONG_CREDENTIALS: Final = frozenset(("28P01", "28000", "HTTP 401", "HTTP 407"))
FORBIDDEN: Final = frozenset(("42501", "HTTP 403"))
TOO_MANY_CONNECTIONS: Final = "53300"
TIMEOUTS: Final = frozenset(("57014", "timeout", "HTTP 408", "HTTP 504", "25P03", "25P04", "57P05"))
LOCK_TIMEOUT: Final = "55P03"
DEADLOCK: Final = "40P01"
SERIALIZATION: Final = "40001"
CONNECTION_WORDS: Final = frozenset(("connection refused", "connection reset", "connection lost", "connection failed"))
SHUTDOWN: Final = frozenset(("57P01", "57P02", "57P03"))
LIMITED: Final = "HTTP 429"
UNAVAILABLE: Final = "HTTP 503"
# As files of samples name exceptions, of Java and of Python; ends of names.
LATE: Final = ("SocketTimeoutException", "ReadTimeout", "ReadTimeoutError", "TimeoutException", "TimeoutError")
NOT_CONNECTED: Final = (
    "HttpHostConnectException", "ConnectException", "ConnectTimeoutException", "ConnectTimeout", "ConnectTimeoutError",
    "NoHttpResponseException", "SocketException", "UnknownHostException", "NoRouteToHostException",
    "SSLHandshakeException", "SSLException", "SSLError", "ConnectionClosedException", "ConnectionRefusedError",
    "ConnectionResetError", "ConnectionAbortedError", "ConnectionError", "RemoteDisconnected", "BrokenPipeError",
)  # fmt: skip
_JDBC: Final = re.compile(r"([0-9A-Z]{5}) -?\d+")  # an SQLSTATE with the vendor's own number
OWN_PREFIXES: Final = ("client: ", "scenario: ", "check: ", "check", "body: ")


def normal(name: str) -> str:
    """As we name it ourselves: JMeter's "23505 0" is 23505."""
    found = _JDBC.fullmatch(name)
    return found[1] if found else name


def is_credentials(name: str) -> bool:
    return name in WRONG_CREDENTIALS


def is_forbidden(name: str) -> bool:
    return name in FORBIDDEN


def is_timeout(name: str) -> bool:
    """Ours (by phase, of HTTP) and the server's; connecting that takes too long is a matter of the connection."""
    if name.endswith(LATE) and not name.endswith(NOT_CONNECTED):
        return True
    return name in TIMEOUTS or (name.startswith("timeout: ") and name not in ("timeout: connect", "timeout: tls"))


def is_connection(name: str) -> bool:
    """Refused, reset, lost, closed by an administrator or a crash, and class 08 as poolers use it."""
    return (
        name in CONNECTION_WORDS
        or name in SHUTDOWN
        or (is_sqlstate(name) and name.startswith("08"))
        or name in ("dns", "tls", "timeout: connect", "timeout: tls")
        or name.startswith("protocol: ")
        or name.endswith(NOT_CONNECTED)
    )


def is_resources(name: str) -> bool:
    """Class 53 and 58 but for too many connections: disk full, out of memory, I/O errors."""
    return is_sqlstate(name) and name[:2] in ("53", "58") and name != TOO_MANY_CONNECTIONS


def is_statement_mistake(name: str) -> bool:
    """What the server refuses because of the statement or its data: class 42, 22, 23, 0A, 25, 26."""
    return is_sqlstate(name) and name[:2] in ("42", "22", "23", "0A", "25", "26") and not is_forbidden(name) and not (
        is_timeout(name)
    )  # fmt: skip


def is_refused_request(name: str) -> bool:
    """4xx that say that the request was wrong."""
    return name.startswith("HTTP 4") and not (
        is_credentials(name) or is_forbidden(name) or is_timeout(name) or name == LIMITED
    )


def is_server_error(name: str) -> bool:
    """5xx but for 503 and 504, which have families of their own, and an XX000 of the database."""
    return (name.startswith("HTTP 5") and name not in (UNAVAILABLE, "HTTP 504")) or (
        is_sqlstate(name) and name.startswith(("XX", "P0"))
    )


def is_own(name: str) -> bool:
    """Of the driver, of the scenario, or of a check that it makes."""
    return name.startswith(OWN_PREFIXES)


def is_sqlstate(name: str) -> bool:
    return len(name) == 5 and name.isalnum() and name.upper() == name


def either(*families: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda name: any(family(name) for family in families)
