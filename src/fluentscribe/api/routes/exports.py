"""Export: findings of a session as a file, streamed while it is read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.problems import unavailable
from fluentscribe.api.sessions import found
from fluentscribe.api.state import State
from fluentscribe.permissions.rules import Action
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import log
from fluentscribe.records.exporting import as_csv, as_json, attachment, batches

router = APIRouter(tags=["export"])

Kind = Literal["csv", "json"]
MEDIA_TYPES: dict[Kind, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class Finding(BaseModel):
    seq: int
    unit_id: str
    source: str
    target: str
    dimension: str
    type: str
    severity: str
    origin: str
    status: str
    span_start: int
    span_end: int
    message: str | None
    created_at: datetime
    decided_at: datetime | None


class Findings(BaseModel):
    session_id: UUID
    findings: list[Finding]


class _Export(Response):
    """Reads and sends within one transaction. What goes wrong midway cuts the connection, as the status is sent."""

    def __init__(self, caller: Caller, session: UUID, kind: Kind, disposition: str) -> None:
        super().__init__()
        self._caller, self._session, self._kind = caller, session, kind
        self._disposition = disposition

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with _in_turn(self._caller.state), self._caller.begin() as db:
            rows = batches(db, self._session)
            body = as_csv(rows) if self._kind == "csv" else as_json(self._session, rows)
            headers = {"Content-Disposition": self._disposition}
            await StreamingResponse(body, 200, headers, MEDIA_TYPES[self._kind])(scope, receive, send)


@asynccontextmanager
async def _in_turn(state: State) -> AsyncIterator[None]:
    """Half of the connections at most, since a client that reads slowly has one for long. Raises Problem."""
    try:
        await asyncio.wait_for(state.exports.acquire(), state.settings.pool_wait_s)
    except TimeoutError:
        raise unavailable("too many exports are under way") from None
    try:
        yield
    finally:
        state.exports.release()


@router.get(
    "/sessions/{session_id}/export",
    summary="Findings of a session as a file",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "model": Findings}},
)
async def export_findings(
    session_id: UUID, caller: Annotated[Caller, Depends(May(Action.EXPORT))], format: Kind = "csv"
) -> Response:
    async with caller.begin() as db:  # of its own: what is cut off was exported, too
        session = await found(db, session_id)
        await log(db, "export", "session", session_id, caller.address)
        await note(db, "export", session=session_id)
    return _Export(caller, session_id, format, attachment(session.file_name, format))
