"""Stamps of tags that a process has read: for tags that an entry turns out to carry only while it is filled. Pure.

A stamp is of use only if it was read before the fill's snapshot: in one that is read later, a write may be missing that
the snapshot does not see, if the tag's key vanished and was made anew between them. So each has a number, and a fill
notes where the numbers are when it begins. A stamp that is read again unchanged keeps its first number.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Final

from plimsoll.cache.shared.raised import Stamp

STAMPS_MAX: Final = 10_000  # the least recently read goes: what rests on it is not stored in tier 2 once


class Stamps:
    """One lock's at a time."""

    def __init__(self, stamps_max: int = STAMPS_MAX) -> None:
        self._max = stamps_max
        self._read: OrderedDict[str, tuple[Stamp, int]] = OrderedDict()
        self.number = 0

    def learn(self, stamps: Mapping[str, Stamp]) -> None:
        """They were just read."""
        self.number += 1
        for name, stamp in stamps.items():
            known = self._read.get(name)
            if known is None or known[0] != stamp:
                self._read[name] = (stamp, self.number)
            self._read.move_to_end(name)
        while len(self._read) > self._max:
            self._read.popitem(last=False)

    def before(self, names: Iterable[str], number: int) -> dict[str, Stamp]:
        """Of those names, the stamps that were read by then."""
        found = ((name, self._read.get(name)) for name in names)
        return {name: known[0] for name, known in found if known is not None and known[1] <= number}
