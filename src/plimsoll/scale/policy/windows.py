"""Values of the last seconds: their mean, their largest, their trend. Each bounded in time and in number."""

from collections import deque
from collections.abc import Iterator
from typing import Final, Self

VALUES_MOST: Final = 4096  # of a window; the oldest goes first. At a tick of 1 s that is over an hour


class MeanWindow:
    """The mean of what was put in within the last `seconds`, of what there is where it is not yet full."""

    __slots__ = ("_sum", "_values", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._values: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def put(self, at: float, value: float) -> None:
        self._values.append((at, value))
        self._sum += value
        self.forget(at)

    def forget(self, now: float) -> None:
        """What is as old as the window or older: with a value a second, a window of 6 s has six."""
        values, oldest = self._values, now - self.seconds + 1e-9
        while values and (values[0][0] <= oldest or len(values) > VALUES_MOST):
            self._sum -= values.popleft()[1]

    @property
    def mean(self) -> float:
        """0 where there is nothing."""
        return max(0.0, self._sum / len(self._values)) if self._values else 0.0

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return iter(self._values)

    def copy(self) -> Self:
        twin = type(self)(self.seconds)
        twin._values, twin._sum = self._values.copy(), self._sum
        return twin


class MaxWindow:
    """The largest value of the last `seconds`: what is smaller than one after it is forgotten at once."""

    __slots__ = ("_values", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._values: deque[tuple[float, float]] = deque()

    def put(self, at: float, value: float) -> None:
        values = self._values
        while values and values[-1][1] <= value:
            values.pop()
        values.append((at, value))
        while values[0][0] <= at - self.seconds or len(values) > VALUES_MOST:
            values.popleft()

    @property
    def max(self) -> float:
        return self._values[0][1] if self._values else 0.0

    def since(self, now: float) -> float:
        """The largest of the last `seconds` before `now`, where nothing is put in at each tick."""
        return next((value for at, value in self._values if at > now - self.seconds), 0.0)

    def copy(self) -> Self:
        twin = type(self)(self.seconds)
        twin._values = self._values.copy()
        return twin
