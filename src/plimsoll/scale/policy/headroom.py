"""How much more than the load is kept ready: as much as was needed lately, within a budget.

A fixed share (70 % utilization) is too much for a load that is calm or large, and too little for a bursty one. So the
headroom begins at a square root's (the safety that Poisson arrivals need) and goes up the more often requests came
faster than they could be carried; and it gives way when, with all that bursts took, nearly as many worker-hours went
as Knative's rule would have taken on the same load, which is followed beside it.
"""

import math
from collections import deque
from typing import Final, Self

from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import WORKERS_MOST, Limits

LOWER_SHARE: Final = 0.35  # of the load: the lower end for few workers …
LOWER_ROOT: Final = 1.5  # … and for many: 1.5 √load. They cross at 18 workers
UPPER_SHARE: Final = 0.6
PLACE_MOST: Final = 8.0  # times the way from the lower to the upper end
SHORT_SHARE: Final = 0.005  # of the ticks may find more load than capacity
STEP: Final = 0.02  # of the way, for each that did
WISHES_MOST: Final = 64
UTILIZATION: Final = 0.7  # that Knative's rule aims at, where nobody says otherwise
BUDGET_AIM: Final = 0.96  # of its worker-hours, so that what follows late stays below
BUDGET_S: Final = 1800.0  # over which spending is reckoned
BUDGET_FORCE: Final = 12.0  # 4 % above the aim takes half of the way
BUDGET_FORCE_UP: Final = 25.0  # below the aim the way is free soon
BUDGET_REST: Final = 0.5  # of the way, where exactly the aim is spent
NOISE_SHARE: Final = 0.25  # of the requests within BUDGET_S: what came within seconds says nothing
LEAST: Final = -0.8  # of the lower end a fifth is left


class Headroom:
    """`place`: −1 nothing, 0 the lower end, 1 the upper end, and beyond it as far as the budget goes."""

    __slots__ = (
        "_afforded",
        "_allowed",
        "_came",
        "_needed",
        "_rule",
        "_short",
        "_spent",
        "_watched_s",
        "_would",
        "start_s",
        "utilization",
    )

    def __init__(self, utilization: float = UTILIZATION, start_s: float = 0.0) -> None:
        self.utilization, self.start_s = utilization, start_s
        self._needed, self._afforded = 0.5, 1.0
        self._watched_s = 0.0
        self._spent = self._allowed = self._short = self._came = 0.0
        self._rule = KnativePolicy(Limits(), KnativeSettings(utilization))
        self._would: deque[tuple[float, int]] = deque(maxlen=WISHES_MOST)  # its wishes: the newest ones not yet ready

    def retune(self, utilization: float, start_s: float) -> None:
        """Another budget from now on."""
        self.utilization, self.start_s = utilization, start_s
        self._rule.adopt(KnativeSettings(utilization))

    @property
    def place(self) -> float:
        return min(self._needed, self._afforded)

    @property
    def is_noise(self) -> bool:
        """Whether so many requests come faster than is carried that single arrivals must be the noise."""
        return self._watched_s >= BUDGET_S and self._short > NOISE_SHARE * self._came

    def over(self, load: float, part: float = 1.0) -> float:
        """Workers beside a load of so many workers; `part` of what the headroom would be."""
        lower, place = min(LOWER_SHARE * load, LOWER_ROOT * math.sqrt(load)), self.place
        more = lower + place * (UPPER_SHARE * load - lower) if place >= 0 else lower * (1 + place)
        return part * more

    def learn(self, load: float, short: bool, passed_s: float) -> None:
        """`load`: what came, in workers; `short`: it was more than is carried."""
        step = STEP * (1 - SHORT_SHARE) if short else -STEP * SHORT_SHARE
        self._needed = min(PLACE_MOST, max(0.0, self._needed + step))
        weight = min(1.0, passed_s / BUDGET_S)
        self._watched_s += passed_s
        self._short += weight * (short * load - self._short)
        self._came += weight * (load - self._came)

    def book(self, workers: int, ruled: int, passed_s: float) -> None:
        """`workers`: what was decided; `ruled`: what Knative's rule would have."""
        weight = min(1.0, passed_s / BUDGET_S)
        self._spent += weight * (workers - self._spent)
        self._allowed += weight * (ruled - self._allowed)
        if self._allowed > 0:
            free = BUDGET_AIM - self._spent / self._allowed
            force = BUDGET_FORCE_UP if free > 0 else BUDGET_FORCE
            self._afforded = min(PLACE_MOST, max(LEAST, BUDGET_REST + force * free))

    def ruled(self, now: float, load: float, begun: int, least: int = 1, most: int = WORKERS_MOST) -> int:
        """How many Knative's rule would have now for what came, in workers, within these limits; for each tick.

        It begins with who was there (`begun`). More workers of it are ready after the start time, fewer at once.
        """
        would = self._would
        if not would:
            would.append((-math.inf, begun))
        while len(would) > 1 and would[1][0] <= now - self.start_s:
            would.popleft()
        wish = self._rule.step(now, load, min(wished for _, wished in would)).workers
        would.append((now, min(most, max(least, wish))))
        return would[-1][1]

    def copy(self) -> Self:
        twin = type(self)(self.utilization)
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._rule, twin._would = self._rule.copy(), self._would.copy()
        return twin
