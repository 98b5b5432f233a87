"""Changes behind the platform's back, and what two platforms on one database answer after them."""

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from fluentscribe.api.carrying import HEADER
from tests.fluentscribe.api.examples import QUERIES
from tests.fluentscribe.api.service import OURS, PEOPLE, THEIRS, Platform, Reply
from tests.fluentscribe.api.test_rights import WAYS
from tests.fluentscribe.api.things import PARAMETER, things_of
from tests.fluentscribe.caching.conftest import Pair

# What tells of the moment, or of what the other platform did.
UNLIKE = ("/activity", "/audit-logs", "/export", "/content")
READ = [way.path for way in WAYS if way.method == "GET" and not any(part in way.path for part in UNLIKE)]
NAMING = [path for path in READ if PARAMETER.search(path)]
WINDOW = "?from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&bucket=month"

CHANGES = Path(__file__).with_name("changes.sql").read_text().split(";\n")


class Comparing:
    """Two platforms, one of which keeps answers. `wrong` are those in which they differed."""

    def __init__(self, pair: Pair, connection: asyncpg.Connection, things: dict[UUID, dict[str, Any]]) -> None:
        self.pair, self.connection, self.things = pair, connection, things
        self.wrong: list[str] = []

    @staticmethod
    async def by(pair: Pair, steps: Iterable[tuple[str, UUID, str, int]], reads: Any) -> list[str]:
        """Makes each change (SQL, organization, person, number), then asks what `reads(things)` gives: who, path."""
        connection = await asyncpg.connect(pair.plain.dsn)
        try:
            comparing = Comparing(pair, connection, {one: await things_of(pair.plain, one) for one in (OURS, THEIRS)})
            for change in steps:
                token = await comparing.changed(*change)
                for who, path in reads(comparing.things):
                    await comparing.compare(who, path, token)
            return comparing.wrong
        finally:
            await connection.close()

    async def changed(self, change: str, organization: UUID, person: str, number: int) -> str:
        """The change's token."""
        session = self.things[organization]["session_id"]
        given = (
            f"'{organization}'::uuid", f"'{self.pair.plain.people[person]}'::uuid", f"'{session}'::uuid", str(number)
        )  # fmt: skip
        for place, value in enumerate(given, 1):
            change = change.replace(f"${place}", value)
        async with self.connection.transaction():
            await self.connection.execute(change)
            token: str = await self.connection.fetchval("SELECT pg_current_xact_id()::text")
        return token

    async def compare(self, who: str, path: str, token: str) -> None:
        """Problems but for the request that they name."""
        got, right = [
            await asyncio.to_thread(read, platform, who, path, token)
            for platform in (self.pair.cached, self.pair.plain)
        ]
        if got.status != right.status or _said(got) != _said(right):
            self.wrong.append(f"{path} as {who}: {got.status} {got.body!r}, not {right.status} {right.body!r}")


def by_chance(random: Random, steps: int) -> Iterator[tuple[str, UUID, str, int]]:
    for _ in range(steps):
        yield random.choice(CHANGES), random.choice((OURS, THEIRS)), anybody(random), random.randrange(1, 1000)


def anybody(random: Random) -> str:
    """More often of one's own organization."""
    return random.choice(("", "", "their ")) + random.choice(list(PEOPLE))


def path_of(path: str, whose: dict[str, Any]) -> str:
    """To one of these things, with the query that it needs."""
    query = WINDOW if "/reports/" in path else QUERIES.get(("GET", path), "")
    for name in PARAMETER.findall(path):
        path = path.replace(f"{{{name}}}", str(whose[name]))
    return path + query


def missing_of(path: str, whose: dict[str, Any]) -> str:
    """As `path_of`, of something that is not there: what the path names last."""
    name = PARAMETER.findall(path)[-1]
    return path_of(path, {**whose, name: UUID(int=2**100) if isinstance(whose[name], UUID) else 2**40})


def _said(reply: Reply) -> bytes | dict[str, Any]:
    if reply.status < 400:
        return reply.body
    return {name: value for name, value in reply.json.items() if name != "request_id"}


def read(platform: Platform, who: str, path: str, token: str) -> Reply:
    return platform.call("GET", path, who, headers={HEADER: token})


def from_memory(platform: Platform) -> float:
    """How many answers came from there, so far."""
    lines = platform.call("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith('cache_answers_total{source="memory"}'))
