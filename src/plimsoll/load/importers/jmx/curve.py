"""How load arrives in a plan, as levels over time; several groups as one profile. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

UNTIL_STOPPED_S: Final = 300.0  # how long a plan is run that itself runs until somebody stops it
# No stage jumps and slopes: a slope that begins with a jump is held there first, users as long as people write it.
HELD_S: Final = 1.0
JUMP_S: Final = 0.01  # a rate follows its course more exactly
PARTS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Load:
    """What one thread group makes. `points` are (second, level), linear between them; two at one second are a jump.

    `iterations` is how many journeys there are in all, where the plan counts them instead of time.
    """

    kind: Literal["users", "rate", "iterations"]
    points: tuple[tuple[float, float], ...] = ()
    iterations: int = 0
    users: int = 1
    even: bool = False
    why: str = ""  # what a reader should know of it

    @property
    def weight(self) -> float:
        """Its share against other groups: journeys where they are counted, else the mean level over time."""
        return float(self.iterations) if self.kind == "iterations" else area(self.points) or float(self.users)


@dataclass(frozen=True, slots=True)
class Stage:
    level: float
    for_s: float
    ramp_s: float = 0.0


def area(points: Sequence[tuple[float, float]]) -> float:
    return sum((t2 - t1) * (a + b) / 2 for (t1, a), (t2, b) in pairwise(points))


def mean_level(points: Sequence[tuple[float, float]], start: float, end: float) -> float:
    """The level between two times, on the average; 0 outside of the course."""
    total = 0.0
    for (t1, a), (t2, b) in pairwise(points):
        low, high = max(t1, start), min(t2, end)
        if low < high:
            slope = (b - a) / (t2 - t1)
            total += (high - low) * (a + slope * ((low + high) / 2 - t1))
    return total / (end - start)


def added(curves: Iterable[Sequence[tuple[float, float]]]) -> tuple[tuple[float, float], ...]:
    """The sum of several courses, with a point wherever one of them has one."""
    curves = [curve for curve in curves if curve]
    times = sorted({time for curve in curves for time, _ in curve})
    points: list[tuple[float, float]] = []
    for time in times:
        before, after = (sum(_level(curve, time, later) for curve in curves) for later in (False, True))
        points.append((time, before))
        if after != before:
            points.append((time, after))
    return tuple(points)


def _level(curve: Sequence[tuple[float, float]], time: float, later: bool) -> float:
    """The level at a time; at a jump that before it, or the `later`."""
    here = [level for at, level in curve if at == time]
    if here:
        if later:
            return here[-1] if time < curve[-1][0] else 0.0
        return here[0] if time > curve[0][0] else 0.0
    for (t1, a), (t2, b) in pairwise(curve):
        if t1 < time < t2:
            return a + (b - a) * (time - t1) / (t2 - t1)
    return 0.0


def stages(points: Sequence[tuple[float, float]], *, whole: bool) -> list[Stage]:
    """The stages of a profile: a level held is one without a ramp, a slope one that is nothing but ramp."""
    made: list[Stage] = []
    level = 0.0
    for (t1, a), (t2, b) in pairwise(points):
        if t2 <= t1:
            continue
        first, last = (round(a), round(b)) if whole else (a, b)
        if first == last:
            made.append(Stage(last, t2 - t1))
        else:
            held = 0.0 if level == first else min(HELD_S if whole else JUMP_S, (t2 - t1) / 2)
            made += [Stage(first, held)] if held else []
            made.append(Stage(last, t2 - t1 - held, t2 - t1 - held))
        level = last
    return _joined(made)[:PARTS_MAX]


def _joined(made: Sequence[Stage]) -> list[Stage]:
    """A slope and the level held behind it as one stage; levels held one after another as one."""
    found: list[Stage] = []
    for stage in made:
        if found and stage.ramp_s == 0 and stage.level == found[-1].level:
            last = found.pop()
            stage = Stage(last.level, last.for_s + stage.for_s, last.ramp_s)
        found.append(stage)
    return found
