"""Search: text in segments."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.values import Text
from fluentscribe.permissions.rules import Action
from fluentscribe.records.activity import note
from fluentscribe.records.searching import searched

router = APIRouter(prefix="/search", tags=["search"])

Sought = Annotated[Text, Query(min_length=2, max_length=200, description="Whatever its case; means itself only")]


class Hit(BaseModel):
    id: int
    session_id: UUID
    project_id: UUID
    seq: int
    source: str
    target: str
    state: Literal["initial", "translated", "reviewed", "final"]


@router.get("/segments", summary="Segments with this text in source or target, in projects that you may see")
async def search_segments(
    caller: Annotated[Caller, Depends(May(Action.SEARCH))],
    q: Sought,
    project_id: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Hit]:
    since = after_number(cursor)
    async with caller.begin() as db:
        rows = await searched(db, q, project_id, caller.runs_organization, since, limit)
        await note(db, "search", q=q)
    items, following = page(rows, limit, ("id",))
    return Page(items=[Hit(**row) for row in items], next=following)
