"""Where a purger dies, and a town whose edge and CDN have a copy of every row.

A purge makes them read anew at once, as traffic would: the edge from the database, the CDN from the edge. So a purge
that is lost, came too early or in the wrong order leaves a copy that is not the row.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import asyncpg

from tests.edge.providers.servers import Asked, CloudflareLike, Reply
from tests.edge.purge.nest import CALL, COMMIT, STEPS

CROWD: Final = 150  # all ids: a statement that writes these tells their family only
AT_PROVIDER: Final = "the provider has the request, and has not done it"
DONE_THERE: Final = "the provider has done it, and not answered"
IDLE: Final = "when nothing was left to do"
ANY_TIME: Final = "at any time, from outside"
# Steps that each trial comes by, with the commits that bear on something; those of failures need a provider that fails.
FAILING: Final = ("failed rows postponed", f"{COMMIT}the provider's word noted")
_COMMITS: Final = ("the position moved", "rows leased", "what is due looked for")
INSIDE: Final = tuple(
    (step, after)
    for step in (*STEPS.values(), *(f"{COMMIT}{one}" for one in (*_COMMITS, "the provider's word noted")), CALL)
    for after in (False, True)
    if step != "rows leased" or after
)


@dataclass(frozen=True, slots=True)
class Strike:
    """Where a purger dies: `step` of its own before or `after`, at a provider's request, or some ms after it began."""

    step: str
    after: bool = False
    nth: int = 1
    ms: int = 0

    def __str__(self) -> str:
        return self.step if self.step in (AT_PROVIDER, DONE_THERE, ANY_TIME) else f"{self.step}{', after' * self.after}"


def drawn(chance: Random) -> Strike:
    kinds = [*INSIDE, *((one, False) for one in (AT_PROVIDER, DONE_THERE, ANY_TIME) for _ in range(3))]
    step, after = chance.choice(kinds)
    return Strike(step, after, chance.choice((1, 1, 2)), chance.randint(0, 80))


@dataclass
class Town:
    """The edge, the CDN, and what each has. `due` is how many requests are let through before one is struck."""

    db: asyncpg.Connection
    edge: dict[int, str | None] = field(default_factory=dict)
    cdn: dict[int, str | None] = field(default_factory=dict)
    hard: dict[str, set[int]] = field(default_factory=lambda: {"edge": set(), "cdn": set()})
    like: CloudflareLike = field(default_factory=lambda: CloudflareLike(calls_left=10**9))
    strike: Strike | None = None
    due: int = 0
    pid: int = 0
    failing: int = 0
    requests: int = 0
    reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def at_edge(self, asked: Asked) -> Reply:
        if self._struck(AT_PROVIDER):
            raise ConnectionAbortedError
        if self.failing > 0:
            self.failing -= 1
            return 503, {}, {"Retry-After": "0"}
        told = asked.body
        await self._filled("edge", told.get("tags", []), told["reach"] == "hard", "everything" in told)
        if self._struck(DONE_THERE):
            raise ConnectionAbortedError
        return 200, {}, {}

    async def at_cdn(self, asked: Asked) -> Reply:
        if self._struck(AT_PROVIDER):
            raise ConnectionAbortedError
        before = len(self.like.purged)
        reply = await self.like(asked)
        for reach, name, tags in self.like.purged[before:]:
            await self._filled("cdn", list(tags), reach == "hard", name == "purge_everything")
        if self._struck(DONE_THERE):
            raise ConnectionAbortedError
        return reply

    def _struck(self, step: str) -> bool:
        if step == AT_PROVIDER:
            self.requests += 1
        if self.strike is None or self.strike.step != step or not self.pid:
            return False
        self.due -= 1
        if self.due != 0:
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return True

    async def _filled(self, where: str, tags: list[str], hard: bool, everything: bool) -> None:
        """As traffic would at once."""
        ids = {int(tag.partition(":")[2]) for tag in tags if tag.startswith("order:") and tag != "order:*"}
        if everything or (where == "edge" and "order:*" in tags) or "order" in tags:
            ids = {*self.edge, *self.cdn}
        if where == "edge":
            found = await self.rows()
            self.edge |= {one: found.get(one) for one in ids}
        else:
            self.cdn |= {one: self.edge.get(one) for one in ids}
        if hard:
            self.hard[where] |= ids

    async def rows(self) -> dict[int, str]:
        async with self.reading:
            return {row["id"]: row["note"] for row in await self.db.fetch("SELECT id, note FROM orders")}
