"""Who empties the outbox: one reads the changelog into it, and for each provider one sends what is due.

Several may run at once, on several machines: rows are leased, and only one at a time reads. Whoever dies leaves rows;
what it had in hand is due again when its lease is over, and purging twice does no harm.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

import asyncpg

from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import TEND_EVERY_S, Pace, tend_again_s
from plimsoll.core.errors import PlimsollError
from plimsoll.edge.providers.provider import CALL_S, Acknowledged, Later, Outcome, Provider, Refused
from plimsoll.edge.purge.desk import Connect, Desk
from plimsoll.edge.purge.outbox import lease, read_on, settle
from plimsoll.edge.purge.rates import Bucket, retry_s
from plimsoll.edge.purge.settling import Leased, Settlement, batch_of, settled
from plimsoll.edge.purge.wish import Kind
from plimsoll.postgres.error_classes import FOREIGN

LEASE_S: Final = 60.0  # a call and what is waited for before it are over by then
PATIENCE_S: Final = 30.0  # that outer providers wait for inner ones
LOOK_S: Final = 0.5  # until rows are noticed that somebody else has written
_TEND: Final = "SELECT plimsoll_changes.tend()"
_FOREIGN: Final = (*FOREIGN, TimeoutError, PlimsollError)


@dataclass(frozen=True, slots=True)
class Timing:
    """Leases, patience and how often rows of others are looked for, in seconds."""

    lease_s: float = LEASE_S
    patience_s: float = PATIENCE_S
    look_s: float = LOOK_S
    pace: Pace = field(default_factory=lambda: Pace(idle_s=0.05))


@dataclass(frozen=True, slots=True)
class Counts:
    """What a purger did since it began: `rows` of the changelog, `purges` acknowledged, `calls` by what came of them.
    `trouble` is why it cannot read the changelog, "" if it can."""

    rows: int = 0
    purges: int = 0
    acknowledged: int = 0
    later: int = 0
    refused: int = 0
    trouble: str = ""


class Purger:
    """`connect` opens connections to the outbox's database: one more than there are providers.

    `say` hears what changes for people: a provider that is away, one that is back, why everything is purged.
    """

    def __init__(
        self,
        connect: Connect,
        providers: Sequence[Provider],
        *,
        name: str,
        timing: Timing | None = None,
        random: Random | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._connect = connect
        self._lanes = tuple(_Lane(one, Desk(connect)) for one in providers)
        self._reading = Desk(connect)
        self._name = name
        self._timing = timing or Timing()
        self._random = random or Random()
        self._say = say
        self._leases = 0
        self._tend_at_s = 0.0
        self.counts = Counts()

    async def run(self, stop: asyncio.Event) -> None:
        """Until it is told to stop: what is being sent then is settled first. What goes wrong is told, and tried
        again."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read_until(stop))
                for lane in self._lanes:
                    group.create_task(self._send_until(stop, lane))
        finally:
            await self.close()

    async def close(self) -> None:
        """Leaves no connection open; the providers are their owner's."""
        for desk in (self._reading, *(lane.desk for lane in self._lanes)):
            await desk.close()

    async def read(self) -> int:
        """Once; returns how many rows of the changelog were found. Raises what the driver raises."""
        async with self._reading.transaction() as connection:
            found = await read_on(connection)
        self.counts = replace(self.counts, rows=self.counts.rows + found.rows, trouble="")
        if found.reason is not None:
            self._say(f"everything is purged, since changes may be missing: {_REASONS.get(found.reason, found.reason)}")
        if found.wishes:
            self._wake()
        return found.rows

    async def send(self, provider: str) -> int:
        """One batch, if one is due and the provider may be asked now; returns how many purges were acknowledged.

        Raises what the driver raises.
        """
        return await self._send(next(lane for lane in self._lanes if lane.provider.name == provider)) or 0

    async def _read_until(self, stop: asyncio.Event) -> None:
        pause_s, failures = self._timing.pace.busy_s, 0
        while not stop.is_set():
            began_s = clock_s()
            try:
                found = await self.read()
                took_s = clock_s() - began_s
                await self._tend()
            except _FOREIGN as error:
                failures += 1
                self._troubled(_words(error), failures)
                await _until(stop, retry_s(failures, self._random))
            else:
                failures = 0
                pause_s = self._timing.pace.pause_s(pause_s, found, took_s)
                await _until(stop, pause_s)

    async def _send_until(self, stop: asyncio.Event, lane: "_Lane") -> None:
        failures = 0
        while not stop.is_set():
            lane.woken.clear()
            try:
                sent = await self._send(lane)
            except _FOREIGN as error:
                failures += 1
                if failures == 1:
                    self._say(f"{lane.provider.name}: the outbox is out of reach: {_words(error)}")
                await _until(stop, retry_s(failures, self._random))
                continue
            failures = 0
            if sent is None:
                await _either(stop, lane.woken, self._timing.look_s)
            elif wait_s := lane.calls.wait_s(clock_s()):
                await _until(stop, wait_s)

    async def _send(self, lane: "_Lane") -> int | None:
        """None where nothing was sent."""
        if lane.calls.wait_s(clock_s()) > 0:
            return 0
        self._leases += 1
        name, timing, leased_s = f"{self._name}/{self._leases}", self._timing, clock_s()
        async with lane.desk.transaction() as connection:
            rows = await lease(connection, lane.provider, name, lease_s=timing.lease_s, patience_s=timing.patience_s)
        if not rows:
            return None
        outcome = await self._call(lane, rows)
        lane.failures = lane.failures + 1 if isinstance(outcome, Later) else 0
        settlement = settled(rows, outcome, lane.failures, self._random)
        await self._settle(lane, name, settlement, leased_s)
        self._count(lane, outcome, len(settlement.done), settlement.why)
        if settlement.done:
            self._wake()
        return len(settlement.done)

    async def _settle(self, lane: "_Lane", name: str, settlement: Settlement, leased_s: float) -> None:
        """A connection that is lost is opened anew, as long as the rows are ours: else they would wait for all of the
        lease. Raises what the driver raises."""
        failures = 0
        while True:
            try:
                async with lane.desk.transaction() as connection:
                    await settle(connection, lane.provider.name, name, settlement, patience_s=self._timing.patience_s)
                return
            except _FOREIGN:
                failures += 1
                wait_s = retry_s(failures, self._random)
                if clock_s() + wait_s > leased_s + self._timing.lease_s:
                    raise
                await asyncio.sleep(wait_s)

    async def _call(self, lane: "_Lane", rows: Sequence[Leased]) -> Outcome:
        """A provider that breaks its word and raises is one that is away."""
        kind = rows[0].kind
        if kind not in lane.provider.limits.batch:
            return Refused(f"{lane.provider.name} cannot purge by {kind}")
        items = lane.items.get(kind)
        if items is not None:
            await asyncio.sleep(min(items.wait_s(clock_s(), len(rows)), CALL_S))
            lane.items[kind] = items.taken(clock_s(), len(rows))
        lane.calls = lane.calls.taken(clock_s())
        try:
            async with asyncio.timeout(CALL_S):
                return await lane.provider.purge(batch_of(rows))
        except TimeoutError:
            return Later(f"no answer within {CALL_S:g} s")
        except Exception as error:  # noqa: BLE001  # whatever it raises, nobody else is to wait for it
            return Later(f"it raised {type(error).__name__}")

    async def _tend(self) -> None:
        """The changelog is looked after by those who poll it; a right or a lock that is missing is no reason not to."""
        if clock_s() < self._tend_at_s:
            return
        self._tend_at_s = clock_s() + TEND_EVERY_S * self._random.uniform(0.8, 1.2)
        with suppress(asyncpg.PostgresError):
            async with self._reading.transaction() as connection:
                deleted = int(await connection.fetchval(_TEND))
            self._tend_at_s = min(self._tend_at_s, clock_s() + tend_again_s(deleted))

    def _wake(self) -> None:
        for lane in self._lanes:
            lane.woken.set()

    def _count(self, lane: "_Lane", outcome: Outcome, purges: int, why: str) -> None:
        told = self.counts
        self.counts = replace(
            told,
            purges=told.purges + purges,
            acknowledged=told.acknowledged + isinstance(outcome, Acknowledged),
            later=told.later + isinstance(outcome, Later),
            refused=told.refused + isinstance(outcome, Refused),
        )
        if why != lane.trouble:
            self._say(f"{lane.provider.name}: {why or 'answers again'}")
        lane.trouble = why

    def _troubled(self, words: str, failures: int) -> None:
        if failures == 1:
            self._say(f"the changelog cannot be read: {words}")
        self.counts = replace(self.counts, trouble=words)


@dataclass(slots=True)
class _Lane:
    """The way to one provider."""

    provider: Provider
    desk: Desk
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    failures: int = 0
    trouble: str = ""
    calls: Bucket = field(init=False)
    items: dict[Kind, Bucket] = field(init=False)

    def __post_init__(self) -> None:
        limits, now_s = self.provider.limits, clock_s()
        self.calls = Bucket.full(limits.calls, now_s)
        self.items = {kind: Bucket.full(rate, now_s) for kind, rate in limits.items.items()}


_REASONS: Final = {
    "epoch": "another server or installation, or the server crashed",
    "trimmed": "the changelog was not read for longer than it is kept",
    "overrun": "more was written than one poll reads",
}


async def _until(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _either(stop: asyncio.Event, woken: asyncio.Event, seconds: float) -> None:
    waiting = [asyncio.ensure_future(one.wait()) for one in (stop, woken)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _words(error: BaseException) -> str:
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return "this role may not: plimsoll edge install --purger ROLE"
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedFunctionError | asyncpg.InvalidSchemaNameError):
        what = ("changelog", "cache") if "plimsoll_changes" in str(error) else ("outbox", "edge")
        return f"there is no {what[0]} in this database: plimsoll {what[1]} install"
    if isinstance(error, PlimsollError):
        return f"{error}: {error.remedy}" if error.remedy else str(error)
    return " ".join(str(error).split()) or type(error).__name__
