"""A trace's points as requests in each second, in whichever order they come; bounded. Counts of longer steps are spread
evenly over them."""

import math
from array import array
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.forms import Lines, points
from plimsoll.scale.simulating.trace import SECONDS_MAX, Trace

STEP_MAX_S: Final = 86_400
BETWEEN_MOST: Final = 1000  # distances of rows that are told apart
BACK_SHARE: Final = 0.1  # of the rows may go back in time, as clocks that are set do


def read_trace(lines: Lines, form: str, *, step_s: float | None = None, count: str = "", time: str = "") -> Trace:
    """`step_s`: what a count is for; None: a second, or what lies between the first two times. Raises UsageError."""
    if step_s is not None and not 1 <= step_s <= STEP_MAX_S:
        raise UsageError("wrong --step", why=f"{step_s:g} s is not within a second and a day", remedy="--step 5m")
    made, step = _Seconds(lines), _Step(lines)
    for index, (at, requests, number) in enumerate(points(form, lines, count, time)):
        if at is not None:
            step.see(at, number)
        made.add(index * (step_s or 1.0) if at is None else at, requests, number)
    bare = form in ("times", "log")
    width = 1.0 if bare else step_s or step.width()
    return made.trace(width, dated=step.seen > 0, rows=0 if bare else step.seen)


class _Step:
    """What mostly lies between a row and the next; where rows come in any order, between the lowest two times."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._line, self.seen = lines, 0, 0
        self._first = self._next = math.inf
        self._before, self._back = math.inf, 0
        self._between: dict[float, int] = {}

    def see(self, at: float, number: int) -> None:
        self.seen += 1
        between, self._before = round(at - self._before, 3), at
        if between > 0 and (between in self._between or len(self._between) < BETWEEN_MOST):
            self._between[between] = self._between.get(between, 0) + 1
        self._back += -math.inf < between < 0
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
        if self._back <= BACK_SHARE * self.seen and self._between:
            step = min(self._between, key=lambda between: (-self._between[between], between))
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

    def trace(self, step_s: float, *, dated: bool, rows: int) -> Trace:
        """`rows` with times: where there are fewer than steps, some have none."""
        begins = float((self._origin or 0) - len(self._before))
        self._before.reverse()
        whole = self._before + self._after if self._before else self._after
        missing = max(0, round((len(whole) - 1) / step_s) + 1 - rows) if rows else 0
        counts = _spread(whole, max(1, round(step_s)), step_s if self._lines.rate else 1.0)
        starts_at = begins if dated and begins > 1e8 else None
        return Trace(self._lines.where, counts, starts_at, step_s, self._lines.rate, missing).checked()


def _spread(counts: "array[float]", width: int, each_s: float) -> "array[float]":
    """In place, each evenly over so many seconds from its own on; `each_s`: what it is to be multiplied with."""
    if width == 1:
        return counts
    counts.frombytes(bytes(8 * (width - 1 if counts else 0)))
    for second in range(len(counts) - width, -1, -1):  # from the end, so that what is not yet spread is not touched
        if count := counts[second]:
            share, counts[second] = count * each_s / width, 0.0
            for each in range(second, second + width):
                counts[each] += share
    return counts
