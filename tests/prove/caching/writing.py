"""Writers of all kinds. Each row has one writer, who gives it higher versions in the order in which he commits."""

import asyncio
from collections.abc import Sequence
from typing import Final

from tests.prove.caching.committing import LOST, Committing, Step
from tests.prove.caching.world import CROWD, PARTS, SCRATCH, WARDS, homes

LONG_S: Final = (0.05, 0.4)
BURST_S: Final = (0.1, 0.2)
BURSTING: Final = 7  # an advisory lock, held while a burst's first transaction is open
SILENCE_S: Final = 0.5
EMPTY_S: Final = 0.4
PREPARED_S: Final = (0.0, 0.15)


class Writer(Committing):
    """Its public methods are the kinds of writes."""

    async def run(self, kinds: dict[str, float], pause_s: float, stop: asyncio.Event) -> None:
        """Until `stop`; what goes wrong on the way is tried anew with another write."""
        try:
            while not stop.is_set():
                kind = self._random.choices([*kinds], [*kinds.values()])[0]
                try:
                    await self._resolve()
                    await getattr(self, kind)()
                except LOST:
                    self.failures += 1
                    await self._drop()
                    await asyncio.sleep(0.05)
                await asyncio.sleep(self._random.uniform(0.5, 1.5) * pause_s)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._drop()

    async def one(self) -> None:
        """A statement of its own."""
        async with self._reserved(1) as (item,):
            step = self._update(item)
            connection = await self._ours()
            if self.before is not None or self.after is not None:
                await self._transaction(connection, [step])
                return
            async with self._recorded(step.planned):
                await connection.execute(step.sql, *step.arguments)

    async def several(self) -> None:
        async with self._reserved(3) as items:
            await self._transaction(await self._ours(), [self._update(item) for item in items])

    async def move(self) -> None:
        """To the other organization; or it is deleted, and comes back."""
        async with self._reserved(1) as (item,):
            org = self._orgs[item]
            if org is None or self._random.random() < 0.6:
                step = self._update(item, homes(item)[0] if org is None else sum(homes(item)) - org)
            else:
                step = self._delete(item)
            await self._transaction(await self._ours(), [step])

    async def beside(self) -> None:
        """One statement that gives a row another version, and counts in others what no cache keeps."""
        async with self._reserved(4) as (item, *others):
            step = self._update(item)
            counting = "WITH counted AS (UPDATE items SET hits = hits + 1 WHERE id = ANY ($4))"
            counted = step._replace(sql=f"{counting} {step.sql}", arguments=(*step.arguments, others))
            await self._transaction(await self._ours(), [counted])

    async def savepoint(self) -> None:
        """One write is rolled back, one released, one after both."""
        async with self._reserved(3) as (first, second, third):
            connection = await self._ours()
            undone, released, last = self._update(first), self._update(second), self._update(third)
            await connection.execute("BEGIN; SAVEPOINT a")
            async with self._recorded(undone.planned, undone=True):
                await connection.execute(undone.sql, *undone.arguments)
                await connection.execute("ROLLBACK TO a; SAVEPOINT b")
            async with self._recorded([*released.planned, *last.planned]):
                await connection.execute(released.sql, *released.arguments)
                await connection.execute("RELEASE b")
                await connection.execute(last.sql, *last.arguments)
                xid = await self._xid(connection)
                await connection.execute("COMMIT")
            await self._tell(xid, [released, last])

    async def rollback(self) -> None:
        async with self._reserved(1) as (item,):
            connection = await self._ours()
            step = self._update(item)
            await connection.execute("BEGIN")
            async with self._recorded(step.planned, undone=True):
                await connection.execute(step.sql, *step.arguments)
                await connection.execute("ROLLBACK")

    async def prepared(self) -> None:
        """Two-phase commit; others write in between."""
        await self._background(2, self._prepared)

    async def long(self) -> None:
        """Takes its transaction id early and commits late, so that higher ones are committed before it."""
        await self._background(2, self._long)

    async def burst(self) -> None:
        """The first of several to begin is the last to commit; then there is silence."""
        async with self._reserved(5) as (early, *others):
            first, connection = self._update(early), await self._connect()
            try:
                async with self._recorded(first.planned):
                    await connection.execute(f"BEGIN; SELECT pg_advisory_xact_lock({BURSTING})")
                    await connection.execute(first.sql, *first.arguments)
                    for item in others:
                        await self._transaction(await self._ours(), [self._update(item)])
                    await asyncio.sleep(self._random.uniform(*BURST_S))
                    await connection.execute("COMMIT")
            finally:
                connection.terminate()
            await asyncio.sleep(SILENCE_S + self._random.random() * 0.2)

    async def bulk(self) -> None:
        """More rows than get tags of their own."""
        version = self._next()
        planned = [(f"crowd:{number}", version, False) for number in range(CROWD)]
        tags = ("crowd:*", *(f"ward:{number}" for number in range(WARDS)))
        await self._transaction(await self._ours(), [Step("UPDATE crowd SET version = $1", (version,), planned, tags)])

    async def truncate(self) -> None:
        """Empties the table and, in the same transaction or in one of its own, fills it again."""
        connection = await self._ours()
        emptied, filled = self._next(), self._next()
        keys = [f"scratch:{number}" for number in range(SCRATCH)]
        empty = Step("TRUNCATE scratch", (), [(key, emptied, True) for key in keys], ("scratch:*",))
        fill = Step(
            "INSERT INTO scratch SELECT i, $1 FROM generate_series(0, $2) i",
            (filled, SCRATCH - 1),
            [(key, filled, False) for key in keys],
            tuple(keys),
        )
        both = self._random.random() < 0.5
        if both:
            await self._transaction(connection, [empty, fill])
            return
        await self._transaction(connection, [empty])
        await asyncio.sleep(EMPTY_S)
        await self._transaction(connection, [fill])

    async def partition(self) -> None:
        """Detaches a partition, whose rows are gone with it, changes them, and brings them back."""
        connection = await self._ours()
        gone, back = self._next(), self._next()
        keys = [f"part:{number}" for number in range(PARTS, 2 * PARTS)]
        detach = Step("ALTER TABLE parts DETACH PARTITION parts_high", (), [(key, gone, True) for key in keys], ())
        change = Step("UPDATE parts_high SET version = $1", (back,), [(key, back, False) for key in keys], ())
        bounds = f"FOR VALUES FROM ({PARTS}) TO ({2 * PARTS})"
        attach = Step(f"ALTER TABLE parts ATTACH PARTITION parts_high {bounds}", (), [], ())
        if await connection.fetchval("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'parts_high'::regclass"):
            await self._transaction(connection, [detach])
        await self._transaction(connection, [change, attach])

    async def columns(self) -> None:
        """A column more; its default is in every row at once."""
        connection = await self._ours()
        count = await connection.fetchval("SELECT count(*) FROM jsonb_object_keys((SELECT to_jsonb(s) FROM shapes s))")
        planned = [("shape:0", count + 1, False)]
        adding = f"ALTER TABLE shapes ADD COLUMN c{count} int DEFAULT {count}"
        await self._transaction(connection, [Step(adding, (), planned, ())])

    async def _prepared(self, items: Sequence[int]) -> None:
        connection = await self._connect()
        name = f"proof-{id(self)}-{self._next()}"
        steps = [self._update(item) for item in items]
        try:
            async with self._recorded([one for step in steps for one in step.planned]):
                await connection.execute("BEGIN")
                for step in steps:
                    await connection.execute(step.sql, *step.arguments)
                xid = await self._xid(connection)
                self._unresolved.add(name)
                await connection.execute(f"PREPARE TRANSACTION '{name}'")
                await asyncio.sleep(self._random.uniform(*PREPARED_S))
                await connection.execute(f"COMMIT PREPARED '{name}'")
                self._unresolved.discard(name)
            await self._tell(xid, steps)
        finally:
            connection.terminate()

    async def _long(self, items: Sequence[int]) -> None:
        connection = await self._connect()
        first, second = map(self._update, items)
        try:
            async with self._recorded([*first.planned, *second.planned]):
                await connection.execute("BEGIN")
                await connection.execute(first.sql, *first.arguments)
                await asyncio.sleep(self._random.uniform(*LONG_S))
                await connection.execute(second.sql, *second.arguments)
                xid = await self._xid(connection)
                await connection.execute("COMMIT")
            await self._tell(xid, [first, second])
        finally:
            connection.terminate()

    async def _resolve(self) -> None:
        """Commits what was prepared before its connection was lost: its locks would last for ever."""
        if self._unresolved and not self._tasks:
            connection = await self._ours()
            for name in list(self._unresolved):
                there = await connection.fetchval("SELECT count(*) FROM pg_prepared_xacts WHERE gid = $1", name)
                if there:
                    await connection.execute(f"COMMIT PREPARED '{name}'")
                self._unresolved.discard(name)
