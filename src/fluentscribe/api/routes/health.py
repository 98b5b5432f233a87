"""Whether the process lives, and whether it is ready: database reachable, migrations current."""

import asyncio
import hmac
import logging

import asyncpg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from fluentscribe.api.caller import unauthorized
from fluentscribe.api.metrics import MEDIA_TYPE
from fluentscribe.api.problems import WRONG_ROLE, unavailable
from fluentscribe.api.state import State, state_of
from fluentscribe.database.migrating import MigrationError, pending_on
from fluentscribe.database.pool import answered
from fluentscribe.database.roles import WrongRole

router = APIRouter(tags=["health"])

READY_TIMEOUT_S = 3.0
_log = logging.getLogger("fluentscribe.api")


class Health(BaseModel):
    """`status` is ok: whatever else is a problem."""

    status: str = "ok"


@router.get("/health/live", summary="Does the process answer?")
@router.get("/health", include_in_schema=False)
async def live() -> Health:
    return Health()


@router.get("/health/ready", summary="Can it serve? Database reachable, migrations current, not stopping")
async def ready(request: Request) -> Health:
    state = state_of(request)
    why = "this process is stopping" if state.stopping else await _unready(state)
    if why is not None:
        raise unavailable(why)
    return Health()


@router.get("/metrics", summary="For Prometheus", response_class=Response)
async def metrics(request: Request) -> Response:
    state = state_of(request)
    token = state.settings.metrics_token
    if token is not None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token.get_secret_value()}".encode()):
            raise unauthorized("metrics need the token of FLUENTSCRIBE_METRICS_TOKEN", "send it as a bearer")
    pool = state.pool
    return Response(state.metrics.text(pool.get_size(), pool.get_idle_size()), media_type=MEDIA_TYPE)


async def _unready(state: State) -> str | None:
    """Why the database does not serve; None where it does."""
    try:
        async with asyncio.timeout(READY_TIMEOUT_S), state.pool.acquire() as connection, answered(connection):
            missing = await pending_on(connection)
    except MigrationError as error:
        return str(error)
    except WrongRole as error:
        _log.error("wrong role in the DSN", extra={"said": str(error)})
        return WRONG_ROLE
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return "the database cannot be reached"
    return f"migrations are missing: {', '.join(missing)}" if missing else None
