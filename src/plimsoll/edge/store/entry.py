"""What a store keeps, how much of it, and what it says of a put."""

from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from sys import getsizeof
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policy import Entry
from plimsoll.core.numbers import counts
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.store.tags import TAG_BYTES

BYTES_MAX: Final = 256 * 2**20
OBJECT_SHARE: Final = 8  # of the bytes: what is larger than an eighth would put out too much else
OBJECT_BYTES_MAX: Final = 8 * 2**20

# Measured on CPython 3.11, held by tests/prove: an entry without key, fields, tags and body: the entry, the
# stored head and its times, the resource with its lists, and their places in three dictionaries.
ENTRY_BYTES: Final = 1_250
FIELD_BYTES: Final = 72  # a pair and its place, without name and value
DIGEST_BYTES: Final = 16
GHOST_BYTES: Final = 256  # of a key that the policy remembers: its digest, and its place


class Put(Enum):
    """What became of a response that was to be stored. `PURGED`: something that it rests on was purged since its fill
    began. `TOO_LARGE`: it alone is more than one may be. `EVICTED`: it went at once, by the policy."""

    STORED = "stored"
    PURGED = "purged"
    TOO_LARGE = "too large"
    EVICTED = "evicted"


@dataclass(frozen=True, slots=True)
class Limits:
    """`bytes` of everything, with what a policy remembers beside it; `object_bytes` of one response with its head.

    The defaults are 256 MiB and 8 MiB, or an eighth of all where that is less.
    """

    bytes: int = BYTES_MAX
    object_bytes: int | None = None

    def __post_init__(self) -> None:
        for name, limit in (("bytes", self.bytes), ("object_bytes", self.object_bytes)):
            if limit is not None and not counts(limit):
                why = f"{name} is {limit!r:.60}, and no whole number of 1 or more"
                raise UsageError("not a limit of an edge", why=why, remedy=f"set {name} to 1 or more")

    @property
    def object_max(self) -> int:
        share = max(1, self.bytes // OBJECT_SHARE)
        return min(OBJECT_BYTES_MAX if self.object_bytes is None else self.object_bytes, share)

    @property
    def capacity(self) -> Capacity:
        return Capacity(weight=self.bytes)


class Kept(Entry):
    """A stored response among the variants of its resource. The policy knows it by a digest, so that what it remembers
    of URLs that went is small however long they were."""

    __slots__ = ("resource", "stored")

    def __init__(self, resource: "Resource", stored: Stored) -> None:
        super().__init__(digest_of(resource.key, stored.second), weight_of(resource.key, stored))
        self.resource = resource
        self.stored = stored


class Resource:
    """The variants of a key, the latest first. `stored` is what `rules.look` is given."""

    __slots__ = ("kept", "key", "stored")

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.kept: tuple[Kept, ...] = ()
        self.stored: tuple[Stored, ...] = ()

    def hold(self, kept: tuple[Kept, ...]) -> None:
        self.kept = kept
        self.stored = tuple(one.stored for one in kept)

    def drop(self, entry: Kept) -> None:
        self.hold(tuple(one for one in self.kept if one is not entry))


def digest_of(key: bytes, second: bytes) -> bytes:
    """One for each variant; the key's length before it, so that no two pairs are alike."""
    return blake2b(b"%d:%b%b" % (len(key), key, second), digest_size=DIGEST_BYTES).digest()


def weight_of(key: bytes, stored: Stored) -> int:
    """Bytes that an entry takes; names of fields count, though many share them."""
    fields = sum(FIELD_BYTES + getsizeof(name) + getsizeof(value) for name, value in stored.fields)
    own = getsizeof(key) + getsizeof(stored.second) + getsizeof(stored.body)
    return ENTRY_BYTES + own + fields + TAG_BYTES * len(stored.tags) + sum(map(len, stored.tags))
