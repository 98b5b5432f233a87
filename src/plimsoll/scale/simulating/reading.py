"""A trace's points as requests in each second, in whichever order they come; bounded. Counts of longer steps are spread
evenly over them."""

import math
from array import array
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.forms import Lines, points
from plimsoll.scale.simulating.trace import SECONDS_MAX, Trace

STEP_MAX_S: Final = 86_400


def read_trace(lines: Lines, form: str, *, step_s: float | None = None, count: str = "", time: str = "") -> Trace:
    """`step_s`: what a count is for; None: a second, or what lies between the first two times. Raises UsageError."""
    if step_s is not None and not 1 <= step_s <= STEP_MAX_S:
        raise UsageError("wrong --step", why=f"{step_s:g} s is not within a second and a day", remedy="--step 5m")
    made, step = _Seconds(lines), _Step(lines)
    for index, (at, requests, number) in enumerate(points(form, lines, count, time)):
        if at is not None:
            step.see(at, number)
        made.add(index * (step_s or 1.0) if at is None else at, requests, number)
    width = 1.0 if form in ("times", "log") else step_s or step.width()
    return made.trace(width, dated=step.seen > 0)


class _Step:
    """What lies between the first two times: the lowest two that differ, for rows may come in any order."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._line, self.seen = lines, 0, 0
        self._first = self._next = math.inf

    def see(self, at: float, number: int) -> None:
        self.seen += 1
        if at < self._first:
            self._first, self._next, self._line = at, self._first, number
        elif self._first < at < self._next:
            self._next, self._line = at, number
        elif self.seen == 2:
            self._line = number

    def width(self) -> float:
        if self.seen < 2:
            return 1.0
        step = self._next - self._first
        if step <= STEP_MAX_S:
            return max(1.0, step)
        what = "the times of this trace do not rise" if step == math.inf else "a count of more than a day"
        why = "all are the same" if step == math.inf else f"the second time is {step:g} s after the first"
        raise self._lines.wrong(self._line, what, why, "--time COLUMN, or say --step")


class _Seconds:
    """Counts by second: of the first point's and those after it, and of those before it, the nearest first."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._after, self._before = lines, array("d"), array("d")
        self._origin: int | None = None

    def add(self, at: float, requests: float, number: int) -> None:
        whole = math.floor(at)
        if self._origin is None:
            self._origin = whole
        second = whole - self._origin
        side, place = (self._after, second) if second >= 0 else (self._before, -1 - second)
        if place >= len(side):
            self._extend(side, place + 1 - len(side), number)
        side[place] += requests

    def _extend(self, side: "array[float]", seconds: int, number: int) -> None:
        whole = len(self._after) + len(self._before) + seconds
        if whole > SECONDS_MAX:
            why = f"with it there are {whole / 86_400:,.0f} days; at most {SECONDS_MAX // 86_400} are played"
            raise self._lines.wrong(number, "this trace is too long, or this time is wrong", why, "cut it")
        side.frombytes(bytes(8 * seconds))

    def trace(self, step_s: float, *, dated: bool) -> Trace:
        begins = float((self._origin or 0) - len(self._before))
        self._before.reverse()
        counts = _spread(self._before + self._after, max(1, round(step_s)), step_s if self._lines.rate else 1.0)
        starts_at = begins if dated and begins > 1e8 else None
        return Trace(self._lines.where, counts, starts_at, step_s, self._lines.rate).checked()


def _spread(counts: "array[float]", width: int, each_s: float) -> "array[float]":
    """Each evenly over so many seconds from its own on; `each_s`: what it is to be multiplied with."""
    if width == 1:
        return counts
    spread = array("d", bytes(8 * (len(counts) + width - 1 if counts else 0)))
    for second, count in enumerate(counts):
        if count:
            share = count * each_s / width
            for each in range(second, second + width):
                spread[each] += share
    return spread
