"""What a fill may say while it runs: the tags of its value, the snapshot it reads by, that it is not to be kept.

A value without a snapshot of its own counts as read by what was known when its fill began: right, and a little more
careful than needed.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from plimsoll.cache.drivers import row_of, row_of_sync
from plimsoll.cache.store.marks import checked_tags
from plimsoll.changes.database import ANOTHER, DATABASE
from plimsoll.core.snapshot import Snapshot

WITHIN_MAX: Final = 2  # fills of one key, each within the one before: a fill may fetch its own key otherwise
TAGS_MAX: Final = 1_000  # of one value; beyond, it is not kept
STANDING: Final = f"""
SELECT pg_current_snapshot()::text AS snapshot, pg_current_xact_id_if_assigned()::text AS xid,
       pg_is_in_recovery() AS standby, current_setting('transaction_isolation') AS isolation,
       {DATABASE} AS database
"""


class Standing(NamedTuple):
    """What a connection says of the transaction that it is in."""

    snapshot: str
    xid: str | None
    standby: bool
    isolation: str
    database: str


class Filling:
    """One run of a fill. To be used by the fill itself, while it runs."""

    def __init__(self, key: str, tags: Iterable[str] = (), parent: "Filling | None" = None, followed: str = "") -> None:
        """`followed`: the database whose changes are, "" if that is not known."""
        self.afresh = False  # statements are not answered by what is kept: for who compares it with the database
        self.key = key
        self.parent = parent
        self.followed = followed
        self.snapshot: Snapshot | None = None
        self.refused = ""
        self.early = False  # its transaction's snapshot may have been taken before it began
        self.rests_on_cached = False
        self._tags: dict[str, None] = dict.fromkeys(checked_tags(tuple(tags)))

    @property
    def tags(self) -> tuple[str, ...]:
        """Those that the value will carry, as far as is known now."""
        return tuple(self._tags)

    def tag(self, *tags: str) -> None:
        """The value rests on these too. Raises UsageError for what is no tag."""
        self._tags |= dict.fromkeys(checked_tags(tags))
        if len(self._tags) > TAGS_MAX:
            self.refuse(f"more than {TAGS_MAX} tags")

    def rests_on(self, tags: Iterable[str]) -> None:
        """A value out of the cache goes into this one, so that its tags do, too.

        It may have been read before the snapshot of a connection here, and is right by what was known when this fill
        began: so is this one, then, and no snapshot says more.
        """
        self.rests_on_cached = True
        self.tag(*tags)

    def refuse(self, why: str) -> None:
        """The value is given to who asked, and neither kept nor given to anybody else."""
        self.refused = self.refused or why

    async def on(self, connection: Any) -> None:
        """Takes the snapshot of a connection of asyncpg, or of psycopg's AsyncConnection. Before what is read by it.

        In a transaction that has written, on a standby, and of another database than the one that is followed, the
        value will not be kept. Raises what the driver raises.
        """
        self.stands(Standing(*await row_of(connection, STANDING, *Standing._fields)))

    def on_sync(self, connection: Any) -> None:
        """As `on`, of a connection of psycopg."""
        self.stands(Standing(*row_of_sync(connection, STANDING, *Standing._fields)))

    def stands(self, standing: Standing) -> None:
        """What a connection said. Of several snapshots only the oldest tells what the value rests on."""
        if standing.isolation not in ("read committed", "read uncommitted"):
            self.early = True
        if self.followed not in ("", standing.database):
            self.refuse(ANOTHER)
        if standing.standby:
            self.refuse("read from a standby")
        elif standing.xid is not None:
            self.refuse("read in a transaction that has written")
        snapshot = Snapshot.parse(standing.snapshot)
        if self.snapshot is None or self.snapshot.covers(snapshot):
            self.snapshot = snapshot
        elif not snapshot.covers(self.snapshot):
            self.refuse("read from several servers")

    def fills(self, key: str) -> bool:
        """Whether it, or one that it runs within, fills that key: to wait for it would be to wait for oneself."""
        return self.times(key) > 0

    def times(self, key: str) -> int:
        """How many of it and those that it runs within fill that key."""
        found = 0
        one: Filling | None = self
        while one is not None:
            found += one.key == key
            one = one.parent
        return found


_CURRENT: Final[ContextVar[Filling | None]] = ContextVar("plimsoll_cache_filling", default=None)


def filling() -> Filling | None:
    """The fill that runs here, for what is deep within it and has to tell by what it reads; None outside of one."""
    return _CURRENT.get()


filling_now: Final = _CURRENT.get  # the same without a call of Python, for who asks before each hit


@contextmanager
def running(one: Filling) -> Iterator[Filling]:
    """Within it `filling()` gives that."""
    before = _CURRENT.set(one)
    try:
        yield one
    finally:
        _CURRENT.reset(before)
