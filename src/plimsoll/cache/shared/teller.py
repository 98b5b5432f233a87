"""The thread that tells the server what was changed, and leaves there how far that is."""

import threading
import time
from typing import TYPE_CHECKING, Final

from plimsoll.changes.polling import Position

if TYPE_CHECKING:
    from plimsoll.cache.shared.tier import SharedTier

LEAVE_EVERY_S: Final = 1.0  # the position: what a process that starts has to poll again
TRY_EVERY_S: Final = 0.05  # while something is owed; how often a server that fails is asked, the breaker says
LOOK_EVERY_S: Final = 1.0
FOREIGN_S: Final = 10.0  # for so long another's root is respected, and then made one's own: two would take turns
ROUNDS: Final = 20  # round trips without looking up
CLOSE_S_MAX: Final = 2.0


class Teller:
    """Started by the first that is to be told; ends with `close`."""

    def __init__(self, tier: "SharedTier") -> None:
        self._tier = tier
        self._changed = threading.Condition()
        self._awake = False
        self._closed = False
        self._position: Position | None = None
        self._left_at_s = -LEAVE_EVERY_S
        self._foreign_since_s: float | None = None
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There is something to tell."""
        with self._changed:
            if self._closed:
                return
            self._awake = True
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="plimsoll-cache-shared", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def reached(self, position: Position) -> None:
        """All up to there is owed by now, or told."""
        self._position = position
        if self._thread is None or self._tier.protocol.owed.root_due:
            self.wake()

    def settled(self, wait_s: float) -> bool:
        """Waits until nothing is owed, so long at most; whether nothing is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed or not self._owing, wait_s) and not self._owing

    @property
    def _owing(self) -> bool:
        owed = self._tier.protocol.owed
        return self._awake or owed.root_due or len(owed) > 0

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_S_MAX)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._awake:
                    self._changed.wait(TRY_EVERY_S if self._owing else LOOK_EVERY_S)
                self._awake = False
                if self._closed:
                    return
            self._tell(time.monotonic())
            with self._changed:
                self._changed.notify_all()

    def _tell(self, now_s: float) -> None:
        """Once all that is owed is paid, the position that was reached before may be left."""
        protocol, position = self._tier.protocol, self._position
        self._settle_dispute(now_s)
        self._tier.run_sync(protocol.settling(ROUNDS), None)
        owing = protocol.owed.root_due or len(protocol.owed) > 0
        if position is None or owing or now_s - self._left_at_s < LEAVE_EVERY_S:
            return
        self._left_at_s = now_s
        self._tier.run_sync(protocol.leaving(position), None)

    def _settle_dispute(self, now_s: float) -> None:
        """A root of another epoch may be one of a process that was late, and then nobody else would renew it."""
        if not self._tier.protocol.foreign:
            self._foreign_since_s = None
        elif self._foreign_since_s is None:
            self._foreign_since_s = now_s
        elif now_s - self._foreign_since_s >= FOREIGN_S:
            self._foreign_since_s = None
            self._tier.protocol.foreign = False
            self._tier.protocol.owed.everything()
