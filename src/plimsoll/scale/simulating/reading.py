"""A trace's points as requests in each second, bounded; counts of longer steps are spread evenly over them."""

from array import array
from collections.abc import Iterator
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.forms import Lines, Point, points
from plimsoll.scale.simulating.trace import SECONDS_MAX, Trace

DISORDER_MAX_S: Final = 3600  # how far a time may lie before the first; logs are written when requests end
STEP_MAX_S: Final = 86_400


def read_trace(lines: Lines, form: str, *, step_s: float = 0.0, count: str = "", time: str = "") -> Trace:
    """`step_s`: what a count is for; 0: a second, or what lies between the first two times. Raises UsageError."""
    if step_s and not 1 <= step_s <= STEP_MAX_S:
        raise UsageError("wrong --step", why=f"{step_s:g} s is not within a second and a day", remedy="--step 5m")
    made = _Seconds(lines)
    if form in ("times", "log"):
        for at, requests, number in points(form, lines):
            assert at is not None
            made.add(at, requests, number)
        return made.trace(1.0)
    gathered = points(form, lines, count, time)
    first, second = next(gathered, None), next(gathered, None)
    width = step_s or _step(lines, first, second)
    base = first[0] if first else None
    for index, (at, requests, number) in enumerate(_again(first, second, gathered)):
        begins = at if at is not None else (base or 0.0) + index * width
        made.spread(begins, width, requests, number)
    return made.trace(width, dated=base is not None)


def _again(first: Point | None, second: Point | None, rest: Iterator[Point]) -> Iterator[Point]:
    yield from (point for point in (first, second) if point is not None)
    yield from rest


def _step(lines: Lines, first: Point | None, second: Point | None) -> float:
    if first is None or second is None or first[0] is None or second[0] is None:
        return 1.0
    step = second[0] - first[0]
    if not 0 < step <= STEP_MAX_S:
        why = f"the second time is {step:g} s after the first"
        raise lines.wrong(second[2], "the times of this trace do not rise", why, "sort it, or say --step")
    return max(1.0, step)


class _Seconds:
    """Counts by second since the first time."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._counts = lines, array("d")
        self._begun, self._begins = False, 0.0

    def add(self, at: float, requests: float, number: int) -> None:
        self._counts[self._second(at, number)] += requests

    def spread(self, at: float, width: float, requests: float, number: int) -> None:
        """Evenly over whole seconds."""
        first = self._second(at, number)
        seconds = max(1, round(width))
        self._second(at + seconds - 1, number)
        for second in range(first, first + seconds):
            self._counts[second] += requests / seconds

    def _second(self, at: float, number: int) -> int:
        """Its place, made if need be. Before the first time counts as the first, within an hour."""
        if not self._begun:
            self._begun, self._begins = True, float(int(at))
        second = int(at - self._begins)
        if second < -DISORDER_MAX_S:
            why = f"it is {-second} s before the first"
            raise self._lines.wrong(number, "this time lies before the trace", why, "sort it by time")
        if second >= SECONDS_MAX:
            why = f"it is {second / 86_400:.0f} days after the first; at most {SECONDS_MAX // 86_400} are played"
            raise self._lines.wrong(number, "this trace is too long, or this time is wrong", why, "cut it")
        second = max(0, second)
        if second >= len(self._counts):
            self._counts.extend([0.0] * (second + 1 - len(self._counts)))
        return second

    def trace(self, step_s: float, *, dated: bool = True) -> Trace:
        starts_at = self._begins if dated and self._begins > 1e8 else None
        return Trace(self._lines.where, self._counts, starts_at, step_s).checked()
