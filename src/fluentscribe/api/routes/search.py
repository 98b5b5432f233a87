"""Search: text in segments."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from fluentscribe.api.answering import Act, answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.values import Text
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
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


@router.get(
    "/segments",
    response_model=Page[Hit],
    summary="Segments with this text in source or target, in projects that you may see",
)
async def search_segments(
    caller: Annotated[Caller, Depends(May(Action.SEARCH))],
    q: Sought,
    project_id: UUID | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Hit]:
        rows = await searched(db, q, project_id, caller.runs_organization, since, limit)
        items, following = page(rows, limit, ("id",))
        return Page(items=[Hit(**row) for row in items], next=following)

    return await answer(caller, lambda: _topic(caller, q, project_id, since, limit), read, Act("search", {"q": q}))


def _topic(caller: Caller, *parameters: Any) -> Topic:
    """To who runs the organization segments of all projects are shown. Of a session only its project counts, which it
    keeps; where it is deleted, its segments are.
    """
    assert caller.organization is not None
    on = (tags.segments_of_organization(caller.organization),)
    if caller.runs_organization:
        return Topic("search", parameters, on)
    return Topic("own search", parameters, (*on, tags.projects_of_person(caller.profile)), caller.profile)
