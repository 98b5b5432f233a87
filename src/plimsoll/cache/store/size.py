"""How much memory a value takes, in bytes: exact for bytes and texts, else reckoned from a bounded look at it.

As CPython allocates: up to 512 bytes in steps of 16, above that malloc's header of 8 bytes and steps of 16. What every
process has anyway (None, small whole numbers, texts of one character) costs nothing. What two values share is counted
in both, so that sharing makes the estimate too high and never too low. Memory behind a C extension's object is seen
only where its `__sizeof__` tells it, and behind asyncpg's records, which it does not.
"""

import sys
from collections.abc import Iterable, Mapping, Set
from itertools import chain, islice
from sys import getsizeof
from typing import Any, Final

OBJECTS_MAX: Final = 2_000  # looked at for one value, some 0.5 ms; of a larger container the rest is taken to be alike
SAMPLE: Final = 200  # items of one container that are looked at
HOLES: Final = 32  # malloc leaves a 32nd of larger objects as holes when sizes are mixed: 2 to 5 % measured
_SMALL: Final = 512  # bytes, up to which CPython's own allocator serves
_SHARED_NUMBERS: Final = range(-5, 257)
_FLAT: Final = (bytes, bytearray, str, int, float, complex, memoryview, range)


def allocated(size: int) -> int:
    """What an object of `size` bytes takes."""
    return (size + 15) & ~15 if size <= _SMALL else (size + size // HOLES + 8 + 15) & ~15


def size_of(value: Any) -> int:
    """Bytes that the value takes, with what it holds. Never raises, never looks at more than OBJECTS_MAX objects."""
    if type(value) in (bytes, str):
        return _own(value)
    return _Look().at(value)


class _Look:
    """One look at a value: what was seen, and how many objects may still be."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.left = OBJECTS_MAX

    def at(self, value: Any) -> int:
        """Depth first, without recursion: (what it counts for, how often) of each part."""
        total = 0.0
        waiting: list[tuple[Any, float]] = [(value, 1.0)]
        while waiting:
            one, times = waiting.pop()
            if id(one) in self.seen:
                continue
            self.seen.add(id(one))
            self.left -= 1
            total += _own(one) * times
            if self.left <= 0:
                return round(total + times * sum(_own(rest) * often / times for rest, often in waiting))
            if not isinstance(one, _FLAT):
                parts, count = _parts(one)
                taken = list(islice(parts, min(SAMPLE, max(1, self.left))))
                often = times * max(1.0, count / len(taken)) if taken else times
                waiting += [(part, often) for part in taken]
        return round(total)


def _parts(value: Any) -> tuple[Iterable[Any], int]:
    """What it holds, and how many those are."""
    try:
        if isinstance(value, Mapping):
            return chain.from_iterable(value.items()), 2 * len(value)
        if isinstance(value, list | tuple | Set):
            return value, len(value)
        if (driver := sys.modules.get("asyncpg")) is not None and isinstance(value, driver.Record):
            return value.values(), len(value)
        held = list(_attributes(value))
    except Exception:  # noqa: BLE001  # somebody's class: what cannot be looked at counts for itself
        return (), 0
    return held, len(held)


def _attributes(value: Any) -> Iterable[Any]:
    if isinstance(value, type) or callable(value):
        return
    if (named := getattr(value, "__dict__", None)) is not None:
        yield named
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            held = getattr(value, name, None)
            if held is not None:
                yield held


def _own(value: Any) -> int:
    """Without what it holds."""
    if value is None or value is True or value is False:
        return 0
    if type(value) is int and value in _SHARED_NUMBERS:
        return 0
    if type(value) in (str, bytes) and len(value) <= 1:
        return 0
    if isinstance(value, type):
        return 0
    try:
        return allocated(getsizeof(value, 64))
    except Exception:  # noqa: BLE001  # a __sizeof__ that raises
        return 64
