"""Published reports: a project's quality for whoever has the link, read only, until it is taken back.

A link is worth what the rights of who made it are worth: it ends when they may not publish any more, too.
"""

import re
from datetime import datetime
from secrets import token_urlsafe
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel

from fluentscribe.accounts.tokens import hash_of
from fluentscribe.api.answering import MEDIA_TYPE, answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.problems import not_found
from fluentscribe.api.sharing import shared
from fluentscribe.api.state import state_of
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.database.pool import ACT, acting
from fluentscribe.permissions.deciding import decide
from fluentscribe.permissions.rules import Action
from fluentscribe.permissions.transitions import STATUSES, Status
from fluentscribe.records import published, reports
from fluentscribe.records.auditing import log

router = APIRouter(tags=["reports"])

LINK_BYTES: Final = 32  # of chance
_LINK: Final = re.compile("[A-Za-z0-9_-]{43}")  # what else is asked for takes nothing of the database
# It is for people who were given it, and not for search engines or for whoever is linked to from there.
UNLISTED: Final = {"X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}

Link = Annotated[str, Path(description="As publishing told it")]


class Publication(BaseModel):
    """Who published a project's report, and since when. `link` is told once, to who publishes: its address is
    /api/v1/published/{link}."""

    published_by: UUID
    published_at: datetime
    link: str | None = None


class Month(BaseModel):
    """What was assessed in the month that begins at `start` (UTC). `score` is the sessions' mean."""

    start: datetime
    sessions: int
    words: int
    score: float
    passed: int
    failed: int


class PublishedReport(BaseModel):
    """How good a project's translations are. `score` is the latest of any session; `months` are the latest twelve in
    which anything was assessed, newest first."""

    name: str
    source_language: str
    target_language: str
    pass_score: float
    score: float | None
    scored_at: datetime | None
    sessions: dict[Status, int]
    words: int
    months: list[Month]


@router.post(
    "/projects/{project_id}/published-report",
    status_code=201,
    response_model=Publication,
    summary="Publish a project's quality by a new link; a link before it ends",
)
async def publish_report(
    request: Request, project_id: UUID, caller: Annotated[Caller, Depends(May(Action.PUBLISH_REPORT))], key: Key = None
) -> Response:
    async def make(db: Any) -> Created:
        link = token_urlsafe(LINK_BYTES)
        kept = Publication(**await db.fetchrow(published.PUBLISH, project_id, hash_of(link)))
        await log(db, "create", "report", project_id, caller.address)
        return Created(
            kept.model_copy(update={"link": link}), f"/api/v1/projects/{project_id}/published-report", kept=kept
        )

    return await create(request, caller, key, make)


@router.get(
    "/projects/{project_id}/published-report",
    response_model=Publication,
    summary="Who published a project's quality, and since when; not by which link",
)
async def read_publication(project_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))]) -> Response:
    async def read(db: Any) -> Publication:
        row = await db.fetchrow(published.FIND, project_id)
        if row is None:
            raise not_found("published report")
        return Publication(**row)

    return await answer(caller, Topic("publication", (project_id,), (tags.published_report(project_id),)), read)


@router.delete("/projects/{project_id}/published-report", status_code=204, summary="Take the link back")
async def take_back_report(
    project_id: UUID, caller: Annotated[Caller, Depends(May(Action.PUBLISH_REPORT))]
) -> Response:
    async with caller.begin() as db:
        if await db.fetchval(published.TAKE_BACK, project_id) is None:
            raise not_found("published report")
        await log(db, "delete", "report", project_id, caller.address)
    return Response(status_code=204)


@router.get("/published/{link}", response_model=PublishedReport, summary="A published report: needs no login")
async def read_published(request: Request, link: Link) -> Response:
    """Everybody who has the link is told the same: caches may share it for a minute, or until a change purges it."""
    state = state_of(request)
    if not _LINK.fullmatch(link):
        raise not_found("published report")
    async with acting(state.pool, None, None, state.settings.pool_wait_s) as db:
        found = await published.linked(db, hash_of(link))
        if found is None:
            raise not_found("published report")
        project, organization, person = found
        await db.execute(ACT, str(organization), str(person))
        standing = await published.standing_of(db, project, organization, person)
        if decide(Action.PUBLISH_REPORT, standing) != "allowed":
            raise not_found("published report")
        report = await _report(db, project)
    on = (
        tags.published_report(project),
        tags.project(project),
        tags.sessions_of_project(project),
        tags.assessments_of_project(project),
        tags.roles(organization),
        tags.account(person),
    )
    return Response(report.model_dump_json(), headers={**shared(on), **UNLISTED}, media_type=MEDIA_TYPE)


async def _report(db: Any, project: UUID) -> PublishedReport:
    row = await db.fetchrow(published.PROJECT, project)
    if row is None:
        raise not_found("published report")
    counts = {one["status"]: one for one in await db.fetch(reports.STATUSES, project)}
    return PublishedReport(
        **row,
        sessions={status: counts[status]["sessions"] if status in counts else 0 for status in STATUSES},
        words=sum(one["words"] for one in counts.values()),
        months=[_month(one) for one in await db.fetch(published.MONTHS, project)],
    )


def _month(row: Any) -> Month:
    told = dict(row)
    return Month(start=told.pop("month"), score=round(told.pop("score"), 2), **told)
