"""What an entry takes beside its value, and what a policy's memory of keys takes. Measured on CPython 3.11 to 3.13, and
held by tests/prove against the growth of a process."""

from collections.abc import Hashable
from typing import Any, Final

from plimsoll.cache.store.marks import Mark, tags_size
from plimsoll.cache.store.size import allocated, size_of
from plimsoll.core.eviction.policy import Ghosts
from plimsoll.core.snapshot import Snapshot

ENTRY_BYTES: Final = 436  # the entry, its end, and its places: in two dictionaries, the policy's list and the slots
TIME_BYTES: Final = 32  # of a number beside its end: when it is due, until when it may be served stale
QUEUED_BYTES: Final = 180  # its place among its tenant's, where there is a quota
GHOST_BYTES: Final = 192  # a key that a policy remembers, without the key
SNAPSHOT_BYTES: Final = 136
MARK_SHARE: Final = 6_000  # bytes of the limit for each mark that no entry holds: at most a tenth of it


def weight_of(key: Hashable, value: Any, marks: tuple[Mark, ...], snapshot: Snapshot | None) -> int:
    """Bytes that an entry takes."""
    return ENTRY_BYTES + size_of(key) + size_of(value) + tags_size(marks) + _snapshot_size(snapshot)


class GhostBytes:
    """What the policy's ghosts take. Their keys are not weighed one by one: they are taken to be like those that went
    last, as many as there are ghosts."""

    def __init__(self, ghosts: Ghosts | None) -> None:
        self._ghosts = ghosts
        self._key_bytes = 0.0  # mean of the keys that went

    def went(self, key: Hashable) -> None:
        if self._ghosts is not None:
            self._key_bytes += (size_of(key) - self._key_bytes) / (len(self._ghosts) + 1)

    @property
    def bytes(self) -> int:
        return 0 if self._ghosts is None else int(len(self._ghosts) * (GHOST_BYTES + self._key_bytes))


def _snapshot_size(snapshot: Snapshot | None) -> int:
    """As if it were this entry's alone."""
    if snapshot is None:
        return 0
    running = snapshot.running
    return SNAPSHOT_BYTES + (allocated(running.__sizeof__()) + 32 * len(running) if running else 0)
