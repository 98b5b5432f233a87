"""What is known beside the series: sessions, locks, waits, tables, indexes; processes of the machine."""

from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from plimsoll.server.api import reading
from plimsoll.server.api.json_text import respond
from plimsoll.server.api.models import DatabaseBody
from plimsoll.server.state import Served, State

router = APIRouter(tags=["database"])

HOST: Final = frozenset({"processes"})  # kinds that are the machine's
ELSEWHERE: Final = HOST | {"statements"}  # kinds that have a route of their own


@router.get("/database", response_model=DatabaseBody)
async def database(
    state: State,
    kind: Annotated[
        list[Annotated[str, Query(max_length=50)]],
        Query(max_length=20, description="only these; may be repeated", examples=[["sessions", "locks"]]),
    ] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Documents by kind, each as it was last seen: sessions, locks, waits, tables, indexes and more."""
    return _documents(
        state, [one for one in state.watch.board.kinds() if one not in ELSEWHERE and (not kind or one in kind)]
    )


@router.get("/host", response_model=DatabaseBody)
async def host(state: State) -> Response:
    """Documents of the machine: its busiest processes."""
    return _documents(state, [one for one in state.watch.board.kinds() if one in HOST])


def _documents(state: Served, kinds: Iterable[str]) -> Response:
    documents = {kind: reading.detail(state, kind) for kind in kinds}
    return respond({"at_s": state.wall(), "target": reading.target(state), "kinds": documents})
