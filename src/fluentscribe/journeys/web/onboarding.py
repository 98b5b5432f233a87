"""People come, are given roles, and go: what they may do changes with it at once, whatever token they hold."""

from typing import Any

from fluentscribe.journeys.web.making import new_key, place, some_work, unique
from fluentscribe.journeys.web.people import API, PASSWORD, Person, do, person_of
from fluentscribe.journeys.web.team import chance, team
from plimsoll import journey

# What may be done on a project, by role in it: as the guide of the API says.
TERM = {"source_term": "parcel", "target_term": "Paket"}


@journey(weight=3, writes=True)
async def bring_somebody_in(user: Any) -> None:
    """Invited, accepted, tried as a viewer, made reviewer, made auditor, let go: rights are in effect at once."""
    random, us = chance(user), team(user)
    project = (await some_work(user, random)).project
    members = f"/organizations/{us.organization}/members"
    newcomer = await _invited(user, members)
    member = f"{members}/{newcomer.profile}"
    try:
        await _rise(user, newcomer, project)
        await do(user, us.lead, "change role", "PATCH", member, json={"role": "auditor"})
        await do(user, newcomer, "read audit log", "GET", "/audit-logs", params={"limit": 20})
        await do(user, newcomer, "read project, as an auditor", "GET", f"/projects/{project}", expect=403)
    finally:
        await do(user, us.lead, "remove member", "DELETE", member, expect=204)
    await do(user, newcomer, "list projects, no more a member", "GET", "/projects", expect=(403, 404))


@journey(weight=2, writes=True)
async def change_roles(user: Any) -> None:
    """The linguist is viewer for a while, and may read but not write until they are linguist again."""
    random, us = chance(user), team(user)
    work = await some_work(user, random)
    path = f"/projects/{work.project}/terms"
    await place(user, us.lead, work.project, us.linguist, "viewer")
    try:
        await do(user, us.linguist, "read terms", "GET", path)
        await do(user, us.linguist, "add term, as a viewer", "POST", path, json=TERM, expect=403)
    finally:
        await place(user, us.lead, work.project, us.linguist, "linguist")
    await do(user, us.linguist, "list sessions", "GET", f"/projects/{work.project}/sessions")


async def _invited(user: Any, members: str) -> Person:
    """Somebody new, who has accepted: choosing a password costs a hash, as logging in does."""
    email = f"newcomer-{unique()}@example.com"
    given = {"email": email, "role": "member", "display_name": "Newcomer"}
    reply = await do(user, team(user).lead, "invite", "POST", members, json=given, headers=new_key(), expect=201)
    accepted = {"token": reply.json()["invitation"], "password": PASSWORD, "display_name": "New Comer"}
    answer = await user.http("accept invitation", "POST", f"{API}/auth/accept", json=accepted, expect=200)
    newcomer = person_of(email, answer.json())
    user.check("a member", newcomer is not None)
    assert newcomer is not None
    return newcomer


async def _rise(user: Any, newcomer: Person, project: str) -> None:
    """From nothing to viewer to reviewer of the project."""
    lead, path = team(user).lead, f"/projects/{project}"
    await do(user, newcomer, "read project, not on it", "GET", path, expect=403)
    await place(user, lead, project, newcomer, "viewer")
    await do(user, newcomer, "read project", "GET", path)
    await do(user, newcomer, "add term, as a viewer", "POST", f"{path}/terms", json=TERM, expect=403)
    await place(user, lead, project, newcomer, "reviewer")
    await do(user, newcomer, "add term", "POST", f"{path}/terms", json=TERM, expect=201)
