"""A scenario under way: its ground, its processes, its clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from tests.prove.caching.ground import Ground
from tests.prove.caching.processes import Process


@dataclass
class Run:
    """What a fault works on; `begin` starts one more process like the one of that number. `crashes` are when the server
    crashed."""

    ground: Ground
    processes: list[Process]
    ends_s: float
    random: Random
    begin: Callable[[int], Process]
    crashes: list[float] = field(default_factory=list)

    @property
    def left(self) -> bool:
        """Whether there is time for more."""
        return time.monotonic() < self.ends_s

    def wait(self, *between: float) -> None:
        """So many seconds, or some number between two."""
        low, high = between[0], between[-1]
        time.sleep(max(0.0, min(self.random.uniform(low, high), self.ends_s - time.monotonic())))

    def restart(self, number: int) -> None:
        """Starts a process in the place of one that is gone; until it reads."""
        self.processes[number] = self.begin(number)
        self.processes[number].ready()

    def turns(self, *, every: Sequence[float]) -> bool:
        """Waits for the next turn; whether there is one."""
        self.wait(*every)
        return self.left
