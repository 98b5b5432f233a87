"""When to start again what died: jittered, doubled waits, and an end to trying where it cannot succeed. Pure."""

from dataclasses import dataclass
from random import Random

from plimsoll.scale.supervisor.states import Limits, Worker


@dataclass(frozen=True, slots=True)
class Broken:
    """Why nothing more is started: the application dies at its start."""

    generation: int
    since: float
    reason: str
    last: tuple[str, ...] = ()  # lines that it said at the end


class Circuit:
    """Closed: workers are started as wanted. Open: one is tried now and then, and closes it by living."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._in_a_row = 0
        self._trial_s = limits.trial_s
        self._trial_at = 0.0
        self.broken: Broken | None = None

    def died_at_start(self, now: float, worker: Worker, why: str, last: tuple[str, ...]) -> bool:
        """A process died before it was ready or soon after. True if this was the one too many.

        Those that never answered are counted for all together, the others for each place: somebody who kills all
        workers at once breaks nothing.
        """
        self._in_a_row += worker.ready_at is None
        if self.broken is not None:
            self.broken = Broken(worker.generation, self.broken.since, why, last)
            return False
        if max(self._in_a_row, worker.deaths) < self._limits.deaths_max:
            return False
        self.broken = Broken(worker.generation, now, why, last)
        self._trial_at = now + self._trial_s
        return True

    def became_ready(self) -> None:
        """One can start: those that could not were not the application's fault as a whole."""
        self._in_a_row = 0

    def settled(self, began: float) -> bool:
        """A process that `began` then has lived. True if that ends a break."""
        if self.broken is None or began < self.broken.since:
            return False
        self.reset()
        return True

    def reset(self) -> None:
        self._in_a_row, self._trial_s, self.broken = 0, self._limits.trial_s, None

    def allows(self, now: float, being_started: int) -> bool:
        """Whether another may be started; if it is a trial, it is the only one."""
        return self.broken is None or (being_started == 0 and now >= self._trial_at)

    def tried(self, now: float) -> None:
        if self.broken is not None:
            self._trial_s = min(self._trial_s * 2, self._limits.trial_s_max)
            self._trial_at = now + self._trial_s

    @property
    def trial_at(self) -> float | None:
        return None if self.broken is None else self._trial_at


def backoff_s(deaths: int, limits: Limits, chance: Random) -> float:
    """How long to wait after so many deaths in a row at the start: none after one that came later."""
    if deaths <= 0:
        return 0.0
    doubled = limits.backoff_s * 2.0 ** min(deaths - 1, 30)
    return min(doubled, limits.backoff_s_max) * chance.uniform(0.5, 1.5)
