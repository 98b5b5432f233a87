"""Whatever goes wrong is told as a problem: with its status, and nothing of the inside."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from fastapi import FastAPI, Request

from fluentscribe.api.problems import MEDIA_TYPE, WRONG_ROLE, install
from fluentscribe.database.pool import Unanswered
from fluentscribe.database.roles import WrongRole

REQUEST = Request({"type": "http", "path": "/api/v1/x", "headers": [], "state": {"request_id": "r1"}})


def told(error: Exception) -> tuple[int, str]:
    """Status and detail of the answer."""
    app = FastAPI()
    install(app)
    handler: Any = next(app.exception_handlers[kind] for kind in type(error).__mro__ if kind in app.exception_handlers)
    answer = asyncio.run(handler(REQUEST, error))
    body = json.loads(answer.body)
    assert (answer.media_type, body["status"], body["request_id"]) == (MEDIA_TYPE, answer.status_code, "r1")
    assert "hushhush" not in bytes(answer.body).decode()
    if answer.status_code == 503:
        assert answer.headers["retry-after"]
    return answer.status_code, body["detail"]


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (asyncpg.UniqueViolationError("hushhush"), 409, "such a thing is there already"),
        (asyncpg.ForeignKeyViolationError("hushhush"), 409, "what it refers to is not there (any more)"),
        (asyncpg.CheckViolationError("hushhush"), 422, "a value is outside of what may be stored"),
        (asyncpg.InsufficientPrivilegeError("hushhush"), 403, "the database does not allow this on your behalf"),
        (asyncpg.DeadlockDetectedError("hushhush"), 409, "somebody else changed the same thing at the same moment"),
        (asyncpg.QueryCanceledError("hushhush"), 503, "the database took too long"),
        (asyncpg.AdminShutdownError("hushhush"), 503, "the database ended the connection"),
        (asyncpg.InterfaceError("hushhush"), 503, "the database cannot be reached"),
        (ConnectionRefusedError("hushhush"), 503, "the database cannot be reached"),
        (TimeoutError("hushhush"), 503, "too many requests wait for the database"),
        (Unanswered("hushhush"), 503, "the database does not answer"),
        (WrongRole("hushhush", "hushhush"), 503, WRONG_ROLE),
        (asyncpg.UndefinedTableError("hushhush"), 500, "the platform made a mistake"),
        (KeyError("hushhush"), 500, "the platform made a mistake"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_failure_has_its_status_and_hides_what_the_database_said(error: Exception, status: int, detail: str) -> None:
    assert told(error) == (status, detail)
