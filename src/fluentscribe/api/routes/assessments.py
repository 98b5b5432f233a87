"""Assessments: the MQM score of a session, from its confirmed errors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.problems import conflict, not_found
from fluentscribe.api.sessions import held
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.records import assessments, sessions
from fluentscribe.scoring.mqm import Errors, as_json, assess
from fluentscribe.scoring.profile import DIMENSIONS, Profile, ProfileError, read_profile

router = APIRouter(prefix="/sessions/{session_id}/assessments", tags=["assessments"])


class Interval(BaseModel):
    """Of scores."""

    low: float
    high: float


class Assessment(BaseModel):
    """Penalties (`apt`) and words (`ewc`) make the score: (1 - apt / ewc) * 100.

    Below 500 words `passed` is null, and `interval` is where the score lies with 95 % confidence. `calibrated` is null
    where the project's profile has no calibration. Penalties are told by dimension, type and severity.
    """

    id: int
    session_id: UUID
    model: str
    apt: float
    ewc: int
    pass_score: float
    score: float
    passed: bool | None
    interval: Interval | None
    calibrated: float | None
    dimensions: dict[str, float]
    types: dict[str, float]
    severities: dict[str, float]
    created_at: datetime


@router.post("", status_code=201, response_model=Assessment, summary="Reckon the score of a session")
async def assess_session(
    request: Request, session_id: UUID, caller: Annotated[Caller, Depends(May(Action.ASSESS))], key: Key = None
) -> Response:
    async def make(db: Any) -> Created:
        made = _shown(await _assessed(db, session_id, caller.address))
        return Created(made, f"/api/v1/sessions/{session_id}/assessments")

    return await create(request, caller, key, make)


@router.get("", response_model=Page[Assessment], summary="Assessments of a session, latest first")
async def list_assessments(
    session_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Assessment]:
        rows = await assessments.listed(db, session_id, since, limit + 1)
        items, following = page(rows, limit, ("id",))
        return Page(items=[_shown(row) for row in items], next=following)

    return await answer(caller, _topic("assessments", session_id, since, limit), read)


@router.get("/latest", response_model=Assessment, summary="The latest assessment of a session")
async def read_latest_assessment(
    session_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]
) -> Response:
    async def read(db: Any) -> Assessment:
        rows = await assessments.listed(db, session_id, None, 1)
        if not rows:
            raise not_found("assessment: the session has none")
        return _shown(rows[0])

    return await answer(caller, _topic("latest assessment", session_id), read)


def _topic(name: str, session: UUID, *parameters: int | None) -> Topic:
    return Topic(name, (session, *parameters), (tags.assessments_of_session(session),))


async def _assessed(db: Any, session: UUID, address: str) -> Any:
    """A new assessment. The session is locked, so that of two the later one is the session's score."""
    row = await held(db, session, "assess", sessions.LOCK)
    if not row["words"]:
        raise conflict("the session has no words: there is nothing to score")
    rules = await db.fetchrow(assessments.RULES, row["project_id"])
    counts = await db.fetch(assessments.CONFIRMED, session)
    errors = [Errors(one["dimension"], one["type"], one["severity"], "confirmed", one["errors"]) for one in counts]
    result = assess(errors, row["words"], _profile(rules["mqm_profile"]), rules["pass_score"])
    kept = (result.model, result.apt, result.ewc, result.pass_score, as_json(result))
    told = {"score": [None, float(result.score)]}
    return await db.fetchrow(assessments.KEEP, row["project_id"], session, *kept, result.score, told, address)


def _profile(value: Mapping[str, Any]) -> Profile:
    try:
        return read_profile(value)
    except ProfileError as error:
        raise conflict(f"the project's mqm_profile is not one: {error}", "have a manager correct it") from None


def _interval(limits: Sequence[float] | None) -> Interval | None:
    return None if limits is None else Interval(low=limits[0], high=limits[1])


def _shown(row: Mapping[str, Any]) -> Assessment:
    columns = dict(row)
    kept = columns.pop("breakdown")
    return Assessment(
        **columns,
        interval=_interval(kept.get("interval")),
        calibrated=kept.get("calibrated"),
        dimensions={name: kept[name] for name in DIMENSIONS if name in kept},
        types=kept.get("types", {}),
        severities=kept.get("severities", {}),
    )
