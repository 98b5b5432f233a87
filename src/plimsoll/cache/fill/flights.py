"""Flights: fills under way, one for a key, and those who wait for them, in event loops and threads alike.

Who finds no flight leads one. Whatever becomes of the leader, its flight lands: with a value, with an error, or
abandoned, whereupon another leads. Where a flight takes long, one of those who wait leads another beside it; who waits
for a key hears of whichever lands first.
"""

import threading
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, NamedTuple

from plimsoll.cache.store.entry import Begun

WAITERS_MAX: Final = 100_000  # of one flight; who comes beyond fills for himself


class Ending(Enum):
    """How a flight lands."""

    VALUE = "value"
    ERROR = "error"
    ABANDONED = "abandoned"


class Sharing(Enum):
    """Who may have the value beside the leader. `EARLIER`: who had asked when it began; what was committed before he
    asked is in it. `PROMISED`: who asked less than the promise's Δ after it began, too."""

    NOBODY = "nobody"
    EARLIER = "earlier"
    PROMISED = "promised"


class Landed(NamedTuple):
    """What came of a flight."""

    ending: Ending
    value: Any = None
    error: Exception | None = None
    sharing: Sharing = Sharing.NOBODY
    tags: tuple[str, ...] = ()


ABANDONED: Final = Landed(Ending.ABANDONED)


class Flight:
    """A fill of one key. `begun_s`: before `begin` was noted and anything was asked."""

    __slots__ = ("begun", "begun_s", "key", "landed", "refused", "thread", "waiters")

    def __init__(self, key: str, begun_s: float) -> None:
        self.key = key
        self.begun_s = begun_s
        self.begun: Begun | None = None
        self.thread = threading.get_ident()
        self.refused = False  # by hand, since it began: its value must not be kept
        self.landed: Landed | None = None
        self.waiters: list[Wake] = []  # of all flights of the key that are under way

    @property
    def gives_nobody(self) -> bool:
        """Whether it has landed with a value that is its leader's only."""
        landed = self.landed
        return landed is not None and landed.ending is Ending.VALUE and landed.sharing is Sharing.NOBODY

    def may_be_taken(self, asked_s: float, staleness_s: float | None) -> bool:
        """Whether its value may be given to who asked at that time, and did not lead it: the promise is to him, too."""
        assert self.landed is not None
        if self.landed.sharing is Sharing.NOBODY:
            return False
        if self.begun_s >= asked_s:
            return True
        return self.landed.sharing is Sharing.PROMISED and (
            staleness_s is None or asked_s <= self.begun_s + staleness_s
        )


Wake = Callable[[Flight], None]  # with the flight that has landed


class Flights:
    """Those of one cache; as many as lead one. Of several for a key, where somebody did not wait, the last counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}
        self._in_the_air: set[Flight] = set()

    def __len__(self) -> int:
        return len(self._in_the_air)

    def board(self, key: str, now_s: float, *, age_s_max: float | None, blocks: bool) -> tuple[Flight, bool]:
        """The flight of a key, and whether the caller leads it. `age_s_max`: how long ago another's may have begun for
        him to wait for it, None: he must wait for none; `blocks`: his thread stands still meanwhile, so that it must
        not be the one that the other's needs."""
        with self._lock:
            last = self._flights.get(key)
            flight = Flight(key, now_s)
            if last is not None and age_s_max is not None and not (blocks and last.thread == flight.thread):
                if now_s - last.begun_s < age_s_max and len(last.waiters) < WAITERS_MAX:
                    return last, False
                flight.waiters = last.waiters
            self._flights[key] = flight
            self._in_the_air.add(flight)
            return flight, True

    def of(self, key: str) -> Flight | None:
        """The flight of a key, if there is one."""
        return self._flights.get(key)

    def wait(self, flight: Flight, wake: Wake) -> bool:
        """Has `wake` called when one of its key lands, by whichever thread; False: it has landed already."""
        with self._lock:
            if flight.landed is not None:
                return False
            flight.waiters.append(wake)
            return True

    def leave(self, flight: Flight, wake: Wake) -> None:
        """Waits no longer."""
        with self._lock:
            if wake in flight.waiters:
                flight.waiters.remove(wake)

    def refuse(self, prefix: str, *, whole: bool = False) -> None:
        """What is under way for a key, or for all that begin so, is not kept: it may have been read too early."""
        with self._lock:
            for flight in self._in_the_air:
                if flight.key == prefix or (whole and flight.key.startswith(prefix)):
                    flight.refused = True

    def land(self, flight: Flight, landed: Landed) -> None:
        """It is over; whatever was to be kept is kept already."""
        with self._lock:
            flight.landed = landed
            self._in_the_air.discard(flight)
            if self._flights.get(flight.key) is flight:
                del self._flights[flight.key]
            waiters = flight.waiters.copy()
            flight.waiters.clear()
        for wake in waiters:
            wake(flight)
