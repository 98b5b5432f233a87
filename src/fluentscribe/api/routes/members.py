"""Members of an organization: brought in by their e-mail address, given roles, let go."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fluentscribe.accounts.tokens import hash_of, new_token
from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import etag_of, require_unchanged, tag
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import conflict, forbidden, not_found
from fluentscribe.api.routes.organizations import Role
from fluentscribe.api.values import Body, Email, Name
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.membership import no_invitation, no_removal, no_role_change
from fluentscribe.permissions.rules import ADMIN, AUDITOR, OWNER, Action
from fluentscribe.records import members
from fluentscribe.records.auditing import log

router = APIRouter(prefix="/organizations/{organization_id}/members", tags=["members"])

INVITATION_DAYS = 7
MEMBERS_MAX = 10_000  # of an organization; beyond it nobody can be brought in


class NewMember(Body):
    """`display_name` is for people whom the platform does not know yet; they choose their own when they accept."""

    email: Email
    role: Role = "member"
    display_name: Name | None = None


class RoleChange(Body):
    role: Role


class Member(BaseModel):
    """`email` is shown to those who run the organization. Pending people have not accepted their invitation yet."""

    id: UUID
    display_name: str
    email: str | None
    role: Role
    joined_at: datetime
    pending: bool


class AddedMember(Member):
    """`invitation` is for people who have no password yet: hand it to them. It is told this once, and ends in days."""

    invitation: str | None = None
    invitation_expires_at: datetime | None = None


@router.get("", response_model=Page[Member], summary="Members, in the order in which they joined")
async def list_members(
    organization_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_MEMBERS))],
    role: Role | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[Member]:
        rows = await members.listed(db, caller.runs_organization, role, since, limit)
        items, following = page(rows, limit, ("joined_at", "id"))
        return Page(items=[Member(**row) for row in items], next=following)

    def topic() -> Topic:
        on = (tags.members_of_organization(organization_id),)
        return Topic("members", (caller.runs_organization, role, since, limit), on, more=_profiles)

    return await answer(caller, topic, read)


@router.post("", status_code=201, response_model=AddedMember, summary="Bring somebody in by their e-mail address")
async def add_member(
    request: Request,
    organization_id: UUID,
    given: NewMember,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_MEMBERS))],
    key: Key = None,
) -> Response:
    where = f"/api/v1/organizations/{organization_id}/members"

    async def make(db: Any) -> Created:
        person, pending = await members.person_of(db, given.email, given.display_name or given.email.partition("@")[0])
        roles = await _locked(db, person)
        _require(no_invitation(roles.own, given.role))
        if roles.theirs is not None:
            raise conflict(
                "this person is a member already", "change their role; for a new invitation, remove them first"
            )
        if roles.members >= MEMBERS_MAX:
            raise conflict(f"an organization has at most {MEMBERS_MAX} members")
        await db.execute(members.OFF_PROJECTS, person)
        await db.execute(members.ADD, person, given.role)
        await log(db, "invite", "member", person, caller.address, {"role": [None, given.role]})
        member = Member(**await _row(db, caller, person))
        kept = AddedMember(**member.model_dump())
        added = kept.model_copy(update=await _invitation(db, person)) if pending else kept
        return Created(added, f"{where}/{person}", headers={"ETag": etag_of(member)}, kept=kept)

    return await create(request, caller, key, make)


@router.get("/{profile_id}", response_model=Member, summary="A member")
async def read_member(
    organization_id: UUID, profile_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_MEMBERS))]
) -> Response:
    async def read(db: Any) -> Member:
        return Member(**await _row(db, caller, profile_id))

    def topic() -> Topic:
        on = (tags.member(organization_id, profile_id), tags.shown_person(profile_id))
        return Topic("member", (caller.runs_organization, profile_id), on)

    return await answer(caller, topic, read)


def _profiles(found: Page[Member]) -> Iterator[str]:
    return (tags.shown_person(one.id) for one in found.items)


@router.patch("/{profile_id}", summary="Change a member's role; auditors leave all projects")
async def change_member(
    request: Request,
    organization_id: UUID,
    profile_id: UUID,
    given: RoleChange,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_MEMBERS))],
) -> Member:
    async with caller.begin() as db:
        roles = await _locked(db, profile_id)
        before = Member(**await _row(db, caller, profile_id))
        require_unchanged(request.headers, before)
        _require(no_role_change(roles.own, profile_id == caller.profile, before.role, given.role, roles.owners))
        if given.role != before.role:
            await log(db, "update", "member", profile_id, caller.address, {"role": [before.role, given.role]})
        if AUDITOR in (before.role, given.role):
            await db.execute(members.OFF_PROJECTS, profile_id)
        await db.execute(members.CHANGE, profile_id, given.role)
        member = before.model_copy(update={"role": given.role})
    tag(response, member)
    return member


@router.delete("/{profile_id}", status_code=204, summary="Remove a member, also from all projects of the organization")
async def remove_member(
    organization_id: UUID, profile_id: UUID, caller: Annotated[Caller, Depends(May(Action.CHANGE_MEMBERS))]
) -> Response:
    async with caller.begin() as db:
        roles = await _locked(db, profile_id)
        if roles.theirs is None:
            raise not_found("member")
        _require(no_removal(roles.own, roles.theirs, roles.owners))
        await log(db, "remove", "member", profile_id, caller.address, {"role": [roles.theirs, None]})
        await members.remove(db, profile_id)
    return Response(status_code=204)


async def _locked(db: Any, person: UUID) -> members.Roles:
    """Roles as they are once nobody else changes them: one's own may be another by then."""
    roles = await members.locked(db, person)
    if roles.own not in (OWNER, ADMIN):
        raise forbidden("your role was changed at this moment")
    return roles


async def _row(db: Any, caller: Caller, person: UUID) -> Any:
    row = await db.fetchrow(members.FIND, caller.runs_organization, person)
    if row is None:
        raise not_found("member")
    return row


async def _invitation(db: Any, person: UUID) -> dict[str, Any]:
    token, ends = new_token(person), datetime.now(UTC) + timedelta(days=INVITATION_DAYS)
    await db.execute(members.INVITE, person, hash_of(token), ends)
    return {"invitation": token, "invitation_expires_at": ends}


def _require(why_not: str | None) -> None:
    if why_not is not None:
        raise forbidden(why_not)
