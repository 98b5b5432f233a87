"""Errors: read, counted, reported and corrected."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.errors import Error, Status, Type, Which, found
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.problems import conflict, forbidden, invalid
from fluentscribe.api.sessions import held
from fluentscribe.api.values import Body, Number, SentNumber, Text, unsent
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.checks.findings import Dimension, Severity, fingerprint
from fluentscribe.formats.limits import SEGMENT_CHARACTERS_MAX
from fluentscribe.permissions.personal import no_change_by
from fluentscribe.permissions.rules import Action
from fluentscribe.records import errors
from fluentscribe.records.auditing import diff_of, log
from fluentscribe.records.changing import change

router = APIRouter(tags=["errors"])

Message = Annotated[Text, StringConstraints(max_length=10_000)]
Position = Annotated[int, Field(ge=0, le=SEGMENT_CHARACTERS_MAX, strict=True)]


class NewError(Body):
    """Without `span_end` it goes to the end of the target."""

    segment_id: SentNumber
    dimension: Dimension
    type: Type
    severity: Severity = "minor"
    span_start: Position = 0
    span_end: Position | None = None
    message: Message | None = None


class ErrorChange(Body):
    """Only what is sent is changed."""

    severity: Severity = unsent()
    dimension: Dimension = unsent()
    message: Message | None = None


class Count(BaseModel):
    dimension: Dimension
    severity: Severity
    status: Status
    errors: int


class Summary(BaseModel):
    """Kinds of errors that there are none of are left out."""

    total: int
    counts: list[Count]


@router.get("/sessions/{session_id}/errors", response_model=Page[Error], summary="Errors of a session")
async def list_errors(
    session_id: UUID,
    which: Which,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Error]:
        rows = await errors.listed(db, session_id, which, since, limit)
        items, following = page(rows, limit, ("id",))
        return Page(items=[Error(**row) for row in items], next=following)

    on = tags.errors_of_session(session_id), tags.segments_of_session(session_id)
    topic = Topic("errors", (session_id, which.arguments, since, limit), on, one_plan=True)
    return await answer(caller, topic, read)


@router.get(
    "/sessions/{session_id}/errors/summary",
    response_model=Summary,
    summary="How many errors of each kind a session has",
)
async def count_errors(session_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    async def read(db: Any) -> Summary:
        counts = [Count(**row) for row in await db.fetch(errors.COUNT, session_id)]
        return Summary(total=sum(one.errors for one in counts), counts=counts)

    topic = Topic("errors counted", (session_id,), (tags.errors_of_session(session_id),), one_plan=True)
    return await answer(caller, topic, read)


@router.post(
    "/sessions/{session_id}/errors", status_code=201, response_model=Error, summary="Report an error in a segment"
)
async def report_error(
    request: Request,
    session_id: UUID,
    given: NewError,
    caller: Annotated[Caller, Depends(May(Action.REPORT_ERROR))],
    key: Key = None,
) -> Response:
    async def make(db: Any) -> Created:
        await held(db, session_id, "find errors")
        error = await _reported(db, session_id, given, caller.address)
        return Created(error, f"/api/v1/errors/{error.id}")

    return await create(request, caller, key, make)


@router.get("/errors/{error_id}", response_model=Error, summary="An error")
async def read_error(error_id: Number, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    topic = Topic("error", (error_id,), (), more=lambda error: [tags.segments_of_session(error.session_id)])
    return await answer(caller, topic, lambda db: found(db, error_id))


@router.patch("/errors/{error_id}", summary="Correct what somebody reported")
async def change_error(
    request: Request,
    error_id: Number,
    given: ErrorChange,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.REPORT_ERROR))],
) -> Error:
    fields = given.model_dump(exclude_unset=True)
    async with caller.begin() as db:
        await held(db, error_id, "find errors", errors.HOLD_SESSION_OF)
        before = await found(db, error_id, errors.LOCK)
        _require_changeable(before, caller)
        require_unchanged(request.headers, before)
        diff = diff_of(before.model_dump(), fields)
        if diff:
            await change(db, "qa_errors", error_id, fields, touch=False)
            await log(db, "update", "error", error_id, caller.address, diff)
        error = await found(db, error_id)
    tag(response, error)
    return error


def _require_changeable(error: Error, caller: Caller) -> None:
    if error.origin != "human":
        raise conflict("what a check found is not changed", "confirm or dismiss it")
    why = no_change_by(caller.profile, caller.standing, error.reported_by)
    if why is not None:
        raise forbidden(why)


async def _reported(db: Any, session: UUID, given: NewError, address: str) -> Error:
    """Raises Problem where it points at nothing."""
    segment = await db.fetchrow(errors.SEGMENT, given.segment_id, session)
    if segment is None:
        raise invalid("body.segment_id", "is not of this session")
    start, end = span_in(segment["target"], given.span_start, given.span_end)
    recognized = fingerprint(given.type, segment["source"], segment["target"][start:end], 0)
    values = (given.segment_id, given.dimension, given.type, given.severity, recognized, start, end, given.message)
    return Error(**await db.fetchrow(errors.REPORT, session, segment["seq"], address, *values))


def span_in(target: str, start: int, end: int | None) -> tuple[int, int]:
    """Raises Problem where the span is not within the target."""
    end = len(target) if end is None else end
    if not start <= end <= len(target):
        raise invalid("body.span_end", f"the span is not within the target, which has {len(target)} characters")
    return start, end
