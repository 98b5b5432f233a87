"""The same questions answered through `plimsoll.cache`.

Options: `exact` is the share of fills that take their snapshot by their connection, the others have that of their
beginning; `writing` that of fills within a transaction that has written, and is rolled back; `repeatable` that of fills
in a transaction whose snapshot was taken a while before.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict
from functools import partial
from random import Random
from typing import Any, Final

import asyncpg

from plimsoll.cache import Cache, Filling, SharedTier, Token
from tests.prove.caching.adapters import ANSWER_S, DATABASE, Source
from tests.prove.caching.application import Config
from tests.prove.caching.committing import Done
from tests.prove.caching.mutations import MUTATIONS
from tests.prove.caching.world import Asked, Rows

TIER_1: Final = "tier 1"
TIER_2: Final = "tier 2"
JOINED: Final = "joined"  # another's fill, or another's look into tier 2
UNSEEN_VERSION: Final = 1_000_000  # above all that are committed
LIMIT_S: Final = 0.25  # of a round trip to tier 2: a busy machine is to be no fault by itself
READY_S: Final = 10.0
_REPORT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1"
_MISSING: Final = object()
_BY: ContextVar[list[str]] = ContextVar("by")  # what a fetch did on its way


class OnPlimsoll:
    def __init__(self, config: Config, source: Source) -> None:
        self._source = source
        self._random = Random(config.seed)
        self._options = config.options
        self._loop = asyncio.get_running_loop()
        self._report: asyncpg.Connection | None = None
        self._reporting = asyncio.Lock()
        shared = SharedTier("proof", config.shared, limit_s=LIMIT_S) if config.shared else None
        self.cache = Cache("proof", staleness_s=0.25, random=Random(config.seed), shared=shared)
        _label_tier_2(self.cache)

    async def read(self, asked: Asked, after: int | None = None) -> tuple[Rows, str]:
        if after is not None:
            with self.cache.after(Token(after)):
                return await self._read(asked)
        return await self._read(asked)

    async def _read(self, asked: Asked) -> tuple[Rows, str]:
        held = self.cache.get(asked.key, _MISSING)
        if held is not _MISSING:
            return held, TIER_1
        by: list[str] = []
        _BY.set(by)
        rows: Rows = await self.cache.fetch(asked.key, self._fill_of(asked, by), tags=_tags(asked))
        return rows, by[0] if by else JOINED

    def read_in_thread(self, asked: Asked) -> tuple[Rows, str]:
        held = self.cache.get(asked.key, _MISSING)
        if held is not _MISSING:
            return held, TIER_1
        by: list[str] = []
        _BY.set(by)
        fill = self._fill_of(asked, by)

        def in_loop(filling: Filling) -> Rows:
            rows: Rows = asyncio.run_coroutine_threadsafe(fill(filling), self._loop).result(ANSWER_S * 2)
            return rows

        rows: Rows = self.cache.fetch_sync(asked.key, in_loop, tags=_tags(asked))
        return rows, by[0] if by else JOINED

    async def wrote(self, done: Done) -> None:
        self.cache.wrote(done.tags, done.xid)

    def told(self) -> dict[str, Any]:
        shared = self.cache.shared
        return {"fills": self._source.fills, "shared": None if shared is None else asdict(shared)}

    async def close(self) -> None:
        await asyncio.to_thread(self.cache.close)
        if self._report is not None:
            self._report.terminate()
        await self._source.close()

    def _fill_of(self, asked: Asked, by: list[str]) -> Callable[[Filling], Any]:
        async def fill(filling: Filling) -> Rows:
            by.append(DATABASE)
            if asked.kind == "copy":
                return await self._copied(asked, filling)
            async with self._source.connection() as connection:
                if asked.kind == "item" and self._random.random() < self._options.get("writing", 0):
                    by[:] = [""]
                    return await self._unseen(connection, asked, filling)
                if self._random.random() < self._options.get("repeatable", 0):
                    by[:] = [""]
                    return await self._aged(asked, filling)
                if self._random.random() < self._options.get("exact", 0.5):
                    await filling.on(connection)
                return await self._source.answer(connection, asked)

        return fill

    async def _copied(self, asked: Asked, filling: Filling) -> Rows:
        """Out of another value of the cache, whose tags it gets by that; beside it something is read itself."""
        original = Asked("item", asked.number)
        _BY.set([])
        rows: Rows = await self.cache.fetch(original.key, self._fill_of(original, []), tags=[original.tag])
        async with self._source.connection() as connection:
            await filling.on(connection)
            await self._source.answer(connection, original)
        return rows

    async def _unseen(self, connection: asyncpg.Connection, asked: Asked, filling: Filling) -> Rows:
        """Reads what it has written itself, and takes that back."""
        await connection.execute("BEGIN")
        changed = "UPDATE items SET version = version + $2 WHERE id = $1"
        await connection.execute(changed, asked.number, UNSEEN_VERSION, timeout=ANSWER_S)
        await filling.on(connection)
        rows = await self._source.answer(connection, asked)
        await connection.execute("ROLLBACK")
        return rows

    async def _aged(self, asked: Asked, filling: Filling) -> Rows:
        """Reads by a snapshot that was taken before the fill began, as in a long report."""
        async with self._reporting:
            if self._report is None:
                self._report = await self._source.connect()
                await self._report.execute(_REPORT)
            await filling.on(self._report)
            rows = await self._source.answer(self._report, asked)
            await self._report.execute(f"COMMIT; {_REPORT}")
        return rows


def _tags(asked: Asked) -> list[str]:
    """A copy has those of what it is made of."""
    return [] if asked.kind == "copy" else [asked.tag]


def _label_tier_2(cache: Cache) -> None:
    """Who leads to tier 2 and finds the value there is said to be served by it."""
    desk: Any = cache._desk
    found = desk.found

    def labelled(found: Callable[..., Any], *arguments: Any) -> Any:
        landed = found(*arguments)
        if landed is not None:
            _BY.get().append(TIER_2)
        return landed

    desk.found = partial(labelled, found)


async def make(config: Config, source: Source) -> OnPlimsoll:
    """Follows already. A mutation is applied before anything is made."""
    patch = MUTATIONS[config.mutation].patch if config.mutation else None
    if patch is not None:
        patch()
    made = OnPlimsoll(config, source)
    await asyncio.to_thread(partial(made.cache.follow, config.follow, wait_s=READY_S))
    return made
