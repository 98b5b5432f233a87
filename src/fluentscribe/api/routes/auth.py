"""Logging in and out. Access tokens last minutes and name the organization one acts for; refresh tokens serve once."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from fluentscribe.accounts.logging_in import (
    END_ALL,
    END_LOGIN,
    ORGANIZATIONS,
    Guest,
    Known,
    Login,
    accept,
    begin_login,
    invited,
    refreshed,
)
from fluentscribe.accounts.tokens import Access, BadToken, key_of, write_access
from fluentscribe.api.caller import LOG_IN_AGAIN, Caller, May, unauthorized
from fluentscribe.api.carrying import remember
from fluentscribe.api.knowing import NewPassword, Password, guest_of, hashed, known
from fluentscribe.api.problems import not_found
from fluentscribe.api.state import State, state_of
from fluentscribe.api.values import Body, Email, Name, Text
from fluentscribe.database.pool import acting
from fluentscribe.permissions.rules import Action
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import log
from fluentscribe.records.organizations import ACT_FOR

router = APIRouter(prefix="/auth", tags=["auth"])

TYPE: Literal["Bearer"] = "Bearer"


class Credentials(Body):
    """`organization` is the slug of the one to act for; without it, the one they have been in longest."""

    email: Email
    password: Password
    organization: Annotated[Text, Field(max_length=63)] | None = None


Token = Annotated[Text, Field(min_length=1, max_length=200)]


class Refresh(Body):
    """`organization` is the slug of the one to go on acting for; without it, the one they have been in longest."""

    refresh_token: Token
    organization: Annotated[Text, Field(max_length=63)] | None = None


class Acceptance(Body):
    """`token` is the invitation that was handed to you."""

    token: Token
    password: NewPassword
    display_name: Name | None = None


class Switch(Body):
    organization: Annotated[Text, Field(max_length=63)]


class Membership(BaseModel):
    """An organization of the person, and their role in it."""

    id: UUID
    slug: str
    name: str
    role: str


class Tokens(BaseModel):
    """Send `access_token` as `Authorization: Bearer …`; `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = TYPE
    expires_in: int
    profile_id: UUID
    organization: Membership | None
    organizations: list[Membership]


class AccessToken(BaseModel):
    """For another organization; the refresh token stays as it is."""

    access_token: str
    token_type: Literal["Bearer"] = TYPE
    expires_in: int
    organization: Membership


@router.post("/login", summary="Log in")
async def log_in(request: Request, given: Credentials) -> Tokens:
    state = state_of(request)
    guest = guest_of(request, given.email)
    person = await known(state, guest, given.password, datetime.now(UTC))
    if person is None:
        raise unauthorized("e-mail and password do not go together", "correct them, or ask an administrator")
    async with acting(state.pool, None, person.id, state.settings.pool_wait_s) as db:
        return await _begun(db, request, guest, person, given.organization)


@router.post("/accept", summary="Accept an invitation: choose a password, and be logged in")
async def accept_invitation(request: Request, given: Acceptance) -> Tokens:
    state, now = state_of(request), datetime.now(UTC)
    try:
        person = key_of(given.token)
        async with acting(state.pool, None, person, state.settings.pool_wait_s) as db:
            await invited(db, given.token, now)
        password_hash = await hashed(state.passwords, given.password)
        async with acting(state.pool, None, person, state.settings.pool_wait_s) as db:
            accepted = await accept(db, await invited(db, given.token, now), password_hash, given.display_name)
            return await _begun(db, request, guest_of(request, ""), accepted, None)
    except BadToken as error:
        raise unauthorized(str(error), "log in if you accepted it, else ask for a new invitation") from None


@router.post("/refresh", summary="Get a new access token; the refresh token is replaced, too")
async def refresh(request: Request, given: Refresh) -> Tokens:
    state, now = state_of(request), datetime.now(UTC)
    async with acting(state.pool, None, None, state.settings.pool_wait_s) as db:
        try:
            login = await refreshed(db, given.refresh_token, now)
        except BadToken as error:
            raise unauthorized(str(error), LOG_IN_AGAIN) from None
    if login is None:
        if state.caching is not None:
            state.caching.rights.ended(key_of(given.refresh_token))
        raise unauthorized("this refresh token was used before: its login was ended", LOG_IN_AGAIN)
    async with acting(state.pool, None, login.profile, state.settings.pool_wait_s) as db:
        return _tokens(state, login, await _organizations(db, login.profile), given.organization, now)


@router.post("/switch", summary="Act for another organization")
async def switch(given: Switch, caller: Annotated[Caller, Depends(May(Action.SELF))]) -> AccessToken:
    state, now = caller.state, datetime.now(UTC)
    async with caller.begin() as db:
        chosen = _chosen(await _organizations(db, caller.profile), given.organization)
    if chosen is None:
        raise not_found("organization")
    written = _access(state, caller.profile, caller.login, chosen, now)
    return AccessToken(access_token=written, expires_in=_seconds(state), organization=chosen)


@router.post("/logout", status_code=204, summary="End this login")
async def log_out(caller: Annotated[Caller, Depends(May(Action.SELF))], everywhere: bool = False) -> Response:
    async with caller.begin() as db:
        await db.execute(*((END_ALL, caller.profile) if everywhere else (END_LOGIN, caller.login)))
    return Response(status_code=204)


async def _begun(db: Any, request: Request, guest: Guest, person: Known, slug: str | None) -> Tokens:
    """From now on, not from when they asked: passwords wait their turn to be hashed."""
    state, now = state_of(request), datetime.now(UTC)
    try:
        login = await begin_login(db, guest, person, now, timedelta(days=state.settings.refresh_days))
    except BadToken as error:
        raise unauthorized(str(error), LOG_IN_AGAIN) from None
    tokens = _tokens(state, login, await _organizations(db, person.id), slug, now)
    if tokens.organization is not None:
        await _told(db, tokens.organization.id, person.id, guest.address)
    await remember(request, state, db)
    return tokens


async def _told(db: Any, organization: UUID, person: UUID, address: str) -> None:
    """The organization that they act for sees in its logs that they came."""
    await db.execute(ACT_FOR, str(organization))
    await note(db, "login")
    await log(db, "login", "member", person, address)


async def _organizations(db: Any, profile: UUID) -> list[Membership]:
    return [Membership(**row) for row in await db.fetch(ORGANIZATIONS, profile)]


def _chosen(organizations: list[Membership], slug: str | None) -> Membership | None:
    return next((one for one in organizations if slug in (None, one.slug)), None)


def _tokens(state: State, login: Login, organizations: list[Membership], slug: str | None, now: datetime) -> Tokens:
    chosen = _chosen(organizations, slug)
    if slug is not None and chosen is None:
        raise not_found("organization")
    return Tokens(
        access_token=_access(state, login.profile, login.id, chosen, now),
        refresh_token=login.refresh,
        expires_in=_seconds(state),
        profile_id=login.profile,
        organization=chosen,
        organizations=organizations,
    )


def _access(state: State, profile: UUID, login: UUID, chosen: Membership | None, now: datetime) -> str:
    expires = now + timedelta(seconds=_seconds(state))
    access = Access(profile, login, chosen.id if chosen else None, expires)
    return write_access(access, state.settings.token_secret.get_secret_value(), now)


def _seconds(state: State) -> int:
    return round(state.settings.access_minutes * 60)
