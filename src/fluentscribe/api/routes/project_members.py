"""Who works on a project: members of its organization, each with a role in it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import conflict, not_found
from fluentscribe.api.values import Body
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.membership import no_place_in_project
from fluentscribe.permissions.rules import Action
from fluentscribe.records import project_members
from fluentscribe.records.auditing import log

router = APIRouter(prefix="/projects/{project_id}/members", tags=["projects"])

ProjectRole = Literal["manager", "reviewer", "linguist", "viewer"]


class Place(Body):
    role: ProjectRole


class ProjectMember(BaseModel):
    id: UUID
    display_name: str
    role: ProjectRole
    joined_at: datetime


@router.get("", response_model=Page[ProjectMember], summary="Who works on a project, in the order in which they joined")
async def list_project_members(
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[ProjectMember]:
        rows = await project_members.listed(db, project_id, since, limit)
        items, following = page(rows, limit, ("joined_at", "id"))
        return Page(items=[ProjectMember(**row) for row in items], next=following)

    on = (tags.members_of_project(project_id),)
    return await answer(caller, Topic("project members", (project_id, since, limit), on, more=_profiles), read)


@router.get("/{profile_id}", response_model=ProjectMember, summary="Somebody who works on a project")
async def read_project_member(
    project_id: UUID, profile_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]
) -> Response:
    async def read(db: Any) -> ProjectMember:
        member = await _found(db, project_id, profile_id)
        if member is None:
            raise not_found("member of the project")
        return member

    on = tags.project_member(project_id, profile_id), tags.shown_person(profile_id)
    return await answer(caller, Topic("project member", (project_id, profile_id), on), read)


def _profiles(found: Page[ProjectMember]) -> Iterator[str]:
    return (tags.shown_person(one.id) for one in found.items)


@router.put(
    "/{profile_id}",
    summary="Give a member of the organization a role in the project",
    responses={201: {"model": ProjectMember, "description": "They had none before"}},
)
async def put_project_member(
    request: Request,
    project_id: UUID,
    profile_id: UUID,
    given: Place,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_PROJECT_MEMBERS))],
) -> ProjectMember:
    async with caller.begin() as db:
        await _require_place(db, profile_id)
        before = await _found(db, project_id, profile_id, project_members.LOCK)
        if before is not None:
            require_unchanged(request.headers, before)
        await db.execute(project_members.PUT, project_id, profile_id, given.role)
        await _log(db, caller, project_id, profile_id, before.role if before else None, given.role)
        member = await _found(db, project_id, profile_id)
    assert member is not None
    response.status_code = 200 if before else 201
    tag(response, member)
    return member


@router.delete("/{profile_id}", status_code=204, summary="Take somebody off a project")
async def remove_project_member(
    project_id: UUID, profile_id: UUID, caller: Annotated[Caller, Depends(May(Action.CHANGE_PROJECT_MEMBERS))]
) -> Response:
    async with caller.begin() as db:
        before = await _found(db, project_id, profile_id, project_members.LOCK)
        if before is None:
            raise not_found("member of the project")
        await db.execute(project_members.REMOVE, project_id, profile_id)
        await _log(db, caller, project_id, profile_id, before.role, None)
    return Response(status_code=204)


async def _require_place(db: Any, person: UUID) -> None:
    role = await db.fetchval(project_members.ORGANIZATION_ROLE, person)
    if role is None:
        raise not_found("member of the organization")
    why_not = no_place_in_project(role)
    if why_not is not None:
        raise conflict(why_not)


async def _found(db: Any, project: UUID, person: UUID, query: str = project_members.FIND) -> ProjectMember | None:
    row = await db.fetchrow(query, project, person)
    return None if row is None else ProjectMember(**row)


async def _log(db: Any, caller: Caller, project: UUID, person: UUID, before: str | None, role: str | None) -> None:
    """Of the project's history."""
    await log(db, "update", "project", project, caller.address, {f"members.{person}": [before, role]})
