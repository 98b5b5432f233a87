"""People who look: at projects and sessions, at what is theirs to do, at what others did."""

from dataclasses import replace
from typing import Any

from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import do, stay_logged_in, switch
from fluentscribe.journeys.web.team import chance, team
from plimsoll import journey

SOUGHT = ("file", "report", "window", "save", "datei", "kennwort", "the report", "sie")
LOOKED_INTO = ("project", "session", "segment", "error", "member")


@journey(weight=18, writes=True)  # what people look at is noted
async def browse_work(user: Any) -> None:
    """From the list of projects down to a session's segments and errors."""
    random = chance(user)
    who = random.choice(team(user).everybody)
    projects = await read_list(user, random, who, "list projects", "/projects", limit=20)
    if not projects:  # linguists who are on none yet
        await do(user, who, "read my profile", "GET", "/me")
        return
    path = f"/projects/{random.choice(projects)['id']}"
    await do(user, who, "read project", "GET", path)
    await do(user, who, "read dashboard", "GET", f"{path}/dashboard")
    sessions = await read_list(user, random, who, "list sessions", f"{path}/sessions", limit=20)
    if not sessions:
        return
    path = f"/sessions/{random.choice(sessions)['id']}"
    await do(user, who, "read session", "GET", path)
    await read_list(user, random, who, "read segments", f"{path}/segments", limit=50)
    await read_list(user, random, who, "read errors", f"{path}/errors", limit=50)
    await do(user, who, "count errors", "GET", f"{path}/errors/summary")


@journey(weight=12)
async def see_what_is_mine(user: Any) -> None:
    random = chance(user)
    who = random.choice(team(user).everybody)
    await do(user, who, "read my profile", "GET", "/me")
    await do(user, who, "list my sessions", "GET", "/sessions", params={"assignee": "me", "limit": 20})
    await do(user, who, "read my reviews", "GET", "/reviews", params={"mine": "open"})
    await read_list(user, random, who, "read my activity", "/me/activity", limit=20)


@journey(weight=8)
async def open_again(user: Any) -> None:
    """What one has already is not sent again: If-None-Match, 304."""
    who, path = team(user).lead, f"/organizations/{team(user).organization}"
    reply = await do(user, who, "read organization", "GET", path)
    seen = {"If-None-Match": reply.headers["etag"]}
    await do(user, who, "read organization, unchanged", "GET", path, headers=seen, expect=(200, 304))


@journey(weight=6, writes=True)  # what was sought is noted
async def search(user: Any) -> None:
    random = chance(user)
    who = random.choice(team(user).everybody)
    await read_list(user, random, who, "search segments", "/search/segments", q=random.choice(SOUGHT), limit=20)


@journey(weight=3)
async def read_logs(user: Any) -> None:
    """Those who run the organization look up who did what, and the history of one thing."""
    random, lead = chance(user), team(user).lead
    kind = random.choice(LOOKED_INTO)
    entries = await read_list(user, random, lead, "read audit log", "/audit-logs", object_type=kind, limit=50)
    if entries:
        chosen = random.choice(entries)
        of_thing = {"object_type": kind, "object_id": chosen["object_id"]}
        await do(user, lead, "history of a thing", "GET", "/audit-logs", params=of_thing)
    await read_list(user, random, lead, "read activity", "/activity", limit=50)
    await do(user, lead, "count active people", "GET", "/activity/daily")


@journey(weight=3)
async def change_organization(user: Any) -> None:
    """People of several organizations look into another one, and go back."""
    random, us = chance(user), team(user)
    widest = max(us.everybody, key=lambda one: len(one.organizations))
    await stay_logged_in(user, widest)
    who = replace(widest)  # their other windows stay where they are
    await do(user, who, "list my organizations", "GET", "/organizations")
    for there in (random.choice(who.organizations), who.organization):
        await switch(user, who, there)
        path = f"/organizations/{there['id']}"
        await do(user, who, "read organization", "GET", path)
        await do(user, who, "list members", "GET", f"{path}/members", params={"limit": 50})
