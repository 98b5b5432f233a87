"""The complete QA workflow: a project, a file handed in, analysed, mended, judged, scored, reviewed, reported."""

from random import Random
from typing import Any

from fluentscribe.journeys.web.changing import change
from fluentscribe.journeys.web.making import (
    add_terms,
    ask_for_review,
    make_project,
    new_key,
    new_work,
    wait_for_findings,
)
from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import Person, another_login, do, log_out
from fluentscribe.journeys.web.team import Work, chance, team
from plimsoll import journey

MENDED_MAX = 3  # segments
JUDGED_MAX = 4  # findings, one by one; the rest at once
AGAIN_SHARE = 0.3  # of sessions are analysed again after they were mended
VERDICTS = {"approved": 65, "changes_requested": 22, "rejected": 13}


@journey(weight=14, writes=True)
async def translate_and_review(user: Any) -> None:
    """A day's work, by three people. It begins with logging in, which costs a password hash."""
    random = chance(user)
    mine = await another_login(user, team(user).lead)
    project = await make_project(user, random)
    await add_terms(user, random, project)
    work = await new_work(user, random, project)
    await mend(user, random, work)
    await judge(user, random, work)
    await score(user, work)
    await have_reviewed(user, random, work)
    await look_back(user, mine, work)
    await log_out(user, mine)


async def mend(user: Any, random: Random, work: Work) -> None:
    """The linguist corrects what was found, and may have it analysed again."""
    who, path = team(user).linguist, f"/sessions/{work.session}"
    await do(user, who, "read session", "GET", path)
    rows = await read_list(user, random, who, "read segments", f"{path}/segments", has_open_errors="true", limit=50)
    for row in rows[:MENDED_MAX]:
        given = {"target": row["target"].strip() or "Noch nicht übersetzt.", "state": "translated"}
        await change(user, who, "mend segment", f"/segments/{row['id']}", given)
    if rows and random.random() < AGAIN_SHARE:
        await do(user, who, "analyse again", "POST", f"{path}/analyze", expect=202)
        await wait_for_findings(user, who, work.session, "from asking to findings")


async def judge(user: Any, random: Random, work: Work) -> None:
    """The reviewer confirms and dismisses findings, first some one by one, then the rest, and reports an error."""
    who, path = team(user).reviewer, f"/sessions/{work.session}"
    found = await read_list(user, random, who, "read errors", f"{path}/errors", status="open", limit=50)
    await do(user, who, "count errors", "GET", f"{path}/errors/summary")
    for error in found[:JUDGED_MAX]:
        verdict = random.choice(("confirm", "confirm", "dismiss"))
        await do(user, who, f"{verdict} error", "POST", f"/errors/{error['id']}/{verdict}")
    rest = {"filter": {"status": "open", "severity": "minor"}, "status": "dismissed"}
    await do(user, who, "decide other errors", "POST", f"{path}/errors/decide", json=rest)
    rows = await read_list(user, random, who, "read segments", f"{path}/segments", limit=20)
    reported = {"segment_id": random.choice(rows)["id"], "dimension": "style", "type": "awkward", "severity": "minor"}
    await do(user, who, "report error", "POST", f"{path}/errors", json=reported, headers=new_key())


async def score(user: Any, work: Work) -> None:
    who, path = team(user).reviewer, f"/sessions/{work.session}/assessments"
    await do(user, who, "assess session", "POST", path, headers=new_key(), expect=201)
    await do(user, who, "read assessment", "GET", f"{path}/latest")


async def have_reviewed(user: Any, random: Random, work: Work) -> None:
    """Where changes are asked for, they are made, and the session is reviewed once more and approved."""
    (verdict,) = random.choices(list(VERDICTS), list(VERDICTS.values()))
    await decide(user, await ask_for_review(user, work, team(user).reviewer), verdict)
    if verdict == "changes_requested":
        await mend(user, random, work)
        await decide(user, await ask_for_review(user, work, team(user).reviewer), "approved")


async def decide(user: Any, review: int, verdict: str) -> None:
    who = team(user).reviewer
    await do(user, who, "read my reviews", "GET", "/reviews", params={"mine": "open"})
    reply = await do(user, who, "read review", "GET", f"/reviews/{review}")
    given = {"verdict": verdict, "comment": "As discussed."}
    seen = {"If-Match": reply.headers["etag"]}
    await do(user, who, "decide review", "POST", f"/reviews/{review}/decide", json=given, headers=seen)


async def look_back(user: Any, lead: Person, work: Work) -> None:
    """The lead sees how it went, and takes the findings along."""
    path = f"/projects/{work.project}"
    await do(user, lead, "read dashboard", "GET", f"{path}/dashboard")
    await do(user, lead, "quality of project", "GET", f"{path}/reports/quality", params={"bucket": "day"})
    await do(user, lead, "export findings", "GET", f"/sessions/{work.session}/export", params={"format": "csv"})
