"""Waiting until a cache has applied a commit, so that what it then serves is what it made of it."""

import asyncio
from collections.abc import Sequence
from threading import Condition

from plimsoll.changes.polling import Change, Reason, State
from plimsoll.core.snapshot import Snapshot

BOUND_S = 30.0


class Seen:
    """The last of a cache's sinks."""

    def __init__(self) -> None:
        self._moved = Condition()
        self._snapshot: Snapshot | None = None

    async def apply(self, changes: Sequence[Change]) -> None:
        pass

    async def forget(self, reason: Reason) -> None:
        pass

    async def moved(self, state: State, sent_s: float) -> None:
        with self._moved:
            self._snapshot = None if state.position is None else state.position.snapshot
            self._moved.notify_all()

    async def until(self, xid: int) -> None:
        """Waits for the transaction to be applied; fails where it is not."""

        def wait() -> bool:
            with self._moved:
                return self._moved.wait_for(lambda: self._snapshot is not None and self._snapshot.sees(xid), BOUND_S)

        assert await asyncio.to_thread(wait)
