"""What a process still owes the server: writes of tags, keys to take out, or that everything begins anew. Pure.

It is paid before what the server says is believed. Bounded: where it becomes too much, all of it is a new root.
"""

import threading
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from plimsoll.cache.shared.naming import written_names
from plimsoll.cache.shared.raised import Write
from plimsoll.changes.polling import Change

NAMES_MAX: Final = 20_000  # tags, families and keys; beyond, one new root takes their place
AT_ONCE: Final = 200  # changes for which the lock is held: well below a millisecond
NOTHING: Final = Write(())


class Part(NamedTuple):
    """Some of what is owed, as of a time: what was owed of a tag more than once may have grown since."""

    writes: tuple[tuple[str, Write], ...]
    keys: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.writes or self.keys)


class Owed:
    """Any thread's. `era` counts how often everything had to begin anew; `root_due` while it still has to."""

    def __init__(self, *, root_due: bool) -> None:
        self.lock = threading.Lock()
        self.era = 0
        self.root_due = root_due
        self._writes: dict[str, Write] = {}
        self._keys: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._writes) + len(self._keys)

    def write(self, changes: Iterable[Change]) -> None:
        """Tags that transactions wrote. Some at a time, so that nobody waits long for the lock."""
        several = iter(changes)
        while some := tuple(islice(several, AT_ONCE)):
            with self.lock:
                for xid, tags, _ in some:
                    for tag in tags:
                        for name in written_names(tag):
                            self._writes[name] = self._writes.get(name, NOTHING).and_then(xid)
                self._bound()

    def take_out(self, key: str) -> None:
        """That entry."""
        with self.lock:
            self._keys[key] = None
            self._bound()

    def everything(self) -> None:
        """Nothing that is there may be used any more."""
        with self.lock:
            self._everything()

    def part(self, count: int) -> Part:
        """Up to so many of what is owed."""
        with self.lock:
            writes = tuple(item for item, _ in zip(self._writes.items(), range(count), strict=False))
            return Part(writes, tuple(key for key, _ in zip(self._keys, range(count - len(writes)), strict=False)))

    def paid(self, part: Part) -> None:
        """What has not grown since is done."""
        with self.lock:
            for name, write in part.writes:
                if self._writes.get(name) is write:
                    del self._writes[name]
            for key in part.keys:
                self._keys.pop(key, None)

    def resumed(self) -> None:
        """What is there is right, up to where another process left off."""
        with self.lock:
            self.root_due = False

    def root_begun(self) -> int:
        """A new root is about to be asked for, which settles all that is owed until now: who fills after it sees that.

        What comes from now on is owed beside it. Gives the era, for `root_paid`; should it fail, it is still due.
        """
        with self.lock:
            self._writes = {}
            self._keys = {}
            return self.era

    def root_paid(self, era: int) -> None:
        """It was made."""
        with self.lock:
            if era == self.era:
                self.root_due = False

    def _everything(self) -> None:
        self.era += 1
        self.root_due = True
        self._writes = {}
        self._keys = {}

    def _bound(self) -> None:
        if len(self) > NAMES_MAX:
            self._everything()
