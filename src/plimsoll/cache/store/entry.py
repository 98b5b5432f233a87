"""What a store keeps, how much of it, and what it answers."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, NamedTuple

from plimsoll.cache.store.marks import Mark
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import known
from plimsoll.core.eviction.policy import Entry
from plimsoll.core.numbers import above, at_least, counts
from plimsoll.core.snapshot import Snapshot

ENTRIES_MAX: Final = 10_000
BYTES_MAX: Final = 100_000_000
JITTER: Final = 0.1

Gone = Literal["capacity", "quota", "pressure", "expired", "invalidated", "everything", "deleted"]


class Miss(Enum):
    """Why there is no value. `BEHIND`: there is one, but what has changed since is not known well enough. `UNSEEN`: who
    asks has to see a transaction that is not seen yet."""

    ABSENT = "absent"
    EXPIRED = "expired"
    INVALIDATED = "invalidated"
    BEHIND = "behind"
    UNSEEN = "unseen"


class Put(Enum):
    """What became of a value that was to be stored.

    `CHANGED`: a tag of it was written since the fill began, and its snapshot does not see that. `LATE`: the fill began
    before what is remembered of changes. `OLD_SNAPSHOT`: its snapshot is older than its beginning, as in a transaction
    that is REPEATABLE READ. `TOO_LARGE`: it alone exceeds the limit in bytes, or its tenant's quota.
    `EVICTED`: it went at once, by the policy, so that the limits hold.
    """

    STORED = "stored"
    CHANGED = "changed"
    LATE = "late"
    OLD_SNAPSHOT = "old snapshot"
    TOO_LARGE = "too large"
    EVICTED = "evicted"


class Look(NamedTuple):
    """A value, or a Miss. `due`: whoever was told should fill it again; nobody else is told so for a while. `stale`: it
    has ended. `marks`: of the tags that it carries."""

    value: Any
    due: bool = False
    stale: bool = False
    marks: tuple[Mark, ...] = ()


class Begun(NamedTuple):
    """What was known when a fill began: taken before its snapshot. `seen` is what the changes applied by then cover."""

    version: int
    seen: Snapshot | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a store holds: both limits at once, and what one tenant may have of the bytes (None: all of them).

    The defaults are 10,000 entries and 100 MB. What is over goes by the policy; over a quota, the tenant's own oldest.
    """

    entries: int = ENTRIES_MAX
    bytes: int = BYTES_MAX
    tenant_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, limit in (("entries", self.entries), ("bytes", self.bytes), ("tenant_bytes", self.tenant_bytes)):
            if limit is not None and not counts(limit):
                why = f"{name} is {limit!r:.60}, and no whole number of 1 or more"
                raise UsageError("not a limit of a cache", why=why, remedy=f"set {name} to 1 or more")

    @property
    def capacity(self) -> Capacity:
        return Capacity(self.entries, self.bytes)


@dataclass(frozen=True, slots=True)
class Options:
    """How a store behaves. `policy` decides what goes.

    Each TTL is shortened by up to `jitter` of it, by chance, so that what came together does not go together.
    `staleness_s` is the promise's Δ: what carries tags is served only while the watermark is younger. None: no changes
    are followed, and tags are written by hand only.
    """

    policy: str = "s3-fifo"
    jitter: float = JITTER
    staleness_s: float | None = None

    def __post_init__(self) -> None:
        known(self.policy, where="policy of the cache")
        if not at_least(self.jitter, 0) or self.jitter >= 1:
            why = f"{self.jitter!r:.60} of the TTL is not between 0 and 1"
            raise UsageError("not a jitter of a cache", why=why, remedy="set 0.1 for up to a tenth")
        if self.staleness_s is not None and not above(self.staleness_s, 0):
            why = f"{self.staleness_s!r:.60} s is no time in which changes could be learnt"
            raise UsageError("not a staleness of a cache", why=why, remedy="set 0.25 for a quarter of a second")


class Asked(Entry):
    """What a hit reads, side by side, which costs it one line of the processor's cache instead of three."""

    __slots__ = ("expires_s", "value", "version")


class Kept(Asked):
    """A value, until when, what it rests on. `version`: that of the changes against which it was last found right.

    `expires_s`: from then on it is no plain hit, and `ends_s`: no hit; in between it is one, and a refresh is due from
    `due_s` on, which is then or a little later. `dead_s`: until then it may be served stale, where that is asked for.
    `slot` is the store's.
    """

    __slots__ = ("dead_s", "due_s", "ends_s", "marks", "slot", "snapshot", "tenant")

    def __init__(self, key: Hashable, weight: int, tenant: str) -> None:
        super().__init__(key, weight)
        self.tenant = tenant
        self.value: Any = None
        self.expires_s = self.ends_s = self.due_s = self.dead_s = 0.0
        self.version = 0
        self.marks: tuple[Mark, ...] = ()
        self.snapshot: Snapshot | None = None
        self.slot = -1


class Stamp(NamedTuple):
    """An entry as it was put: another put has another snapshot, for no two fills share one after a change."""

    entry: Kept
    snapshot: Snapshot | None


def check_times(ttl_s: float, stale_s: float) -> None:
    """Raises UsageError for what is no time to live."""
    if not ttl_s > 0 or not stale_s >= 0:
        why = f"a TTL of {ttl_s} s, and {stale_s} s after it"
        raise UsageError("not a time for which to keep a value", why=why, remedy="pass a TTL above 0, and 0 s or more")
