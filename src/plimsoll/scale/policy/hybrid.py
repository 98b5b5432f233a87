"""Ours, and the default: as many workers as the load needs, the headroom it was seen to need, and no forecast below it.

wanted = min(limits, paid(max(floors))). The floors, each a load in workers (rate / capacity) and its headroom:

| floor | load | headroom |
|---|---|---|
| load | the mean of a minute | all |
| recent | the mean of 20 s | 80 % |
| rising | the mean of 6 s, with its trend until new workers are ready | half |
| burst | the same, if it is more than is ready; kept for 30 s | × 1.4 |
| backlog | the mean of 6 s, and what serves the queue within 10 s | none |
| yesterday | yesterday's peak at this time, at today's level | none |

Beside it Knative's rule is followed on the same load. What was saved of its worker-hours pays for more than it would
have, and for as many as it would have where the floors are lower (`policy/savings`). Bursts and yesterday are believed
only while they come true. These numbers were fixed beforehand (docs/decisions/0026) and are not settings; what is a
setting is what a user knows: capacity, start time, limits, budget.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from plimsoll.core.errors import UsageError
from plimsoll.scale.forecast.seasonal import SeasonalFloor
from plimsoll.scale.forecast.trend import ShortTrend
from plimsoll.scale.forecast.trust import Trust
from plimsoll.scale.policy.capacity import NEVER, Capacity, LiveCapacity
from plimsoll.scale.policy.decision import Ask, Decision
from plimsoll.scale.policy.headroom import UTILIZATION, Headroom
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.policy import Policy
from plimsoll.scale.policy.readings import Readings
from plimsoll.scale.policy.rush import Rush, pressing
from plimsoll.scale.policy.savings import Savings
from plimsoll.scale.policy.windows import MaxWindow, MeanWindow

SLOW_S: Final = 60.0
RECENT_S: Final = 20.0
FAST_S: Final = 6.0
RECENT_PART: Final = 0.8
FAST_PART: Final = 0.5
TREND_S: Final = 20.0
LATE_S: Final = 2.0  # a reading's age and half a tick, beside start time and tick
AHEAD_MOST_S: Final = TREND_S / 2  # what is further away is not told by a trend of so short a time
BURST_FACTOR: Final = 1.4
BURST_S: Final = 30.0
BURST_DUE_S: Final = 10.0
BURST_TRUE: Final = 0.6  # of the bursts that were claimed, for them to be believed
DRAIN_S: Final = 10.0
WAITED_S: Final = 4.0  # requests that wait for longer are served whatever is saved: capacity may be less than is told
PASSED_MOST_S: Final = 30.0  # between two ticks: what went on in a longer gap is not known
OPTIONAL: Final = ("queue", "cpu")
DEAD_BAND: Final = 0.1  # of the workers: who are that few too many stay
SATURATED: Final = 0.9  # CPU, on average over SATURATED_S: capacity must be less than is believed
SATURATED_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class HybridSettings:
    """`capacity` of workers; None: learned from what they serve. `live`: a measured one is corrected by it, too.

    `start_s`: from the decision to a worker that takes requests. `utilization`: what it may cost: the worker-hours of
    Knative's rule that aims at it. Lower is dearer, and fewer wait. `down_window_s`:
    how long the last worker that is too many stays, beside that budget; 0: not at all.
    """

    capacity: Capacity | None = None
    start_s: float = 5.0
    live: bool = False
    utilization: float = UTILIZATION
    seasonal: bool = True
    down_window_s: float = 0.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.utilization <= 1:
            raise UsageError(
                "wrong utilization", why=f"{self.utilization:.4g} is not within 10% and 100%", remedy="for example 70%"
            )
        if not 0 <= self.start_s <= 3600:
            raise UsageError(
                "wrong start time of a worker", why=f"{self.start_s:g} s", remedy="what it takes, 0 s to an hour"
            )
        if not 0 <= self.down_window_s <= 3600:
            raise UsageError("wrong window for going down", why=f"{self.down_window_s:g} s", remedy="0 s to an hour")


class HybridPolicy(Policy):
    name: ClassVar[str] = "hybrid"

    def __init__(self, limits: Limits, settings: HybridSettings, period_s: float = 2.0) -> None:
        super().__init__(limits)
        self.settings, self.period_s = settings, period_s
        measured = settings.capacity
        self._live = LiveCapacity(measured.one_per_s if measured else None)
        self._capacity = measured
        self._slow, self._recent, self._fast = MeanWindow(SLOW_S), MeanWindow(RECENT_S), MeanWindow(FAST_S)
        self._trend, self._bursts, self._rushed = ShortTrend(TREND_S), MaxWindow(BURST_S), MaxWindow(BURST_S)
        self._trust, self._headroom = Trust(BURST_TRUE), Headroom(settings.utilization, settings.start_s)
        self._savings = Savings()
        self._waits_since: float | None = None
        self._lately = MaxWindow(settings.down_window_s)
        self.seasonal = SeasonalFloor() if settings.seasonal else None
        self._cpu, self._cpu_up = MeanWindow(SATURATED_S), -math.inf
        self._at: float | None = None

    def adopt(self, settings: HybridSettings) -> None:
        """A capacity that is to be learned from now on begins at what was known."""
        if settings.capacity != self.settings.capacity:
            measured, known = settings.capacity, self._live.one_per_s
            self._live = LiveCapacity(measured.one_per_s if measured else None)
            self._live.one_per_s = self._live.one_per_s or known
            self._capacity = measured or self._capacity
        if settings.seasonal and self.seasonal is None:
            self.seasonal = SeasonalFloor()
        self._headroom.retune(settings.utilization, settings.start_s)
        self._lately.seconds = settings.down_window_s
        self.settings = settings

    @property
    def capacity(self) -> Capacity | None:
        """What workers are taken to carry just now; None: not known yet."""
        return self._capacity

    def needs(self, readings: Readings) -> str:
        trouble = self.unknown(readings, ("rate",), OPTIONAL)
        if not trouble and self._capacity is None:
            return "what a worker carries is not known yet"
        return trouble

    def carries(self, workers: int) -> float | None:
        return self._capacity.carries(workers) if self._capacity else None

    def ask(self, readings: Readings) -> Ask:
        if self.settings.live or self.settings.capacity is None:
            self._learn(readings)
        rate, capacity = readings.fresh("rate"), self._capacity
        ask = Ask(readings.workers, "unknown", {"trouble": self.needs(readings)})
        if rate is not None and capacity is not None:
            return self._kept(self._of_load(rate, capacity, readings), readings)
        return self._of_cpu(ask, readings)

    def hurry(self, rush: Rush) -> Decision | None:
        """What it takes is a burst to the ticks that follow, so that they keep it for as long."""
        if self._capacity is None and rush.each:
            self._capacity = self._live.begin(rush.each)
        ask = None if self._headroom.is_noise or self._machine_full else pressing(rush, self._capacity)
        if ask is None:
            return None
        wanted, limit = self.limits.held(ask.workers, self._others)
        if wanted <= rush.ready:
            return None  # the next tick says why
        self._rushed.put(rush.now, wanted)
        rule, numbers = (limit, {"most": wanted}) if limit else (ask.rule, ask.numbers)
        inputs = {"rate": rush.rate, "queue": rush.queue}
        admit = self.carries(wanted) if ask.workers > wanted else None
        return Decision(rush.now, self.name, rush.ready, wanted, ask.workers, rule, numbers, inputs, admit)

    def _learn(self, readings: Readings) -> None:
        self._live.observe(readings)
        if self._live.one_per_s is not None:
            curve = self.settings.capacity or Capacity(self._live.one_per_s)
            self._capacity = Capacity(self._live.one_per_s, curve.contention, curve.coherency)

    def _of_load(self, rate: float, capacity: Capacity, readings: Readings) -> Ask:
        now, ready = readings.now, max(1, readings.ready)
        for window in (self._slow, self._recent, self._fast, self._trend):
            window.put(now, rate)
        slow, fast = self._slow.mean, self._fast.mean
        ahead = min(AHEAD_MOST_S, self.settings.start_s + self.period_s + LATE_S)
        rising, queue = fast + self._trend.rise(fast, ahead), readings.fresh("queue") or 0.0
        passed = self.period_s if self._at is None else min(PASSED_MOST_S, max(0.0, now - self._at))
        self._at = now
        load, short = capacity.workers_for(rate), rate > capacity.carries(ready)
        most = min(capacity.most, self.limits.workers_max, self.limits.connected(self._others))
        least = min(most, self.limits.workers_min)
        ruled = self._headroom.ruled(now, load, readings.workers, least, most)
        self._headroom.learn(load, short, passed)
        self._savings.see(ruled, passed)
        floors = [
            self._floor("load", slow, 1.0, SLOW_S, capacity),
            self._floor("load", self._recent.mean, RECENT_PART, RECENT_S, capacity),
            self._floor("rising", rising, FAST_PART, FAST_S, capacity),
        ]
        floors += self._raised(now, ready, fast, rising, capacity)
        waiting = self._waiting(max(rate, fast), fast, queue, capacity, readings) if short or queue else []
        ask = self._paid(_most([*floors, *waiting]), ruled)
        served = self._waits(now, queue)
        ask = _most([ask, *(one for one in waiting if served or one.rule == "short")])
        ask = self._of_cpu(self._steadied(ask, ruled, readings), readings)
        if (rushed := int(self._rushed.since(now))) > ask.workers:
            ask = Ask(rushed, "lately", {"seconds": BURST_S})
        spent = max(least, min(ask.workers, most))
        self._headroom.book(spent, ruled, passed)
        self._savings.book(spent, ruled, passed)
        return ask

    def _paid(self, ask: Ask, ruled: int) -> Ask:
        """As many of them as worker-hours were saved for, or more, where Knative's rule would have more."""
        paid = self._savings.paid(ask.workers, ruled)
        if paid == ask.workers:
            return ask
        numbers = {"why": ask.because, "wished": ask.workers, "ruled": ruled}
        return Ask(paid, "saved" if paid > ask.workers else "spent", numbers)

    def _floor(self, rule: str, rate: float, part: float, seconds: float, capacity: Capacity) -> Ask:
        load = capacity.load(rate)
        more = self._headroom.over(load, part)
        needed = rate + more * capacity.one_per_s
        if capacity.most < NEVER and needed > capacity.carries(capacity.most):
            asked = math.ceil(capacity.load(needed))
            return Ask(capacity.most, "peak", {"asked": asked, "most": capacity.most})
        wanted = max(1, math.ceil(capacity.workers_for(needed) - 1e-9))
        headroom = f"{more / load:.0%}" if load > 0 else "nothing"
        return Ask(wanted, rule, {"rate": rate, "seconds": seconds, "erlangs": load, "headroom": headroom})

    def _raised(self, now: float, ready: int, fast: float, rising: float, capacity: Capacity) -> list[Ask]:
        """What is there only at times: bursts, yesterday."""
        floors = []
        self._trust.judge(now, fast)
        carried, burst = capacity.carries(ready), 0
        if rising > carried:
            self._trust.claim(now, BURST_DUE_S, carried)
            if self._trust.believed:
                burst = math.ceil(capacity.workers_for(rising * BURST_FACTOR))
        self._bursts.put(now, burst)
        if lately := int(self._bursts.max):
            numbers: dict[str, Any] = {"rate": rising, "seconds": BURST_S if burst < lately else FAST_S}
            floors.append(Ask(lately, "lately" if burst < lately else "burst", numbers))
        if self.seasonal is not None:
            self.seasonal.put(now, self._recent.mean)
            expected = self.seasonal.floor(now, self.settings.start_s + SLOW_S) if self.settings.seasonal else 0.0
            if expected:
                workers = math.ceil(capacity.workers_for(expected))
                floors.append(Ask(workers, "yesterday", {"rate": expected}))
        return floors

    def _waiting(self, rate: float, fast: float, queue: float, capacity: Capacity, readings: Readings) -> list[Ask]:
        """While requests wait, or more come than is carried: what serves them, and that nobody goes who may be it."""
        backlog, drained = queue / DRAIN_S, math.ceil(capacity.workers_for(fast + queue / DRAIN_S))
        stay = math.ceil(capacity.workers_for(rate * BURST_FACTOR + backlog))
        floors = [Ask(max(1, min(readings.workers, stay, capacity.most)), "short", {})]
        return [*floors, Ask(drained, "backlog", {"queue": queue, "seconds": DRAIN_S})] if queue else floors

    def _waits(self, now: float, queue: float) -> bool:
        """Whether some wait for so long that they are served whatever was saved."""
        if not queue:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = now
        return self._waits_since is not None and now - self._waits_since >= WAITED_S

    def _steadied(self, ask: Ask, ruled: int, readings: Readings) -> Ask:
        """Nobody is taken away for a difference that may be chance, where that costs nothing that is missed."""
        workers = readings.workers
        if workers * (1 - DEAD_BAND) < ask.workers < workers and (workers <= ruled or self._savings.idle):
            return Ask(workers, "dead-band", {"asked": ask.workers, "band": DEAD_BAND})
        return ask

    def _kept(self, ask: Ask, readings: Readings) -> Ask:
        """Who may be needed again within a moment stays: one, or a tenth. That is paid beside the budget."""
        seconds, workers, asked = self.settings.down_window_s, readings.workers, ask.workers
        if not seconds:
            return ask
        self._lately.put(readings.now, asked)
        needed = int(self._lately.max)
        kept = min(workers, needed, asked + max(1, int(DEAD_BAND * workers)))
        return ask if asked >= kept else Ask(kept, "down-window", {"asked": asked, "most": needed, "seconds": seconds})

    def _of_cpu(self, ask: Ask, readings: Readings) -> Ask:
        """Workers that have no CPU left carry less than is believed, or the rate is not told: a tenth more."""
        cpu, now, workers = readings.fresh("cpu"), readings.now, readings.workers
        if cpu is None:
            return ask
        self._cpu.put(now, cpu)
        full = len(self._cpu) > 1 and self._cpu.mean > SATURATED and now - self._cpu_up > SATURATED_S
        if not full or ask.workers > workers or ask.rule == "peak":
            return ask
        self._cpu_up = now
        return Ask(workers + max(1, workers // 10), "cpu", {"value": self._cpu.mean, "limit": SATURATED})


def _most(asks: Sequence[Ask]) -> Ask:
    return max(asks, key=lambda ask: ask.workers)
