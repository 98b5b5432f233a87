"""What a watch at its default periods sees, made up: as many series at the same paces, half of them noise."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey

DAY_S = 86_400.0


@dataclass(frozen=True)
class Pace:
    """So many series of a collector, told every `period_s`."""

    source: str
    period_s: float
    series: int

    def keys(self) -> list[SeriesKey]:
        return [SeriesKey.of(f"{self.source}_benchmark_per_s", device=f"sd{number}") for number in range(self.series)]


PACES = (
    Pace("host", 2.0, 80),
    Pace("database", 10.0, 100),
    Pace("statements", 30.0, 10),
    Pace("tables", 300.0, 20),
    Pace("sizes", 900.0, 20),
)
SERIES = sum(pace.series for pace in PACES)
SESSIONS = [
    {"pid": pid, "user": "app", "state": "active", "wait": "Lock:tuple", "query": f"select {pid}"} for pid in range(40)
]


class Values:
    """A fourth never changes, a fourth counts, half is noise of 17 digits."""

    def __init__(self, series: int, chance: Random) -> None:
        self._chance = chance
        self._kinds = [number % 4 for number in range(series)]
        self._counts = [chance.randrange(10**10) for _ in range(series)]

    def next(self) -> list[float]:
        return [self._value(number, kind) for number, kind in enumerate(self._kinds)]

    def _value(self, number: int, kind: int) -> float:
        if kind == 0:
            return 42.0
        if kind == 1:
            self._counts[number] += self._chance.randrange(5000)
            return float(self._counts[number])
        return 100 * self._chance.random()


def told(pace: Pace, begin_s: float, end_s: float, seed: int = 6) -> Iterator[Observation]:
    """Looks of one collector, none of them quite in time."""
    chance, keys = Random(f"{seed} {pace.source}"), pace.keys()
    values = Values(pace.series, chance)
    for turn in count():
        at_s = begin_s + turn * pace.period_s + 0.003 * chance.random()
        if at_s >= end_s:
            return
        seen = dict(zip(keys, values.next(), strict=True))
        documents = {"sessions": {"rows": SESSIONS, "left_out": 0}} if pace.source == "database" else {}
        yield Observation(pace.source, at_s, seen, documents)
