"""Which runs are being analyzed: one at a time, in the order in which they were asked for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from plimsoll.server.problems import Problem
from plimsoll.workflows.analyzing.apart import analyze_apart

WAITING_MAX: Final = 10
FAILED_MAX: Final = 100  # remembered until they are asked for again; beyond it the oldest are forgotten
RETRY_S: Final = 10
State = Literal["waiting", "running", "failed"]
Analyze = Callable[[Path, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Job:
    """`since_s` is when it came into this state; `error` says in words why it failed."""

    run_id: str
    state: State
    since_s: float
    error: str = ""


class AnalysisQueue:
    """One for a server. What came of a job stands in the run's directory: of those that ended well nothing is kept."""

    def __init__(self, root: Path, analyze: Analyze = analyze_apart, wall: Callable[[], float] = time.time) -> None:
        self.root = root
        self._analyze = analyze
        self._wall = wall
        self._jobs: dict[str, Job] = {}
        self._one_at_a_time = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}  # held: the event loop holds them only weakly

    def job(self, run_id: str) -> Job | None:
        return self._jobs.get(run_id)

    def start(self, run_id: str) -> Job:
        """One that is under way already goes on. `run_id` is a run's own. Raises Problem where too many wait."""
        known = self._jobs.get(run_id)
        if known is not None and known.state != "failed":
            return known
        if sum(job.state == "waiting" for job in self._jobs.values()) >= WAITING_MAX:
            raise Problem(
                429, "too-many-analyses", f"{WAITING_MAX} runs wait for their analysis", f"try again in {RETRY_S} s",
                headers={"Retry-After": str(RETRY_S)},
            )  # fmt: skip
        self._jobs.pop(run_id, None)
        made = self._jobs[run_id] = Job(run_id, "waiting", self._wall())
        task = asyncio.get_running_loop().create_task(self._carry_out(run_id))
        self._tasks[run_id] = task
        task.add_done_callback(lambda done: self._ended(run_id, done))
        return made

    def cancel(self, run_id: str) -> bool:
        """Ends the analysis of a run, or takes it out of the queue; False where there is none."""
        task = self._tasks.get(run_id)
        return task is not None and task.cancel()

    def _ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        """What was cancelled is as if it had not been asked for; what we did wrong is told as any failure is."""
        self._tasks.pop(run_id, None)
        if task.cancelled():
            self._jobs.pop(run_id, None)
        elif task.exception() is not None:
            self._jobs[run_id] = Job(run_id, "failed", self._wall(), "the analysis ended unexpectedly")

    async def _carry_out(self, run_id: str) -> None:
        async with self._one_at_a_time:
            self._jobs[run_id] = replace(self._jobs[run_id], state="running", since_s=self._wall())
            error = await self._analyze(self.root, run_id)
        if error:
            self._jobs[run_id] = Job(run_id, "failed", self._wall(), error)
            self._forget_the_oldest()
        else:
            del self._jobs[run_id]

    def _forget_the_oldest(self) -> None:
        failed = [name for name, job in self._jobs.items() if job.state == "failed"]
        for name in failed[:-FAILED_MAX]:
            del self._jobs[name]

    async def settled(self) -> None:
        """Until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)
