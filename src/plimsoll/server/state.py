"""What the routes know: the watch, what changed in it and when, and who may do what."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from plimsoll.server.analyses.listing import Listing
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.live.changes import Changes
from plimsoll.server.problems import Problem
from plimsoll.server.reading.reading import UNSEEN
from plimsoll.server.security import Access, role_of
from plimsoll.server.tunings.shelf import TuningShelf
from plimsoll.server.tunings.tuner import Tuner
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.watch import Watch

STALE_PERIODS = 3.0  # a value that is older than so many periods of its collector is stale
STALE_S_MIN = 5.0


@dataclass
class Served:
    """One watch as it is served. `wall` is the clock that ages are reckoned with."""

    watch: Watch
    settings: MonitorSettings
    access: Access
    analyses: AnalysisQueue
    listing: Listing
    tuner: Tuner
    tunings: TuningShelf
    changes: Changes = field(default_factory=Changes)
    wall: Callable[[], float] = time.time
    started_s: float = field(default_factory=time.time)
    runs: Sequence[dict[str, Any]] = ()

    def is_stale(self, source: str | None, at_s: float, now_s: float) -> bool:
        """Whether what a collector saw is too old to be of now, or the last before it was lost."""
        state = self.watch.board.states.get(source or "")
        if state is not None and state.status in UNSEEN and at_s <= (state.seen_s or 0.0):
            return True
        period_s = self.settings.database_period_s if state is None else state.period_s
        return now_s - at_s > max(STALE_S_MIN, period_s * STALE_PERIODS)


def served(request: Request) -> Served:
    state: Served = request.app.state.served
    return state


State = Annotated[Served, Depends(served)]


def admin(request: Request) -> None:
    """A dependency of routes that change something. Raises Problem."""
    if role_of(request) == "admin":
        return
    if served(request).access.admin is None:
        raise Problem(
            403, "read-only", "nothing can be changed here", 'state admin_token = "env:NAME" in [monitor.server]'
        )
    raise Problem(403, "admin-needed", "this needs the admin token", "send Authorization: Bearer ADMIN_TOKEN")
