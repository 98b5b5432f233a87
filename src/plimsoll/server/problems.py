"""Errors as problem+json (RFC 9457): what, why, what to do. No other error leaves the API."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from plimsoll.core.errors import PlimsollError, RefusedError, SeriesStoreError, UsageError
from plimsoll.settings.masking import mask

MEDIA_TYPE: Final = "application/problem+json"
FAULTS_MAX: Final = 20
WORDS_MAX: Final = 500  # characters of what is said of a fault: parts of a request are in it
_LOG = logging.getLogger(__name__)


class Fault(BaseModel):
    """One thing that is wrong with what was sent: where, and why."""

    where: str
    why: str


class ProblemBody(BaseModel):
    """The body of every answer that is an error."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:plimsoll:problem:no-such-series",
                "title": "No such series",
                "status": 404,
                "detail": "no series fits 'host_cpu_buzy_percent'",
                "remedy": "GET /api/v1/monitoring/series/names lists those that are known",
                "instance": "/api/v1/monitoring/series",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None = None
    instance: str
    errors: list[Fault] | None = None


class Problem(Exception):
    """An answer that is an error. `code` is the last part of its `type`; `remedy` says what to do."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        remedy: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Fault] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.remedy = status, code, detail, remedy
        self.headers = dict(headers or {})
        self.errors = list(errors)

    @property
    def title(self) -> str:
        return self.code.replace("-", " ").capitalize()


def invalid(where: str, why: str, remedy: str | None = None) -> Problem:
    return Problem(422, "invalid-request", f"{where}: {why}", remedy, errors=[Fault(where=where, why=why)])


def not_found(what: str, remedy: str | None = None) -> Problem:
    return Problem(404, "not-found", what, remedy)


def too_many(why: str, wait_s: float) -> Problem:
    """`wait_s` until it may be tried again."""
    seconds = max(1, round(wait_s + 0.5))
    return Problem(429, "too-many-requests", why, f"try again in {seconds} s", headers={"Retry-After": str(seconds)})


def of_error(error: PlimsollError) -> Problem:
    """What the toolkit says of a thing, as the API says it."""
    status, code = (422, "invalid-request") if isinstance(error, UsageError) else (500, "internal-error")
    if isinstance(error, RefusedError):
        status, code = 409, "refused"
    if isinstance(error, SeriesStoreError):
        status, code = 503, "store-unreadable"
    return Problem(status, code, str(error), error.remedy or None)


def internal() -> Problem:
    return Problem(500, "internal-error", "the API made a mistake", "the log of plimsoll watch says which: report it")


def answer(problem: Problem, path: str) -> JSONResponse:
    body = body_of(problem, path).model_dump(exclude_none=True)
    return JSONResponse(body, problem.status, problem.headers, MEDIA_TYPE)


def body_of(problem: Problem, path: str) -> ProblemBody:
    return ProblemBody(
        type=f"urn:plimsoll:problem:{problem.code}",
        title=problem.title,
        status=problem.status,
        detail=_words(problem.detail),
        remedy=problem.remedy,
        instance=path[:WORDS_MAX],
        errors=problem.errors or None,
    )


def install(app: FastAPI) -> None:
    """Every exception that a route may raise becomes a problem; the guard sees to those that nobody expected."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(PlimsollError, _of_plimsoll)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


async def _of_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(error, request.url.path)


async def _of_plimsoll(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PlimsollError)
    return answer(of_error(error), request.url.path)


async def _of_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault(one) for one in error.errors()[:FAULTS_MAX]]
    detail = "; ".join(f"{fault.where}: {fault.why}" for fault in faults[:3])
    return answer(Problem(422, "invalid-request", detail, "mend it and repeat", errors=faults), request.url.path)


def _fault(error: Mapping[str, Any]) -> Fault:
    return Fault(where=_words(".".join(map(str, error["loc"]))), why=_words(str(error["msg"])))


async def _of_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    problem = Problem(error.status_code, *_http_words(error, request), headers=error.headers)
    return answer(problem, request.url.path)


def _http_words(error: HTTPException, request: Request) -> tuple[str, str, str | None]:
    match error.status_code:
        case 404:
            return "not-found", f"there is nothing at {request.url.path}", "see /api/v1/monitoring/openapi.json"
        case 405:
            allowed = (error.headers or {}).get("Allow", "another method")
            return "method-not-allowed", f"{request.method} cannot be used here", f"use {allowed}"
        case 413:
            return "body-too-large", str(error.detail), "send less"
        case _:
            return str(error.detail).lower().replace(" ", "-"), str(error.detail), None


def _words(text: str) -> str:
    return mask(text[:WORDS_MAX])


def documented() -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: whatever is no success is a problem."""
    return {"default": {"description": "A problem", "content": {MEDIA_TYPE: {"schema": _REFERENCE}}}}


_REFERENCE: Final = {"$ref": "#/components/schemas/ProblemBody"}


def document_problems(app: FastAPI) -> None:
    """OpenAPI has the schema of problems, and no answer of 422 but as a problem."""
    build = app.openapi

    def documented_openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _add_problems(build())
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = documented_openapi  # type: ignore[method-assign]  # as FastAPI's documentation has it


def _add_problems(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    body = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= body.pop("$defs", {}) | {"ProblemBody": body}
    for operation in (one for path in schema["paths"].values() for one in path.values()):
        operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
