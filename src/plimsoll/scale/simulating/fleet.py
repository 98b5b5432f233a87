"""A model of workers behind one queue: how long they take to start, what they carry, how long requests wait.

A second's requests arrive evenly within it and are served in their order, as much as the ready workers carry. What
would wait longer than `patience_s` is refused. A fluid: it knows nothing of single requests, so that chance within a
second is left out, for all policies alike.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError

STARTING_MOST: Final = 100_000  # seconds of starting; nobody waits longer


@dataclass(frozen=True, slots=True)
class Model:
    """`start_s`: from the decision to a worker that takes requests. `wait_s`: who waits longer is a violation.
    `delay_s`: how old a metric is when a policy learns of it, whichever policy."""

    start_s: int = 5
    wait_s: float = 0.2
    patience_s: float = 10.0
    delay_s: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.start_s <= STARTING_MOST or self.delay_s < 0 or not 0 <= self.wait_s < self.patience_s:
            raise UsageError(
                "wrong model of workers",
                why=f"a start takes {STARTING_MOST:,} s at most, no time is below 0, and patience exceeds the wait",
                remedy="for example --start 5s --delay 1s --wait 200ms --patience 10s",
            )


class Fleet:
    """Plain numbers, for the loop below: a day has 86,400 seconds, and each is stepped."""

    __slots__ = ("capacity", "model", "queue", "ready", "refused", "served", "starting", "violated", "worker_s")

    def __init__(self, model: Model, workers: int, capacity: Callable[[int], float]) -> None:
        self.model, self.ready, self.capacity = model, workers, capacity
        self.starting: deque[int] = deque()  # the seconds in which they will be ready
        self.queue = self.violated = self.refused = self.served = 0.0
        self.worker_s = 0

    @property
    def workers(self) -> int:
        return self.ready + len(self.starting)

    def scale(self, second: int, wanted: int) -> None:
        """More are begun at once; of fewer, those go first that are not ready yet, the youngest of them first."""
        starting = self.starting
        for _ in range(self.workers - wanted):
            if starting:
                starting.pop()
            else:
                self.ready -= 1
        for _ in range(wanted - self.workers):
            starting.append(second + self.model.start_s)
        self.arrive(second)

    def arrive(self, second: int) -> None:
        starting = self.starting
        while starting and starting[0] <= second:
            starting.popleft()
            self.ready += 1

    def step(self, arrived: float) -> float:
        """One second; gives how many were served."""
        carries, before = self.capacity(self.ready), self.queue
        after = before + arrived - carries
        if after <= 0 and before == 0:
            return arrived
        self._judge(before, arrived, carries)
        longest = carries * self.model.patience_s
        if after > longest:
            self.refused += after - longest
            after = longest
        self.queue = after = max(0.0, after)
        return min(carries, before + arrived)

    def _judge(self, before: float, arrived: float, carries: float) -> None:
        """The share of the second's requests before whom more wait than are served in `wait_s`."""
        limit, grows = carries * self.model.wait_s, arrived - carries
        if before > limit:
            share = 1.0 if grows >= 0 else min(1.0, (before - limit) / -grows)
        elif grows > 0:
            share = max(0.0, 1 - (limit - before) / grows)
        else:
            share = 0.0
        self.violated += arrived * share
