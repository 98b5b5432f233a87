"""The audit log: who changed what, and when. Everything that happened to a thing is found by its kind and key."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, StringConstraints

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.routes.activity import Since, Until
from fluentscribe.api.values import Person, Text
from fluentscribe.permissions.rules import Action
from fluentscribe.records import audit_log

router = APIRouter(prefix="/audit-logs", tags=["audit log"])

Word = Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class Entry(BaseModel):
    """`diff` has the fields that were changed, each with its value before and after.

    `actor` is null for what the platform did itself, and where the account is gone.
    """

    id: int
    actor: Person | None
    action: str
    object_type: str
    object_id: str
    diff: dict[str, Any]
    ip: str | None
    created_at: datetime


@router.get("", summary="The audit log, newest first")
async def list_entries(
    caller: Annotated[Caller, Depends(May(Action.READ_LOGS))],
    actor: UUID | None = None,
    action: Annotated[Word | None, Query(description="As create, update, delete, invite")] = None,
    object_type: Annotated[Word | None, Query(description="As project, session, member")] = None,
    object_id: Annotated[Word | None, Query(description="The key of the thing; it may be gone")] = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Entry]:
    wanted = audit_log.Wanted(actor, action, object_type, object_id, since, until)
    last = after(cursor, datetime, int)
    async with caller.begin() as db:
        rows = await audit_log.listed(db, wanted, last, limit)
    items, following = page(rows, limit, ("created_at", "id"))
    return Page(items=[_entry(row) for row in items], next=following)


def _entry(row: Any) -> Entry:
    actor = None if row["actor_id"] is None else Person(id=row["actor_id"], display_name=row["actor_name"])
    return Entry(**row, actor=actor)
