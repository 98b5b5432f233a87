"""Reviews: somebody is asked to judge a session, and does."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, StringConstraints

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.problems import conflict, forbidden, invalid, not_found
from fluentscribe.api.sessions import held
from fluentscribe.api.values import Body, Number, Text
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.personal import no_review_by, no_verdict_by
from fluentscribe.permissions.rules import Action
from fluentscribe.permissions.transitions import Status, Verdict, after_verdict
from fluentscribe.records import reviews, sessions
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import log

router = APIRouter(tags=["reviews"])

LOGGED_AS: dict[Verdict, str] = {"approved": "approve", "rejected": "reject", "changes_requested": "update"}


class NewReview(Body):
    reviewer_id: UUID


class Decision(Body):
    verdict: Verdict
    comment: Annotated[Text, StringConstraints(max_length=10_000)] | None = None


class Review(BaseModel):
    """`verdict` is null while it is open."""

    id: int
    session_id: UUID
    project_id: UUID
    session_status: Status
    words: int
    reviewer_id: UUID | None
    reviewer_name: str | None
    verdict: Verdict | None
    comment: str | None
    decided_at: datetime | None
    created_at: datetime


@router.get(
    "/reviews", response_model=Page[Review], summary="Reviews that you were asked for, those that wait longest first"
)
async def list_my_reviews(
    caller: Annotated[Caller, Depends(May(Action.LIST_PROJECTS))],
    mine: Literal["open", "all"] = "open",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Review]:
        return _page(await reviews.of_person(db, caller.runs_organization, mine == "all", since, limit), limit)

    def topic() -> Topic:
        on = tags.reviews_of_person(caller.profile), tags.projects_of_person(caller.profile)
        parameters = (caller.runs_organization, mine, since, limit)
        return Topic("own reviews", parameters, on, caller.profile, _of_reviews)

    return await answer(caller, topic, read)


@router.get("/sessions/{session_id}/reviews", response_model=Page[Review], summary="Reviews of a session")
async def list_reviews(
    session_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Review]:
        return _page(await reviews.of_session(db, session_id, since, limit), limit)

    on = tags.reviews_of_session(session_id), tags.session(session_id)
    return await answer(caller, Topic("reviews", (session_id, since, limit), on, more=_of_reviews), read)


@router.post(
    "/sessions/{session_id}/reviews", status_code=201, response_model=Review, summary="Ask a reviewer of the project"
)
async def ask_for_review(
    request: Request,
    session_id: UUID,
    given: NewReview,
    caller: Annotated[Caller, Depends(May(Action.ASK_REVIEW))],
    key: Key = None,
) -> Response:
    async def make(db: Any) -> Created:
        review = await _asked(db, session_id, given.reviewer_id)
        await log(db, "create", "review", review, caller.address)
        return Created(await _found(db, review), f"/api/v1/reviews/{review}")

    return await create(request, caller, key, make)


@router.get("/reviews/{review_id}", response_model=Review, summary="A review")
async def read_review(review_id: Number, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    topic = Topic("review", (review_id,), (tags.review(review_id),), more=_of_review)
    return await answer(caller, topic, lambda db: _found(db, review_id))


def _of_reviews(found: Page[Review]) -> Iterator[str]:
    return (name for one in found.items for name in _of_review(one))


def _of_review(review: Review) -> Iterator[str]:
    """It tells of its session, and has a name."""
    yield tags.session(review.session_id)
    if review.reviewer_id is not None:
        yield tags.shown_person(review.reviewer_id)


@router.post("/reviews/{review_id}/decide", summary="Approve or reject a session, or have it changed")
async def decide_review(
    request: Request,
    review_id: Number,
    given: Decision,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.REVIEW))],
) -> Review:
    async with caller.begin() as db:
        session, before = await _lock(db, review_id, caller.profile)
        require_unchanged(request.headers, await _found(db, review_id))
        await db.execute(reviews.DECIDE, review_id, given.verdict, given.comment)
        status = after_verdict(given.verdict)
        if status != before:
            await db.execute(sessions.DECIDE, session, status)
            await log(db, "update", "session", session, caller.address, {"status": [before, status]})
        await log(db, LOGGED_AS[given.verdict], "review", review_id, caller.address, {"verdict": [None, given.verdict]})
        await note(db, "review", session=session, review=review_id)
        review = await _found(db, review_id)
    tag(response, review)
    return review


async def _lock(db: Any, review: int, person: UUID) -> tuple[UUID, Status]:
    """Locks the review, then its session, which it returns with its status. Raises Problem where it is not theirs to
    decide, or not any more: of two who decide at once, the later one finds the session decided.
    """
    concerned = await db.fetchrow(reviews.CONCERNED, review)
    if concerned is None:
        raise not_found("review")
    why = no_verdict_by(person, concerned["reviewer_id"], concerned["author"])
    if why is not None:
        raise forbidden(why)
    if await db.fetchval(reviews.LOCK, review) is not None:
        raise conflict("this review is decided already")
    session = await held(db, concerned["session_id"], "review", sessions.LOCK)
    return concerned["session_id"], session["status"]


async def _asked(db: Any, session: UUID, reviewer: UUID) -> int:
    """The key of a new review. The session is locked, so that nobody is asked twice at once."""
    row = await held(db, session, "ask for review", sessions.LOCK)
    role = await db.fetchval(sessions.MEMBER_ROLE, row["project_id"], reviewer)
    why = no_review_by(reviewer, role, row["created_by"])
    if why is not None:
        raise invalid("body.reviewer_id", why)
    if await db.fetchval(reviews.OPEN, session, reviewer):
        raise conflict("this person was asked already, and did not decide yet")
    made: int = await db.fetchval(reviews.ASK, session, reviewer)
    return made


async def _found(db: Any, review: int) -> Review:
    row = await db.fetchrow(reviews.FIND, review)
    if row is None:
        raise not_found("review")
    return Review(**row)


def _page(rows: Any, limit: int) -> Page[Review]:
    items, following = page(rows, limit, ("id",))
    return Page(items=[Review(**row) for row in items], next=following)
