"""Projects: what an organization translates from one language into another."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AfterValidator, BaseModel, Field

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import not_found
from fluentscribe.api.values import Body, Language, Moment, Name, unsent
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.records import projects
from fluentscribe.records.auditing import diff_of, log
from fluentscribe.records.changing import change
from fluentscribe.scoring.profile import read_profile

router = APIRouter(prefix="/projects", tags=["projects"])

Status = Literal["draft", "active", "on_hold", "completed", "archived"]
Priority = Literal["low", "normal", "high", "urgent"]
PassScore = Annotated[float, Field(ge=0, le=100, strict=True, allow_inf_nan=False, description="Kept to two decimals")]


def _readable(value: dict[str, Any]) -> dict[str, Any]:
    read_profile(value)  # its errors are those of values
    return value


MqmProfile = Annotated[
    dict[str, Any], AfterValidator(_readable), Field(description="Weights that differ from 1, and `checks`")
]


class NewProject(Body):
    name: Name
    source_language: Language
    target_language: Language
    mqm_profile: MqmProfile = Field(default_factory=dict)
    pass_score: PassScore = 95
    status: Status = "active"
    priority: Priority = "normal"
    deadline: Moment | None = None


class ProjectChange(Body):
    """Only what is sent is changed."""

    name: Name = unsent()
    mqm_profile: MqmProfile = unsent()
    pass_score: PassScore = unsent()
    status: Status = unsent()
    priority: Priority = unsent()
    deadline: Moment | None = None


class Project(BaseModel):
    id: UUID
    name: str
    source_language: str
    target_language: str
    mqm_profile: dict[str, Any]
    pass_score: float
    status: Status
    priority: Priority
    deadline: datetime | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime


class ListedProject(Project):
    """`score` is the latest of any of its sessions."""

    score: float | None
    scored_at: datetime | None


@router.get("", response_model=Page[ListedProject], summary="Projects, newest first, with their latest score")
async def list_projects(
    caller: Annotated[Caller, Depends(May(Action.LIST_PROJECTS))],
    status: Status | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[ListedProject]:
        rows = await projects.listed(db, caller.runs_organization, status, since, limit)
        items, following = page(rows, limit, ("created_at", "id"))
        return Page(items=[ListedProject(**row) for row in items], next=following)

    return await answer(caller, lambda: _listed(caller, status, since, limit), read)


@router.post("", status_code=201, response_model=Project, summary="Create a project; who does so becomes its manager")
async def create_project(
    request: Request, given: NewProject, caller: Annotated[Caller, Depends(May(Action.CREATE_PROJECT))], key: Key = None
) -> Response:
    async def make(db: Any) -> Created:
        project = await projects.created(db, given.model_dump())
        await log(db, "create", "project", project, caller.address)
        return Created(await _found(db, project), f"/api/v1/projects/{project}")

    return await create(request, caller, key, make)


@router.get("/{project_id}", response_model=Project, summary="A project")
async def read_project(project_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    topic = Topic("project", (project_id,), (tags.project(project_id),))
    return await answer(caller, topic, lambda db: _found(db, project_id))


@router.patch("/{project_id}", summary="Change a project")
async def change_project(
    request: Request,
    project_id: UUID,
    given: ProjectChange,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_PROJECT))],
) -> Project:
    fields = given.model_dump(exclude_unset=True)
    async with caller.begin() as db:
        before = await _found(db, project_id, projects.LOCK)
        require_unchanged(request.headers, before)
        await change(db, "projects", project_id, fields)
        await log(db, "update", "project", project_id, caller.address, diff_of(before.model_dump(), fields))
        project = await _found(db, project_id)
    tag(response, project)
    return project


@router.delete("/{project_id}", status_code=204, summary="Delete a project with all that belongs to it")
async def delete_project(project_id: UUID, caller: Annotated[Caller, Depends(May(Action.DELETE_PROJECT))]) -> Response:
    async with caller.begin() as db:
        await log(db, "delete", "project", project_id, caller.address)
        await db.execute(projects.DELETE, project_id)
    return Response(status_code=204)


def _listed(caller: Caller, *parameters: Any) -> Topic:
    """To who runs the organization all of them are shown."""
    assert caller.organization is not None
    on = [tags.projects_of_organization(caller.organization), tags.assessments_of_organization(caller.organization)]
    if caller.runs_organization:
        return Topic("projects", parameters, tuple(on), one_plan=True)
    own = (*on, tags.projects_of_person(caller.profile))
    return Topic("own projects", parameters, own, caller.profile, one_plan=True)


async def _found(db: Any, project: UUID, query: str = projects.FIND) -> Project:
    row = await db.fetchrow(query, project)
    if row is None:
        raise not_found("project")
    return Project(**row)
