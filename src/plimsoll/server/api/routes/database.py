"""What is known of the database beside its series: sessions, locks, waits, tables, indexes, facts."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from plimsoll.server.api import reading
from plimsoll.server.api.json_text import respond
from plimsoll.server.api.models import DatabaseBody
from plimsoll.server.state import State

router = APIRouter(tags=["database"])

ELSEWHERE: Final = frozenset({"statements", "processes"})  # kinds that have a route of their own, or are the host's


@router.get("/database", response_model=DatabaseBody)
async def database(
    state: State,
    kind: Annotated[
        list[Annotated[str, Query(max_length=50)]],
        Query(max_length=20, description="only these; may be repeated", examples=[["sessions", "locks"]]),
    ] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Documents by kind, each as it was last seen: sessions, locks, waits, tables, indexes and more."""
    kinds = [one for one in state.watch.board.kinds() if one not in ELSEWHERE and (not kind or one in kind)]
    documents = {one: reading.detail(state, one) for one in kinds}
    return respond({"at_s": state.wall(), "target": reading.target(state), "kinds": documents})
