"""A virtual user is a team: somebody who runs an organization, and two of its members whose names they know.

Whom to log in as is known by e-mail address only. Who runs an organization is found out by logging in, once for each
person and process; their list of members tells the addresses of others.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from fluentscribe.journeys.web.people import Person, ask, log_in

TRIES_MAX = 200  # people to ask whether they run an organization
MEMBERS_PAGE = 100
COLLEAGUES = 2
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


_no_lead: set[str] = set()  # who was found to run nothing, or not to be there; as many as people were drawn


async def form_team(user: Any, people: Any, chances: Any) -> None:
    """Logs three people in; kept as `team(user)`. `people` is a feed of e-mail addresses."""
    user.headers["X-Forwarded-For"] = address_of(user.number)
    random = user.draw(chances)
    for _ in range(TRIES_MAX):
        lead = await _lead(user, user.draw(people))
        others = await _colleagues(user, lead, random) if lead is not None else []
        if lead is not None and len(others) == COLLEAGUES:
            user.state["team"] = Team(lead, *others, chances)
            return
    user.check(f"one of {TRIES_MAX} people runs an organization with others in it", False)


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


async def _lead(user: Any, email: str) -> Person | None:
    """The person, logged in for an organization that they run and in which something may be done."""
    if email in _no_lead:
        return None
    found = await log_in(user, email)
    for organization in [] if found is None else found.organizations:
        if organization["role"] in RUNNING:
            lead = found if organization == found.organization else await log_in(user, email, organization["slug"])
            if lead is not None and await _is_open(user, lead):
                return lead
    _no_lead.add(email)
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
