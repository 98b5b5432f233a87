"""What was written to tags, and whether a snapshot sees it: what an entry is held against when it is asked for.

A tag that is written is marked, which is O(1); no entry is looked for. An entry holds the marks of its tags, and looks
at them once after each change before it is served again. Three marks bear on a family: the one of a row's tag, the one
of the whole family ("order:*", written by what changed too many rows), and the one of anything in the family (named as
the family itself), which counts for entries that carry "order:*".
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from plimsoll.cache.store.size import allocated, size_of
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import XID_BITS, Snapshot
from plimsoll.core.tag import family_of, is_whole

RECORDS_MAX: Final = 3  # of one mark; older ones are folded into the highest transaction id of theirs
UNUSED_MAX: Final = 10_000  # marks that no entry holds, kept for fills that are under way
BY_HAND: Final = 2**XID_BITS  # a transaction id that no snapshot sees: written by whom is not known

MARK_BYTES: Final = 160  # of a mark with its place in the dictionary, without its name
WRITTEN_BYTES: Final = 40  # of the tuple of its records
RECORD_BYTES: Final = 136  # of a record, its numbers, and its place in that tuple
FOLDED_BYTES: Final = 64  # of the numbers of what is folded
UNUSED_BYTES: Final = 104  # of its place among the unused


class Mark:
    """When a tag was written, and by which transactions: the latest three exactly, what was before in sum.

    Folded, only the highest id is known, and a snapshot that sees that need not see a lower one, which may have
    committed later. So it counts as unseen unless all below it had ended.
    """

    __slots__ = ("_folded_version", "_folded_xid", "_records", "last", "name", "users")

    def __init__(self, name: str) -> None:
        self.name = name
        self.users = 0
        self.last = 0  # version of the latest write; 0: none
        self._records: tuple[tuple[int, int], ...] = ()
        self._folded_version = self._folded_xid = 0

    @property
    def records_bytes(self) -> int:
        """What was written to it takes; it grows until RECORDS_MAX are known and some are folded."""
        if not self._records:
            return 0
        return WRITTEN_BYTES + RECORD_BYTES * len(self._records) + (FOLDED_BYTES if self._folded_xid else 0)

    def write(self, version: int, xid: int) -> None:
        """A transaction wrote it, as was learnt with this version of what is known."""
        self.last = version
        if (version, xid) in self._records:
            return
        records = (*self._records, (version, xid))
        if len(records) > RECORDS_MAX:
            (old_version, old_xid), *_ = records
            self._folded_version = max(self._folded_version, old_version)
            self._folded_xid = max(self._folded_xid, old_xid)
            records = records[1:]
        self._records = records

    def unseen(self, since: int, snapshot: Snapshot | None) -> bool:
        """Whether it was written after version `since` by a transaction that the snapshot may not see."""
        if self.last <= since:
            return False
        if snapshot is None:
            return True
        if self._folded_version > since and self._folded_xid >= snapshot.xmin:
            return True
        return any(version > since and not snapshot.sees(xid) for version, xid in self._records)


class Marks:
    """The marks that entries hold, and the latest `unused_max` of those written that none does.

    `floor`: the version up to which writes to tags may be forgotten; a fill that began before it cannot be judged.
    """

    def __init__(self, unused_max: int = UNUSED_MAX) -> None:
        self.unused_max = unused_max
        self.floor = 0
        self._held_bytes = 0
        self._marks: dict[str, Mark] = {}
        self._unused: OrderedDict[str, Mark] = OrderedDict()

    def __len__(self) -> int:
        return len(self._marks)

    @property
    def bytes(self) -> int:
        """All of it, without the keys of entries."""
        return self._held_bytes + UNUSED_BYTES * len(self._unused)

    def write(self, tag: str, version: int, xid: int) -> None:
        """Marks a row's tag or a whole family's. O(1), however many entries carry it."""
        self._write(tag, version, xid)
        self._write(family_of(tag), version, xid)

    def hold(self, tags: Iterable[str]) -> tuple[Mark, ...]:
        """The marks that an entry with these tags is held against. To be given back by `release`."""
        marks = tuple(map(self._mark, names_of(tags)))
        for mark in marks:
            mark.users += 1
            if mark.users == 1:
                self._unused.pop(mark.name, None)
        return marks

    def release(self, marks: Iterable[Mark]) -> None:
        for mark in marks:
            mark.users -= 1
            if not mark.users:
                if mark.last > self.floor:
                    self._unused[mark.name] = mark
                    self.trim()
                else:
                    self._drop(mark)

    def trim(self) -> None:
        """Forgets what is beyond `unused_max`, the oldest first."""
        while len(self._unused) > self.unused_max:
            _, mark = self._unused.popitem(last=False)
            self.floor = max(self.floor, mark.last)
            self._drop(mark)

    def _write(self, name: str, version: int, xid: int) -> None:
        mark = self._mark(name)
        before_bytes = mark.records_bytes
        mark.write(version, xid)
        self._held_bytes += mark.records_bytes - before_bytes
        if not mark.users:
            self._unused[name] = mark
            self._unused.move_to_end(name)
            self.trim()

    def _mark(self, name: str) -> Mark:
        mark = self._marks.get(name)
        if mark is None:
            mark = self._marks[name] = Mark(name)
            self._held_bytes += MARK_BYTES + size_of(name)
        return mark

    def _drop(self, mark: Mark) -> None:
        del self._marks[mark.name]
        self._held_bytes -= MARK_BYTES + size_of(mark.name) + mark.records_bytes


def names_of(tags: Iterable[str]) -> tuple[str, ...]:
    """What an entry with these tags is held against, each once. Raises UsageError as `checked_tags`."""
    names: dict[str, None] = {}
    for tag in checked_tags(tags):
        family = family_of(tag)
        names |= {family: None} if is_whole(tag) else {tag: None, f"{family}:*": None}
    return tuple(names)


def checked_tags(tags: Iterable[str]) -> Iterable[str]:
    """Themselves. Raises UsageError for one text instead of several, and for what has no family."""
    if isinstance(tags, str):
        raise UsageError("tags are several", why=f"got the text {tags[:60]!r}", remedy="pass them as a list or tuple")
    if not hasattr(tags, "__iter__"):
        raise UsageError("tags are several", why=f"got {tags!r:.60}", remedy="pass them as a list or tuple")
    several: tuple[Any, ...] = tuple(tags)
    for tag in several:
        if not isinstance(tag, str) or not family_of(tag) or ":" not in tag:
            raise UsageError("not a tag", why=f"{tag!r:.80} is not a family, a colon and a key", remedy='as "order:42"')
    return several


def tags_of(marks: Iterable[Mark]) -> tuple[str, ...]:
    """The tags for which `hold` gave these marks."""
    return tuple(f"{one.name}:*" if ":" not in one.name else one.name for one in marks if not is_whole(one.name))


def tags_size(marks: tuple[Mark, ...]) -> int:
    """Bytes of what one entry holds of marks; the marks themselves are counted once for all."""
    return allocated(56 + 8 * len(marks)) if marks else 0
