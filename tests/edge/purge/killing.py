"""Purgers that are killed at any of their steps, while rows change; and whether an edge or a CDN is left stale by it:
a copy that is not its row, or a row that was deleted and not purged hard."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import asyncpg

from tests.edge.providers.servers import serving
from tests.edge.purge import mutations
from tests.edge.purge.ground import installed
from tests.edge.purge.mutations import MUTATIONS, Mutation, mutated
from tests.edge.purge.town import ANY_TIME, CROWD, FAILING, IDLE, INSIDE, Strike, Town, drawn

PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.005
BESIDE: Final = 0.3  # of purgers that die, with another beside them, which is killed somewhere, too
ROWS: Final = 12  # ids that are written again and again
_DRAINED: Final = """
SELECT NOT EXISTS (SELECT FROM plimsoll_edge.outbox) AND
       NOT EXISTS (SELECT FROM plimsoll_edge.position p, LATERAL plimsoll_changes.poll(p.snapshot) c
                   WHERE c.xid IS NOT NULL)
"""


@dataclass
class Nest:
    """Forks purgers, one at a time; `other` is for one beside it."""

    process: asyncio.subprocess.Process
    told: dict[str, Any]
    other: "Nest | None" = None

    async def begin(self, strike: Strike | None, seed: int) -> int:
        inside = strike if strike is not None and (strike.step, strike.after) in INSIDE else Strike("", nth=0)
        line = {**self.told, "step": inside.step, "after": inside.after, "nth": inside.nth, "seed": seed}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        return await self._number()

    async def ended(self) -> int:
        return await self._number()

    async def _number(self) -> int:
        assert self.process.stdout is not None
        return int(await self.process.stdout.readline())


@dataclass
class Story:
    """What came of trials: where purgers died, by step; what was lost, in words."""

    deaths: Counter[str] = field(default_factory=Counter)
    commits: int = 0
    requests: int = 0
    trials: int = 0
    lost: list[str] = field(default_factory=list)
    patience_s: float = PATIENCE_S


@asynccontextmanager
async def stage(dsn: str, mutation: Mutation | None) -> AsyncIterator[tuple[Town, Nest, asyncpg.Connection]]:
    """The town with an outbox, a nest, and a connection to write by."""
    db, writer = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    number = -1 if mutation is None else MUTATIONS.index(mutation)
    argv, pipe = (sys.executable, "-m", "tests.edge.purge.nest", str(number)), asyncio.subprocess.PIPE
    nests = [await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe) for _ in range(2)]
    try:
        await installed(db, "local", "cloudflare")
        town = Town(db)
        async with serving(town.at_edge) as edge, serving(town.at_cdn) as cdn:
            told = {"dsn": dsn, "edge": edge, "cdn": cdn, "owner": os.getpid()}
            yield town, Nest(nests[0], told, Nest(nests[1], told)), writer
    finally:
        for nest in nests:
            if nest.returncode is None:
                nest.kill()
            await nest.wait()
        db.terminate()
        writer.terminate()


async def tried(town: Town, nest: Nest, writer: asyncpg.Connection, seed: int, story: Story) -> None:
    """One trial: one to three purgers die while rows change, and a last one ends the work."""
    chance = Random(seed)
    rows = await town.rows()
    town.edge = {one: rows.get(one) for one in range(CROWD)}
    town.cdn, town.hard, before = dict(town.edge), {"edge": set(), "cdn": set()}, town.requests
    deleted: set[int] = set()
    for _ in range(chance.randint(1, 3)):
        strike = drawn(chance)
        town.failing = 1 if strike.step in FAILING else 0
        statements = [_statement(chance, seed) for _ in range(chance.randint(2, 5))]
        story.commits += len(statements)
        await _until_dead(town, nest, writer, strike, chance, statements, deleted, story)
    town.strike, town.failing = None, 0
    await _ending(town, nest, chance, story)
    story.trials += 1
    story.requests += town.requests - before
    rows = await town.rows()
    for where, held in (("edge", town.edge), ("cdn", town.cdn)):
        stale = [one for one in held if held[one] != rows.get(one)]
        soft = deleted - rows.keys() - town.hard[where]
        story.lost += [f"seed {seed}: {where} has {held[one]!r} of {one}: {rows.get(one)!r}" for one in stale]
        story.lost += [f"seed {seed}: {where} was told softly that {one} is gone" for one in soft]


def _statement(chance: Random, seed: int) -> tuple[str, int]:
    """And the id that it deletes, -1 for none."""
    one, note = chance.randrange(ROWS), f"{seed}.{chance.randrange(10**6)}"
    kind = chance.random()
    if kind < 0.15:
        return f"DELETE FROM orders WHERE id = {one}", one
    if kind < 0.2:
        return "TRUNCATE orders", -2
    if kind < 0.25:  # so many that they are told by their family
        return f"INSERT INTO orders SELECT g, NULL, '{note}' FROM generate_series(0, {CROWD - 1}) g " + _AGAIN, -1
    return f"INSERT INTO orders VALUES ({one}, NULL, '{note}') " + _AGAIN, -1


_AGAIN: Final = "ON CONFLICT (id) DO UPDATE SET note = excluded.note"


async def _until_dead(
    town: Town,
    nest: Nest,
    writer: asyncpg.Connection,
    strike: Strike,
    chance: Random,
    statements: list[tuple[str, int]],
    deleted: set[int],
    story: Story,
) -> None:
    """One that has nothing left to do before its time comes is killed then."""
    first, *rest = statements
    await _written(writer, town, *first, deleted)
    town.strike, town.due = strike, strike.nth
    beside = nest.other if chance.random() < BESIDE else None
    other = 0 if beside is None else await beside.begin(None, chance.randrange(10**6))
    town.pid = await nest.begin(strike, chance.randrange(10**6))
    dead = asyncio.create_task(nest.ended())
    if strike.step == ANY_TIME:
        await asyncio.wait([dead], timeout=strike.ms / 1000)
        _kill(town.pid)
    for each in rest:
        await _written(writer, town, *each, deleted)
        await asyncio.wait([dead], timeout=chance.random() / 100)
    async with asyncio.timeout(story.patience_s):
        while not dead.done() and not await _drained(town):
            await asyncio.wait([dead], timeout=LOOK_S)
    struck = dead.done() or strike.step == ANY_TIME
    _kill(town.pid)
    assert await dead == -signal.SIGKILL
    town.pid = 0
    if beside is not None:
        _kill(other)
        assert await beside.ended() == -signal.SIGKILL
    story.deaths[str(strike) if struck else IDLE] += 1


async def _ending(town: Town, nest: Nest, chance: Random, story: Story) -> None:
    town.pid = await nest.begin(None, chance.randrange(10**6))
    dead = asyncio.create_task(nest.ended())
    async with asyncio.timeout(story.patience_s):
        while not await _drained(town):
            await asyncio.wait([dead], timeout=LOOK_S)
            assert not dead.done(), "nobody was to kill it"
    _kill(town.pid)
    assert await dead == -signal.SIGKILL
    town.pid = 0


async def _drained(town: Town) -> bool:
    async with town.reading:
        return bool(await town.db.fetchval(_DRAINED))


async def _written(writer: asyncpg.Connection, town: Town, statement: str, one: int, deleted: set[int]) -> None:
    """What it takes away needs a hard purge from now on; a row that comes back needs none."""
    gone = {*await town.rows()} if one == -2 else {one} & {*await town.rows()}
    for hard in town.hard.values():
        hard -= gone
    deleted |= gone
    await writer.execute(statement)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def run(dsns: Sequence[str], seeds: Iterable[int], mutation: Mutation | None = None) -> Story:
    """One trial after another in each of these databases, which share the seeds; with a mutation until one is lost."""
    story, left = Story(patience_s=PATIENCE_S if mutation is None else mutations.PATIENCE_S), iter(seeds)

    async def lane(dsn: str) -> None:
        async with stage(dsn, mutation) as there:
            for seed in left:
                try:
                    await tried(*there, seed, story)
                except TimeoutError:
                    if mutation is None:
                        raise
                    story.lost.append(f"seed {seed}: what waits is sent by nobody")
                if mutation is not None and story.lost:
                    return

    async def go() -> None:
        async with asyncio.TaskGroup() as group:
            for dsn in dsns:
                group.create_task(lane(dsn))

    with mutated(mutation):
        asyncio.run(go())
    return story
