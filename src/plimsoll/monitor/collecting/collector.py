"""What looks at something: the one shape that all collectors have."""

import time
from typing import Protocol

from plimsoll.changes.clock import clock_s
from plimsoll.core.observation import Moment, Observation


class CollectorLostError(Exception):
    """What a collector looks at cannot be seen now. The text says why, for people, without secrets.

    `observation` is what is known all the same: that the database is down, for one. `remedy` is what would mend it.
    """

    def __init__(self, why: str, observation: Observation | None = None, remedy: str = "") -> None:
        super().__init__(why)
        self.observation = observation
        self.remedy = remedy


class CollectorOffError(CollectorLostError):
    """What a collector looks at is not there now and is not meant to be: no reason to alarm anybody."""


class Collector(Protocol):
    """Looks every `period_s` seconds; one look takes at most `budget_s`, else it is cancelled and counts as lost.

    A look is of the moment at which it reads, `now()`. What raises CollectorLostError is tried again soon; anything
    else that is raised is a mistake of ours, shown as such, and ends nothing.
    """

    @property
    def name(self) -> str: ...

    @property
    def period_s(self) -> float: ...

    @property
    def budget_s(self) -> float: ...

    async def collect(self) -> Observation: ...

    async def close(self) -> None: ...


def now() -> Moment:
    return Moment(time.time(), clock_s())
