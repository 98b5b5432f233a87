"""Loads that look like those that are public, made up from a seed: what policies are compared on without a trace.

Rates are in requests a second. What all have in common is noise on all scales of time: a product of processes that
forget within 2 s to an hour, as measured traffic is bursty on every scale (Leland, Taqqu, Willinger, Wilson, "On the
self-similar nature of Ethernet traffic", 1994), and on top of it the chance of single arrivals (Poisson).
"""

import math
from array import array
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.trace import SECONDS_MAX, Trace

DAY_S: Final = 86_400
STARTS_AT: Final = 1_767_571_200.0  # a Monday, 00:00 UTC
SCALES_S: Final = (2.0, 15.0, 120.0, 900.0, 3600.0)  # of the noise
POISSON_EXACT: Final = 30.0  # above it a rounded normal is as good


def make(shape: str, *, seconds: int = DAY_S, seed: int = 1, level: float = 1.0) -> Trace:
    """`level` multiplies the rate. Raises UsageError for a shape that is not known, or too long."""
    if shape not in SHAPES:
        raise UsageError(f'"{shape}" is no shape of load', remedy=f"one of {', '.join(SHAPES)}")
    if not 1 <= seconds <= SECONDS_MAX or not 0 < level < math.inf:
        raise UsageError(
            "wrong length or level of a made-up load", why=f"{seconds} s, level {level:g}",
            remedy=f"1 s to {SECONDS_MAX // DAY_S} days, and a level above 0",
        )  # fmt: skip
    chance = Random(f"{shape} {seed}")
    counts = array("d", (float(_poisson(chance, rate * level)) for rate in SHAPES[shape](seconds, chance)))
    return Trace(f"{shape}-{seed}", counts, STARTS_AT)


def world_cup(seconds: int, chance: Random) -> Iterator[float]:
    """A site of results: an evening's peak, and matches that bring three to six times as much within minutes."""
    matches = [(day * DAY_S + hour * 3600, chance.uniform(1.5, 4.0))
               for day in range(seconds // DAY_S + 1) for hour in (13, 16, 20) if chance.random() < 0.8]  # fmt: skip
    noise = _noise(chance, 0.12)
    for second in range(seconds):
        extra = sum(size * _match(second - begins) for begins, size in matches)
        yield 220 * _daily(second, peak_h=19.0, depth=0.6) * (1 + extra) * next(noise)


def twitter(seconds: int, chance: Random) -> Iterator[float]:
    """Many people, little noise, and now and then news: up within seconds, gone within minutes."""
    news, noise, left = _spikes(chance, every_s=4_000, size=(0.2, 1.2), fades_s=(60, 400)), _noise(chance, 0.06), 0.0
    for second in range(seconds):
        left = next(news)
        yield 400 * _daily(second, peak_h=21.0, depth=0.45) * (1 + left) * next(noise)


def nasa(seconds: int, chance: Random) -> Iterator[float]:
    """A small site, very bursty, quiet at night and at weekends."""
    noise = _noise(chance, 0.3)
    for second in range(seconds):
        weekend = 0.6 if second // DAY_S % 7 >= 5 else 1.0
        yield 25 * weekend * _daily(second, peak_h=14.0, depth=0.65) * next(noise)


def cloud(seconds: int, chance: Random) -> Iterator[float]:
    """Requests of a balancer as in NAB: levels that jump, bursts of jobs, hardly a day's cycle."""
    noise, jobs = _noise(chance, 0.18), _spikes(chance, every_s=1_800, size=(0.3, 2.0), fades_s=(20, 120))
    level, until = 1.0, 0.0
    for second in range(seconds):
        if second >= until:
            level, until = chance.uniform(0.6, 1.8), second + chance.expovariate(1 / 5_400)
        yield 120 * level * _daily(second, peak_h=15.0, depth=0.15) * (1 + next(jobs)) * next(noise)


def flash_crowd(seconds: int, chance: Random) -> Iterator[float]:
    """An even load, and two to four crowds a day that come within a minute, five to ten times as many."""
    crowds = [(chance.uniform(0.05, 0.95) * seconds, chance.uniform(4, 9), chance.uniform(15, 90))
              for _ in range(max(1, round(chance.uniform(2, 4) * seconds / DAY_S)))]  # fmt: skip
    noise = _noise(chance, 0.1)
    for second in range(seconds):
        extra = sum(size * _crowd(second - begins, rises) for begins, size, rises in crowds)
        yield 100 * _daily(second, peak_h=18.0, depth=0.3) * (1 + extra) * next(noise)


def office(seconds: int, chance: Random) -> Iterator[float]:
    """A business application: nearly nothing at night, a steep morning, lunch, an hour's tick of scheduled jobs."""
    noise = _noise(chance, 0.15)
    for second in range(seconds):
        hour = second % DAY_S / 3600
        work = _slope(hour, 8.0, 0.3) - 0.3 * (_slope(hour, 12.2, 0.15) - _slope(hour, 13.1, 0.15))
        busy = max(0.03, work - _slope(hour, 17.5, 0.5)) * (0.15 if second // DAY_S % 7 >= 5 else 1)
        yield 180 * (busy + (0.25 if second % 3600 < 40 else 0.0)) * next(noise)


def even(seconds: int, chance: Random) -> Iterator[float]:
    """Nothing but the chance of single arrivals."""
    for _ in range(seconds):
        yield 100.0


SHAPES: Final[Mapping[str, Callable[[int, Random], Iterator[float]]]] = {
    "worldcup": world_cup, "twitter": twitter, "nasa": nasa, "cloud": cloud, "flash": flash_crowd, "office": office,
    "even": even,
}  # fmt: skip


def _daily(second: int, *, peak_h: float, depth: float) -> float:
    """1 at the peak, 1 − depth at the other end of the day."""
    return 1 - depth * (0.5 - 0.5 * math.cos(2 * math.pi * (second / 3600 - peak_h) / 24))


def _match(since: float) -> float:
    """Two hours: a ramp of ten minutes, half-time, and quickly gone."""
    if not -600 < since < 7_800:
        return 0.0
    rises, ends = min(1.0, (since + 600) / 600), max(0.0, min(1.0, (7_800 - since) / 900))
    return min(rises, ends) * (0.75 if 2_700 < since < 3_600 else 1.0)


def _crowd(since: float, rises_s: float) -> float:
    if since < 0:
        return 0.0
    return min(1.0, since / rises_s) if since < rises_s + 300 else math.exp(-(since - rises_s - 300) / 900)


def _slope(hour: float, at: float, width: float) -> float:
    return 1 / (1 + math.exp(-(hour - at) / width * 2)) if abs(hour - at) < 12 * width else float(hour > at)


def _spikes(
    chance: Random, *, every_s: float, size: tuple[float, float], fades_s: tuple[float, float]
) -> Iterator[float]:
    """What spikes add, second by second: each rises within some seconds and fades by itself."""
    left, rising, keeps, come = 0.0, 0.0, 1.0, chance.expovariate(1 / every_s)
    while True:
        come -= 1
        if come <= 0:
            come, rising = chance.expovariate(1 / every_s), chance.uniform(*size)
            keeps = math.exp(-1 / chance.uniform(*fades_s))
        step = rising * 0.25
        rising -= step
        left = left * keeps + step
        yield left


def _noise(chance: Random, spread: float) -> Iterator[float]:
    """Around 1, lognormal: `spread` is the standard deviation of the logarithm, shared by all scales alike."""
    each = spread / math.sqrt(len(SCALES_S))
    keeps = [math.exp(-1 / scale) for scale in SCALES_S]
    pushes = [each * math.sqrt(1 - keep * keep) for keep in keeps]
    values, gauss, exp = [each * chance.gauss(0, 1) for _ in SCALES_S], chance.gauss, math.exp
    middle = spread * spread / 2
    while True:
        total = -middle
        for index, keep in enumerate(keeps):
            values[index] = value = values[index] * keep + pushes[index] * gauss(0, 1)
            total += value
        yield exp(total)


def _poisson(chance: Random, mean: float) -> int:
    if mean > POISSON_EXACT:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, chance.random()
    while product > limit:
        count += 1
        product *= chance.random()
    return count
