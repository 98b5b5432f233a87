"""The tuning that is under way: one at a time, told line by line, ended by whoever may start one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from plimsoll.core.observation import Observation
from plimsoll.server.problems import Problem
from plimsoll.server.reading.statement_history import StatementHistory
from plimsoll.server.tunings.wishes import Wanted, wish_of
from plimsoll.workflows.tuning.apart import Ended, TuneWish, tune_apart
from plimsoll.workflows.watch import Watch

CANCELLED: Final = "it was cancelled; what was known by then is kept"
SAID_MAX: Final = 30  # lines of how it goes; the oldest are forgotten
State = Literal["none", "running", "failed", "done"]
Tune = Callable[[TuneWish, Callable[[str], None]], Awaitable[Ended]]


@dataclass(frozen=True, slots=True)
class Job:
    """The last that was asked for. `since_s` is when it came into this state; `tuning` is the id of what it gave."""

    state: State = "none"
    since_s: float | None = None
    said: tuple[str, ...] = ()
    tuning: str = ""
    error: str = ""
    prove: bool = False


class Tuner:
    """One for a server."""

    def __init__(
        self, watch: Watch, root: Path, tune: Tune = tune_apart, wall: Callable[[], float] = time.time
    ) -> None:
        self.root = root
        self.job = Job()
        self.statements = StatementHistory()
        self._watch = watch
        self._tune = tune
        self._wall = wall
        self._task: asyncio.Task[None] | None = None
        self._starting = False  # while texts of statements are read

    def note(self, observation: Observation) -> None:
        """Statements that were seen: the workload of the last hour is made of them."""
        if "statements" in observation.details:
            self.statements.put(observation.at_s, observation.details["statements"])

    @property
    def is_possible(self) -> bool:
        """Whether a database is watched."""
        watch = self._watch
        return watch.request.where is not None and watch.target is not None and watch.target.locate is not None

    async def start(self, wanted: Wanted) -> Job:
        """Raises Problem where one is under way already, and where there is nothing to tune."""
        if self._starting or self._task is not None:
            raise Problem(409, "tuning-under-way", "a tuning is under way", "wait for its end, or cancel it")
        self._starting = True
        try:
            wish = await wish_of(wanted, self._watch, self.statements, self.root, self._wall())
        finally:
            self._starting = False
        self.job = Job("running", self._wall(), prove=wanted.prove)
        self._task = asyncio.get_running_loop().create_task(self._carry_out(wish))
        self._task.add_done_callback(self._ended)
        return self.job

    def cancel(self) -> bool:
        """Ends the tuning that is under way; False where there is none."""
        return self._task is not None and self.job.state == "running" and self._task.cancel()

    async def settled(self) -> None:
        """Until nothing is under way."""
        while self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            await asyncio.sleep(0)

    async def _carry_out(self, wish: TuneWish) -> None:
        ended = await self._tune(wish, self._told)
        state: State = "done" if ended.tuning else "failed"
        self.job = replace(self.job, state=state, since_s=self._wall(), tuning=ended.tuning, error=ended.error)

    def _told(self, line: str) -> None:
        self.job = replace(self.job, said=(*self.job.said, line)[-SAID_MAX:])

    def _ended(self, task: asyncio.Task[None]) -> None:
        """What was cancelled says so; what we did wrong is told as any failure is."""
        self._task = None
        if task.cancelled():
            self.job = Job("failed", self._wall(), self.job.said, error=CANCELLED)
        elif task.exception() is not None:
            self.job = Job("failed", self._wall(), self.job.said, error="the tuning ended unexpectedly")
