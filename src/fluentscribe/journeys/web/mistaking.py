"""What goes wrong every day, and how people go on: the platform must say no in the right way, and stay quick."""

from typing import Any

from fluentscribe.journeys.files import TOO_LARGE_BYTES, broken_file
from fluentscribe.journeys.web.making import new_work, some_work
from fluentscribe.journeys.web.people import (
    API,
    LockedOut,
    Person,
    another_login,
    ask,
    do,
    log_out,
    refresh,
    wait_as_told,
)
from fluentscribe.journeys.web.team import chance, team
from plimsoll import journey

WRONG = "not the password"
LOOKING_S = (1.0, 2.0)  # at what one typed
PROBLEM = "urn:fluentscribe:problem:"


@journey(weight=1, writes=True)  # attempts are recorded
async def mistype_the_password(user: Any) -> None:
    """Once wrong, then right, which forgives the account. Where the platform has had enough (429) they wait as it says,
    or leave it when that takes too long: further failures would lock out everybody at this address."""
    who = team(user).lead
    given = {"email": who.email, "password": WRONG}
    path = f"{API}/auth/login"
    reply = await user.http("log in with wrong password", "POST", path, json=given, expect=(401, 429))
    if reply.status == 429:
        try:
            await wait_as_told(user, reply)
        except LockedOut:
            return
    await user.think(*LOOKING_S)
    await log_out(user, await another_login(user, who))


@journey(weight=2, writes=True)
async def come_back_after_lunch(user: Any) -> None:
    """The access token is no good any more: it is refreshed, and the request made again."""
    who = team(user).linguist
    async with who.refreshing:
        await _refreshed(user, who)
    await do(user, who, "read my profile", "GET", "/me")


async def _refreshed(user: Any, who: Person) -> None:
    lost = f"{who.access[:-8]}AAAAAAAA"
    await user.http("read my profile, bad token", "GET", f"{API}/me", bearer=lost, expect=401)
    await refresh(user, who)


@journey(weight=1, writes=True)
async def log_out_elsewhere(user: Any) -> None:
    """The login was ended elsewhere: access token and refresh token are refused at once, and they log in again."""
    who = await another_login(user, team(user).reviewer)
    await log_out(user, who)
    await user.http("read my profile, logged out", "GET", f"{API}/me", bearer=who.access, expect=401)
    await refresh(user, who)
    await do(user, who, "read my profile", "GET", "/me")


@journey(weight=2, writes=True)
async def hand_in_broken_file(user: Any) -> None:
    """A file that ends early is refused with its line, and what is mended is taken."""
    random, who = chance(user), team(user).linguist
    work = await some_work(user, random)
    path, files = f"/projects/{work.project}/uploads", {"files": broken_file(random).part}
    reply = await do(user, who, "hand in broken file", "POST", path, files=files, expect=422)
    problem = reply.json()
    user.check("refused as one that ends early", problem["type"] == f"{PROBLEM}file-truncated-xml")
    user.check("the line is named", "line " in problem["errors"][0]["why"])
    team(user).saw(await new_work(user, random, work.project))


@journey(weight=1)
async def send_too_much(user: Any) -> None:
    """More than the API takes where no files are handed in."""
    given = {"category": "bug", "message": "x" * TOO_LARGE_BYTES}
    await do(user, team(user).linguist, "send too much", "POST", "/feedback", json=given, expect=413)


@journey(weight=2)
async def ask_for_what_is_not_there(user: Any) -> None:
    """A link that leads nowhere, a value that cannot be, a change to what one may only see."""
    random, us = chance(user), team(user)
    nowhere = f"{random.getrandbits(128):032x}"
    await ask(user, us.linguist, "read project, not there", "GET", f"/projects/{nowhere}", expect=404)
    reply = await do(
        user, us.lead, "list projects, wrong limit", "GET", "/projects", params={"limit": 5000}, expect=422
    )
    user.check("a problem", reply.json()["type"] == f"{PROBLEM}invalid")
    path = f"/organizations/{us.organization}"
    await do(user, us.linguist, "rename organization, as a member", "PATCH", path, json={"name": "Ours"}, expect=403)
