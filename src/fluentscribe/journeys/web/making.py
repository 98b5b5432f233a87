"""From a project to a session whose findings are there."""

from random import Random
from typing import Any
from uuid import uuid4

from fluentscribe.journeys.files import File, any_file
from fluentscribe.journeys.web.people import Person, ask, do
from fluentscribe.journeys.web.team import Team, Work, team
from fluentscribe.journeys.web.waiting import monotonic

ANALYSIS_S_MAX = 120.0  # after which a session is given up
ASK_S = (0.3, 0.8)  # between two looks at how far it is
TERMS = (("file", "Datei"), ("folder", "Ordner"), ("password", "Kennwort"), ("invoice", "Rechnung"))


def unique() -> str:
    """For what must never be the same, not even in a later run with the same seed: the platform remembers it."""
    return uuid4().hex


def new_key() -> dict[str, str]:
    """An Idempotency-Key, as a header: the request may be sent again."""
    return {"Idempotency-Key": unique()}


async def make_project(user: Any, random: Random) -> str:
    """With the team on it, each in their role. The project's id."""
    us = team(user)
    given = {
        "name": f"Manual {random.getrandbits(32):08x}",
        "source_language": "en",
        "target_language": "de",
        "priority": random.choice(("low", "normal", "high")),
        "mqm_profile": {"terminology": random.choice((1, 1.5, 2))},
    }
    reply = await do(user, us.lead, "create project", "POST", "/projects", json=given, headers=new_key())
    project = str(reply.json()["id"])
    await place(user, us.lead, project, us.linguist, "linguist")
    await place(user, us.lead, project, us.reviewer, "reviewer")
    return project


async def place(user: Any, lead: Person, project: str, who: Person, role: str) -> None:
    path = f"/projects/{project}/members/{who.profile}"
    await do(user, lead, "give role in project", "PUT", path, json={"role": role})


async def add_terms(user: Any, random: Random, project: str) -> None:
    for source, target in random.sample(TERMS, 2):
        given, path = {"source_term": source, "target_term": target}, f"/projects/{project}/terms"
        await do(user, team(user).lead, "add term", "POST", path, json=given, headers=new_key())


async def hand_in(user: Any, who: Person, project: str, file: File) -> str:
    """The session that the file becomes; its analysis is under way."""
    files, path = {"files": file.part}, f"/projects/{project}/uploads"
    reply = await ask(user, who, "hand in file", "POST", path, files=files, headers=new_key(), expect=201)
    return str(reply.json()["files"][0]["session_id"])


async def wait_for_findings(user: Any, who: Person, session: str, step: str = "from upload to findings") -> None:
    """A step of its own, which lasts from the answer to who asked for the analysis until its result is there."""
    ends_at = monotonic() + ANALYSIS_S_MAX
    async with user.step(step):
        while True:
            reply = await ask(user, who, "read session", "GET", f"/sessions/{session}")
            status = reply.json()["status"]
            if status not in ("queued", "analyzing"):
                break
            user.check(f"analysed within {ANALYSIS_S_MAX:.0f} s", monotonic() < ends_at)
            await user.think(*ASK_S)
    user.check("analysed", status == "in_review")


async def some_work(user: Any, random: Random) -> Work:
    """A session in view that nobody has decided; where there is none, one is made first."""
    us = team(user)
    if not us.works:
        us.saw(await new_work(user, random, await make_project(user, random)))
    return random.choice(us.works)


async def new_work(user: Any, random: Random, project: str) -> Work:
    """A file handed in by the linguist and analysed."""
    who = team(user).linguist
    session = await hand_in(user, who, project, any_file(random))
    await wait_for_findings(user, who, session)
    return Work(session, project)


async def ask_for_review(user: Any, work: Work, reviewer: Person) -> int:
    """The linguist asks: the review's id."""
    given, path = {"reviewer_id": reviewer.profile}, f"/sessions/{work.session}/reviews"
    reply = await do(user, team(user).linguist, "ask for review", "POST", path, json=given, headers=new_key())
    return int(reply.json()["id"])


def done_with(us: Team, work: Work) -> None:
    """It is decided: nobody works on it any more."""
    us.works = [one for one in us.works if one != work]
