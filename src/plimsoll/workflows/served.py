"""Looking at what is served here (`plimsoll serve`), for who watches: each through its control socket."""

import asyncio
import stat
import time
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.errors import PlimsollError
from plimsoll.core.scaling import ScalingHistory, ScalingStatus
from plimsoll.monitor.scaling.remembering import ENTRIES_MAX, Seen
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.scale.supervisor.places import control_socket_of
from plimsoll.workflows.scaling import ROOT, known

ANSWER_S: Final = 2.0  # of one that is only looked at
HISTORY_S: Final = 30.0  # at least so often its history is asked for, also where nothing seems to have happened


class ServedHere:
    """Those with a state directory in `root`. A supervisor is to spend its time on its workers: it is asked for its
    history only where its status says that something happened."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._told: dict[str, tuple[Hashable, float]] = {}  # of whom nothing newer is to be had, and since when

    async def look(self, since: Mapping[str, float]) -> Sequence[Seen]:
        """Every one that ever was, and of those who answer what is newer than `since` by name."""
        names = await asyncio.to_thread(known, self.root)
        return await asyncio.gather(*(self.seen(name, since.get(name, 0.0)) for name in names))

    async def seen(self, name: str, since: float) -> Seen:
        """One of them."""
        client = ControlClient(self.root / name)
        try:
            async with asyncio.timeout(ANSWER_S):
                status = await client.status()
                history = await self._history(client, name, status, since)
        except TimeoutError:
            return Seen(name, None, why=f"no answer within {ANSWER_S:g} s")
        except PlimsollError as error:
            if not _has_socket(client.state):
                return Seen(name, None, why="it was ended", ended=True)
            return Seen(name, None, why=error.why or str(error))
        return Seen(name, status, history)

    async def _history(
        self, client: ControlClient, name: str, status: ScalingStatus, since: float
    ) -> ScalingHistory | None:
        before, now = self._told.get(name), time.monotonic()
        happened = _happened(status)
        if since and before is not None and before[0] == happened and now - before[1] < HISTORY_S:
            return None
        history = await client.history(since, ENTRIES_MAX)
        self._told[name] = (happened, now)
        return history


def _happened(status: ScalingStatus) -> Hashable:
    """What is another where its history has something new."""
    workers = tuple((one.name, one.state, one.starts, one.why) for one in status.workers)
    decision = status.decision
    rule = None if decision is None else (decision.rule, decision.wanted)
    balancer = status.balancer
    told = (status.limits, status.paused, balancer.algorithm, tuple(balancer.weights.items()))
    return workers, status.wanted, status.broken, rule, told, balancer.trouble, status.pid


def _has_socket(state: Path) -> bool:
    """Who ends in order takes it away; who is killed leaves it behind."""
    try:
        return stat.S_ISSOCK(control_socket_of(state).lstat().st_mode)
    except OSError:
        return False
