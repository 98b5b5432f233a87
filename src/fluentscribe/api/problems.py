"""Errors as problem+json (RFC 9457): what, why, what to do. No other error leaves the platform."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from fluentscribe.database.pool import Unanswered
from fluentscribe.database.roles import WrongRole

MEDIA_TYPE = "application/problem+json"
WRONG_ROLE = "the platform is connected to its database as a role that must not be used"
_UNREAD = (400, "There was an error parsing the body")  # FastAPI says so of whatever else its parser raises
_log = logging.getLogger("fluentscribe.api")


class Fault(BaseModel):
    """One thing that is wrong with what was sent: where, and why."""

    where: str
    why: str


class ProblemBody(BaseModel):
    """The body of every answer that is an error."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    instance: str
    request_id: str
    errors: list[Fault] | None = None


class Problem(Exception):
    """An answer that is an error. `code` is the last part of its `type`; `remedy` says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.detail, self.remedy = status, code, title, detail, remedy
        self.headers = dict(headers or {})
        self.errors = list(errors)


def not_found(what: str) -> Problem:
    return Problem(404, "not-found", "Not found", f"there is no such {what}, or you may not see it")


def forbidden(why: str, remedy: str | None = None) -> Problem:
    return Problem(403, "forbidden", "Forbidden", why, remedy)


def conflict(why: str, remedy: str | None = None) -> Problem:
    return Problem(409, "conflict", "Conflict", why, remedy)


def invalid(where: str, why: str) -> Problem:
    return Problem(422, "invalid", "Invalid request", f"{where}: {why}", errors=[Fault(where=where, why=why)])


def malformed_json(why: str) -> Problem:
    fault = Fault(where="body", why=f"this is no JSON that can be read: {why}")
    return Problem(400, "malformed-json", "Malformed JSON", f"{fault.where}: {fault.why}", "send JSON", errors=[fault])


def unavailable(why: str) -> Problem:
    return Problem(503, "unavailable", "Unavailable", why, "try again in a moment", {"Retry-After": "2"})


def respond(request: Request, problem: Problem) -> JSONResponse:
    body = body_of(request, problem)
    return JSONResponse(body.model_dump(exclude_none=True), problem.status, problem.headers, MEDIA_TYPE)


def body_of(request: Request, problem: Problem) -> ProblemBody:
    return ProblemBody(
        type=f"urn:fluentscribe:problem:{problem.code}",
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        remedy=problem.remedy,
        instance=request.url.path,
        request_id=getattr(request.state, "request_id", ""),
        errors=problem.errors or None,
    )


def install(app: FastAPI) -> None:
    """Every exception that a route may raise becomes a problem."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(asyncpg.PostgresError, _of_postgres)
    app.add_exception_handler(asyncpg.InterfaceError, _of_lost_database)
    app.add_exception_handler(WrongRole, _of_wrong_role)
    app.add_exception_handler(OSError, _of_lost_database)
    app.add_exception_handler(Exception, _of_anything)


async def _of_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return respond(request, error)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    unread = next((one for one in error.errors() if one["type"] == "json_invalid"), None)
    if unread is not None:
        return respond(request, malformed_json(f"at character {unread['loc'][-1]}: {unread['ctx']['error']}"))
    faults = [Fault(where=".".join(map(str, one["loc"])), why=str(one["msg"])) for one in error.errors()[:20]]
    detail = "; ".join(f"{fault.where}: {fault.why}" for fault in faults[:3])
    return respond(request, Problem(422, "invalid", "Invalid request", detail, errors=faults))


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if (error.status_code, error.detail) == _UNREAD:
        return respond(request, malformed_json("nested too deep, or not in UTF-8"))
    title = str(error.detail)
    code = title.lower().replace(" ", "-")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(request.app.state.methods.of(request.url.path))
    return respond(request, Problem(error.status_code, code, title, title, headers=headers))


async def _of_postgres(request: Request, error: Exception) -> JSONResponse:
    problem = _known(error)
    if problem is None:
        return await _of_anything(request, error)
    _log.warning("the database refused", extra={"sqlstate": getattr(error, "sqlstate", None), "said": str(error)})
    return respond(request, problem)


def _known(error: Exception) -> Problem | None:
    match error:
        case asyncpg.UniqueViolationError():
            return conflict("such a thing is there already")
        case asyncpg.ForeignKeyViolationError():
            return conflict("what it refers to is not there (any more)")
        case asyncpg.IntegrityConstraintViolationError() | asyncpg.DataError():
            return Problem(422, "invalid", "Invalid request", "a value is outside of what may be stored")
        case asyncpg.InsufficientPrivilegeError():
            return forbidden("the database does not allow this on your behalf")
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError() | asyncpg.LockNotAvailableError():
            return conflict("somebody else changed the same thing at the same moment", "try again")
        case asyncpg.QueryCanceledError():
            return unavailable("the database took too long")
        case asyncpg.TooManyConnectionsError() | asyncpg.CannotConnectNowError() | asyncpg.PostgresConnectionError():
            return unavailable("the database cannot be reached")
        case asyncpg.InsufficientResourcesError():
            return unavailable("the database has no room or memory left")
        case asyncpg.OperatorInterventionError():
            return unavailable("the database ended the connection")
        case _:
            return None


async def _of_lost_database(request: Request, error: Exception) -> JSONResponse:
    why = _lost(error)
    _log.warning(why, extra={"said": type(error).__name__})
    return respond(request, unavailable(why))


def _lost(error: Exception) -> str:
    match error:
        case Unanswered():
            return "the database does not answer"
        case TimeoutError():
            return "too many requests wait for the database"
        case _:
            return "the database cannot be reached"


async def _of_wrong_role(request: Request, error: Exception) -> JSONResponse:
    """Who calls can do nothing about it; the log says which role to use."""
    _log.error("wrong role in the DSN", extra={"said": str(error)})
    return respond(request, unavailable(WRONG_ROLE))


async def _of_anything(request: Request, error: Exception) -> JSONResponse:
    _log.error("a request failed", exc_info=error)
    problem = Problem(500, "internal", "Internal error", "the platform made a mistake", "report it with the request id")
    problem.headers["X-Request-ID"] = getattr(request.state, "request_id", "")  # sent from outside of what else adds it
    return respond(request, problem)


def documented() -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: whatever is no success is a problem."""
    return {"default": {"description": "A problem", "content": {MEDIA_TYPE: {"schema": _SCHEMA_REFERENCE}}}}


_SCHEMA_REFERENCE = {"$ref": "#/components/schemas/ProblemBody"}
