"""Tier 1 among threads: the store behind a lock, which a plain hit does not take, and the clock by which it is asked.

The clock of watermarks goes on while the machine sleeps, and is read for each hit: a time that some thread publishes
would stand still with that thread, and everything would then be as fresh as when it stopped.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import islice
from random import Random
from typing import Any, Final

from plimsoll.cache.clock import quick_clock
from plimsoll.cache.fill.wish import checked_key
from plimsoll.cache.pressure import Memory, Pressure, shared
from plimsoll.cache.sampling import Sampling, prefix_of
from plimsoll.cache.store.counts import Statistics
from plimsoll.cache.store.entry import Begun, Limits, Look, Miss, Options, Put, Stamp
from plimsoll.cache.store.lookup import NOT_PLAIN, Asked, Faces
from plimsoll.cache.store.marks import BY_HAND
from plimsoll.cache.store.store import TIDIED_BY_TEND, Store
from plimsoll.cache.tokens import Awaited, Token, carried, carrying, short_epoch
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Change, Position

_NOW_S: Final = quick_clock()
GIVEN_BACK_AT_ONCE: Final = 500  # entries for which the lock is held
APPLIED_AT_ONCE: Final = 200  # changes for which the lock is held: well below a millisecond


class Tier1:
    """`faces` gives the ways of a hit; everything else takes the lock.

    `on_use` is called once, by whoever first needs more than a plain hit, and is forgotten then: see `start_anew`.
    `on_awaited` is called by who brings a token that is not seen yet.
    """

    def __init__(self, limits: Limits, options: Options, random: Random) -> None:
        self._made_of = limits, options, random
        self.on_use: Callable[[], object] | None = None
        self.on_awaited: Callable[[], object] | None = None
        self._start()

    def _start(self) -> None:
        self.sampling = Sampling(self._made_of[2])
        self.lock = threading.Lock()
        self.store = Store(*self._made_of)
        self.store.told_look = self.sampling.looked
        self.epoch = ""
        self.database = ""  # that is followed, as a connection tells it; "": not known yet
        self.position: Position | None = None
        self._sent_s = 0.0  # when the poll was that told it
        self._awaited = Awaited()
        self._faces: list[Faces] = []
        self._pressure = Pressure()
        self._given_back = True

    def faces(self, prefix: str, within: Callable[[], object]) -> Faces:
        """The ways of a hit for keys that begin with it, with a count of their own; `within` as in `Asked`."""
        faces = self.store.faces(prefix, Asked(_NOW_S, self._ask, self.sampling.hit, within))
        self._faces.append(faces)
        return faces

    def start_anew(self) -> None:
        """Empty, as in a child after a fork: another thread may have held the lock, in the midst of anything."""
        self.store.abandon()
        self._start()

    # -- what is known of changes

    def begin(self) -> Begun:
        """What a fill has to note before it asks anybody."""
        with self.lock:
            return self.store.begin()

    def apply(self, changes: Sequence[Change]) -> None:
        """A part at a time, so that nobody waits long for the lock."""
        several = iter(changes)
        while part := tuple(islice(several, APPLIED_AT_ONCE)):
            with self.lock:
                self.store.apply(part)

    def forget(self) -> None:
        """Changes may be missing."""
        with self.lock:
            self.store.forget()

    def advance(self, position: Position, sent_s: float) -> None:
        """The poll sent at `sent_s`, of this position, is applied everywhere."""
        with self.lock:
            if self.position is None or position.epoch != self.position.epoch:
                self.epoch = short_epoch(position.epoch)
                if position.database != self.database:  # what is being filled was not held against this one
                    self.database = position.database
                    self.store.forget()
            self.position, self._sent_s = position, sent_s
            self.store.advance(position.snapshot, sent_s)
            if self._awaited:
                self._awaited.reached(position.snapshot, self.epoch, sent_s)
                self.store.hold_back(bool(self._awaited))

    def invalidate(self, tags: Iterable[str], xid: int = BY_HAND) -> None:
        """By hand, after a commit."""
        with self.lock:
            self.store.invalidate(tags, xid)

    def clear(self) -> None:
        """By hand, everything."""
        with self.lock:
            self.store.clear()

    # -- read your writes

    def has_seen(self, token: Token | None) -> bool:
        """Whether who carries it may be served from here."""
        with self.lock:
            return self._has_seen(token)

    def _has_seen(self, token: Token | None) -> bool:
        return token is None or token.is_seen(None if self.position is None else self.position.snapshot, self.epoch)

    def after(self, token: Token) -> AbstractContextManager[None]:
        """Within it the token is carried, unless it was made up: that counts as none."""
        now_s = clock_s()
        with self.lock:
            known = self.position
            made_up = known is not None and token.is_made_up(known.snapshot, self.epoch, now_s - self._sent_s)
        return nullcontext() if made_up else self._carried(token, now_s)

    @contextmanager
    def _carried(self, token: Token, now_s: float) -> Iterator[None]:
        """Until it is seen no hit is plain, so that each is looked at."""
        with self.lock:
            single = self._awaited.add(token, now_s)
            self._awaits()
            awaited = None if self._has_seen(token) else self.on_awaited
        if awaited is not None:
            awaited()
        try:
            with carrying(token):
                yield
        finally:
            with self.lock:
                self._awaited.leave(token, single)
                self._awaits()

    def _awaits(self) -> None:
        if self.position is not None:
            self._awaited.reached(self.position.snapshot, self.epoch)
        self.store.hold_back(bool(self._awaited))

    # -- values

    def look(self, key: str, now_s: float, token: Token | None, *, stale_s: float = 0.0, counted: bool = True) -> Look:
        """For who can fill; see Store.look."""
        self._used()
        with self.lock:
            if not self._has_seen(token):
                return Look(self.store.unseen(counted=counted))
            return self.store.look(key, now_s, stale_s=stale_s, counted=counted)

    def put_unless(self, refused: Callable[[], bool], key: str, value: Any, now_s: float, **more: Any) -> Put:
        """Store.put, unless it was refused by hand until now: then as what was changed."""
        with self.lock:
            return Put.CHANGED if refused() else self.store.put(key, value, now_s, **more)

    def is_fresh(self, now_s: float) -> bool:
        """Whether enough is known of changes for what carries tags."""
        with self.lock:
            return now_s < self.store.fresh_until_s

    def held(self, key: str, now_s: float, token: Token | None) -> Any:
        """See Store.held; to who carries a token only what is right by changes that have its commit among them."""
        with self.lock:
            if token is not None:
                stamp = self.store.stamp(key) if self._has_seen(token) else None
                if stamp is None or not self.store.vouches(key, stamp):
                    return Miss.ABSENT
            return self.store.held(key, now_s)

    def stamp(self, key: str) -> Stamp | None:
        """See Store.stamp."""
        with self.lock:
            return self.store.stamp(key)

    def vouches(self, key: str, stamp: Stamp) -> bool:
        """See Store.vouches."""
        with self.lock:
            return self.store.vouches(key, stamp)

    def delete(self, key: str) -> bool:
        """Takes the key out; whether there was one."""
        with self.lock:
            return self.store.delete(key)

    def delete_prefix(self, prefix: str) -> int:
        """Takes out the keys that begin with it; how many. Looks at all that is held."""
        with self.lock:
            keys = [key for key in self.store.keys() if str(key).startswith(prefix)]  # noqa: SIM118  # no mapping
            return sum(map(self.store.delete, keys))

    def most_used(self, prefix: str, count: int) -> list[str]:
        """The keys of a namespace hit most, by samples; then what else is held and was hit, by the policy's count and
        the latest filled first. Looks at all that is held, where samples do not suffice."""
        most = self.sampling.most(prefix, count)
        if len(most) < count:
            with self.lock:
                held = self.store.used_keys()
            known = set(most)
            rest = (str(key) for key in held if str(key) not in known)
            most += islice((key for key in rest if prefix_of(key) == prefix), count - len(most))
        return most

    def tend(self, now_s: float, steps: int = TIDIED_BY_TEND) -> int:
        """See Store.tend."""
        with self.lock:
            return self.store.tend(now_s, steps)

    def give_back(self, memory: Memory, now_s: float, *, steps: int = GIVEN_BACK_AT_ONCE) -> bool:
        """After a look at memory: less of the limits is used where it is short. Whether that holds already."""
        limits: Limits = self._made_of[0]
        with self.lock:
            used = max(self.store.bytes / limits.bytes, len(self.store) / limits.entries)
            wanted = shared(limits, self._pressure.looked(now_s, memory, used))
            if self.store.limits != wanted or not self._given_back:
                self._given_back = self.store.resize(wanted, steps)
            return self._given_back

    def statistics(self) -> Statistics:
        """See Store.statistics; with the plain hits."""
        with self.lock:
            statistics = self.store.statistics()
        return statistics._replace(hits=statistics.hits + sum(faces.hits() for faces in self._faces))

    def _ask(self, key: str, now_s: float, default: Any) -> Any:
        """A get that is no plain hit. Who asks for NOT_PLAIN wants no more than to know that."""
        if default is NOT_PLAIN:
            return default
        if key.__class__ is not str:
            checked_key(key)
        self._used()
        token = carried()
        with self.lock:
            found = self.store.get(key, now_s) if self._has_seen(token) else self.store.unseen()
        return default if found.__class__ is Miss else found

    def _used(self) -> None:
        if self.on_use is not None:
            call, self.on_use = self.on_use, None
            if call is not None:
                call()
