"""Logging in and out. Access tokens last minutes and name the organization one acts for; refresh tokens serve once."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from fluentscribe.accounts.logging_in import (
    END_ALL,
    END_LOGIN,
    FIND_PERSON,
    ORGANIZATIONS,
    RECORD,
    Guest,
    Login,
    begin_login,
    locked_until,
    refreshed,
)
from fluentscribe.accounts.passwords import TooBusy
from fluentscribe.accounts.tokens import Access, BadToken, write_access
from fluentscribe.api.caller import Caller, May, address_of, unauthorized
from fluentscribe.api.problems import Problem, not_found, unavailable
from fluentscribe.api.state import State, state_of
from fluentscribe.api.values import Body, Email, Text
from fluentscribe.database.pool import acting
from fluentscribe.permissions.rules import Action

router = APIRouter(prefix="/auth", tags=["auth"])

USER_AGENT_MAX = 500
TYPE: Literal["Bearer"] = "Bearer"


class Credentials(Body):
    """`organization` is the slug of the one to act for; without it, the one they have been in longest."""

    email: Email
    password: Annotated[Text, Field(min_length=1, max_length=1000)]
    organization: Annotated[Text, Field(max_length=63)] | None = None


class Refresh(Body):
    refresh_token: Annotated[Text, Field(min_length=1, max_length=200)]


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
    state, now = state_of(request), datetime.now(UTC)
    guest = _guest(request, given.email)
    profile = await _known(state, guest, given.password, now)
    async with acting(state.pool, None, profile, state.settings.pool_wait_s) as db:
        login = await begin_login(db, guest, profile, now, timedelta(days=state.settings.refresh_days))
        return _tokens(state, login, await _organizations(db, profile), given.organization, now)


@router.post("/refresh", summary="Get a new access token; the refresh token is replaced, too")
async def refresh(request: Request, given: Refresh) -> Tokens:
    state, now = state_of(request), datetime.now(UTC)
    async with acting(state.pool, None, None, state.settings.pool_wait_s) as db:
        try:
            login = await refreshed(db, given.refresh_token, now)
        except BadToken as error:
            raise unauthorized(str(error)) from None
    if login is None:
        raise unauthorized("this refresh token was used before: its login was ended")
    async with acting(state.pool, None, login.profile, state.settings.pool_wait_s) as db:
        return _tokens(state, login, await _organizations(db, login.profile), None, now)


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


async def _known(state: State, guest: Guest, password: str, now: datetime) -> UUID:
    """Who it is. Attempts while locked out are not recorded: they would prolong the lock for ever."""
    wait_s = state.settings.pool_wait_s
    async with acting(state.pool, None, None, wait_s) as db:
        until = await locked_until(db, guest, state.lockout, now)
        person: Any = None if until else await db.fetchrow(FIND_PERSON, guest.email)
    if until is not None:
        state.metrics.logins.labels("locked out").inc()
        raise _locked(until, now)
    try:
        right = await state.passwords.matches(person and person["password_hash"], password)
    except TooBusy:
        raise unavailable("too many people log in at this moment") from None
    ok = right and person["disabled_at"] is None
    async with acting(state.pool, None, None, wait_s) as db:
        await db.execute(RECORD, guest.email, guest.address, ok, guest.user_agent)
    state.metrics.logins.labels("ok" if ok else "failed").inc()
    if not ok:
        raise unauthorized("e-mail and password do not go together")
    profile: UUID = person["id"]
    return profile


def _locked(until: datetime, now: datetime) -> Problem:
    seconds = max(1, round((until - now).total_seconds()))
    detail = f"too many failed logins; try again in {seconds} seconds"
    return Problem(429, "locked-out", "Locked out", detail, headers={"Retry-After": str(seconds)})


def _guest(request: Request, email: str) -> Guest:
    agent = request.headers.get("user-agent")
    return Guest(email.lower(), address_of(request), agent[:USER_AGENT_MAX].replace("\0", "") if agent else None)


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
