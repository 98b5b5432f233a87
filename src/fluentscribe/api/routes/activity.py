"""What people do: told by clients where the platform cannot see it itself, read one by one or counted by day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, StringConstraints

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import invalid
from fluentscribe.api.values import Body, Day, Moment, Person, Text
from fluentscribe.permissions.rules import Action
from fluentscribe.records import acts
from fluentscribe.records.activity import note

router = APIRouter(tags=["activity"])

Act = Literal["login", "view", "search", "upload", "edit", "review", "export"]
DAYS = 30  # counted unless told otherwise
DAYS_MAX = 366


class View(Body):
    """That somebody looked at something: what, and its id."""

    what: Literal["organization", "project", "session", "report"]
    id: Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class Activity(BaseModel):
    id: int
    person: Person
    action: Act
    details: dict[str, Any]
    created_at: datetime


class ActiveDay(BaseModel):
    """A day (UTC) on which somebody did something: how many people, and how much."""

    day: date
    people: int
    acts: int


class Daily(BaseModel):
    """Days on which nobody did anything are left out. Both ends are included."""

    since: date
    until: date
    days: list[ActiveDay]


Since = Annotated[Moment | None, Query(description="From this moment on")]
Until = Annotated[Moment | None, Query(description="Before this moment")]


@router.post("/activity", status_code=204, summary="Tell that one looked at something")
async def tell_view(given: View, caller: Annotated[Caller, Depends(May(Action.ADD_ACTIVITY))]) -> Response:
    caching = caller.state.caching
    if caching is not None:
        await caller.stand()
        await caching.notes.write(caller.organization, caller.profile, "view", {given.what: given.id})
        return Response(status_code=204)
    async with caller.begin() as db:
        await note(db, "view", **{given.what: given.id})
    return Response(status_code=204)


@router.get("/activity", summary="What people did, newest first")
async def list_activity(
    caller: Annotated[Caller, Depends(May(Action.READ_ACTIVITY))],
    person: UUID | None = None,
    action: Act | None = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Activity]:
    return await _page(caller, acts.Wanted(person, action, since, until), limit, cursor)


@router.get("/activity/daily", summary="How many people were active, by day")
async def count_active_people(
    caller: Annotated[Caller, Depends(May(Action.READ_ACTIVITY))],
    since: Annotated[Day | None, Query(description=f"Else {DAYS} days before `until`")] = None,
    until: Annotated[Day | None, Query(description="Else today")] = None,
) -> Daily:
    first, last = window(since, until, datetime.now(UTC).date())
    bounds = (datetime.combine(first, time(), UTC), datetime.combine(last, time(), UTC) + timedelta(days=1))
    async with caller.begin() as db:
        days = [ActiveDay(**row) for row in await db.fetch(acts.DAILY, *bounds)]
    return Daily(since=first, until=last, days=days)


@router.get("/me/activity", summary="What one did oneself in this organization, newest first")
async def list_own_activity(
    caller: Annotated[Caller, Depends(May(Action.SELF))], limit: Limit = 50, cursor: Cursor = None
) -> Page[Activity]:
    return await _page(caller, acts.Wanted(caller.profile), limit, cursor)


def window(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """First and last day, both included. Raises Problem for more than DAYS_MAX of them, or for none."""
    last = until or today
    if last.year < 2000 or last.year > 2200:
        raise invalid("query.until", "from 2000 to 2200")
    first = since or last - timedelta(days=DAYS - 1)
    if not timedelta(0) <= last - first < timedelta(days=DAYS_MAX):
        raise invalid("query.since", f"from `until` back to {DAYS_MAX - 1} days before it")
    return first, last


async def _page(caller: Caller, wanted: acts.Wanted, limit: int, cursor: str | None) -> Page[Activity]:
    since = after(cursor, datetime, int)
    async with caller.begin() as db:
        rows = await acts.listed(db, wanted, since, limit)
    items, following = page(rows, limit, ("created_at", "id"))
    return Page(items=[_activity(row) for row in items], next=following)


def _activity(row: Any) -> Activity:
    return Activity(**row, person=Person(id=row["person_id"], display_name=row["person_name"]))
