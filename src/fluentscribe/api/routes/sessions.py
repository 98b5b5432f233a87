"""Sessions: examinations of one file, from the checks to somebody's decision."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from fluentscribe.api.answering import Act, answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import invalid
from fluentscribe.api.sessions import Analysis, ListedSession, Session, found, held
from fluentscribe.api.values import Body
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.permissions.transitions import Status
from fluentscribe.records import sessions
from fluentscribe.records.auditing import diff_of, log

router = APIRouter(tags=["sessions"])


class Assignment(Body):
    """Who is to work on it next: of the project; null for nobody."""

    assignee_id: UUID | None


@router.get(
    "/projects/{project_id}/sessions", response_model=Page[ListedSession], summary="Sessions of a project, newest first"
)
async def list_sessions(
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    status: Status | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[ListedSession]:
        return _page(await sessions.of_project(db, project_id, status, since, limit), limit)

    on = (tags.sessions_of_project(project_id),)
    return await answer(caller, Topic("sessions", (project_id, status, since, limit), on, more=_uploads), read)


@router.get(
    "/sessions",
    response_model=Page[ListedSession],
    summary="Sessions of all projects that you may see, newest first",
)
async def list_all_sessions(
    caller: Annotated[Caller, Depends(May(Action.LIST_PROJECTS))],
    assignee: Literal["me"] | None = None,
    status: Status | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)
    mine = caller.profile if assignee == "me" else None

    async def read(db: Any) -> Page[ListedSession]:
        rows = await sessions.of_organization(db, caller.runs_organization, mine, status, since, limit)
        return _page(rows, limit)

    return await answer(caller, lambda: _listed(caller, mine, status, since, limit), read)


@router.get("/sessions/{session_id}", response_model=Session, summary="A session, and how far its analysis is")
async def read_session(session_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    on = tags.session(session_id), tags.jobs_of_session(session_id)
    topic = Topic("session", (session_id,), on, more=_upload)
    return await answer(caller, topic, lambda db: found(db, session_id), Act("view", {"session": str(session_id)}))


@router.patch("/sessions/{session_id}", summary="Change who is to work on a session")
async def change_session(
    request: Request,
    session_id: UUID,
    given: Assignment,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.ASSIGN))],
) -> Session:
    async with caller.begin() as db:
        row = await held(db, session_id, "assign", sessions.LOCK)
        require_unchanged(request.headers, await found(db, session_id))
        session = await _assigned(db, session_id, row, given.assignee_id, caller)
    tag(response, session)
    return session


@router.post("/sessions/{session_id}/assign", summary="Say who is to work on a session")
async def assign_session(
    request: Request,
    session_id: UUID,
    given: Assignment,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.ASSIGN))],
) -> Session:
    return await change_session(request, session_id, given, response, caller)


@router.post(
    "/sessions/{session_id}/analyze",
    status_code=202,
    response_model=Analysis,
    summary="Have a session analysed; where that is under way, it is what is answered",
)
async def analyze_session(
    request: Request, session_id: UUID, caller: Annotated[Caller, Depends(May(Action.ANALYZE))], key: Key = None
) -> Response:
    async def make(db: Any) -> Created:
        before = await held(db, session_id, "analyze", sessions.LOCK)
        job, new = await sessions.enqueued(db, session_id)
        if new:
            diff = {"status": [before["status"], "queued"]}
            await log(db, "update", "session", session_id, caller.address, diff)
        return Created(Analysis(**job), f"/api/v1/sessions/{session_id}", 202)

    return await create(request, caller, key, make)


@router.delete("/sessions/{session_id}", status_code=204, summary="Delete a session with all that belongs to it")
async def delete_session(session_id: UUID, caller: Annotated[Caller, Depends(May(Action.DELETE_SESSION))]) -> Response:
    async with caller.begin() as db:
        await log(db, "delete", "session", session_id, caller.address)
        await db.execute(sessions.DELETE, session_id)
    return Response(status_code=204)


async def _assigned(db: Any, session: UUID, row: Any, assignee: UUID | None, caller: Caller) -> Session:
    if assignee is not None and await db.fetchval(sessions.MEMBER_ROLE, row["project_id"], assignee) is None:
        raise invalid("body.assignee_id", "is not of this project")
    diff = diff_of(dict(row), {"assignee_id": assignee})
    if diff:
        await db.execute(sessions.ASSIGN, session, assignee)
        await log(db, "update", "session", session, caller.address, diff)
    return await found(db, session)


def _listed(caller: Caller, mine: UUID | None, *parameters: Any) -> Topic:
    """To who runs the organization those of all projects are shown."""
    assert caller.organization is not None
    on = (tags.sessions_of_organization(caller.organization),)
    if caller.runs_organization:
        return Topic("all sessions", (mine, *parameters), on, more=_uploads)
    own = (*on, tags.projects_of_person(caller.profile))
    return Topic("own sessions", (mine, *parameters), own, caller.profile, more=_uploads)


def _uploads(found: Page[ListedSession]) -> Iterator[str]:
    """They have the names of their files."""
    return (name for one in found.items for name in _upload(one))


def _upload(session: ListedSession) -> Iterator[str]:
    if session.upload_id is not None:
        yield tags.name_of_upload(session.upload_id)


def _page(rows: Any, limit: int) -> Page[ListedSession]:
    items, following = page(rows, limit, ("created_at", "id"))
    return Page(items=[ListedSession(**row) for row in items], next=following)
