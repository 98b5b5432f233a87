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
from plimsoll.cache.store.entry import Begun, Gone, Kept, Limits, Look, Miss, Options, Put, check_times
from plimsoll.cache.store.lookup import lookup
from plimsoll.cache.store.marks import BY_HAND, UNUSED_MAX, Marks
from plimsoll.cache.store.tenants import Tenants
from plimsoll.cache.store.weighing import MARK_SHARE, QUEUED_BYTES, GhostBytes, weight_of
from plimsoll.changes.polling import Change
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.policies import make
from plimsoll.core.eviction.policy import Entry
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
        self.told_gone: Callable[[Kept, Gone], None] | None = None
        self.told_look: Callable[[Kept], None] = _nothing  # of a hit that is no plain one
        self.limits = limits or Limits()
        self.options = options or Options()
        self._random = random or Random()
        self._entries: dict[Hashable, Kept] = {}
        self._slots: list[Kept] = []
        self._hand = 0
        self._policy = make(self.options.policy, self.limits.capacity)
        self._ghosts = GhostBytes(self._policy.ghosts)
        self._marks = Marks(_unused_max(self.limits))
        self._known = Known(self._marks, self.options.staleness_s)
        self._tenants = Tenants(self.limits.tenant_bytes)
        self._counts = Counts()
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
        self._make_room()

    def advance(self, seen: Snapshot, sent_s: float) -> None:
        """That poll, sent at `sent_s`, is applied everywhere; its snapshot is `seen`."""
        self._known.advance(seen, sent_s)
        self._turn()

    def forget(self) -> None:
        """Changes may be missing: nothing that is held, or being filled, is served. O(1)."""
        self._known.forget()
        self._turn()

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
        self._make_room()

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
        self._tidy(now_s, TIDIED_BY_PUT)
        held = self._entries.get(key)
        marks = self._marks.hold(tags)
        refused = self._known.refused(marks, snapshot, begun)
        weight = weight_of(key, value, marks, snapshot) + (0 if self._tenants.quota is None else QUEUED_BYTES)
        if refused is None and weight > min(self.limits.bytes, self._tenants.quota or weight):
            refused = Put.TOO_LARGE
        if held is not None and (refused is Put.TOO_LARGE or (refused is None and held.tenant != tenant)):
            self._drop(held, "deleted")
            held = None
        if refused is not None:
            self._marks.release(marks)
            self._counts.refused[refused] += 1
            return refused
        entry = held if held is not None else self.make(key, weight, tenant)
        self._marks.release(entry.marks)
        entry.value, entry.marks, entry.snapshot, entry.version = value, marks, snapshot, self._known.version
        entry.ends_s = now_s + ttl_s * (1 - self.options.jitter * self._random.random())
        entry.due_s = entry.expires_s = max(now_s, entry.ends_s - early_s)
        entry.dead_s = entry.ends_s + stale_s
        self._counts.puts += 1
        gone = self._insert(entry) if held is None else self._reweigh(entry, weight)
        for one in gone:
            self._gone(one, "capacity")
        self._keep_limits(tenant)
        return Put.STORED if entry.slot >= 0 else Put.EVICTED

    def held(self, key: Hashable, now_s: float) -> Any:
        """The value even if it has expired, was changed or cannot be judged, while it is kept; else Miss.ABSENT.

        For who asked for what is stale, as where the database does not answer. Neither counted nor a use.
        """
        entry = self._entries.get(key)
        return Miss.ABSENT if entry is None or now_s >= entry.dead_s else entry.value

    def vouches(self, key: Hashable, value: Any) -> bool:
        """Whether that very value is still held and right, by all that is known. Neither counted nor a use."""
        entry = self._entries.get(key)
        return entry is not None and entry.value is value and self._known.right(entry)

    def delete(self, key: Hashable) -> bool:
        """Takes the key out; whether there was one."""
        entry = self._entries.get(key)
        if entry is None:
            return False
        self._drop(entry, "deleted")
        return True

    # -- keeping house

    def tend(self, now_s: float, steps: int = TIDIED_BY_TEND) -> int:
        """Looks at so many entries and takes out what is of no more use; how many. For now and then, when idle."""
        return self._tidy(now_s, steps)

    def resize(self, limits: Limits, steps: int | None = None) -> bool:
        """Other limits, as when memory is short; whether they hold. In at most `steps` evictions: call it again.

        A quota holds from the tenant's next value on. Raises UsageError where there was none and shall be one, or the
        other way.
        """
        if (limits.tenant_bytes is None) != (self._tenants.quota is None):
            why = "whether tenants have quotas is settled when a cache is made"
            raise UsageError("a cache cannot be resized", why=why, remedy="make it with tenant_bytes, however large")
        self.limits = limits
        self._tenants.quota = limits.tenant_bytes
        self._marks.unused_max = _unused_max(limits)
        self._marks.trim()
        while self._over() or len(self._policy) > limits.entries:
            if steps is not None:
                if not steps:
                    return False
                steps -= 1
            self._evict("pressure")
        for one in self._policy.resize(limits.capacity):
            self._gone(one, "pressure")
        return True

    @property
    def bytes(self) -> int:
        """What all that is held takes, with what has to be remembered beside it."""
        return self._policy.weight + self._marks.bytes + self._ghosts.bytes

    def __len__(self) -> int:
        """Entries, those included that have expired and were not passed by yet."""
        return len(self._entries)

    def statistics(self) -> Statistics:
        """What happened since it was made, and what is held now."""
        return self._counts.told(self._lookup.hits(), len(self._entries), self.bytes, self._tenants.bytes())

    def look(self, key: Hashable, now_s: float, *, stale_s: float = 0.0, counted: bool = True) -> Look:
        """A get that is no plain hit. What ended less than `stale_s` ago is given too, if nothing that it rests on has
        changed. Who is told that a refresh is due has to fill, or another is told so after DUE_AGAIN_S."""
        entry = self._entries.get(key)
        why = self._why_not(entry, now_s, stale_s)
        if why is not None:
            return Look(self._counts.missed(why) if counted else why)
        assert entry is not None
        self._counts.second_looks += counted
        self._policy.hit(entry)
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

    def _look_again(self, key: Hashable, now_s: float) -> Any:
        """Who cannot fill is not told that it is due."""
        entry = self._entries.get(key)
        why = self._why_not(entry, now_s, 0.0)
        if why is not None:
            return self._counts.missed(why)
        assert entry is not None
        self._counts.second_looks += 1
        self._policy.hit(entry)
        self.told_look(entry)
        return entry.value

    def _why_not(self, entry: Kept | None, now_s: float, stale_s: float) -> Miss | None:
        """Why what is held is no hit."""
        if entry is None:
            return Miss.ABSENT
        if now_s >= entry.ends_s + stale_s:
            if now_s >= entry.dead_s:
                self._drop(entry, "expired")
            return Miss.EXPIRED
        if not self._known.right(entry):
            if entry.dead_s <= entry.ends_s:
                self._drop(entry, self._known.why(entry))
            return Miss.INVALIDATED
        if entry.marks and now_s >= self._known.fresh_until_s:
            return Miss.BEHIND
        return None

    def _insert(self, entry: Kept) -> Iterable[Entry]:
        gone = self._policy.insert(entry)
        if entry.queue is not None:
            self._entries[entry.key] = entry
            entry.slot = len(self._slots)
            self._slots.append(entry)
            self._tenants.add(entry)
        return [one for one in gone if one is not entry]

    def _reweigh(self, entry: Kept, weight: int) -> Iterable[Entry]:
        self._tenants.remove(entry)
        gone = self._policy.reweigh(entry, weight)
        self._tenants.add(entry)
        return gone

    def _keep_limits(self, tenant: str) -> None:
        while (one := self._tenants.over(tenant)) is not None:
            self._drop(one, "quota")
        self._make_room()

    def _make_room(self) -> None:
        """Marks and ghosts are memory, too: what they take, entries have to give."""
        while self._over():
            self._evict("capacity")

    def _over(self) -> bool:
        return len(self._policy) > 0 and self.bytes > self.limits.bytes

    def _evict(self, reason: Gone) -> None:
        self._gone(self._policy.evict(), reason)

    def _drop(self, entry: Kept, reason: Gone) -> None:
        self._policy.remove(entry)
        self._gone(entry, reason)

    def _gone(self, entry: Entry, reason: Gone) -> None:
        """What the policy no longer holds: out of everything else."""
        assert isinstance(entry, Kept)
        if self.told_gone is not None:
            self.told_gone(entry, reason)
        del self._entries[entry.key]
        last = self._slots.pop()
        if last is not entry:
            self._slots[entry.slot] = last
            last.slot = entry.slot
        entry.slot = -1
        self._tenants.remove(entry)
        self._marks.release(entry.marks)
        self._ghosts.went(entry.key)
        self._counts.gone[reason] += 1

    def _tidy(self, now_s: float, steps: int) -> int:
        """The hand passes over the slots, round after round; the last one comes where one was taken out."""
        found = 0
        for _ in range(min(steps, len(self._slots))):
            if self._hand >= len(self._slots):
                self._hand = 0
            entry = self._slots[self._hand]
            if now_s >= entry.dead_s:
                self._drop(entry, "expired")
            elif entry.version != self._known.version and entry.dead_s <= entry.ends_s and not self._known.right(entry):
                self._drop(entry, "invalidated")
            else:
                self._hand += 1
                continue
            found += 1
            if not self._slots:
                break
        return found

    def _turn(self) -> None:
        self._lookup.turn(self._known.version, -inf if self._held_back else self._known.fresh_until_s)


def _nothing(_: Kept) -> None:
    """Where nobody wants to know."""


def _unused_max(limits: Limits) -> int:
    """So many marks that no entry holds as fit into a tenth of the bytes."""
    return max(1, min(UNUSED_MAX, limits.bytes // MARK_SHARE))
