"""Between how many and how many workers a policy may choose, and what the database allows.

More workers on a database that runs out of connections exhaust it faster. So its connections are a budget: they cap the
number of workers, what is above is shed, and nothing is ever scaled up for them.
"""

from dataclasses import dataclass
from typing import Final

from plimsoll.core.errors import UsageError

WORKERS_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class ConnectionBudget:
    """⌊(`connections_max` − `reserved` − `others` − `surge`) / `pool`⌋ workers, each with a pool of `pool` connections.

    `reserved`: superuser_reserved_connections and reserved_connections. `others`: who else connects; where that is
    measured, the larger counts. `surge`: what a rolling restart needs while old and new workers are both there; without
    it one pool.
    """

    connections_max: int
    pool: int
    reserved: int = 3
    others: int = 0
    surge: int | None = None

    def __post_init__(self) -> None:
        if self.pool < 1 or min(self.connections_max, self.reserved, self.others, self.surge or 0) < 0:
            raise UsageError(
                "wrong budget of database connections",
                why="a pool has at least 1, and none of the others is below 0",
                remedy="--connections 100 --pool 10",
            )
        if self.workers() < 1:
            raise UsageError(
                "the database has no connections for a worker",
                why=f"of {self.connections_max}, {self.reserved} are reserved, {self.others} are others' and "
                f"{self.spare} are for restarts; a worker's pool takes {self.pool}",
                remedy="a smaller pool, or a larger max_connections",
            )

    @property
    def spare(self) -> int:
        return self.pool if self.surge is None else self.surge

    def workers(self, others: float | None = None) -> int:
        """How many may run while others have so many connections."""
        taken = self.reserved + self.spare + max(self.others, others or 0)
        return max(0, int((self.connections_max - taken) // self.pool))


@dataclass(frozen=True, slots=True)
class Limits:
    """`workers_min` to `workers_max`, and the database's budget, which counts more than the minimum."""

    workers_min: int = 1
    workers_max: int = 100
    budget: ConnectionBudget | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.workers_min <= self.workers_max <= WORKERS_MOST:
            raise UsageError(
                "wrong limits of workers",
                why=f"{self.workers_min} to {self.workers_max} is no range within 1 to {WORKERS_MOST:,}",
                remedy="a minimum of at least 1, and a maximum that is not below it",
            )
        if self.budget is not None and self.budget.workers() < self.workers_min:
            raise UsageError(
                "the minimum of workers is more than the database has connections for",
                why=f"{self.workers_min} workers, and connections for {self.budget.workers()}",
                remedy="a lower minimum, a smaller pool, or a larger max_connections",
            )

    def connected(self, others: float | None) -> int:
        """The most that the database allows; 1 even where it allows none, since without a worker nobody is served."""
        return WORKERS_MOST if self.budget is None else max(1, self.budget.workers(others))

    def room(self, running: int, others: float | None, lasting: float | None) -> int:
        """The most that the database allows where so many run: nobody more than `others` leave room for now, and those
        who run give way to what others have had for a while (`lasting`) one at a time. What was told holds at once."""
        connected = self.connected(others)
        if running <= connected:
            return connected
        return min(self.connected(None), running, max(self.connected(lasting), running - 1))

    def held(
        self, workers: int, others: float | None, *, running: int = 0, lasting: float | None = None
    ) -> tuple[int, str]:
        """Within all limits, and the one that moved it: "connections", "max", "min" or ""."""
        connected = self.room(running, others, lasting)
        upper = min(self.workers_max, connected)
        if workers > upper:
            return upper, "connections" if connected < self.workers_max else "max"
        lower = min(self.workers_min, upper)
        return (lower, "min") if workers < lower else (workers, "")
