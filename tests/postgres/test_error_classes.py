"""Every failure of a call has one short name."""

import errno
import socket
import ssl

import asyncpg
import pytest

from plimsoll.postgres.error_classes import error_class

REFUSED = f"[Errno {errno.ECONNREFUSED}] Connect call failed ('127.0.0.1', 1)"
NO_ROUTE = f"[Errno {errno.EHOSTUNREACH}] Connect call failed ('::1', 1)"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (asyncpg.SerializationError("x"), "40001"),
        (asyncpg.DeadlockDetectedError("x"), "40P01"),
        (asyncpg.QueryCanceledError("x"), "57014"),
        (asyncpg.UniqueViolationError("x"), "23505"),
        (asyncpg.TooManyConnectionsError("x"), "53300"),
        (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), "connection lost"),
        (asyncpg.InterfaceError("connection is closed"), "connection lost"),
        (ConnectionResetError(), "connection lost"),
        (BrokenPipeError(), "connection lost"),
        (ConnectionRefusedError(), "connection refused"),
        (FileNotFoundError(), "connection refused"),
        (OSError(f"Multiple exceptions: {REFUSED}, {NO_ROUTE}"), "connection refused"),
        (OSError(f"Multiple exceptions: {NO_ROUTE}, {NO_ROUTE}"), "connection failed"),
        (OSError(113, "No route to host"), "connection failed"),
        (TimeoutError(), "timeout"),
        (socket.gaierror(-2, "Name or service not known"), "dns"),
        (ssl.SSLError("x"), "tls"),
        (ConnectionError('PostgreSQL server at "h:1" rejected SSL upgrade'), "tls"),
        (asyncpg.InterfaceError("another operation is in progress"), "client: InterfaceError"),
        (ValueError("x"), "client: ValueError"),
    ],
)
def test_each_error_has_its_class(error: BaseException, name: str) -> None:
    assert error_class(error) == name


def test_a_loss_that_is_raised_from_another_is_one() -> None:
    loss = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
    loss.__cause__ = asyncpg.ConnectionDoesNotExistError("connection was closed")
    assert error_class(loss) == "connection lost"


def test_a_server_that_dies_within_an_answer_is_a_loss() -> None:
    cut_off = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")
    assert error_class(cut_off) == "connection lost"
    assert error_class(asyncpg.InternalClientError("other")) == "client: InternalClientError"
