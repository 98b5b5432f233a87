"""What workers carry at the goals: one of them, and several, which on one host carry less than so many times one.

The Universal Scalability Law (Gunther, Guerrilla Capacity Planning, 2007) with workers for N:
X(N) = one · N / (1 + contention (N − 1) + coherency N (N − 1)). Without both it is a line.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from plimsoll.core.errors import UsageError
from plimsoll.core.load_line import LoadLine
from plimsoll.scale.policy.readings import Readings

NEVER: Final = 10**9


@dataclass(frozen=True, slots=True)
class Capacity:
    """`one_per_s`: requests a second that a single worker carries while every goal holds."""

    one_per_s: float
    contention: float = 0.0
    coherency: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.one_per_s < math.inf or not 0 <= self.contention < 1 or not 0 <= self.coherency < 1:
            raise UsageError(
                "wrong capacity of a worker",
                why=f"{self.one_per_s:g}/s, contention {self.contention:g}, coherency {self.coherency:g}",
                remedy="a rate above 0, as `plimsoll find` gives it; contention and coherency from 0 to below 1",
            )

    @classmethod
    def of_load_line(cls, line: LoadLine, workers: int) -> Self:
        """Of a load line that was found with so many workers; evenly divided, since one line tells no curve."""
        if line.rate_per_s is None or workers < 1:
            why = "no rate held in it" if line.rate_per_s is None else f"{workers} workers carried it"
            raise UsageError("this load line gives no capacity", where=line.series_id, why=why, remedy="plimsoll find")
        return cls(line.rate_per_s / workers)

    @classmethod
    def through(cls, lines: Sequence[tuple[int, float]]) -> Self:
        """Of several load lines (workers, rate): least squares of N / X, in which the law is linear."""
        if not lines or any(workers < 1 or not rate > 0 for workers, rate in lines):
            raise UsageError("these load lines give no capacity", why="each needs workers, and a rate above 0")
        best: tuple[float, Self] | None = None
        for terms in ((0,), (0, 1), (0, 2), (0, 1, 2)):
            made = cls._fitted(lines, terms) if len(terms) <= len(set(lines)) else None
            if made is not None:
                off = math.fsum((math.log(made.carries(workers) / rate)) ** 2 for workers, rate in lines)
                if best is None or off < best[0] - 1e-9:
                    best = (off, made)
        assert best is not None  # a single term, the mean, always fits
        return best[1]

    @classmethod
    def _fitted(cls, lines: Sequence[tuple[int, float]], terms: Sequence[int]) -> Self | None:
        """N / X = (1 + s (N − 1) + k N (N − 1)) / one, with only some of the three; None where one is below 0."""
        rows = [[(1.0, n - 1.0, n * (n - 1.0))[term] * x / n for term in terms] for n, x in lines]
        solved = _solved([[math.fsum(row[a] * row[b] for row in rows) for b in range(len(terms))]
                          + [math.fsum(row[a] for row in rows)] for a in range(len(terms))])  # fmt: skip
        if solved is None or solved[0] <= 0 or min(solved) < 0:
            return None
        by = dict(zip(terms, solved, strict=True))
        contention, coherency = by.get(1, 0.0) / by[0], by.get(2, 0.0) / by[0]
        return cls(1 / by[0], contention, coherency) if contention < 1 and coherency < 1 else None

    @property
    def most(self) -> int:
        """The workers beyond which more carry less."""
        if self.coherency == 0:
            return NEVER
        return max(1, int(min(NEVER, math.sqrt((1 - self.contention) / self.coherency))))

    def carries(self, workers: float) -> float:
        more = workers - 1
        return self.one_per_s * workers / max(1e-12, 1 + self.contention * more + self.coherency * workers * more)

    def load(self, rate: float) -> float:
        """In times of what one carries, at most NEVER."""
        return min(float(NEVER), rate / self.one_per_s)

    def workers_for(self, rate: float) -> float:
        """How many workers carry it, in parts of one, at most NEVER; `most` where none do."""
        if self.contention == 0 and self.coherency == 0:
            return self.load(rate)
        a, b, c = self.coherency * rate, rate * (self.contention - self.coherency) - self.one_per_s, rate * (
            1 - self.contention
        )  # fmt: skip
        inner = b * b - 4 * a * c
        if b >= 0 or inner < 0:
            return float(self.most)
        return min(float(self.most), 2 * c / (math.sqrt(inner) - b))


LEARN_SATURATED: Final = 0.2  # of the difference, each time that a queue shows what they carry
LEARN_BY_CPU: Final = 0.02
EACH_LEAST: Final = 1e-6  # requests a second: less is no rate that workers are reckoned by
CPU_LEAST: Final = 0.3  # below it the share that idling takes says too much
CPU_MOST: Final = 0.85  # that a worker is to have at its capacity
FROM_MEASURED: Final = (0.25, 2.0)  # how far from a measured load line live data may lead


class LiveCapacity:
    """Learned while it runs: from what is served while requests wait, else from what a request takes of the CPU.

    Live data say what a worker does, not whether goals hold; so it starts from a measured load line where there is
    one, and never leaves its neighbourhood.
    """

    __slots__ = ("_measured", "_queued", "_ready", "one_per_s")

    def __init__(self, measured: float | None = None) -> None:
        self._measured = measured
        self.one_per_s: float | None = measured
        self._queued, self._ready = False, 0

    def begin(self, each: float) -> Capacity:
        """With what a worker was seen to serve while requests waited."""
        self.one_per_s = each
        return Capacity(each)

    def observe(self, readings: Readings) -> None:
        """What fewer workers served, or more, is not what those that are ready now carry, nor what was served while one
        stood still and once it went on."""
        if not readings.settled:
            self._queued = False
            return
        served, queue, cpu = readings.fresh("served"), readings.fresh("queue"), readings.fresh("cpu")
        queued, before, ready = bool(queue), self._queued, self._ready
        self._queued, self._ready = queued, readings.ready
        if served is None or readings.ready < 1 or ready not in (0, readings.ready):
            return
        each = served / readings.ready
        if each < EACH_LEAST:
            return
        if queued and before:
            self._learn(each, LEARN_SATURATED)
        elif not queued and cpu is not None and cpu >= CPU_LEAST:
            self._learn(each / cpu * CPU_MOST, LEARN_BY_CPU)

    def _learn(self, seen: float, gain: float) -> None:
        known = self.one_per_s
        learned = seen if known is None else known + gain * (seen - known)
        if self._measured is not None:
            low, high = FROM_MEASURED
            learned = min(max(learned, low * self._measured), high * self._measured)
        self.one_per_s = learned

    def copy(self) -> "LiveCapacity":
        twin = LiveCapacity(self._measured)
        twin.one_per_s, twin._queued, twin._ready = self.one_per_s, self._queued, self._ready
        return twin


def _solved(rows: list[list[float]]) -> list[float] | None:
    """Gauss's elimination of a few equations; None where they do not tell."""
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        if abs(rows[at][at]) < 1e-12:
            return None
        for row in range(size):
            if row != at:
                factor = rows[row][at] / rows[at][at]
                rows[row] = [each - factor * of for each, of in zip(rows[row], rows[at], strict=True)]
    return [rows[at][size] / rows[at][at] for at in range(size)]
