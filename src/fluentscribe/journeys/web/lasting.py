"""Long work: large files, and a day at one's desk in which the login must be kept alive."""

from typing import Any

from fluentscribe.journeys.files import large_file
from fluentscribe.journeys.web.changing import change
from fluentscribe.journeys.web.making import hand_in, make_project, some_work, wait_for_findings
from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import ask, do
from fluentscribe.journeys.web.team import chance, team
from plimsoll import journey

UNITS = (2_000, 5_000, 10_000)  # 0.4, 1 and 2 MB
SEGMENTS = (15, 40)  # that somebody mends at their desk
READING_S = (2.0, 8.0)  # for each of them


@journey(weight=1, writes=True)
async def hand_in_large_file(user: Any) -> None:
    """A manual: handed in, analysed, its findings read to the last page and taken along."""
    random, us = chance(user), team(user)
    project = await make_project(user, random)
    session = await hand_in(user, us.linguist, project, large_file(random, random.choice(UNITS)))
    await wait_for_findings(user, us.linguist, session, "from upload to findings, large")
    path = f"/sessions/{session}"
    await read_list(user, random, us.linguist, "read errors, large", f"{path}/errors", every=True, limit=200)
    await do(user, us.linguist, "count errors", "GET", f"{path}/errors/summary")
    await do(user, us.lead, "export findings", "GET", f"{path}/export", max_bytes=100_000_000)


@journey(weight=4, writes=True)
async def work_at_the_desk(user: Any) -> None:
    """A linguist goes through a file segment by segment, thinking; tokens that end meanwhile are refreshed."""
    random, who = chance(user), team(user).linguist
    work = await some_work(user, random)
    rows = await read_list(user, random, who, "read segments", f"/sessions/{work.session}/segments", every=True)
    for row in rows[: random.randint(*SEGMENTS)]:
        await user.think(*READING_S)
        given = {"target": row["target"].strip() or row["source"], "state": "reviewed"}
        await change(user, who, "mend segment", f"/segments/{row['id']}", given)
    await ask(user, who, "count errors", "GET", f"/sessions/{work.session}/errors/summary")
