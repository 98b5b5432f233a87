"""Whether somebody is who they say: passwords, with attempts recorded and guessing locked out."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field

from fluentscribe.accounts.logging_in import FIND_PERSON, Guest, Known, locked_until, recorded
from fluentscribe.accounts.passwords import Passwords, TooBusy
from fluentscribe.api.caller import address_of
from fluentscribe.api.problems import Problem, unavailable
from fluentscribe.api.state import State
from fluentscribe.api.values import Text
from fluentscribe.database.pool import acting

USER_AGENT_MAX = 500
Password = Annotated[Text, Field(min_length=1, max_length=1000)]
NewPassword = Annotated[Text, Field(min_length=10, max_length=1000)]


def guest_of(request: Request, email: str) -> Guest:
    agent = request.headers.get("user-agent")
    return Guest(email, address_of(request), agent[:USER_AGENT_MAX].replace("\0", "") if agent else None)


async def known(state: State, guest: Guest, password: str, now: datetime) -> Known | None:
    """Who it is; None where e-mail and password do not go together. Raises Problem where guessing is locked out.

    No connection is held while the password is looked at.
    """
    wait_s = state.settings.pool_wait_s
    async with acting(state.pool, None, None, wait_s) as db:
        until = await locked_until(db, guest, state.lockout, now)
        person: Any = None if until else await db.fetchrow(FIND_PERSON, guest.email)
    if until is not None:
        raise _locked(state, until, now)
    stored = person["password_hash"] if person else None
    ok = await _right(state.passwords, stored, password) and person["disabled_at"] is None
    async with acting(state.pool, None, None, wait_s) as db:
        until = await recorded(db, guest, ok, state.lockout, now)
    if until is not None:
        raise _locked(state, until, now)
    state.metrics.logins.labels("ok" if ok else "failed").inc()
    return Known(person["id"], person["password_hash"]) if ok else None


async def hashed(passwords: Passwords, password: str) -> str:
    """Raises Problem where too many passwords wait already."""
    try:
        return await passwords.hash(password)
    except TooBusy:
        raise _busy() from None


async def _right(passwords: Passwords, stored: str | None, password: str) -> bool:
    try:
        return await passwords.matches(stored, password)
    except TooBusy:
        raise _busy() from None


def _busy() -> Problem:
    return unavailable("too many people log in at this moment")


def _locked(state: State, until: datetime, now: datetime) -> Problem:
    state.metrics.logins.labels("locked out").inc()
    seconds = max(1, round((until - now).total_seconds()))
    detail = f"too many failed logins; try again in {seconds} seconds"
    return Problem(429, "locked-out", "Locked out", detail, headers={"Retry-After": str(seconds)})
