"""Oneself: profile, password, and leaving. The e-mail address is what one logs in with, and stays."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fluentscribe.accounts.logging_in import change_password
from fluentscribe.accounts.tokens import BadToken
from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.knowing import NewPassword, Password, guest_of, hashed, known
from fluentscribe.api.problems import conflict, forbidden, not_found
from fluentscribe.api.values import Body, Language, Name, unsent
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.membership import no_removal
from fluentscribe.permissions.rules import Action
from fluentscribe.records import members, people
from fluentscribe.records.auditing import log
from fluentscribe.records.changing import change

router = APIRouter(prefix="/me", tags=["me"])

HIDDEN = "hidden"  # instead of either password in the log
Self = Annotated[Caller, Depends(May(Action.SELF))]


class ProfileChange(Body):
    """Only what is sent is changed. `locale` is the language of the interface."""

    display_name: Name = unsent()
    locale: Language = unsent()


class PasswordChange(Body):
    """`current` is asked for again, so that an open screen is not enough."""

    current: Password
    new: NewPassword


class Profile(BaseModel):
    id: UUID
    email: str
    display_name: str
    locale: str
    last_login_at: datetime | None
    created_at: datetime
    updated_at: datetime


@router.get("", response_model=Profile, summary="One's own profile")
async def read_profile(caller: Self) -> Response:
    return await answer(caller, Topic("me", (), (tags.profile(caller.profile),), caller.profile), _found)


@router.patch("", summary="Change one's own profile")
async def change_profile(request: Request, given: ProfileChange, response: Response, caller: Self) -> Profile:
    async with caller.begin() as db:
        require_unchanged(request.headers, await _found(db, people.LOCK))
        await change(db, "profiles", caller.profile, given.model_dump(exclude_unset=True))
        profile = await _found(db)
    tag(response, profile)
    return profile


@router.post("/password", status_code=204, summary="Change one's password; all other logins are ended")
async def choose_password(request: Request, given: PasswordChange, caller: Self) -> Response:
    async with caller.begin() as db:
        email = await db.fetchval(people.EMAIL)
    # Looked at as any login is: who has somebody's token cannot guess their password here.
    person = await known(caller.state, guest_of(request, email), given.current, datetime.now(UTC))
    if person is None:
        raise forbidden("this is not your current password")
    new_hash = await hashed(caller.state.passwords, given.new)
    async with caller.begin() as db:
        try:
            await change_password(db, person, new_hash, caller.login)
        except BadToken as error:
            raise conflict(str(error), "log in again") from None
        if caller.standing.organization_role is not None:
            await log(db, "update", "member", caller.profile, caller.address, {"password": [HIDDEN, HIDDEN]})
    return Response(status_code=204)


@router.delete("/organizations/{organization_id}", status_code=204, summary="Leave an organization, and its projects")
async def leave_organization(organization_id: UUID, caller: Self) -> Response:
    async with caller.begin() as db:
        roles = await members.locked(db, caller.profile)
        if roles.theirs is None:
            raise not_found("organization")
        why_not = no_removal(roles.own, roles.theirs, roles.owners)
        if why_not is not None:
            raise forbidden(why_not)
        await log(db, "remove", "member", caller.profile, caller.address, {"role": [roles.theirs, None]})
        await members.remove(db, caller.profile)
    return Response(status_code=204)


async def _found(db: Any, query: str = people.FIND) -> Profile:
    return Profile(**await db.fetchrow(query))
