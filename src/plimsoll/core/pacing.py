"""When arrivals come and users start: pure schedules, equal in every process that computes them.

An arrival's time is the inverse of the integrated rate, at n for even arrivals and at the n-th sum of seeded
exponentials for Poisson ones. It is computed from the number, never by adding steps, so an hour at 3,000/s is as exact
as a second.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plimsoll.core import distribution
from plimsoll.core.profile import Profile, Segment, exact

_BLOCK: Final = 4096  # arrivals computed at once: 32 KB, about a second at high rates
_NS: Final = 1_000_000_000


def expected_arrivals(profile: Profile) -> float:
    """The integral of the rate over the whole run, warm-up included: how many arrivals there are on average."""
    return float(_Schedule.of(profile).total)


def arrival_offsets_ns(profile: Profile, seed: int, *, block: int = _BLOCK) -> Iterator[NDArray[np.int64]]:
    """The arrivals of a rate profile in blocks: nanoseconds from the start of the load, ascending, in [0, total).

    Even: arrival n comes when the integrated rate passes n, the first as soon as there is any rate. Poisson: the
    same at random, seeded. The schedule does not depend on `block`.
    """
    assert profile.open_loop, "users have no schedule of arrivals"
    schedule = _Schedule.of(profile)
    positions = _even(schedule.total, block) if profile.arrivals == "even" else _poisson(schedule.total, seed, block)
    return (schedule.times_ns(part) for part in positions)


def share(offsets: Iterable[NDArray[np.int64]], k: int, processes: int) -> Iterator[NDArray[np.int64]]:
    """Every `processes`-th arrival from the k-th on: the j-th of them is arrival k + j * processes of the run."""
    seen = 0
    for part in offsets:
        mine = part[(k - seen) % processes :: processes]
        seen += len(part)
        if len(mine):
            yield mine


def choose(weights: Iterable[float], seed: int, n: NDArray[Any]) -> NDArray[np.int64]:
    """The index of the journey that arrival (or iteration) n takes, in proportion to `weights`; pure in (seed, n).

    Raises ValueError unless the weights are finite, none negative and one above 0.
    """
    cumulated = np.cumsum(np.array(list(weights), dtype=np.float64))
    steps = np.diff(cumulated, prepend=0.0)
    if not len(cumulated) or not np.isfinite(cumulated[-1]) or steps.min() < 0 or cumulated[-1] <= 0:
        raise ValueError("weights must be finite, none negative and one above 0")
    drawn = distribution.uniform_floats(distribution.key(seed, "journey"), n) * cumulated[-1]
    last = int(np.flatnonzero(steps)[-1])  # a product rounded up to the whole stays with the last that has weight
    indexes: NDArray[np.int64] = np.searchsorted(cumulated, drawn, side="right").astype(np.int64)
    return np.minimum(indexes, last)


def user_target(profile: Profile, t: float) -> int:
    """How many users should be at work `t` seconds after the load began: the level, to the nearest whole number."""
    return math.floor(profile.level_at(t) + 0.5)


class UserChange(NamedTuple):
    """User `user` (0 is the first) should start, or else stop, `at_ns` after the load began."""

    at_ns: int
    user: int
    starts: bool


def user_changes(profile: Profile) -> Iterator[UserChange]:
    """When users start and stop, in order of time. The users at work are always 0..target-1; at the end all stop."""
    at_work = 0
    for at_ns, target in _targets(profile):
        yield from (UserChange(at_ns, user, True) for user in range(at_work, target))
        yield from (UserChange(at_ns, user, False) for user in range(at_work - 1, target - 1, -1))
        at_work = target


def _targets(profile: Profile) -> Iterator[tuple[int, int]]:
    """(time in ns, users from then on) wherever the target changes, and at the end."""
    for segment in profile.segments():
        first, last = (math.floor(level + 0.5) for level in (segment.from_level, segment.to_level))
        yield _ns(segment.start_s), first
        step = 1 if last > first else -1
        for target in range(first + step, last + step, step) if first != last else ():
            yield _crossing_ns(segment, max(target, target - step) - 0.5), target
    yield _ns(profile.total_s), 0


def _crossing_ns(segment: Segment, level: float) -> int:
    """When a ramp passes `level`: rounded up, never early."""
    start, end, first, last = segment
    return math.ceil(
        _NS * (exact(start) + (exact(end) - exact(start)) * Fraction(level - first) / Fraction(last - first))
    )


@dataclass(frozen=True, slots=True)
class _Schedule:
    """The integrated rate, and its inverse. One entry for each segment.

    The integral at a segment's start is kept as a whole part and a fraction: the difference to an arrival's number is
    then exact, however many came before.
    """

    total: Fraction
    whole: NDArray[np.int64]
    part: NDArray[np.float64]
    start_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    rate: NDArray[np.float64]
    slope: NDArray[np.float64]

    @classmethod
    def of(cls, profile: Profile) -> "_Schedule":
        segments = profile.segments()
        integrals = [Fraction(0)]
        for start, end, first, last in segments:
            integrals.append(integrals[-1] + (exact(end) - exact(start)) * (exact(first) + exact(last)) / 2)
        return cls(
            total=integrals[-1],
            whole=np.array([math.floor(integral) for integral in integrals[:-1]]),
            part=np.array([float(integral % 1) for integral in integrals[:-1]]),
            start_ns=np.array([_ns(segment.start_s) for segment in segments]),
            end_ns=np.array([_ns(segment.end_s) for segment in segments]),
            rate=np.array([float(segment.from_level) for segment in segments]),
            slope=np.array([(s.to_level - s.from_level) / (s.end_s - s.start_s) for s in segments]),
        )

    def times_ns(self, position: NDArray[Any]) -> NDArray[np.int64]:
        """The time at which the integrated rate passes each position (a number of arrivals below `total`)."""
        at = np.searchsorted(self.whole + self.part, position, side="right") - 1
        ahead = np.maximum((position - self.whole[at]) - self.part[at], 0.0)
        rate = self.rate[at]
        # root of rate * t + slope * t**2 / 2 = ahead, in the form that loses no digits to cancellation
        speed = rate + np.sqrt(np.maximum(rate * rate + 2 * self.slope[at] * ahead, 0.0))
        seconds = np.divide(2 * ahead, speed, out=np.zeros_like(ahead), where=speed > 0)
        times: NDArray[np.int64] = self.start_ns[at] + np.rint(seconds * _NS).astype(np.int64)
        return np.minimum(times, self.end_ns[at] - 1)


def _even(total: Fraction, block: int) -> Iterator[NDArray[np.int64]]:
    count = math.ceil(total)
    return (np.arange(first, min(first + block, count)) for first in range(0, count, block))


def _poisson(total: Fraction, seed: int, block: int) -> Iterator[NDArray[np.float64]]:
    generator = np.random.Generator(np.random.PCG64(distribution.key(seed, "arrivals")))
    reached = 0.0
    while reached < total:
        # summed from left to right with what came before as first term: the same sums whatever the block
        steps = np.concatenate(([reached], generator.standard_exponential(block)))
        positions = np.cumsum(steps)[1:]
        reached = float(positions[-1])
        within = int(np.searchsorted(positions, float(total), side="left"))
        if within:
            yield positions[:within]


def _ns(seconds: float) -> int:
    return round(exact(seconds) * _NS)
