"""One application process: `python -m tests.prove.caching.application CONFIG.json`.

Says "ready" when it has begun to read questions through its cache and to write rows. With a line of its standard input
it writes no more, with the next, or at its end, it stops. Everything that it does is in its record.
"""

import asyncio
import importlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

from plimsoll.changes.clock import clock_s
from tests.prove.caching.adapters import CONNECT_S, Cached, Slow, Source, Uncached
from tests.prove.caching.committing import LOST, Done
from tests.prove.caching.recording import Recorder
from tests.prove.caching.world import Asked, Kind, questions
from tests.prove.caching.writing import Writer


@dataclass(frozen=True, slots=True)
class Config:
    """`write`, `follow` and `fill` are DSNs, which may lead through proxies; `shared` is tier 2's URL.

    `writers` are (kinds with weights, items, pause in s). `tokens`: writers read what they wrote. `tells`: writers
    tell the cache what they wrote. `pooled`: `follow` and `fill` lead through a transaction pooler.
    """

    name: str
    record: str
    write: str
    follow: str
    fill: str
    shared: str | None = None
    adapter: str = "plimsoll"
    mutation: str = ""
    seed: int = 1
    readers: int = 4
    threads: int = 0
    kinds: Sequence[Kind] = ("item", "org", "again")
    pause_s: float = 0.002
    slow: Sequence[float] = (0.0, 0.0, 0.0)
    writers: Sequence[tuple[dict[str, float], Sequence[int], float]] = ()
    tokens: bool = False
    tells: bool = False
    pooled: bool = False
    announces: bool = False
    options: dict[str, Any] = field(default_factory=dict)


class Application:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.recorder = Recorder(Path(config.record))
        self.random = Random(config.seed)
        self.quiet = asyncio.Event()
        self.stop = asyncio.Event()
        self.stopped = threading.Event()
        self.errors = 0
        self.questions = questions(config.kinds)

    async def run(self) -> None:
        config = self.config
        cached = await self._cached()
        writers = [Writer(self._connect, self.recorder, Random(self.random.random()), one[1]) for one in config.writers]
        for writer in writers:
            writer.before = self._announce if config.announces else None
            writer.after = self._after(cached) if config.tells or config.tokens else None
        threads = [threading.Thread(target=self._reads, args=(cached, n), daemon=True) for n in range(config.threads)]
        tasks = [
            *(asyncio.create_task(self._read(cached, Random(self.random.random()))) for _ in range(config.readers)),
            *(
                asyncio.create_task(writer.run(kinds, pause_s, self.quiet))
                for writer, (kinds, _, pause_s) in zip(writers, config.writers, strict=True)
            ),
        ]
        for thread in threads:
            thread.start()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for told in (self.quiet, self.stop):
            await asyncio.to_thread(sys.stdin.readline)
            told.set()
        self.stopped.set()
        if tasks:
            await asyncio.wait(tasks, timeout=3)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        failed = [repr(one) for one in ended if isinstance(one, Exception)]
        for thread in threads:
            await asyncio.to_thread(thread.join, 5)
        self.recorder.tell(name=config.name, errors=self.errors, failed=failed, **cached.told())
        self.recorder.flush()
        await cached.close()

    async def _cached(self) -> Cached:
        """Of the module that has the adapter's name; mutations are theirs."""
        config = self.config
        source = Source(config.fill, Slow(*config.slow), Random(self.random.random()), pooled=config.pooled)
        if config.adapter == "none":
            return Uncached(source)
        module = importlib.import_module(f"tests.prove.caching.on_{config.adapter}")
        made: Cached = await module.make(config, source)
        return made

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.config.write, timeout=CONNECT_S)

    async def _read(self, cached: Cached, random: Random) -> None:
        while not self.stop.is_set():
            asked = random.choice(self.questions)
            await self._once(cached, asked)
            await asyncio.sleep(random.random() * 2 * self.config.pause_s)

    async def _once(self, cached: Cached, asked: Asked, after: Done | None = None) -> None:
        began_s = clock_s()
        known = {key: version for key, version, _ in after.planned} if after else {}
        try:
            rows, served = await cached.read(asked, after.xid if after else None)
        except LOST:
            self.errors += 1
            await asyncio.sleep(0.01)
            return
        if served:
            self.recorder.read(asked, rows, began_s, served, known)

    def _reads(self, cached: Cached, number: int) -> None:
        random = Random(f"{self.config.seed} {number}")
        while not self.stopped.is_set():
            asked = random.choice(self.questions)
            began_s = clock_s()
            try:
                rows, served = cached.read_in_thread(asked)
            except LOST:
                self.errors += 1
                time.sleep(0.01)
                continue
            if served:
                self.recorder.read(asked, rows, began_s, served, {})
            time.sleep(random.random() * 2 * self.config.pause_s)

    def _after(self, cached: Cached) -> Any:
        async def after(done: Done) -> None:
            if self.config.tells:
                await cached.wrote(done)
            if self.config.tokens:
                for asked in self.questions:
                    if asked.tag in done.tags:
                        await self._once(cached, asked, done)

        return after

    async def _announce(self, tags: Sequence[str]) -> None:
        """What a commit is about to change, on a connection of its own: told before it can be seen."""
        connection = await self._connect()
        try:
            await connection.execute("INSERT INTO announced (tags) VALUES ($1)", list(tags))
        finally:
            connection.terminate()


def main() -> None:
    config = Config(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    asyncio.run(Application(config).run())


if __name__ == "__main__":
    main()
