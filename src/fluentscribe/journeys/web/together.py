"""Several people at the same thing at once: who comes second is told so, reads again, and decides anew."""

from random import Random
from typing import Any

from fluentscribe.journeys.web.changing import change, read_etag
from fluentscribe.journeys.web.making import ask_for_review, done_with, make_project, new_key, new_work, some_work
from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import Person, do
from fluentscribe.journeys.web.team import Work, chance, team
from plimsoll import journey

# By organization, the session on which all users of this process work side by side.
_common: dict[str, Work] = {}


@journey(weight=5, writes=True)
async def edit_the_same_segment(user: Any) -> None:
    """Linguist and reviewer have read the same segment, and both change it: one of them loses, and does it again."""
    random, us = chance(user), team(user)
    work = await some_work(user, random)
    rows = await read_list(user, random, us.linguist, "read segments", f"/sessions/{work.session}/segments", limit=20)
    path = f"/segments/{random.choice(rows)['id']}"
    seen = await read_etag(user, us.linguist, path)
    seen_too = await read_etag(user, us.reviewer, path)
    await change(user, us.reviewer, "mend segment", path, _text(random), seen_too)
    await change(user, us.linguist, "mend segment, too late", path, _text(random), seen)


@journey(weight=4, writes=True)
async def work_on_one_session(user: Any) -> None:
    """All who run an organization and are at it now mend the first segments of one session."""
    random, us = chance(user), team(user)
    if us.organization not in _common:
        made = await new_work(user, random, await make_project(user, random))
        _common.setdefault(us.organization, made)
    path = f"/sessions/{_common[us.organization].session}/segments"
    rows = (await do(user, us.lead, "read common segments", "GET", path, params={"limit": 3})).json()["items"]
    for row in rows:
        await change(user, us.lead, "mend common segment", f"/segments/{row['id']}", _text(random))


@journey(weight=2, writes=True)
async def decide_at_the_same_time(user: Any) -> None:
    """Two were asked to review one session. Who decides first decides it; the other is told 409."""
    random, us = chance(user), team(user)
    work = await some_work(user, random)
    done_with(us, work)  # nobody else of this user's people works on it from now on
    reviews = [await ask_for_review(user, work, who) for who in (us.reviewer, us.lead)]
    await _decide(user, us.reviewer, reviews[0], "approved", 200)
    await _decide(user, us.lead, reviews[1], "rejected", 409)
    reply = await do(user, us.lead, "read session", "GET", f"/sessions/{work.session}")
    user.check("decided by the first", reply.json()["status"] == "approved")


@journey(weight=4, writes=True)
async def send_again(user: Any) -> None:
    """An answer was lost, and the request is sent again with its key: the first answer comes, nothing is made twice."""
    random, who = chance(user), team(user).linguist
    key = new_key()
    given = {"category": "idea", "message": f"Number {random.getrandbits(32)}: show more rows.", "rating": 4}
    first = await do(user, who, "give feedback", "POST", "/feedback", json=given, headers=key, expect=201)
    again = await do(user, who, "give feedback, again", "POST", "/feedback", json=given, headers=key, expect=201)
    user.check("the same answer", again.json()["id"] == first.json()["id"])
    user.check("said to be repeated", again.headers.get("idempotent-replayed") == "true")
    other = {**given, "rating": 5}
    await do(user, who, "give feedback, key used before", "POST", "/feedback", json=other, headers=key, expect=422)


async def _decide(user: Any, who: Person, review: int, verdict: str, expected: int) -> None:
    step = "decide review" if expected == 200 else "decide review, too late"
    await do(user, who, step, "POST", f"/reviews/{review}/decide", json={"verdict": verdict}, expect=expected)


def _text(random: Random) -> dict[str, str]:
    """A translation unlike any other."""
    return {"target": f"Fassung {random.getrandbits(32)} dieses Satzes.", "state": "reviewed"}
