"""Reports: quality over time, and where a project stands."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.problems import invalid, not_found
from fluentscribe.api.values import Moment
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.permissions.transitions import STATUSES, Status
from fluentscribe.records import reports

router = APIRouter(tags=["reports"])

Size = Literal["day", "week", "month"]
# At most so long a window, by bucket: some hundred buckets, and ten years.
WINDOW_MAX = {"day": timedelta(days=93), "week": timedelta(days=735), "month": timedelta(days=3660)}
WINDOW = {"day": timedelta(days=30), "week": timedelta(days=182), "month": timedelta(days=365)}
NOW_FOR = timedelta(seconds=60)  # that a report which ends "now" is answered again, where nothing was assessed since
TOLD_APART_MAX = 100  # sessions that are not decided; where a project has more, all of the organization count
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

From = Annotated[Moment | None, Query(alias="from", description="Else 30 days, half a year or a year before `to`")]
To = Annotated[Moment | None, Query(description="Not itself included; else now")]


class Bucket(BaseModel):
    """What was assessed from `start` (UTC) on. `score` is the sessions' mean; `errors_per_1000_words` by dimension."""

    start: datetime
    sessions: int
    words: int
    score: float
    passed: int
    failed: int
    errors_per_1000_words: dict[str, float]


class Quality(BaseModel):
    """Buckets in which nothing was assessed are left out."""

    since: datetime
    until: datetime
    bucket: Size
    buckets: list[Bucket]


class Dashboard(BaseModel):
    """`score` is the latest of any session; `overdue` is whether the deadline passed before the project was done.

    Open errors are those of sessions that are not decided.
    """

    sessions: dict[Status, int]
    words: int
    score: float | None
    scored_at: datetime | None
    pass_score: float
    open_errors: int
    open_reviews: int
    deadline: datetime | None
    overdue: bool


@router.get("/projects/{project_id}/reports/quality", response_model=Quality, summary="Quality of a project over time")
async def report_quality(
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))],
    since: From = None,
    to: To = None,
    bucket: Size = "week",
) -> Response:
    return await _report(caller, project_id, since, to, bucket)


@router.get(
    "/organization/reports/quality",
    response_model=Quality,
    summary="Quality over time, across all projects of the organization",
)
async def report_quality_of_organization(
    caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))],
    since: From = None,
    to: To = None,
    bucket: Size = "month",
) -> Response:
    return await _report(caller, None, since, to, bucket)


@router.get("/projects/{project_id}/dashboard", response_model=Dashboard, summary="Where a project stands")
async def read_dashboard(project_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_REPORTS))]) -> Response:
    undecided: list[UUID] = []

    async def read(db: Any) -> Dashboard:
        row = await db.fetchrow(reports.DASHBOARD, project_id)
        if row is None:
            raise not_found("project")
        stands = dict(row)
        undecided[:] = map(UUID, stands.pop("undecided"))
        counts = {one["status"]: one for one in await db.fetch(reports.STATUSES, project_id)}
        sessions = {status: counts[status]["sessions"] if status in counts else 0 for status in STATUSES}
        return Dashboard(**stands, sessions=sessions, words=sum(one["words"] for one in counts.values()))

    def more(dashboard: Dashboard) -> Iterator[str]:
        """Errors and reviews are counted of sessions that are not decided."""
        if len(undecided) > TOLD_APART_MAX:
            assert caller.organization is not None
            yield tags.errors_of_organization(caller.organization)
            yield tags.reviews_of_organization(caller.organization)
            return
        yield from map(tags.errors_of_session, undecided)
        yield from map(tags.reviews_of_session, undecided)

    on = tags.project(project_id), tags.sessions_of_project(project_id), tags.assessments_of_project(project_id)
    return await answer(caller, Topic("dashboard", (project_id,), on, more=more, until=_overdue_at), read)


def _overdue_at(dashboard: Dashboard) -> datetime | None:
    return None if dashboard.overdue else dashboard.deadline


async def _report(
    caller: Caller, project: UUID | None, since: datetime | None, until: datetime | None, bucket: Size
) -> Response:
    """Kept for a while where it ends now: it says itself of which window it tells."""
    begins, ends = window(since, until, bucket, datetime.now(UTC))

    async def read(db: Any) -> Quality:
        rows = await reports.quality(db, project, begins, ends, bucket)
        return Quality(since=begins, until=ends, bucket=bucket, buckets=[_bucket(*one) for one in rows])

    def topic() -> Topic:
        assert caller.organization is not None
        on = (
            tags.assessments_of_organization(caller.organization)
            if project is None
            else tags.assessments_of_project(project),
            tags.errors_of_organization(caller.organization),
        )
        return Topic("quality", (project, since, until, bucket), on, until=lambda _: None if until else ends + NOW_FOR)

    return await answer(caller, topic, read)


def window(since: datetime | None, until: datetime | None, bucket: Size, now: datetime) -> tuple[datetime, datetime]:
    """Raises Problem where it is empty or too long."""
    for name, moment in (("from", since), ("to", until)):
        if moment is not None and not EARLIEST <= moment <= LATEST:
            raise invalid(f"query.{name}", f"is not between {EARLIEST.year} and {LATEST.year}")
    until = until or now
    since = since or until - WINDOW[bucket]
    if not since < until:
        raise invalid("query.from", "is not before `to`")
    if until - since > WINDOW_MAX[bucket]:
        raise invalid("query.from", f"at most {WINDOW_MAX[bucket].days} days by {bucket}: choose larger buckets")
    return since, until


def per_1000_words(errors: Mapping[str, int], words: int) -> dict[str, float]:
    return {name: round(count * 1000 / words, 2) for name, count in sorted(errors.items())}


def _bucket(row: Any, errors: Mapping[str, int]) -> Bucket:
    return Bucket(
        start=row["bucket"],
        sessions=row["sessions"],
        words=row["words"],
        score=round(row["score"], 2),
        passed=row["passed"],
        failed=row["failed"],
        errors_per_1000_words=per_1000_words(errors, row["words"]),
    )
