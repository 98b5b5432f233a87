"""Is it healthy; and for those who start and stop us: do we live, and are we ready."""

from typing import Any

from fastapi import APIRouter, Response

from plimsoll.server.api import reading
from plimsoll.server.api.models import StatusBody
from plimsoll.server.problems import Problem
from plimsoll.server.state import State

router = APIRouter(tags=["status"])
health_router = APIRouter(prefix="/health", tags=["health"])


@router.get("/status", response_model=StatusBody)
async def status(state: State) -> dict[str, Any]:
    """Health in one word and one sentence, with the collectors and how many alerts there are."""
    return reading.status(state)


@health_router.get("/live", response_class=Response, responses={200: {"content": {"text/plain": {"example": "ok"}}}})
async def live() -> Response:
    """Whether the process answers."""
    return Response("ok\n", media_type="text/plain")


@health_router.get("/ready", response_class=Response, responses={200: {"content": {"text/plain": {"example": "ok"}}}})
async def ready(state: State) -> Response:
    """Whether something has been seen. A database that is lost is told by `status`: this server is fit all the same."""
    states = [one for one in state.watch.board.states.values() if one.status != "off"]
    if not any(one.seen_s for one in states):
        raise Problem(
            503, "not-ready", "nothing has been seen yet", "try again in a moment", headers={"Retry-After": "2"}
        )
    return Response("ok\n", media_type="text/plain")
