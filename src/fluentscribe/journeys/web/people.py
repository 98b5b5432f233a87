"""People who have logged in over HTTP: their tokens are kept, refreshed before they end, replaced when lost."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from fluentscribe.journeys.web.waiting import monotonic, pause_of

API = "/api/v1"
PASSWORD = "a load test"  # noqa: S105  # of everybody in the data sets, which are public
LOG_IN = "log in with password"  # "log in" is the step of the journeys on the database
THINK_S = (0.1, 0.5)  # for which people look at what came
EARLY_S = 30.0  # before its end at which a token is refreshed, at most; a fifth of a short one's life
LOGIN_TRIES_MAX = 3


@dataclass(slots=True)
class Person:
    """Somebody who has logged in, and acts for one organization. `ends_at` is when the access token does, monotonic.

    Several virtual users may be the same person, as somebody who has the platform open in several windows.
    """

    email: str
    profile: str
    organization: dict[str, Any]  # as the API tells of it: id, slug, name, role
    organizations: list[dict[str, Any]]
    access: str
    refresh: str
    ends_at: float
    refreshing: asyncio.Lock = field(default_factory=asyncio.Lock)  # a refresh token serves once

    @property
    def slug(self) -> str:
        return str(self.organization["slug"])

    def takes(self, tokens: Any) -> None:
        """New tokens, or only a new access token."""
        self.access, self.ends_at = tokens["access_token"], _end_of(tokens)
        self.refresh = tokens.get("refresh_token", self.refresh)


def person_of(email: str, tokens: Any) -> Person | None:
    """Whom the answer of a login makes; None for somebody who is in no organization."""
    organization = tokens["organization"]
    if organization is None:
        return None
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    others = tokens["organizations"]
    return Person(email, tokens["profile_id"], organization, others, access, refresh, _end_of(tokens))


class LockedOut(Exception):
    """There were too many failed logins, and the platform says to wait for longer than people do."""


async def log_in(user: Any, email: str, slug: str | None = None) -> Person | None:
    """None where that is not possible: no such account, or a member no more. Raises LockedOut."""
    given = {"email": email, "password": PASSWORD, "organization": slug}
    right = (200, 401, 429) if slug is None else (200, 401, 404, 429)  # 404 tells of the organization that was named
    for _ in range(LOGIN_TRIES_MAX):
        reply = await user.http(LOG_IN, "POST", f"{API}/auth/login", json=given, expect=right)
        if reply.status == 200:
            return person_of(email, reply.json())
        if reply.status != 429:
            return None
        await wait_as_told(user, reply)
    raise LockedOut


async def wait_as_told(user: Any, reply: Any) -> None:
    """After a 429. Raises LockedOut."""
    user.check("told when to come again", "retry-after" in reply.headers)
    pause_s = pause_of(reply.headers)
    if pause_s is None:
        raise LockedOut
    await user.think(pause_s)


async def log_out(user: Any, who: Person) -> None:
    await ask(user, who, "log out", "POST", "/auth/logout", expect=204)


async def ask(user: Any, who: Person, step: str, method: str, path: str, **options: Any) -> Any:
    """A request on somebody's behalf; the reply."""
    await stay_logged_in(user, who)
    return await user.http(step, method, API + path, bearer=who.access, **options)


async def do(user: Any, who: Person, step: str, method: str, path: str, **options: Any) -> Any:
    """The same, after which they look at what came."""
    reply = await ask(user, who, step, method, path, **options)
    await user.think(*THINK_S)
    return reply


async def stay_logged_in(user: Any, who: Person) -> None:
    """Refreshes what is about to end, once for all users who are this person."""
    if monotonic() < who.ends_at:
        return
    async with who.refreshing:
        if monotonic() >= who.ends_at:
            await refresh(user, who)


async def refresh(user: Any, who: Person) -> None:
    """New tokens; where the login has ended, by a new one."""
    given = {"refresh_token": who.refresh, "organization": who.slug}
    reply = await user.http("refresh tokens", "POST", f"{API}/auth/refresh", json=given, expect=(200, 401))
    if reply.status == 401:
        await log_in_again(user, who)
        return
    who.takes(reply.json())


async def log_in_again(user: Any, who: Person) -> None:
    """As the same person, for the same organization."""
    again = await another_login(user, who)
    who.access, who.refresh, who.ends_at = again.access, again.refresh, again.ends_at


async def another_login(user: Any, who: Person) -> Person:
    """A login of the same person that is this user's alone: what is done to it concerns nobody else."""
    try:
        found = await log_in(user, who.email, who.slug)
    except LockedOut:
        found = None
    user.check("logged in again", found is not None)
    assert found is not None
    return found


async def switch(user: Any, who: Person, organization: Any) -> None:
    """They act for another of their organizations from now on."""
    given = {"organization": organization["slug"]}
    path = f"{API}/auth/switch"
    reply = await user.http("switch organization", "POST", path, json=given, bearer=who.access, expect=200)
    who.takes(reply.json())
    who.organization = reply.json()["organization"]


def _end_of(tokens: Any) -> float:
    lives_s = float(tokens["expires_in"])
    return monotonic() + lives_s - min(EARLY_S, lives_s / 5)
