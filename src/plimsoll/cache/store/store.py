"""The store: entries by key, bounded in number and bytes, right for what is known of changes.

Pure and one thread's at a time; times are CLOCK_BOOTTIME in seconds, of one clock for all. Every operation takes a
bounded number of steps, but for the evictions that one value needs, each of which some earlier one paid for.
"""

from collections.abc import Callable, Hashable, Iterable
from math import inf
from random import Random
from typing import Any, Final

from plimsoll.cache.store.changes import Known
from plimsoll.cache.store.counts import Counts, Statistics
from plimsoll.cache.store.ends import Ends
from plimsoll.cache.store.entry import Begun, Gone, Kept, Limits, Look, Miss, Options, Put, Stamp, check_times
from plimsoll.cache.store.holding import Holding
from plimsoll.cache.store.lookup import lookup
from plimsoll.cache.store.marks import BY_HAND
from plimsoll.cache.store.weighing import QUEUED_BYTES, TIME_BYTES, weight_of
from plimsoll.changes.polling import Change
from plimsoll.core.snapshot import Snapshot

TIDIED_BY_PUT: Final = 2  # slots looked at by each `put`, so that what expires goes as fast as what comes
TIDIED_BY_TEND: Final = 200  # by each `tend`, some 50 µs
DUE_AGAIN_S: Final = 1.0  # after who was told to fill a value again, another one is
_UNTIL_END: Final = inf


class Store:
    """`get(key, now_s)` gives the value or a Miss; everything else is a method."""

    def __init__(
        self, limits: Limits | None = None, options: Options | None = None, random: Random | None = None
    ) -> None:
        self.make: Callable[[Hashable, int, str], Kept] = Kept  # of an entry; another's to watch what is asked for
        self.told_look: Callable[[Kept], None] = _nothing  # of a hit that is no plain one
        self.options = options or Options()
        self._random = random or Random()
        self._counts = Counts()
        self.holding = Holding(limits or Limits(), self.options.policy, self._counts)
        self._entries = self.holding.entries
        self._marks = self.holding.marks
        self._known = Known(self._marks, self.options.staleness_s)
        self._ends = Ends()
        self._held_back = False
        self._lookup = lookup(self._entries, self._look_again)
        self._turn()
        self.get = self._lookup.get
        self.faces = self._lookup.faces

    # -- what is known of changes

    def begin(self) -> Begun:
        """To be noted before a fill takes its snapshot, and handed to `put`."""
        return self._known.begin()

    def apply(self, changes: Iterable[Change]) -> None:
        """What a poll found. O(1) for each tag: entries are judged when they are asked for."""
        try:
            self._known.apply(changes)
        finally:
            self._turn()
        self.holding.make_room()

    def advance(self, seen: Snapshot, sent_s: float) -> None:
        """That poll, sent at `sent_s`, is applied everywhere; its snapshot is `seen`."""
        self._known.advance(seen, sent_s)
        self._turn()

    def forget(self) -> None:
        """Changes may be missing: nothing that is held, or being filled, is served. O(1)."""
        self._known.forget()
        self._turn()

    @property
    def fresh_until_s(self) -> float:
        """Until when what is known of changes suffices for the promise."""
        return self._known.fresh_until_s

    def has_seen(self, xid: int) -> bool:
        """Whether what is applied covers that transaction: a caller who carries its token may be served from here."""
        return self._known.seen is not None and self._known.seen.sees(xid)

    def hold_back(self, held_back: bool) -> None:
        """Whether no hit is to be a plain one, since somebody waits for a transaction: each is looked at again."""
        self._held_back = held_back
        self._turn()

    def abandon(self) -> None:
        """Nothing more is found by the ways that were given out; it is not to be used after that."""
        self._entries.clear()
        self._lookup.turn(-1, -inf)

    def invalidate(self, tags: Iterable[str], xid: int = BY_HAND) -> None:
        """By hand, after a commit: what carries a tag, or any of a family for "order:*", is no hit any more. O(1)."""
        self._known.write(tags, xid)
        self._turn()
        self.holding.make_room()

    def clear(self) -> None:
        """By hand: nothing that is held is served any more. O(1); memory comes back as `tend` and `put` pass by."""
        self._known.forget(by_hand=True)
        self._turn()

    # -- values

    def put(
        self,
        key: Hashable,
        value: Any,
        now_s: float,
        *,
        ttl_s: float = _UNTIL_END,
        stale_s: float = 0.0,
        early_s: float = 0.0,
        tags: Iterable[str] = (),
        snapshot: Snapshot | None = None,
        begun: Begun | None = None,
        tenant: str = "",
    ) -> Put:
        """Stores a value, unless it may be wrong already; what is held for the key then stays, and is judged by itself.

        `ttl_s` is shortened by chance; for `stale_s` after it the value is kept for who asks for what is stale. For the
        last `early_s` of it a refresh is due.
        `snapshot` is the fill's, `begun` was noted before it was taken. Without a snapshot any later write counts.
        """
        check_times(ttl_s, stale_s)
        self.tend(now_s, TIDIED_BY_PUT)
        held = self._entries.get(key)
        marks = self._marks.hold(tags)
        refused = self._known.refused(marks, snapshot, begun)
        weight = weight_of(key, value, marks, snapshot) + TIME_BYTES * ((early_s > 0) + (stale_s > 0))
        weight += 0 if self.holding.tenants.quota is None else QUEUED_BYTES
        if refused is None and weight > min(self.holding.limits.bytes, self.holding.tenants.quota or weight):
            refused = Put.TOO_LARGE
        if held is not None and (refused is Put.TOO_LARGE or (refused is None and held.tenant != tenant)):
            self.holding.drop(held, "deleted")
            held = None
        if refused is not None:
            self._marks.release(marks)
            self._counts.refused[refused] += 1
            return refused
        entry = held if held is not None else self.make(key, weight, tenant)
        self._marks.release(entry.marks)
        entry.value, entry.marks, entry.snapshot, entry.version = value, marks, snapshot, self._known.version
        ends_s = now_s + ttl_s * (1 - self.options.jitter * self._random.random())
        entry.ends_s = ends_s  # one number where it can be: each takes memory
        entry.due_s = max(now_s, ends_s - early_s) if early_s else ends_s
        entry.dead_s = ends_s + stale_s if stale_s else ends_s
        entry.expires_s = self._ends.before(now_s, entry.due_s)
        self._counts.puts += 1
        self.holding.put(entry, weight, is_new=held is None)
        return Put.STORED if entry.slot >= 0 else Put.EVICTED

    def held(self, key: Hashable, now_s: float) -> Any:
        """The value even if it has expired, was changed or cannot be judged, while it is kept; else Miss.ABSENT.

        For who asked for what is stale, as where the database does not answer. Neither counted nor a use.
        """
        entry = self._entries.get(key)
        return Miss.ABSENT if entry is None or now_s >= entry.dead_s else entry.value

    def stamp(self, key: Hashable) -> Stamp | None:
        """By which what is held now is told from what is put later, be it the same value; None: nothing is held."""
        entry = self._entries.get(key)
        return None if entry is None else Stamp(entry, entry.snapshot)

    def vouches(self, key: Hashable, stamp: Stamp) -> bool:
        """Whether that is still held and right, by all that is known. Neither counted nor a use."""
        entry = stamp.entry
        is_held = self._entries.get(key) is entry and entry.snapshot is stamp.snapshot
        return is_held and self._known.right(entry)

    def delete(self, key: Hashable) -> bool:
        """Takes the key out; whether there was one."""
        entry = self._entries.get(key)
        if entry is None:
            return False
        self.holding.drop(entry, "deleted")
        return True

    # -- keeping house

    def tend(self, now_s: float, steps: int = TIDIED_BY_TEND) -> int:
        """Looks at so many entries and takes out what is of no more use; how many. For now and then, when idle."""
        return self.holding.sweep(steps, lambda entry: self._useless(entry, now_s))

    def _useless(self, entry: Kept, now_s: float) -> Gone | None:
        """Why an entry can go."""
        if now_s >= entry.dead_s:
            return "expired"
        changed = entry.version != self._known.version and entry.dead_s <= entry.ends_s
        return "invalidated" if changed and not self._known.right(entry) else None

    def resize(self, limits: Limits, steps: int | None = None) -> bool:
        """Other limits, as when memory is short; whether they hold. In at most `steps` evictions: call it again.

        A quota holds from the tenant's next value on. Raises UsageError where there was none and shall be one, or the
        other way.
        """
        return self.holding.resize(limits, steps)

    @property
    def limits(self) -> Limits:
        """Those that hold now."""
        return self.holding.limits

    @property
    def bytes(self) -> int:
        """What all that is held takes, with what has to be remembered beside it."""
        return self.holding.bytes

    def __len__(self) -> int:
        """Entries, those included that have expired and were not passed by yet."""
        return len(self._entries)

    def statistics(self) -> Statistics:
        """What happened since it was made, and what is held now."""
        return self._counts.told(self._lookup.hits(), len(self._entries), self.bytes, self.holding.tenants.bytes())

    def look(self, key: Hashable, now_s: float, *, stale_s: float = 0.0, counted: bool = True) -> Look:
        """A get that is no plain hit. What ended less than `stale_s` ago is given too, if nothing that it rests on has
        changed. Who is told that a refresh is due has to fill, or another is told so after DUE_AGAIN_S."""
        entry = self._entries.get(key)
        why = self._why_not(entry, now_s, stale_s)
        if why is not None:
            return Look(self._counts.missed(why) if counted else why)
        assert entry is not None
        self._counts.second_looks += counted
        self.holding.hit(entry)
        self.told_look(entry)
        due = now_s >= entry.due_s
        if due:
            entry.due_s = now_s + DUE_AGAIN_S
            entry.expires_s = entry.ends_s
        return Look(entry.value, due, now_s >= entry.ends_s, entry.marks)

    def unseen(self, *, counted: bool = True) -> Miss:
        """Instead of a look, for who waits for a transaction that is not seen yet."""
        return self._counts.missed(Miss.UNSEEN) if counted else Miss.UNSEEN

    def keys(self) -> Iterable[Hashable]:
        """Of all that is held, also of what is no hit any more."""
        return self._entries.keys()

    def used_keys(self) -> list[Hashable]:
        """Of all that is held and was hit, by how often and then how late it was filled, as far as the policy knows:
        one that orders by time counts no hits, and then it is all."""
        used = [entry for entry in reversed(self._entries.values()) if entry.hits or entry.touch is not None]
        return [entry.key for entry in sorted(used, key=lambda entry: -entry.hits)]

    def _look_again(self, key: Hashable, now_s: float) -> Any:
        """Who cannot fill is not told that it is due."""
        entry = self._entries.get(key)
        why = self._why_not(entry, now_s, 0.0)
        if why is not None:
            return self._counts.missed(why)
        assert entry is not None
        self._counts.second_looks += 1
        self.holding.hit(entry)
        self.told_look(entry)
        return entry.value

    def _why_not(self, entry: Kept | None, now_s: float, stale_s: float) -> Miss | None:
        """Why what is held is no hit."""
        if entry is None:
            return Miss.ABSENT
        if now_s >= entry.ends_s + stale_s:
            if now_s >= entry.dead_s:
                self.holding.drop(entry, "expired")
            return Miss.EXPIRED
        if not self._known.right(entry):
            if entry.dead_s <= entry.ends_s:
                self.holding.drop(entry, self._known.why(entry))
            return Miss.INVALIDATED
        if entry.marks and now_s >= self._known.fresh_until_s:
            return Miss.BEHIND
        return None

    def _turn(self) -> None:
        self._lookup.turn(self._known.version, -inf if self._held_back else self._known.fresh_until_s)


def _nothing(_: Kept) -> None:
    """Where nobody wants to know."""
