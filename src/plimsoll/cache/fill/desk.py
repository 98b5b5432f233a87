"""What a fetch decides, step by step; `in_loops` and `in_threads` do it, and wait in between."""

from collections.abc import Callable
from math import inf
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from plimsoll.cache.fill.counts import FillCounts
from plimsoll.cache.fill.early import early_s
from plimsoll.cache.fill.filling import WITHIN_MAX, Filling, filling
from plimsoll.cache.fill.flights import Ending, Flight, Flights, Landed, Sharing
from plimsoll.cache.fill.wish import Wish
from plimsoll.cache.store.entry import Begun, Look, Miss, Put
from plimsoll.cache.store.marks import tags_of
from plimsoll.cache.tier1 import Tier1
from plimsoll.cache.tiers import Absent, Filled, Found, Tier
from plimsoll.cache.tokens import Token, carried
from plimsoll.changes.clock import clock_s
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot

if TYPE_CHECKING:
    from plimsoll.cache.queries.counts import Counted
    from plimsoll.cache.watching.audit import Audit
    from plimsoll.changes.poller import Ask

REFRESHES_MAX: Final = 100  # at once in the background; beyond, values are filled when they end

_SHARED: Final = {
    Put.STORED: Sharing.PROMISED,
    Put.TOO_LARGE: Sharing.PROMISED,
    Put.EVICTED: Sharing.PROMISED,
    Put.CHANGED: Sharing.EARLIER,
    Put.LATE: Sharing.EARLIER,
    Put.OLD_SNAPSHOT: Sharing.NOBODY,
}


class Desk:
    """One cache's. `tier2` is asked between tier 1 and the fill, if there is one."""

    def __init__(self, tier1: Tier1, staleness_s: float | None, random: Random) -> None:
        self.tier1 = tier1
        self.tier2: Tier | None = None
        self.audit: Audit | None = None
        self.staleness_s = staleness_s
        self.clock: Callable[[], float] = clock_s
        self._queries: tuple[ref[Counted], ...] = ()
        self._random = random
        self.start_anew()

    def start_anew(self) -> None:
        """After a fork: nothing is under way here."""
        self.flights = Flights()
        self.counts = FillCounts()
        self.ask: Ask | None = None  # over the connection that polls; None: nothing is followed
        self.refreshing: set[Any] = set()  # tasks, held so that they are not collected
        self._lock = Lock()

    # -- query caches that stand on it

    def count_queries(self, counted: "Counted") -> None:
        """As long as somebody has it."""
        self._queries = (*(one for one in self._queries if one() is not None), ref(counted))

    def queries(self) -> "list[Counted]":
        return [counted for one in self._queries if (counted := one()) is not None]

    # -- asking and waiting

    def is_audited(self) -> bool:
        """Whether this hit is one whose fill is run again."""
        return self.audit is not None and self.audit.due(self.clock)

    def look(self, wish: Wish, now_s: float, token: Token | None, *, again: bool = False) -> Look:
        """Tier 1's answer to a fetch."""
        look = self.tier1.look(wish.key, now_s, token, stale_s=wish.stale_s, counted=not again)
        if look.stale:
            self.count_stale("revalidating")
        within = filling()
        if within is not None and look.value.__class__ is not Miss:
            within.rests_on(tags_of(look.marks))
        return look

    def left_s(self, wish: Wish, asked_s: float, flight: Flight, *, alone: bool) -> float:
        """For how long he still waits for a flight: until it is his turn to lead one beside it."""
        return (asked_s if alone else max(asked_s, flight.begun_s)) + wish.wait_s - self.clock()

    def board(
        self, wish: Wish, asked_s: float, token: Token | None, *, blocks: bool, alone: bool = False
    ) -> tuple[Flight, bool]:
        """The flight of the key, and whether the caller leads it.

        Who has waited as long as he would leads one beside it; but one at a time, so that a database that is slow is
        not asked by all at once. Not so who is `alone`: others wait for what he fills, or nobody can fill for him.
        """
        now_s = self.clock()
        late = now_s >= asked_s + wish.wait_s
        age_s_max = (0.0 if alone else wish.wait_s) if late else inf
        may_wait = self.may_wait(wish, token)
        flight, leads = self.flights.board(wish.key, now_s, age_s_max=age_s_max if may_wait else None, blocks=blocks)
        if leads and late and may_wait and wish.wait_s:
            with self._lock:
                self.counts.waited_in_vain += 1
        return flight, leads

    def may_wait(self, wish: Wish, token: Token | None) -> bool:
        """Not for himself, and not for what began before him where he carries what is not seen yet."""
        within = filling()
        return (within is None or not within.fills(wish.key)) and self.tier1.has_seen(token)

    def taken(self, flight: Flight, asked_s: float) -> Landed | None:
        """What another's flight gives to who waited for it; None: he has to ask again."""
        landed = flight.landed
        if landed is None:
            return None
        if landed.ending is Ending.ERROR:
            return landed
        if landed.ending is Ending.VALUE and flight.may_be_taken(asked_s, self.staleness_s):
            with self._lock:
                self.counts.joined += 1
            return landed
        return None

    def given(self, wish: Wish, landed: Landed) -> Any:
        """The value of what has landed; raises its error, unless there is something that may be given instead."""
        within = filling()
        if landed.error is None:
            if within is not None:
                within.rests_on(landed.tags)
                if landed.sharing is Sharing.NOBODY:
                    within.refuse("rests on a value that was refused")
            return landed.value
        held = self.instead(wish)
        if held is Miss.ABSENT:
            raise landed.error
        if within is not None:
            within.refuse("rests on what was given instead of an error")
        return held

    # -- leading

    def begin(self, flight: Flight) -> Begun:
        """Before tier 2 or the database is asked."""
        flight.begun = self.tier1.begin()
        return flight.begun

    def start(self, wish: Wish) -> Filling:
        """Of a fill that begins now. Raises UsageError for one that fetches its own key, by others', without an end."""
        within = filling()
        if within is not None and within.times(wish.key) >= WITHIN_MAX:
            why = f"that of {wish.key!r:.80} fetches it again and again, maybe by that of {within.key!r:.80}"
            raise UsageError("fills that fetch each other", why=why, remedy="have one of them do without the cache")
        return Filling(wish.key, wish.tags, within, self.tier1.database)

    def found(self, wish: Wish, flight: Flight, found: Found) -> Landed | None:
        """Tier 2's answer, into tier 1: judged by what was applied since the flight began, and not by what was before,
        which tier 2 has judged. None: it was changed since, and has to be filled.

        Who asked later is to ask tier 1: that answer may have been Δ old already.
        """
        assert flight.begun is not None
        begun = Begun(flight.begun.version, None)
        put = self.tier1.put_unless(
            lambda: flight.refused,
            wish.key,
            found.value,
            self.clock(),
            ttl_s=found.left_s,
            stale_s=wish.kept_s,
            tags=found.tags,
            snapshot=found.snapshot,
            begun=begun,
            tenant=wish.tenant,
        )
        if put in (Put.CHANGED, Put.LATE):
            return None
        with self._lock:
            self.counts.shared += 1
        return Landed(Ending.VALUE, found.value, sharing=Sharing.EARLIER, tags=found.tags)

    def keep(
        self, wish: Wish, flight: Flight, filling: Filling, value: Any, answer: Absent
    ) -> tuple[Landed, Filled | None]:
        """Judges what a fill gave, and keeps it if nothing speaks against it; what tier 2 is to store, if anything."""
        now_s = self.clock()
        took_s, ttl_s = now_s - flight.begun_s, wish.ttl_of(value)
        with self._lock:
            self.counts.took(took_s)
            if filling.refused:
                self.counts.refuse(filling.refused)
            self.tier1.sampling.missed(filling.tags)
        if filling.refused or not ttl_s:
            sharing = Sharing.NOBODY if filling.refused else Sharing.EARLIER
            return Landed(Ending.VALUE, value, sharing=sharing, tags=filling.tags), None
        snapshot = self.snapshot_of(filling, flight)
        put = self.tier1.put_unless(
            lambda: flight.refused,
            wish.key,
            value,
            now_s,
            ttl_s=ttl_s,
            stale_s=wish.kept_s,
            early_s=early_s(took_s, ttl_s, self._random),
            tags=filling.tags,
            snapshot=snapshot,
            begun=flight.begun,
            tenant=wish.tenant,
        )
        stored = put is Put.STORED and self.may_share(filling)
        filled = None
        if stored and snapshot is not None and answer.ticket is not None:
            filled = Filled(value, snapshot, filling.tags, ttl_s, answer.ticket)
        return Landed(Ending.VALUE, value, sharing=_SHARED[put], tags=filling.tags), filled

    def snapshot_of(self, filling: Filling, flight: Flight) -> Snapshot | None:
        """That of the connection, or what was known when it began: what is read afterwards sees all of that.

        What is out of the cache sees that, too, and maybe nothing more. An older one stays, to be refused.
        """
        assert flight.begun is not None
        known, own = flight.begun.seen, filling.snapshot
        older = known is not None and own is not None and not own.covers(known)
        return known if own is None or (filling.rests_on_cached and not older) else own

    def may_ask(self, wish: Wish, token: Token | None) -> bool:
        """Whether tier 2 may answer: not for who carries what is not seen yet, nor while changes are not known."""
        return wish.shared and self.tier1.has_seen(token) and self.tier1.is_fresh(self.clock())

    def may_share(self, filling: Filling) -> bool:
        """Whether tier 2 may have it: only what was read after tier 2 was asked, since what others wrote before that is
        not held against it. Neither is a value of cached ones, nor one of a snapshot that was taken before."""
        return not filling.rests_on_cached and not filling.early

    def failed(self, error: Exception) -> Landed:
        """What a fill raised."""
        with self._lock:
            self.counts.failed += 1
        return Landed(Ending.ERROR, error=error)

    def instead(self, wish: Wish) -> Any:
        """What is given instead of an error, where that is asked for; Miss.ABSENT: nothing."""
        held = self.tier1.held(wish.key, self.clock(), carried()) if wish.stale_if_error else Miss.ABSENT
        if held is not Miss.ABSENT:
            self.count_stale("error")
        return held

    def count_stale(self, why: str) -> None:
        with self._lock:
            self.counts.stale[why] += 1

    def refreshed(self, *, failed: bool) -> None:
        with self._lock:
            self.counts.refreshed += not failed
            self.counts.refreshes_failed += failed
