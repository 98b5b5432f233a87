"""On whose behalf a virtual user acts: a person, one of their organizations, and the work they have in view.

Row-level security shows the application nothing until a transaction says for whom it acts, so people find their work as
they do in the application: by logging in. Feeds belong to the scenario file that makes them, and are handed in here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")

PEOPLE = "SELECT id, email FROM profiles WHERE disabled_at IS NULL ORDER BY created_at, id LIMIT 100000"
SESSIONS_MAX = 100  # in view of one user
TRIES_MAX = 50  # people to log in as, until one of them has work
RETRIES = 3
THINK_S = (0.1, 0.5)  # for which people look at what came

ACT = "SELECT set_config('app.organization_id', $1, true), set_config('app.profile_id', $2, true)"
FIND_PERSON = "SELECT id, email, password_hash, locale, disabled_at FROM profiles WHERE lower(email) = lower($1)"
ORGANIZATIONS = """
SELECT o.id, o.slug, o.name, o.plan, m.role FROM organization_members m JOIN organizations o ON o.id = m.organization_id
WHERE m.profile_id = $1 ORDER BY o.name, o.id
"""
# Who may read the logs: a member does not.
AUDITOR = """
SELECT profile_id FROM organization_members WHERE organization_id = $1 AND role IN ('owner', 'admin', 'auditor')
ORDER BY created_at, profile_id LIMIT 1
"""
WORK = f"""
SELECT s.id, s.project_id FROM qa_sessions s ORDER BY s.created_at DESC, s.id DESC LIMIT {SESSIONS_MAX}
"""


@dataclass(frozen=True, slots=True)
class Work:
    """A session in view, and its project."""

    session: UUID
    project: UUID


@dataclass(slots=True)
class Acting:
    """A logged-in person. `sessions` are the latest of the organization, at most SESSIONS_MAX and at least one.

    `auditor` is somebody who may read its logs. `people` and `chances` are feeds: rows of PEOPLE, and a Random for each
    journey.
    """

    people: Any
    chances: Any
    profile: UUID
    email: str
    organization: UUID
    auditor: UUID
    sessions: list[Work]

    def choose(self, random: Random) -> Work:
        """A session in view; the newest most often, as people work on what came in last."""
        return self.sessions[int(len(self.sessions) * random.random() ** 2)]

    def saw(self, work: Work) -> None:
        """Brings a new session into view, the oldest going out of it."""
        self.sessions = [work, *self.sessions[: SESSIONS_MAX - 1]]


def itself(random: Random) -> Random:
    """For `feed.generate`: each draw is a seeded Random, so that what a journey makes up depends on the seed only."""
    return random


async def log_in(user: Any, people: Any, chances: Any) -> None:
    """Chooses a person who has work, and one of their organizations; kept as `acting(user)`."""
    for _ in range(TRIES_MAX):
        person = user.draw(people)
        found = await _entered(user, person, user.draw(chances))
        if found is not None:
            user.state["acting"] = Acting(people, chances, person["id"], person["email"], *found)
            return
    user.check(f"one of {TRIES_MAX} people has a session to work on", False)


def acting(user: Any) -> Acting:
    """Who the user is logged in as."""
    found = user.state["acting"]
    assert isinstance(found, Acting)
    return found


def chance(user: Any) -> Random:
    """A Random of this journey's own."""
    drawn = user.draw(acting(user).chances)
    assert isinstance(drawn, Random)
    return drawn


async def read(user: Any, step: str, query: str, *parameters: Any, person: UUID | None = None) -> list[Any]:
    """One statement on behalf of the person, or of another one of the organization, as a step."""

    async def fetch(tx: Any) -> list[Any]:
        rows: list[Any] = await tx.fetch(query, *parameters)
        return rows

    return await perform(user, step, fetch, person)


async def perform(user: Any, step: str, work: Callable[[Any], Awaitable[T]], person: UUID | None = None) -> T:
    """A transaction on behalf of the person, as a step, after which they look at what came.

    `work` may be called again: it must change nothing of ours.
    """
    me = acting(user)
    async for tx in user.transaction(step, retries=RETRIES):
        async with tx:
            await tx.execute(ACT, str(me.organization), str(person or me.profile))
            result = await work(tx)
    await user.think(*THINK_S)
    return result


async def _entered(user: Any, person: Any, random: Random) -> tuple[UUID, UUID, list[Work]] | None:
    async for tx in user.transaction("log in"):
        async with tx:
            await tx.fetch(FIND_PERSON, person["email"])
            await tx.execute(ACT, "", str(person["id"]))
            organizations = await tx.fetch(ORGANIZATIONS, person["id"])
            chosen: UUID | None = random.choice(organizations)["id"] if organizations else None
            if chosen is not None:
                await tx.execute(ACT, str(chosen), str(person["id"]))
            auditor = await tx.fetchval(AUDITOR, chosen)
            rows = await tx.fetch(WORK)
    if chosen is None or not rows:
        return None
    return chosen, auditor or person["id"], [Work(row["id"], row["project_id"]) for row in rows]
