"""Where the rate goes within the next seconds, if that is more than chance."""

import math
from collections import deque
from typing import Final, Self

VALUES_MOST: Final = 256
VALUES_LEAST: Final = 4
RISE_MOST: Final = 1.0  # of the level: nothing is believed to more than double before new workers are ready


class ShortTrend:
    """The mean of the window's later half less that of its earlier one, less a standard error of the difference.

    Only a rise counts: a forecast never takes workers away.
    """

    __slots__ = ("_values", "window_s")

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self._values: deque[tuple[float, float]] = deque(maxlen=VALUES_MOST)

    def put(self, at: float, rate: float) -> None:
        self._values.append((at, rate))
        while self._values[0][0] <= at - self.window_s + 1e-9:
            self._values.popleft()

    def rise(self, level: float, ahead_s: float) -> float:
        """How much more than `level` is expected after `ahead_s`, at least 0."""
        count = len(self._values)
        if count < VALUES_LEAST or self._values[-1][0] - self._values[0][0] < self.window_s / 2:
            return 0.0
        rates = [rate for _, rate in self._values]
        half = count // 2
        early, late = rates[:half], rates[half:]
        before, after = sum(early) / half, sum(late) / (count - half)
        if after <= before:
            return 0.0
        spread = sum((rate - before) ** 2 for rate in early) + sum((rate - after) ** 2 for rate in late)
        error = math.sqrt(spread / (count - 2) * (1 / half + 1 / (count - half)))
        slope = max(0.0, after - before - error) / (self.window_s / 2)
        return min(level * RISE_MOST, slope * ahead_s)

    def copy(self) -> Self:
        twin = type(self)(self.window_s)
        twin._values = self._values.copy()
        return twin
