"""Which series fit a pattern, remembered: each pair of them is looked at once, however often it is asked for."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from plimsoll.core.series.key import SeriesKey
from plimsoll.server.api.choosing import Fits, fits_of

PATTERNS_MAX: Final = 500  # beyond it the one that was not asked for longest is forgotten
KEYS_MAX: Final = 10_000  # beyond it all is forgotten: series came and went. A byte for each pair: 5 MB at most
_MISSES, _FITS = 1, 2


class Fitting:
    """Of each pattern a byte for each series, by the series' number: 0 where it was not looked at yet."""

    def __init__(self, fits: Callable[[str], Fits] = fits_of, keys_max: int = KEYS_MAX) -> None:
        self._fits = fits
        self._keys_max = keys_max
        self._numbers: dict[SeriesKey, int] = {}
        self._marks: OrderedDict[str, bytearray] = OrderedDict()

    def of(self, pattern: str, keys: Iterable[SeriesKey]) -> list[SeriesKey]:
        """Those of the keys that fit. Raises Problem where the pattern cannot be read."""
        if len(self._numbers) > self._keys_max:
            self._numbers.clear()
            self._marks.clear()
        fits, marks, numbers = self._fits(pattern), self._marks_of(pattern), self._numbers
        found = []
        for key in keys:
            number = numbers.setdefault(key, len(numbers))
            if number >= len(marks):
                marks.extend(bytes(number + 1 - len(marks)))
            if not marks[number]:
                marks[number] = _FITS if fits(key, str(key)) else _MISSES
            if marks[number] == _FITS:
                found.append(key)
        return found

    def _marks_of(self, pattern: str) -> bytearray:
        marks = self._marks.setdefault(pattern, bytearray())
        self._marks.move_to_end(pattern)
        if len(self._marks) > PATTERNS_MAX:
            self._marks.popitem(last=False)
        return marks
