"""Queues in virtual time: servers with a fixed or an exponential service time, first come first served."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import numpy as np

from plimsoll.analyze.load_line.arrivals import Due, base_profile, fair_seed, step_profile
from plimsoll.analyze.load_line.demands import LoadSecond
from plimsoll.analyze.load_line.search import Ended, SearchPlan, next_rate
from plimsoll.analyze.load_line.stepping import StepCourse, StepPlan, most_s
from plimsoll.analyze.load_line.steps import Measured, judged
from plimsoll.core.load_line import LineStep
from plimsoll.core.pacing import arrival_offsets_ns
from plimsoll.core.profile import Profile

WARMUP_S = 2.0


@dataclass(frozen=True, slots=True)
class Queue:
    """`slots` servers of `service_s` seconds each; the goal is that a share of `quantile` takes at most `goal_s`."""

    slots: int
    service_s: float
    goal_s: float = 1.0
    quantile: float = 0.95
    exponential: bool = False

    @property
    def capacity(self) -> float:
        return self.slots / self.service_s

    def latencies(self, arrivals: Sequence[float], random: Random) -> Iterator[tuple[float, float]]:
        """(finished, latency) of each arrival."""
        free = [0.0] * self.slots
        for at in arrivals:
            service = random.expovariate(1 / self.service_s) if self.exponential else self.service_s
            done = max(at, free[0]) + service
            heapq.heapreplace(free, done)
            yield done, done - at

    def true_line(self, arrivals: int = 200_000) -> float:
        """The rate at which the quantile is the goal, by long runs and halving."""
        low, high = 0.0, self.capacity
        while high > low * 1.003:
            rate = (low + high) / 2
            random = Random(7)
            times = np.cumsum([random.expovariate(rate) for _ in range(arrivals)])
            found = sorted(latency for _, latency in self.latencies(times.tolist(), random))
            low, high = (rate, high) if found[int(self.quantile * arrivals)] <= self.goal_s else (low, rate)
        return low


@dataclass
class Search:
    """A whole search on a queue."""

    queue: Queue
    start: float
    seed: int = 1
    least_s: float = 10.0
    steps_max: int = 12
    ceiling: float | None = None
    steps: list[LineStep] = field(default_factory=list)
    virtual_s: float = 0.0

    def run(self) -> "Search":
        plan = SearchPlan(self.start, self.ceiling, self.steps_max)
        while not isinstance(found := next_rate(self.steps, plan), Ended):
            self.steps.append(self._step(found))
        self.ended = found.limit
        return self

    def _step(self, rate: float) -> LineStep:
        base = base_profile(arrivals="poisson", users=10_000, warmup_s=WARMUP_S, graceful_stop_s=5)
        most = most_s(self.least_s, rate)
        profile = step_profile(base, rate, most)
        seed = fair_seed(profile, self.seed * 1_000 + len(self.steps) * 50, self.least_s)
        course = StepCourse(StepPlan(self.least_s, most, (1 - self.queue.quantile,)))
        for second in seconds_of(self.queue, profile, seed):
            if course.add(second) != "goes on":
                break
        self.virtual_s += course.measured_s + WARMUP_S
        bad, of = (sum(column) for column in zip(*(second.counts[0] for second in course.seconds), strict=True))
        missed = ("p95",) if bad > (1 - self.queue.quantile) * of else ()
        pressure = (bad / of) / (1 - self.queue.quantile)
        return judged(len(self.steps) + 1, rate, course, Measured(missed=missed, pressure=pressure))


def seconds_of(queue: Queue, profile: Profile, seed: int) -> Iterator[LoadSecond]:
    arrivals = np.concatenate(list(arrival_offsets_ns(profile, seed))) / 1e9
    done = list(queue.latencies(arrivals.tolist(), Random(seed)))
    finished, latency = (np.array(column) for column in zip(*done, strict=True))
    bounds = np.arange(WARMUP_S, profile.total_s + 0.5, 1.0)
    due = Due.of(profile, seed)
    order = np.argsort(finished, kind="stable")
    finished, latency = finished[order], latency[order]
    at = np.searchsorted(finished, bounds)
    for number in range(len(bounds) - 1):
        seen = latency[at[number] : at[number + 1]]
        beyond = int((seen > queue.goal_s).sum())
        p50 = float(np.median(seen)) * 1000 if len(seen) else None
        arrived = due.between(bounds[number], bounds[number + 1])
        in_flight = int(np.searchsorted(arrivals, bounds[number + 1])) - int(at[number + 1])
        yield LoadSecond(bounds[number], 1.0, arrived, len(seen), p50, in_flight, ((beyond, len(seen)),))
