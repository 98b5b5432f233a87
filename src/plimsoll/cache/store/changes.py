"""What a store knows of changes: which were applied, up to where, and how well that is known. Pure.

Changes count at once, and settle when the poll that brought them is applied everywhere. A fill that begins in between
has to be judged by them: its snapshot may lie before them, and only that of the settled poll says whether it does.
"""

from collections.abc import Iterable
from math import inf

from plimsoll.cache.store.entry import Begun, Gone, Kept, Put
from plimsoll.cache.store.marks import BY_HAND, Mark, Marks, checked_tags
from plimsoll.changes.polling import Change
from plimsoll.core.snapshot import Snapshot


class Known:
    """`version` counts what was learnt; `fresh_until_s` is until when it suffices for the promise."""

    def __init__(self, marks: Marks, staleness_s: float | None) -> None:
        self.marks = marks
        self.version = 0
        self.seen: Snapshot | None = None
        self._staleness_s = staleness_s
        self._settled = 0
        self._pending = False
        self._forgotten = 0
        self.fresh_until_s = inf if staleness_s is None else -inf

    def begin(self) -> Begun:
        """What a fill has to note before it takes its snapshot."""
        return Begun(self._settled, self.seen)

    def apply(self, changes: Iterable[Change]) -> None:
        """Tags that transactions wrote, of one poll or a part of it. Applied twice is as good as once."""
        self._learn(by_hand=False)
        for xid, tags, _ in changes:
            for tag in tags:
                self.marks.write(tag, self.version, xid)

    def write(self, tags: Iterable[str], xid: int = BY_HAND) -> None:
        """By hand, after a commit; with its transaction id, or for whatever snapshot."""
        checked = checked_tags(tags)
        self._learn(by_hand=True)
        for tag in checked:
            self.marks.write(tag, self.version, xid)

    def forget(self, *, by_hand: bool = False) -> None:
        """Nothing that is held or being filled may be served any more."""
        self._learn(by_hand=by_hand)
        self._forgotten = self.version

    def advance(self, seen: Snapshot, sent_s: float) -> None:
        """The poll sent at `sent_s` is applied everywhere; `seen` is its snapshot."""
        self.seen = seen
        self._settled = self.version
        self._pending = False
        if self._staleness_s is not None:
            self.fresh_until_s = sent_s + self._staleness_s

    def right(self, entry: Kept) -> bool:
        """Whether the entry rests on nothing that has changed; it is then right for this version."""
        since, snapshot = entry.version, entry.snapshot
        if since == self.version:
            entry.version = self.version
            return True
        if since < self._forgotten or any(mark.unseen(since, snapshot) for mark in entry.marks):
            return False
        entry.version = self.version
        return True

    def why(self, entry: Kept) -> Gone:
        """What made it wrong."""
        return "everything" if entry.version < self._forgotten else "invalidated"

    def refused(self, marks: Iterable[Mark], snapshot: Snapshot | None, begun: Begun | None) -> Put | None:
        """Why a value must not be stored. Without `begun` its caller vouches that it is right as of now."""
        if begun is None:
            return None
        if begun.version < max(self._forgotten, self.marks.floor):
            return Put.LATE
        if snapshot is not None and begun.seen is not None and not snapshot.covers(begun.seen):
            return Put.OLD_SNAPSHOT
        return Put.CHANGED if any(mark.unseen(begun.version, snapshot) for mark in marks) else None

    def _learn(self, *, by_hand: bool) -> None:
        self.version += 1
        if not by_hand:
            self._pending = True
        elif not self._pending:
            self._settled = self.version
