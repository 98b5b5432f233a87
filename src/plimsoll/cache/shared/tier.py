"""Tier 2, as a fetch and the poller see it: the steps carried out, within limits, and left alone after failures.

Nothing here raises for what is wrong with the server. A thread of its own tells the server what was changed, so that
neither the poller nor who writes waits for it: what is not told yet is owed, and paid before the server is believed.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, Final, TypeVar

from plimsoll.cache.shared.address import Place
from plimsoll.cache.shared.asking import AwayError, Pause, Reply, Steps
from plimsoll.cache.shared.breaker import Breaker
from plimsoll.cache.shared.counts import IN_USE, SharedStatus
from plimsoll.cache.shared.envelope import COMPRESS_ABOVE_BYTES, VALUE_BYTES_MAX, Bounds
from plimsoll.cache.shared.in_loops import Loops
from plimsoll.cache.shared.in_threads import Threads
from plimsoll.cache.shared.naming import Names
from plimsoll.cache.shared.routing import LIMIT_S, Routing
from plimsoll.cache.shared.steps import LEASE_S, OWED_INLINE_MAX, Protocol
from plimsoll.cache.shared.teller import Teller
from plimsoll.cache.store.entry import Begun
from plimsoll.cache.store.marks import BY_HAND
from plimsoll.cache.tiers import Absent, Filled, Found
from plimsoll.changes.polling import Change, Position, Reason, State
from plimsoll.core.errors import UsageError

_T = TypeVar("_T")
TIMES_MIN_S: Final = 0.001


class SharedTier:
    """One cache's place on a server, for all threads and event loops of a process: see docs/guides/cache-shared.md.

    `name` is the cache's: processes find each other by it.
    `limit_s` bounds each round trip, `lease_s` for how long one process fills while others wait. Values above
    `value_bytes`, packed, stay in tier 1. Raises UsageError for what is no URL, name or limit.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        limit_s: float = LIMIT_S,
        lease_s: float = LEASE_S,
        value_bytes: int = VALUE_BYTES_MAX,
        compress_above: int = COMPRESS_ABOVE_BYTES,
        random: Random | None = None,
    ) -> None:
        limits: dict[str, Any] = {
            "limit_s": limit_s,
            "lease_s": lease_s,
            "value_bytes": value_bytes,
            "compress_above": compress_above,
        }
        for told, limit in limits.items():
            if not isinstance(limit, int | float) or not TIMES_MIN_S <= limit < math.inf:
                why = f"{told} is {limit!r:.60}"
                raise UsageError("not a limit of a shared cache", why=why, remedy="set seconds or bytes above 0")
        self._names = Names(name)
        self.name = name
        self._place = Place.parse(url)
        self._place.check_files()
        self._limits = limit_s, lease_s, Bounds(value_bytes, compress_above)
        self._random = random or Random()
        self.start_anew()

    def start_anew(self) -> None:
        """As if just made: after a fork, whose parent goes on with its own connections."""
        self._closed = False
        limit_s, lease_s, bounds = self._limits
        clustered = self._place.clustered
        self.protocol = Protocol(self._names, _nonce, self._random, bounds, clustered=clustered, lease_s=lease_s)
        routing = Routing(self._place, self.protocol.servers, self.protocol.owed.everything, limit_s)
        self._threads = Threads(routing)
        self._loops = Loops(routing)
        self._breaker = Breaker(self._random)
        self._teller = Teller(self)

    # -- what a fetch asks: the protocol of cache/tiers.py

    async def read(self, key: str, tags: Sequence[str], begun: Begun) -> Found | Absent:
        """A value that holds, or a ticket for the one that is filled now."""
        return await self._run(self.protocol.looking(key, tags), Absent()) if begun.seen is not None else Absent()

    async def write(self, key: str, filled: Filled) -> None:
        """Stores what was filled with a ticket."""
        await self._run(self.protocol.storing(key, filled), None)

    async def give_up(self, key: str, ticket: Any) -> None:
        """Nothing will be written."""
        await self._run(self.protocol.releasing(key, ticket), None)

    def read_sync(self, key: str, tags: Sequence[str], begun: Begun) -> Found | Absent:
        """As `read`."""
        return self.run_sync(self.protocol.looking(key, tags), Absent()) if begun.seen is not None else Absent()

    def write_sync(self, key: str, filled: Filled) -> None:
        """As `write`."""
        self.run_sync(self.protocol.storing(key, filled), None)

    def give_up_sync(self, key: str, ticket: Any) -> None:
        """As `give_up`."""
        self.run_sync(self.protocol.releasing(key, ticket), None)

    # -- by hand; none of these waits for the server

    def take_out(self, key: str) -> None:
        """Takes it out of tier 2; where the server is away, when it is back."""
        self.protocol.owed.take_out(key)
        self._teller.wake()

    def invalidate(self, tags: Iterable[str], xid: int = BY_HAND) -> None:
        """What carries a tag is no hit any more, here at once and elsewhere as soon as the server was told."""
        self.protocol.owed.write([Change(xid, tuple(tags))])
        self._teller.wake()

    def clear(self) -> None:
        """Nothing that is stored is a hit any more."""
        self.protocol.owed.everything()
        self._teller.wake()

    # -- what the poller tells: a sink of `plimsoll.changes.poller`

    async def position(self) -> Position | None:
        """Where to poll from, so that what is stored need not begin anew. Before the first poll.

        By a thread: the poller's loop keeps no connections, which would have to be closed within it.
        """
        if not self.protocol.is_new:
            return None
        return await asyncio.to_thread(self.run_sync, self.protocol.resuming(), None)

    async def apply(self, changes: Sequence[Change]) -> None:
        """Owed from now on: whoever reads pays first, so the watermark need not wait for the server."""
        self.protocol.owed.write(changes)
        self._teller.wake()

    async def forget(self, reason: Reason) -> None:
        """Changes may be missing."""
        self.protocol.owed.everything()

    async def moved(self, state: State, sent_s: float) -> None:
        """All up to there is owed or told."""
        assert state.position is not None
        self.protocol.follows(state.position)
        self._teller.reached(state.position)

    # -- keeping house

    def settled(self, wait_s: float) -> bool:
        """Waits until the server was told all that is known here to be changed, so long at most; whether it was."""
        return self._teller.settled(wait_s)

    def open(self) -> None:
        """To be used again after `close`, as if just made."""
        if self._closed:
            self.start_anew()

    def close(self) -> None:
        """Nothing stays open."""
        self._closed = True
        self._teller.close()
        self._threads.close()
        self._loops.close()

    def status(self) -> SharedStatus:
        """How it stands, and what happened since it was made. Holds no secret."""
        counts, owed = self.protocol.counts, len(self.protocol.owed)
        return SharedStatus(
            self._place.shown,
            self._state(owed),
            counts.hits,
            {str(why): count for why, count in counts.missed.items()},
            {str(what): count for what, count in counts.kept.items()},
            counts.raised,
            owed,
            self.protocol.owed.era,
            counts.leases,
            counts.waits,
            counts.failures,
            counts.trouble,
        )

    def _state(self, owed: int) -> str:
        if self.protocol.epoch is None:
            return "not in use: changes are not followed yet"
        if self._breaker.failing:
            return "not in use: the server fails"
        if self.protocol.foreign:
            return "not in use: the name is another database's on this server"
        if self.protocol.owed.root_due or owed > OWED_INLINE_MAX:
            return "not in use: the server has still to be told what was changed"
        return IN_USE

    async def _run(self, steps: Steps[_T], otherwise: _T) -> _T:
        """Carries the steps out in an event loop; `otherwise` where the server is away."""
        try:
            step = next(steps)
            while True:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.pause_s)
                    step = steps.send([])
                elif not self._breaker.allows(time.monotonic()):
                    return self._left_alone(otherwise)
                else:
                    step = steps.send(self._worked(await self._loops.exchange(step.commands)))
        except StopIteration as ended:
            value: _T = ended.value
            return value
        except AwayError as error:
            self._failed(error)
            return otherwise
        finally:
            steps.close()

    def run_sync(self, steps: Steps[_T], otherwise: _T) -> _T:
        """As `_run`, in a thread."""
        try:
            step = next(steps)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.pause_s)
                    step = steps.send([])
                elif not self._breaker.allows(time.monotonic()):
                    return self._left_alone(otherwise)
                else:
                    step = steps.send(self._worked(self._threads.exchange(step.commands)))
        except StopIteration as ended:
            value: _T = ended.value
            return value
        except AwayError as error:
            self._failed(error)
            return otherwise
        finally:
            steps.close()

    def _left_alone(self, otherwise: _T) -> _T:
        if isinstance(otherwise, Absent):
            self.protocol.counts.miss("not in use")
        return otherwise

    def _worked(self, replies: list[Reply]) -> list[Reply]:
        self._breaker.worked()
        return replies

    def _failed(self, error: AwayError) -> None:
        self._breaker.failed(time.monotonic())
        self.protocol.counts.failed(str(error))


def _nonce() -> str:
    """96 bits that no process gives twice, after a fork either."""
    return secrets.token_urlsafe(12)
