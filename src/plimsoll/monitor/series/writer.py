"""The thread that writes what the board tells: every few seconds, losing the oldest when it must."""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from plimsoll.core.errors import SeriesStoreError
from plimsoll.core.observation import Event, Observation
from plimsoll.core.units import format_duration
from plimsoll.monitor.collecting.collector import now
from plimsoll.monitor.series.documents import STATES
from plimsoll.monitor.series.files import is_damage, is_full
from plimsoll.monitor.series.retention import age_clock
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.settings.masking import mask

_LOG = logging.getLogger(__name__)

NO_SPACE: Final = "no space is left on the disk"
WRITE_PERIOD_S: Final = 5.0  # what a killed process loses at most
LOOKS_MAX: Final = 1_000  # that wait for a disk that is slow or full, about 10 MB; then the oldest are lost
DETAILED_MAX: Final = 100  # of those with their documents, which are larger
CLOSE_S: Final = 30.0
EARLY_SHARE: Final = (
    0.7  # of their pace: looks come some seconds early after a late one, and a difference must not be lost
)
_BREATH_S: Final = 0.001  # between two series that are packed, for the event loop of this process


class StoreWriter:
    """`put` is an observer of the board: it never blocks and never fails. `close` writes the rest."""

    def __init__(self, store: SeriesStore, *, period_s: float = WRITE_PERIOD_S, looks_max: int = LOOKS_MAX) -> None:
        self.store = store
        self.lost = 0  # looks
        self._period_s = period_s
        self._looks_max = looks_max
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Observation]] = deque()
        self._batch: list[tuple[int, Observation]] = []  # what is being written
        self._number = store.written
        self._detail_at_s: dict[str, float] = {}
        self._failing: tuple[float, str] | None = None  # since when, and why
        self._age = now()
        self._ending = threading.Event()
        self._one_file = False
        self._thread = threading.Thread(target=self._keep_writing, name="stored series", daemon=True)

    def start(self) -> "StoreWriter":
        self._thread.start()
        return self

    def close(self, *, one_file: bool = False) -> None:
        """Blocks until the rest is written, or `CLOSE_S` have passed. `one_file`: see `SeriesStore.close`."""
        self._one_file = one_file
        self._ending.set()
        self._thread.join(CLOSE_S)

    def put(self, observation: Observation) -> None:
        with self._lock:
            kept = {
                kind: detail for kind, detail in observation.details.items() if self._is_due(kind, observation.at_s)
            }
            self._number += 1
            self._waiting.append((self._number, replace(observation, details=kept)))
            while len(self._waiting) + len(self._batch) > self._looks_max and self._waiting:
                self._waiting.popleft()
                self.lost += 1

    def _is_due(self, kind: str, at_s: float) -> bool:
        """Whether a document is to be stored: of what tells of a moment, none soon after the last of its kind,
        whichever way the clock went; of what tells of differences each."""
        last_s = self._detail_at_s.get(kind)
        pace_s = self.store.keep.details_every_s * EARLY_SHARE
        soon = last_s is not None and abs(at_s - last_s) < pace_s
        if len(self._waiting) >= DETAILED_MAX or (soon and kind in STATES):
            return False
        self._detail_at_s[kind] = at_s
        return True

    def put_event(self, event: Event) -> None:
        """One that no collector saw."""
        self.put(Observation(event.source, event.at_s, events=(event,)))

    def unwritten(self) -> Sequence[tuple[int, Observation]]:
        """With their numbers; what is being written just now is among them."""
        with self._lock:
            return [*self._batch, *self._waiting]

    @property
    def failing(self) -> str:
        """Why nothing is written just now; "" while all is well."""
        return self._failing[1] if self._failing else ""

    @property
    def problems(self) -> Sequence[str]:
        """For people; empty while all is well."""
        return [
            *([f"the file of stored series was damaged: it is {self.store.moved} now"] if self.store.moved else ()),
            *([self._said_failing(*self._failing)] if self._failing else ()),
            *([f"{self.lost} looks could not be stored"] if self.lost else ()),
            *(
                [f"{self.store.refused} values of too many or too long series were not stored"]
                if self.store.refused
                else ()
            ),
        ]

    def _said_failing(self, since_s: float, why: str) -> str:
        since = datetime.fromtimestamp(since_s, UTC).strftime("%H:%M:%S")
        waiting = len(self._waiting) + len(self._batch)
        kept = "are lost" if self._has_ended else "wait in memory"
        return f"series are not stored since {since} UTC: {why}; {waiting} looks {kept}"

    @property
    def _has_ended(self) -> bool:
        return self._ending.is_set() and not self._thread.is_alive()

    def _keep_writing(self) -> None:
        while not self._ending.wait(self._period_s):
            self.write_once()
        self.write_once()
        with suppress(sqlite3.Error, OSError):
            self.store.close(one_file=self._one_file)

    def write_once(self) -> None:
        """What the thread does every few seconds."""
        with self._lock:
            self._batch, self._waiting = list(self._waiting), deque()
        try:
            if self.store.is_gone():
                self.store.reopen()
            self._write_batch()
            self._tend()
        except (sqlite3.Error, OSError, SeriesStoreError) as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001  # a mistake of ours must not end the watch; this batch is given up
            _LOG.exception("series could not be stored")
            self.lost += len(self._batch)
            self._batch = []
            self._fails(f"unexpected: {error}")
        else:
            self._succeeds()

    def _write_batch(self) -> None:
        if self._batch:
            self.store.write([seen for _, seen in self._batch], upto=self._batch[-1][0])
        with self._lock:
            self._batch = []

    def _tend(self) -> None:
        at = now()
        age_s = age_clock(self._age.wall_s, at.wall_s, at.steady_s - self._age.steady_s)
        self._age = replace(at, wall_s=age_s)
        self.store.tend(age_s, at.steady_s, lambda: time.sleep(_BREATH_S))

    def _failed(self, error: Exception) -> None:
        with self._lock:
            self._waiting = deque([*self._batch, *self._waiting])
            self._batch = []
        self._fails(NO_SPACE if is_full(error) else str(error))
        if isinstance(error, sqlite3.Error) and is_damage(error):
            with suppress(OSError, SeriesStoreError):  # then it is tried again, and said meanwhile
                self.store.begin_anew()

    def _fails(self, why: str) -> None:
        since_s = self._failing[0] if self._failing else time.time()
        if self._failing is None:
            _LOG.warning("series are not stored: %s", mask(why))
        self._failing = (since_s, mask(why))

    def _succeeds(self) -> None:
        if self._failing is not None:
            lasted = format_duration(float(round(max(0.0, time.time() - self._failing[0]))))
            _LOG.warning("series are stored again, after %s; %d looks were lost in all", lasted, self.lost)
        self._failing = None
