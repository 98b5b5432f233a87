"""What the supervisor asks of whatever brings requests to workers."""

from typing import Protocol

from plimsoll.scale.supervisor.holding import Ended, Keeper
from plimsoll.scale.supervisor.probing import Reachable


class Traffic(Protocol):
    """A balancer, seen from the supervisor. Its processes are children of the keeper, under names that are no
    worker's (w1, w2, …), in stage 0: at the end it stops before the workers."""

    async def begin(self, keeper: Keeper) -> None:
        """A keeper is there: at the start, after a takeover (see its `held`), and anew after its death. Find or start
        what is yours; the configuration that was written last still counts."""

    async def add(self, worker: Reachable) -> None:
        """Send requests to it, it answers. Said again of one that is there (its process was replaced), this changes
        nothing, unless it is at another address now."""

    async def remove(self, name: str) -> None:
        """Send it nothing new, and return when nothing of it is in hand. After `drain_s` nobody waits any longer."""

    async def ended(self, ended: Ended) -> None:
        """A child that is no worker ended: start it again, if it is yours."""


class NoTraffic:
    """Nothing brings requests: for workers that are reached otherwise."""

    async def begin(self, keeper: Keeper) -> None:
        return None

    async def add(self, worker: Reachable) -> None:
        return None

    async def remove(self, name: str) -> None:
        return None

    async def ended(self, ended: Ended) -> None:
        return None
