"""Puts the platform together."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from fluentscribe.accounts.lockout import Lockout
from fluentscribe.accounts.passwords import Passwords
from fluentscribe.accounts.tokens import SECRET_BYTES_MIN
from fluentscribe.api import problems
from fluentscribe.api.carrying import Carrying
from fluentscribe.api.methods import Methods
from fluentscribe.api.metrics import Metrics
from fluentscribe.api.middleware import Bounded, Conditional, Observed, TooLarge
from fluentscribe.api.routes import (
    activity,
    assessments,
    audit_logs,
    auth,
    deciding_errors,
    errors,
    exports,
    feedback,
    health,
    me,
    members,
    new_sessions,
    organizations,
    project_members,
    projects,
    published,
    reports,
    reviews,
    search,
    segments,
    sessions,
    terms,
    uploads,
)
from fluentscribe.api.state import State
from fluentscribe.caching.setup import caching_of, shared_of
from fluentscribe.database.migrating import APP
from fluentscribe.database.pool import close_pool, open_pool
from fluentscribe.settings import Settings, SettingsError
from fluentscribe.uploads.errors import NotTaken
from fluentscribe.uploads.intake import Intake

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    auth.router,
    me.router,
    organizations.router,
    members.router,
    projects.router,
    project_members.router,
    terms.router,
    feedback.router,
    activity.router,
    audit_logs.router,
    uploads.router,
    new_sessions.router,
    sessions.router,
    segments.router,
    errors.router,
    deciding_errors.router,
    assessments.router,
    reviews.router,
    reports.router,
    published.router,
    search.router,
    exports.router,
)
_STREAMED = re.compile(rf"{PREFIX}/projects/[^/]+/uploads")


def create_app(settings: Settings) -> FastAPI:
    """Raises SettingsError where tokens could not be signed safely, and for what is no URL of a cache."""
    if len(settings.token_secret.get_secret_value().encode()) < SECRET_BYTES_MIN:
        raise SettingsError(f"FLUENTSCRIBE_TOKEN_SECRET needs at least {SECRET_BYTES_MIN} bytes of chance")
    shared_of(settings)
    metrics = Metrics()
    app = FastAPI(
        title="Fluent Scribe QA",
        version="1",
        summary="Linguistic quality assurance: files of translations in, findings and MQM scores out",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan(settings, metrics),
        responses=problems.documented(),
    )
    app.include_router(health.router)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    app.state.methods = Methods([("", health.router), *((PREFIX, router) for router in ROUTERS)])
    problems.install(app)
    app.add_exception_handler(TooLarge, _too_large)
    app.add_exception_handler(NotTaken, _not_taken)
    app.add_middleware(Conditional)
    app.add_middleware(Carrying)
    app.add_middleware(Bounded, streamed=_STREAMED)
    app.add_middleware(Observed, metrics=metrics)
    _document_problems(app)
    return app


def _lifespan(settings: Settings, metrics: Metrics) -> Any:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        pool = await open_pool(settings.dsn.get_secret_value(), settings.pool_size, settings.statement_timeout_s, APP)
        passwords = Passwords(settings.password_hashes)
        lockout = Lockout(
            timedelta(minutes=settings.lockout_minutes), settings.account_failures, settings.address_failures
        )
        intake = Intake(settings.files, settings.reading_files)
        intake.store.prepare()
        async with caching_of(settings) as caching:
            state = app.state.platform = State(settings, pool, passwords, lockout, metrics, intake, caching)
            yield
            state.stopping = True
        passwords.close()
        await close_pool(pool)

    return lifespan


async def _too_large(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TooLarge)
    return problems.respond(request, problems.Problem(413, "too-large", "Too large", str(error.detail)))


async def _not_taken(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, NotTaken)
    headers = {"Retry-After": "5"} if error.status == 503 else {}
    problem = problems.Problem(error.status, error.code, error.title, error.detail, error.remedy, headers)
    return problems.respond(request, problem)


def _document_problems(app: FastAPI) -> None:
    """OpenAPI has the schema of problems, and no answer of 422 but as a problem."""
    build = app.openapi

    def documented() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = build()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            template = "#/components/schemas/{model}"
            body = problems.ProblemBody.model_json_schema(ref_template=template)
            schemas |= body.pop("$defs", {}) | {"ProblemBody": body}
            for operation in (one for path in schema["paths"].values() for one in path.values()):
                operation["responses"].pop("422", None)
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
        return app.openapi_schema or schema

    app.openapi = documented  # type: ignore[method-assign]  # as FastAPI's documentation has it
