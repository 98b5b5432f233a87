"""A virtual user is a team: somebody who runs an organization, and two of its members whose names they know.

Whom to log in as is known by e-mail address only. Who runs an organization is found out by logging in, once for each
person and process, since each login costs the platform a password hash; their list of members tells the addresses of
others. Virtual users who draw the same person are the same team, each with work of its own.
"""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fluentscribe.journeys.web.people import LockedOut, Person, ask, log_in

Trio = tuple[Person, Person, Person]

PEOPLE = "FLUENTSCRIBE_PEOPLE"  # the variable that says how many people the platform's data set has
# Of everybody, for a feed, where the database is at hand; those who were there first come first.
ADDRESSES = "SELECT email FROM profiles WHERE disabled_at IS NULL ORDER BY created_at, id LIMIT 100000"
TRIES_MAX = 200  # people to ask whether they run an organization
MEMBERS_PAGE = 100
COLLEAGUES = 2
ABSENT_MAX = 10  # people who cannot log in, if they are most of those who were asked
LOCKED_OUT_MAX = 5  # people; then it is no longer they, but the address from which this user comes
RUNNING = ("owner", "admin")
WORKS_MAX = 20  # sessions in view of one user


@dataclass(frozen=True, slots=True)
class Work:
    """A session whose findings are there and which nobody has decided, and its project."""

    session: str
    project: str


@dataclass(slots=True)
class Team:
    """`lead` runs the organization; `linguist` hands files in; `reviewer` judges them. All have logged in."""

    lead: Person
    linguist: Person
    reviewer: Person
    chances: Any  # a feed that gives a Random for each journey
    works: list[Work] = field(default_factory=list)

    @property
    def organization(self) -> str:
        return str(self.lead.organization["id"])

    @property
    def everybody(self) -> tuple[Person, Person, Person]:
        return self.lead, self.linguist, self.reviewer

    def saw(self, work: Work) -> None:
        self.works = [work, *self.works[: WORKS_MAX - 1]]


def addresses(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Of everybody in the data set: 100 people, as in `small`, unless the variable PEOPLE says another number."""
    return [f"user{n}@example.com" for n in range(1, int(environ.get(PEOPLE, "100")) + 1)]


_trios: dict[str, Trio | None] = {}  # by address, who works together; None for people who run nothing, or are not there
_absent: set[str] = set()  # of them, who could not log in
_asked: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)  # so that no two users find out the same
_asking = asyncio.Semaphore(10)  # users at once: the platform hashes a few passwords at a time, and lets 200 wait


async def form_team(user: Any, people: Any, chances: Any, *, alone: bool = False) -> None:
    """Logs three people in; kept as `team(user)`. `people` is a feed of e-mail addresses. `alone`: the lead is all of
    them, which spares the platform the password hashes of the others.

    A user's first step is late by whatever came before it, and waiting for other users is no fault of the platform: so
    they look at something first.
    """
    user.headers["X-Forwarded-For"] = address_of(user.number)
    reply = await user.http("open platform", "GET", "/health/ready", expect=(200, 404))
    user.check("Fluent Scribe answers at this URL", is_ready(reply.status, reply.text))
    random = user.draw(chances)
    locked_out = 0
    for _ in range(TRIES_MAX):
        try:
            trio = await _trio(user, user.draw(people), None if alone else random)
        except LockedOut:
            locked_out += 1
            user.check("not locked out by failed logins", locked_out < LOCKED_OUT_MAX)
            continue
        user.check("people of the data set can log in", trio is not None or not _are_strangers())
        if trio is not None:
            user.state["team"] = Team(*trio, chances)
            return
    user.check(f"one of {TRIES_MAX} people runs an organization with others in it", False)


def is_ready(status: int, text: str) -> bool:
    """Whether this is how the platform says that it is; another server knows no such path, or says something else."""
    try:
        said = json.loads(text)
    except ValueError:
        return False
    return status == 200 and isinstance(said, dict) and said.get("status") == "ok"


def team(user: Any) -> Team:
    found = user.state["team"]
    assert isinstance(found, Team)
    return found


def chance(user: Any) -> Random:
    """A Random of this journey's own."""
    drawn = user.draw(team(user).chances)
    assert isinstance(drawn, Random)
    return drawn


def address_of(number: int) -> str:
    """Each user comes from an address of its own, of those meant for tests of load (RFC 2544), where the platform
    believes who loads it: failed logins are then counted for each user apart."""
    return f"198.{18 + number // 65536 % 2}.{number // 256 % 256}.{number % 256}"


def _are_strangers() -> bool:
    """Whether the platform holds another data set, or none. In ours three accounts in a hundred are closed."""
    return len(_absent) >= ABSENT_MAX and len(_absent) > len(_trios) / 2


async def _trio(user: Any, email: str, random: Random | None) -> Trio | None:
    """Who works with this person, as they are known by now; strangers are asked again."""
    async with _asked[email], _asking:
        if email not in _trios or _are_strangers():
            _trios[email] = await _found(user, email, random)
        return _trios[email]


async def _found(user: Any, email: str, random: Random | None) -> Trio | None:
    lead = await _lead(user, email)
    if random is None:
        return None if lead is None else (lead, lead, lead)
    others = [] if lead is None else await _colleagues(user, lead, random)
    return (lead, others[0], others[1]) if lead is not None and len(others) == COLLEAGUES else None


async def _lead(user: Any, email: str) -> Person | None:
    """The person, logged in for an organization that they run and in which something may be done."""
    person = await log_in(user, email)
    if person is None:
        _absent.add(email)
        return None
    for organization in person.organizations:
        if organization["role"] in RUNNING:
            lead = person if organization == person.organization else await log_in(user, email, organization["slug"])
            if lead is not None and await _is_open(user, lead):
                return lead
    return None


async def _is_open(user: Any, lead: Person) -> bool:
    reply = await ask(user, lead, "read organization", "GET", f"/organizations/{lead.organization['id']}")
    return reply.json()["status"] in ("active", "trial")


async def _colleagues(user: Any, lead: Person, random: Random) -> list[Person]:
    """Members who can log in, by chance."""
    path = f"/organizations/{lead.organization['id']}/members"
    reply = await ask(user, lead, "list members", "GET", path, params={"role": "member", "limit": MEMBERS_PAGE})
    members = [one for one in reply.json()["items"] if not one["pending"] and one["id"] != lead.profile]
    found: list[Person] = []
    for member in random.sample(members, len(members)):
        person = await log_in(user, member["email"], lead.slug)
        if person is not None:
            found.append(person)
        if len(found) == COLLEAGUES:
            break
    return found
