"""One short name for each way in which a database call fails, by which samples are counted: SQLSTATE if it has one."""

import errno
import socket
import ssl
from typing import Final

import asyncpg

TIMEOUT: Final = "timeout"
REFUSED: Final = "connection refused"
LOST: Final = "connection lost"
DNS: Final = "dns"
TLS: Final = "tls"
CONNECTION: Final = "connection failed"

# What a driver or a network raises for a server, a network or a statement that is not as it should be.
FOREIGN: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# asyncpg raises these two itself, with SQLSTATEs of its own choice, when the connection breaks under a statement.
_LOST_ERRORS: Final = (asyncpg.ConnectionDoesNotExistError, asyncpg.ConnectionFailureError)


def error_class(error: BaseException) -> str:
    """The class of an error: an SQLSTATE ("40001"), a way for a connection to fail, or "client: NAME" for our own side.

    "timeout" is our deadline; the server's statement_timeout is "57014".
    """
    if isinstance(error, _LOST_ERRORS):
        told = error.__cause__  # what the server said before it closed the connection, 57P01 for one
        if isinstance(told, _LOST_ERRORS):  # one loss is raised from another where a COPY is given up
            return error_class(told)
        return str(told.sqlstate) if isinstance(told, asyncpg.PostgresError) else LOST
    if isinstance(error, asyncpg.PostgresError):
        return _sqlstate(error)
    if isinstance(error, asyncpg.InterfaceError) and _is_closed(error):
        return LOST
    if isinstance(error, asyncpg.InternalClientError) and _is_cut_off(error):
        return LOST
    if isinstance(error, OSError):  # TimeoutError, refused, gaierror and SSLError among them
        return _os_error_class(error)
    return f"client: {type(error).__name__}"


def _sqlstate(error: asyncpg.PostgresError) -> str:
    """The server's, except where the driver raises the server's DataError for an argument that it cannot encode."""
    if type(error) is asyncpg.DataError and error.severity is None:
        return "client: DataError"
    return str(error.sqlstate or f"client: {type(error).__name__}")


def _is_closed(error: BaseException) -> bool:
    """asyncpg's InterfaceError stands for many things; a closed connection is told by its words only."""
    return "connection is closed" in str(error) or "connection was closed" in str(error)


def _is_cut_off(error: BaseException) -> bool:
    """A server that dies while an answer comes in leaves the driver's protocol between two states."""
    return "cannot switch to state" in str(error) and "another operation" in str(error)


def _os_error_class(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return TIMEOUT
    if isinstance(error, socket.gaierror):
        return DNS
    if isinstance(error, ssl.SSLError) or is_tls_rejected(error):
        return TLS
    if isinstance(error, ConnectionRefusedError | FileNotFoundError) or _is_refused(error):
        return REFUSED
    return LOST if isinstance(error, ConnectionError) else CONNECTION


def is_tls_rejected(error: BaseException) -> bool:
    """Whether the server answered the wish for TLS with no (asyncpg: a bare ConnectionError)."""
    return "rejected SSL upgrade" in str(error) or "during SSL exchange" in str(error)


def _is_refused(error: OSError) -> bool:
    """A host with several addresses: asyncio then tells all their errors in one text, without a number. One that was
    refused says more than another that this machine has no route to."""
    return str(error).startswith("Multiple exceptions:") and f"[Errno {errno.ECONNREFUSED}]" in str(error)
