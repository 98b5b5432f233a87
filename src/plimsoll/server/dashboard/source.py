"""What the pages say, read off a watch."""

import time
from typing import Final

from plimsoll.core.observation import Event, Observation
from plimsoll.server.dashboard.reading import Reading
from plimsoll.settings.masking import mask
from plimsoll.workflows.watch import Watch

KINDS: Final = ("sessions", "locks", "waits", "statements", "tables", "indexes", "processes")
EVENTS_MAX: Final = 200  # the newest; older ones are in the store
SHARED_S: Final = 0.9  # readings no older than this are shared by all browsers


class Source:
    """One for all browsers. Keeps the events that it saw."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self._events: list[Event] = []
        self._last: Reading | None = None
        watch.board.observe(self._note)

    def read(self) -> Reading:
        """The newest of everything."""
        now = time.time()
        if self._last is None or not 0 <= now - self._last.now_s < SHARED_S:
            self._last = self._read(now)
        return self._last

    def _note(self, observation: Observation) -> None:
        self._events = [*self._events, *observation.events][-EVENTS_MAX:] if observation.events else self._events

    def _read(self, now: float) -> Reading:
        watch, settings = self.watch, self.watch.request.settings.monitor
        recent = watch.recent
        return Reading(
            now_s=now,
            target=target_words(watch),
            watches_database=_watches_database(watch),
            host_period_s=settings.host_period_s,
            database_period_s=settings.database_period_s,
            newest={key: last for key in [*recent.keys()] if (last := recent.last(key)) is not None},
            details={kind: found for kind in KINDS if (found := watch.board.detail(kind)) is not None},
            states=dict(watch.board.states),
            events=self._events,
            runs_root=str(watch.request.runs_root),
        )


def target_words(watch: Watch) -> str:
    """What is watched, without secrets."""
    opened = watch.opened
    if opened is None:
        return "this machine"
    return mask(opened.display or opened.environment.name)


def _watches_database(watch: Watch) -> bool:
    return watch.opened is not None and watch.opened.target is not None
