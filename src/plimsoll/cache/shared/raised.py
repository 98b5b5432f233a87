"""What the server knows of a tag: since when (a nonce), and what wrote it since, by which an entry is judged. Pure.

A tag's key is made when an entry shall carry the tag, with a nonce of its own; what writes the tag raises it. `count`
grows with each write that is new to it, so that an entry, which notes nonce and count *before* its snapshot is taken,
knows which writes came later: only those may be unseen by it. As in tier 1 the last three are known exactly, what was
before in sum, and that counts as unseen unless all below the highest of it had ended.

What was written before the key was made needs no record, and raising a key that is not there does nothing: who makes
it does so before its snapshot is taken, which then sees what had been committed by then. So any key may vanish at any
time; made anew it has another nonce, and what was stored before is wrong.

A key is text: `RUN.EPOCH NONCE COUNT FOLDED_AT FOLDED_XID [AT XID]...`. RUN is the run id of the server process that it
was made in: from an old dump, or after a failover, it is another's, and counts as missing. So it does in another EPOCH
of the changelog, in which the database may give the same transaction ids again. Numbers are decimal, since Lua's are
exact to 53 bits only.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from plimsoll.core.snapshot import Snapshot

RECORDS_MAX: Final = 3  # as in tier 1
TEXT_BYTES_MAX: Final = 400


class Stamp(NamedTuple):
    """What a fill noted of a tag before its snapshot was taken."""

    nonce: str
    at: int


@dataclass(frozen=True, slots=True)
class Raised:
    """A tag's key: `records` are (count, transaction id), the latest last."""

    origin: str
    nonce: str
    count: int = 0
    folded: tuple[int, int] = (0, 0)
    records: tuple[tuple[int, int], ...] = ()

    @staticmethod
    def read(told: object, origin: str) -> "Raised | None":
        """From the key's text; None if it is missing, of another origin (`RUN.EPOCH`), or not as it must be."""
        if not isinstance(told, bytes) or len(told) > TEXT_BYTES_MAX:
            return None
        words = told.split()
        if len(words) < 5 or len(words) % 2 == 0 or len(words) > 5 + 2 * RECORDS_MAX or words[0] != origin.encode():
            return None
        try:
            count, *pairs = map(int, words[2:])
            nonce = words[1].decode("ascii")
        except ValueError:
            return None
        ordered = tuple(zip(pairs[::2], pairs[1::2], strict=True))
        return Raised(origin, nonce, count, ordered[0], ordered[1:])

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.nonce, self.count)

    def holds(self, stamp: Stamp, snapshot: Snapshot) -> bool:
        """Whether an entry with this stamp and snapshot rests on nothing that was written since."""
        if stamp.nonce != self.nonce or stamp.at > self.count:
            return False
        if stamp.at == self.count:
            return True
        at, xid = self.folded
        if at > stamp.at and xid >= snapshot.xmin:
            return False
        return all(at <= stamp.at or snapshot.sees(xid) for at, xid in self.records)

    def written(self, write: "Write") -> "Raised":
        """After this write: what RAISE in `scripts` does there."""
        count, (folded_at, folded_xid), records = self.count, self.folded, self.records
        if write.folded:  # each time: of two sums with the same highest id one may have a lower id that the other lacks
            count += 1
            folded_at, folded_xid = count, max(folded_xid, write.folded)
        for xid in write.xids:
            if any(xid == known for _, known in records):
                continue
            count += 1
            records = (*records, (count, xid))
            if len(records) > RECORDS_MAX:
                (at, old), records = records[0], records[1:]
                folded_at, folded_xid = max(folded_at, at), max(folded_xid, old)
        return Raised(self.origin, self.nonce, count, (folded_at, folded_xid), records)

    def __bytes__(self) -> bytes:
        numbers = (self.count, *self.folded, *(number for record in self.records for number in record))
        return " ".join((self.origin, self.nonce, *map(str, numbers))).encode()


@dataclass(frozen=True, slots=True)
class Write:
    """Transactions that wrote a tag: the latest three, and the highest id of those before (0: none)."""

    xids: tuple[int, ...]
    folded: int = 0

    def and_then(self, xid: int) -> "Write":
        """This one too."""
        if xid in self.xids:
            return self
        xids = (*self.xids, xid)
        if len(xids) <= RECORDS_MAX:
            return Write(xids, self.folded)
        return Write(xids[1:], max(self.folded, xids[0]))
