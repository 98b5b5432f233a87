"""Which server processes this process has told of all changes, so that only they are believed. Pure.

A server behind the same address may be another one: restarted, failed over to, or behind a name that now leads
elsewhere. What it holds may have been stored by others after we had told its predecessor, and only that, of a change.
So what another process of a server answers is not believed before a new root was made there.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from plimsoll.cache.shared.asking import Address, AwayError

SLOTS: Final = 16_384  # of every cluster
RANGES_MAX: Final = 20_000


class Range(NamedTuple):
    """Slots of a cluster, both ends included, and the node that has them."""

    first: int
    last: int
    address: Address


class Servers:
    """Run ids by address. Any thread's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[Address, str] = {}
        self.ranges: tuple[Range, ...] = ()

    def believed(self, address: Address, run: str) -> bool:
        """Whether that is who was told so far. At an address that is new it is: nothing was to be told there yet.

        (Where slots move to another address, `learn` says so.)
        """
        with self._lock:
            return self._runs.setdefault(address, run) == run

    def forget(self) -> None:
        """A new root is about to be made: whoever answers now is the one."""
        with self._lock:
            self._runs.clear()

    @property
    def told(self) -> tuple[str, dict[Address, str]]:
        """Which slots they had, as a word, and their run ids: for `left`."""
        with self._lock:
            return slots_word(self.ranges), dict(self._runs)

    def adopt(self, slots: str, runs: Mapping[Address, str]) -> bool:
        """Those that another process told; whether they have the same slots as far as is known here."""
        with self._lock:
            if slots != slots_word(self.ranges):
                return False
            known, self._runs = self._runs, dict(runs)
            return all(self._runs.setdefault(address, run) == run for address, run in known.items())

    def learn(self, ranges: tuple[Range, ...]) -> bool:
        """A cluster's slots; whether they moved since they were known."""
        with self._lock:
            before, self.ranges = self.ranges, ranges
            return bool(before) and before != ranges


def slots_word(ranges: Sequence[Range]) -> str:
    """The same for the same slots; "-" without a cluster."""
    return hashlib.sha256(repr(ranges).encode()).hexdigest() if ranges else "-"


def ranges_of(told: Any, seed: str) -> tuple[Range, ...]:
    """From the answer to CLUSTER SLOTS; `seed` is the host that gave it. Raises AwayError where slots are nobody's."""
    try:
        ranges = sorted(
            Range(int(first), int(last), (bytes(primary[0] or b"").decode() or seed, int(primary[1])))
            for first, last, primary, *_ in told
        )
    except (TypeError, ValueError, IndexError) as error:
        raise AwayError(f"CLUSTER SLOTS was answered with what cannot be read: {error}") from error
    covered = 0
    for one in ranges:
        if one.first != covered:
            break
        covered = one.last + 1
    if covered != SLOTS or len(ranges) > RANGES_MAX:
        raise AwayError("some slots of the cluster are nobody's")
    return tuple(ranges)


def holder(ranges: Sequence[Range], slot: int) -> Address:
    """Who has it."""
    low, high = 0, len(ranges) - 1
    while low < high:
        middle = (low + high) // 2
        if ranges[middle].last < slot:
            low = middle + 1
        else:
            high = middle
    return ranges[low].address
