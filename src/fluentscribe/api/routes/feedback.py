"""What people say of the platform: written in one's own name, read by those who run the organization."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import not_found
from fluentscribe.api.values import Body, Person, Text
from fluentscribe.permissions.rules import Action
from fluentscribe.records import feedback

router = APIRouter(prefix="/feedback", tags=["feedback"])

Category = Literal["bug", "idea", "praise", "question"]


class NewFeedback(Body):
    """`session_id` is what it is about, where it is not the platform itself."""

    category: Category
    message: Annotated[Text, StringConstraints(min_length=1, max_length=10_000)]
    rating: Annotated[int, Field(ge=1, le=5, description="1 (bad) to 5 (good)")] | None = None
    session_id: UUID | None = None


class Feedback(BaseModel):
    id: int
    category: Category
    message: str
    rating: int | None
    session_id: UUID | None
    person: Person
    created_at: datetime


@router.post("", status_code=201, response_model=Feedback, summary="Give feedback")
async def give_feedback(
    request: Request,
    given: NewFeedback,
    caller: Annotated[Caller, Depends(May(Action.GIVE_FEEDBACK))],
    key: Key = None,
) -> Response:
    async def make(db: Any) -> Created:
        session = given.session_id
        if session and not await db.fetchval(feedback.SESSION, session, caller.runs_organization):
            raise not_found("session")
        made = await db.fetchval(feedback.CREATE, session, given.category, given.rating, given.message)
        return Created(_feedback(await db.fetchrow(feedback.FIND, made)))

    return await create(request, caller, key, make)


@router.get("", summary="Feedback, newest first")
async def list_feedback(
    caller: Annotated[Caller, Depends(May(Action.READ_FEEDBACK))],
    category: Category | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Feedback]:
    since = after(cursor, datetime, int)
    async with caller.begin() as db:
        rows = await feedback.listed(db, category, since, limit)
    items, following = page(rows, limit, ("created_at", "id"))
    return Page(items=[_feedback(row) for row in items], next=following)


def _feedback(row: Any) -> Feedback:
    return Feedback(**row, person=Person(id=row["person_id"], display_name=row["person_name"]))
