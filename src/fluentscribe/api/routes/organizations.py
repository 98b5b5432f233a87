"""Organizations: one's own, and what those who run them may change."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, StringConstraints

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import conflict, forbidden, not_found
from fluentscribe.api.values import Body, Name, unsent
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.membership import no_closing
from fluentscribe.permissions.rules import Action
from fluentscribe.records import organizations
from fluentscribe.records.auditing import diff_of, log
from fluentscribe.records.changing import change

router = APIRouter(prefix="/organizations", tags=["organizations"])

OWNED_MAX = 100  # organizations that one person may own; beyond it none can be made
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Role = Literal["owner", "admin", "member", "auditor"]


class NewOrganization(Body):
    """`slug` is its name in addresses, of this organization only."""

    slug: Slug
    name: Name


class OrganizationChange(Body):
    """Only what is sent is changed. Owners may close an organization: it can be read from then on, and no more."""

    name: Name = unsent()
    status: Literal["closed"] = unsent()


class Organization(BaseModel):
    """`quota_words` is how many words may be analysed in a month."""

    id: UUID
    slug: str
    name: str
    plan: Literal["free", "team", "business", "enterprise"]
    status: Literal["trial", "active", "suspended", "closed"]
    quota_words: int
    created_at: datetime
    updated_at: datetime


class OwnOrganization(Organization):
    """`role` is one's own."""

    role: Role
    joined_at: datetime


@router.get(
    "", response_model=Page[OwnOrganization], summary="One's organizations, in the order in which one joined them"
)
async def list_organizations(
    caller: Annotated[Caller, Depends(May(Action.SELF))], limit: Limit = 20, cursor: Cursor = None
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[OwnOrganization]:
        items, following = page(await organizations.own(db, since, limit), limit, ("joined_at", "id"))
        return Page(items=[OwnOrganization(**row) for row in items], next=following)

    def more(found: Page[OwnOrganization]) -> Iterator[str]:
        return (tags.organization(one.id) for one in found.items)

    on = (tags.memberships_of_person(caller.profile),)
    return await answer(caller, Topic("own organizations", (since, limit), on, caller.profile, more), read)


@router.post("", status_code=201, response_model=Organization, summary="Create an organization; who does so owns it")
async def create_organization(
    request: Request, given: NewOrganization, caller: Annotated[Caller, Depends(May(Action.SELF))], key: Key = None
) -> Response:
    async def make(db: Any) -> Created:
        if await db.fetchval(organizations.OWNED) >= OWNED_MAX:
            raise conflict(f"one person owns at most {OWNED_MAX} organizations")
        organization = uuid4()
        await organizations.found(db, organization, given.slug, given.name)
        await log(db, "create", "organization", organization, caller.address)
        return Created(await _found(db, organization), f"/api/v1/organizations/{organization}")

    return await create(request, caller, key, make)


@router.get("/{organization_id}", response_model=Organization, summary="An organization")
async def read_organization(
    organization_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_ORGANIZATION))]
) -> Response:
    topic = Topic("organization", (organization_id,), (tags.organization(organization_id),))
    return await answer(caller, topic, lambda db: _found(db, organization_id))


@router.patch("/{organization_id}", summary="Change an organization")
async def change_organization(
    request: Request,
    organization_id: UUID,
    given: OrganizationChange,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_ORGANIZATION))],
) -> Organization:
    fields = given.model_dump(exclude_unset=True)
    async with caller.begin() as db:
        why_not = no_closing(caller.standing.organization_role) if "status" in fields else None
        if why_not is not None:
            raise forbidden(why_not)
        before = await _found(db, organization_id, organizations.LOCK)
        require_unchanged(request.headers, before)
        await change(db, "organizations", organization_id, fields)
        diff = diff_of(before.model_dump(), fields)
        if diff:
            await log(db, "update", "organization", organization_id, caller.address, diff)
        organization = await _found(db, organization_id)
    tag(response, organization)
    return organization


async def _found(db: Any, organization: UUID, query: str = organizations.FIND) -> Organization:
    row = await db.fetchrow(query, organization)
    if row is None:
        raise not_found("organization")
    return Organization(**row)
