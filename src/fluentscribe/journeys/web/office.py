"""What people do all day, in the shares in which the application asks its database: 70 % look, 30 % change something.

They run their organization, and have its latest sessions in view; the newest most often, as people work on what came in
last.
"""

from random import Random
from typing import Any

from fluentscribe.journeys.files import any_file
from fluentscribe.journeys.web.changing import change
from fluentscribe.journeys.web.making import new_key
from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import Person, ask, do
from fluentscribe.journeys.web.team import Work, chance, team
from plimsoll import journey

VIEW_MAX = 100  # sessions in view of a user
SOUGHT = ("the", "der", "la", "con", "user", "file")
LOCALES = ("en", "de", "fr", "es", "it", "pt-BR")
CLOSED = (409, 403)  # decided meanwhile, or one's own


@journey(weight=8)
async def look_at_my_profile(user: Any) -> None:
    await do(user, team(user).lead, "read my profile", "GET", "/me")


@journey(weight=6)
async def choose_organization(user: Any) -> None:
    who = team(user).lead
    await do(user, who, "list my organizations", "GET", "/organizations")
    await do(user, who, "read organization", "GET", f"/organizations/{team(user).organization}")


@journey(weight=10)
async def look_at_projects(user: Any) -> None:
    await do(user, team(user).lead, "list projects", "GET", "/projects", params={"limit": 20})


@journey(weight=12)
async def look_at_sessions(user: Any) -> None:
    random = chance(user)
    path = f"/projects/{(await chosen(user, random)).project}/sessions"
    await read_list(user, random, team(user).lead, "list sessions", path, limit=20)


@journey(weight=9)
async def open_project(user: Any) -> None:
    project = (await chosen(user, chance(user))).project
    await do(user, team(user).lead, "read project", "GET", f"/projects/{project}")


@journey(weight=8, writes=True)  # what people look at is noted
async def read_session(user: Any) -> None:
    random, who = chance(user), team(user).lead
    path = f"/sessions/{(await chosen(user, random)).session}"
    await do(user, who, "read session", "GET", path)
    await read_list(user, random, who, "read segments", f"{path}/segments", limit=50)


@journey(weight=1, writes=True)  # what was sought is noted
async def search(user: Any) -> None:
    random = chance(user)
    sought = {"q": random.choice(SOUGHT), "project_id": (await chosen(user, random)).project, "limit": 20}
    await do(user, team(user).lead, "search segments", "GET", "/search/segments", params=sought)


@journey(weight=5)
async def see_where_it_stands(user: Any) -> None:
    work, who = await chosen(user, chance(user)), team(user).lead
    await do(user, who, "count errors", "GET", f"/sessions/{work.session}/errors/summary")
    await do(user, who, "read dashboard", "GET", f"/projects/{work.project}/dashboard")


@journey(weight=4)
async def look_at_assessments(user: Any) -> None:
    session = (await chosen(user, chance(user))).session
    await do(user, team(user).lead, "read assessments", "GET", f"/sessions/{session}/assessments")


@journey(weight=4)
async def look_at_my_reviews(user: Any) -> None:
    who = team(user).lead
    await do(user, who, "read my reviews", "GET", "/reviews", params={"mine": "open"})


@journey(weight=2)
async def look_into_the_log(user: Any) -> None:
    await do(user, team(user).lead, "read audit log", "GET", "/audit-logs", params={"limit": 20})


@journey(weight=1)
async def look_at_files(user: Any) -> None:
    project = (await chosen(user, chance(user))).project
    await do(user, team(user).lead, "list files", "GET", f"/projects/{project}/uploads")


@journey(weight=4, writes=True)
async def begin_session(user: Any) -> None:
    random, who = chance(user), team(user).lead
    project = (await chosen(user, random)).project
    files, path = {"files": any_file(random).part}, f"/projects/{project}/uploads"
    reply = await do(user, who, "hand in file", "POST", path, files=files, headers=new_key(), expect=(200, 201, 422))
    if reply.status == 201:  # else it came before, in a run with the same seed, or its languages are others
        view: list[Work] = user.state["view"]
        session = str(reply.json()["files"][0]["session_id"])
        user.state["view"] = [Work(session, project), *view[: VIEW_MAX - 1]]


@journey(weight=7, writes=True)
async def report_error(user: Any) -> None:
    random, who = chance(user), team(user).lead
    path = f"/sessions/{(await chosen(user, random)).session}"
    rows = (await do(user, who, "read segments", "GET", f"{path}/segments", params={"limit": 50})).json()["items"]
    if rows:
        given = {"segment_id": random.choice(rows)["id"], "dimension": "style", "type": "awkward", "severity": "minor"}
        await do(
            user, who, "report error", "POST", f"{path}/errors", json=given, headers=new_key(), expect=(201, *CLOSED)
        )


@journey(weight=5, writes=True)
async def decide_error(user: Any) -> None:
    random, who = chance(user), team(user).lead
    path = f"/sessions/{(await chosen(user, random)).session}/errors"
    found = (await do(user, who, "read errors", "GET", path, params={"status": "open", "limit": 50})).json()["items"]
    if found:
        verdict = random.choice(("confirm", "dismiss"))
        error = f"/errors/{random.choice(found)['id']}/{verdict}"
        await do(user, who, f"{verdict} error", "POST", error, expect=(200, *CLOSED))


@journey(weight=3, writes=True)
async def assess_session(user: Any) -> None:
    path = f"/sessions/{(await chosen(user, chance(user))).session}/assessments"
    await do(user, team(user).lead, "assess session", "POST", path, headers=new_key(), expect=(201, *CLOSED))


@journey(weight=4, writes=True)
async def decide_review(user: Any) -> None:
    random, who = chance(user), team(user).lead
    reply = await do(user, who, "read my reviews", "GET", "/reviews", params={"mine": "open"})
    if reply.json()["items"]:
        review = random.choice(reply.json()["items"])["id"]
        verdict = {"verdict": random.choice(("approved", "changes_requested", "rejected"))}
        await do(user, who, "decide review", "POST", f"/reviews/{review}/decide", json=verdict, expect=(200, *CLOSED))


@journey(weight=1, writes=True)
async def give_feedback(user: Any) -> None:
    given = {"category": "idea", "message": "Show more rows.", "rating": 4}
    await do(user, team(user).lead, "give feedback", "POST", "/feedback", json=given, headers=new_key(), expect=201)


@journey(weight=3, writes=True)
async def tell_what_i_look_at(user: Any) -> None:
    given = {"what": "project", "id": (await chosen(user, chance(user))).project}
    await do(user, team(user).lead, "tell view", "POST", "/activity", json=given, expect=204)


@journey(weight=2, writes=True)
async def change_project(user: Any) -> None:
    random = chance(user)
    path = f"/projects/{(await chosen(user, random)).project}"
    given = {"priority": random.choice(("low", "normal", "high", "urgent"))}
    await change(user, team(user).lead, "change project", path, given)


@journey(weight=1, writes=True)
async def change_profile(user: Any) -> None:
    random = chance(user)
    await do(user, team(user).lead, "change profile", "PATCH", "/me", json={"locale": random.choice(LOCALES)})


async def chosen(user: Any, random: Random) -> Work:
    """A session in view, and its project."""
    if "view" not in user.state:
        user.state["view"] = await _view(user, team(user).lead)
        user.check("a session in view", user.state["view"])
    view: list[Work] = user.state["view"]
    return view[int(len(view) * random.random() ** 2)]


async def _view(user: Any, lead: Person) -> list[Work]:
    reply = await ask(user, lead, "list all sessions", "GET", "/sessions", params={"limit": VIEW_MAX})
    return [Work(one["id"], one["project_id"]) for one in reply.json()["items"]]
