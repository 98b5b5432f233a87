"""One process's engine: a crew, a loop that follows the profile, and an interval a second for whoever listens."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from random import Random
from typing import Any

from plimsoll.core import distribution, pacing
from plimsoll.load.executors.clock import SYSTEM_CLOCK, Clock
from plimsoll.load.executors.closed_loop import ClosedLoop, RateCap
from plimsoll.load.executors.crew import Crew
from plimsoll.load.executors.open_loop import OpenLoop
from plimsoll.load.language.scenario import Journey, Scenario
from plimsoll.load.language.user import User
from plimsoll.load.language.world import Problems, UserLimits, World
from plimsoll.load.processes.itinerary import Itinerary
from plimsoll.load.processes.plan import Assignment
from plimsoll.load.recording.recorder import Recorder
from plimsoll.load.recording.ticker import Report, Ticker
from plimsoll.load.sql.session import (
    Connect,
    ConnectionCounts,
    NoSessions,
    OwnSession,
    SessionPool,
    Sessions,
    SqlSession,
)
from plimsoll.runs.samples import SampleWriter

SWEEP_S = 0.1  # how late a deadline may be noticed
BLOCKED_S = 0.02  # a loop that wakes up so late was held up by somebody's code, or had no core
WARM_USERS_S = 0.05  # an open loop begins with the users that so much of its first rate would need


@dataclass(frozen=True, slots=True)
class Ending:
    """Why this process's load ended ("completed" unless something else did it), and what is worth telling."""

    because: str
    problems: dict[str, str]
    samples_problem: str


class Engine:
    """Prepared once, run once. `connect` is None without a database.

    `clock` and `recording` (what folds samples) are others in virtual time."""

    def __init__(
        self,
        scenario: Scenario,
        task: Assignment,
        connect: Connect | None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        recording: Executor | None = None,
    ) -> None:
        plan = task.plan
        self.plan = plan
        self.clock = clock
        self.load_ended_ns = 0
        self.users_at_end = 0  # busy when the load ended: afterwards they only go
        self._blocked_s = 0.0
        self._process = task.process
        self.profile = plan.profile
        self._scenario = scenario
        self.counts = ConnectionCounts()
        self._connect = connect
        self._site = plan.site.build() if plan.site is not None else None
        self._stop = asyncio.Event()
        self._stop_at_once = asyncio.Event()
        self._users: list[User] = []
        self.problems = Problems()
        users_max = max(1, len(range(task.process, plan.users_max, plan.processes)))  # in all, no more than asked for
        self._pool = self._make_pool()
        self.crew = Crew(self._make_user, scenario.start, users_max, clock)
        self.samples = self._make_samples(task)
        self.recorder = Recorder(self.crew.users, self.samples, recording)
        self._world = World(
            self.recorder,
            UserLimits(round(plan.step_timeout_s * 1e9), round(plan.connect_timeout_s * 1e9)),
            self.problems,
            scenario.path,
            task.shared,
            self._site,
        )
        self._bind_feeds(task)
        self._itinerary = Itinerary(plan, scenario.journeys, task.process)
        self._start_ns = 0
        self._closed: ClosedLoop | None = None
        self.open_loop: OpenLoop | None = None
        if self.profile.open_loop:
            self.open_loop = self._make_open_loop()
        else:
            cap = RateCap(plan.rate_max_per_s / plan.processes) if plan.rate_max_per_s else None
            share = (task.process, plan.processes)
            journeys = self._itinerary.on_demand(self._elapsed_ns)
            self._closed = ClosedLoop(self.crew, self.profile, journeys, *share, clock, cap)

    # -- making -------------------------------------------------------------------------------------------------------

    def _bind_feeds(self, task: Assignment) -> None:
        for feed in self._scenario.feeds:
            feed.bind(task.plan.seed, task.process, task.plan.processes, task.feed_values.get(feed.number))

    def _make_samples(self, task: Assignment) -> SampleWriter | None:
        plan = task.plan
        if not plan.samples_bytes_max:
            return None
        return SampleWriter(plan.samples_directory, task.process, bytes_max=plan.samples_bytes_max // plan.processes)

    def _make_pool(self) -> SessionPool | None:
        if self.plan.connections is None or self._connect is None:
            return None
        self._pool_sessions = [self._make_session(-1 - number) for number in range(self.plan.connections)]
        return SessionPool(self._pool_sessions)

    def _make_session(self, number: int) -> SqlSession:
        assert self._connect is not None
        random = Random(distribution.key(self.plan.seed, "session", self._process, number))
        return SqlSession(self._connect, self.plan.traits, self.counts, random)

    def _make_user(self, number: int) -> User:
        everywhere = self._process + number * self.plan.processes
        random = Random(distribution.key(self.plan.seed, "user", everywhere))
        return User(everywhere, self._sessions_for(number), random, self._world)

    def _sessions_for(self, number: int) -> Sessions:
        if self._connect is None:
            return NoSessions()
        return self._pool or OwnSession(self._make_session(number))

    def _make_open_loop(self) -> OpenLoop:
        profile = self.profile
        return OpenLoop(
            self.crew,
            self._schedule(),
            self.clock,
            queue_max=-(-profile.queue_max // self.plan.processes),
            lateness_limit_s=profile.lateness_limit_s,
        )

    def _schedule(self) -> Iterator[tuple[int, Journey]]:
        """This process's arrivals: every P-th of the whole schedule, which all processes compute alike."""
        plan = self.plan
        offsets = pacing.share(pacing.arrival_offsets_ns(self.profile, plan.seed), self._process, plan.processes)
        return self._itinerary.scheduled(offsets)

    def _elapsed_ns(self) -> int:
        return self.clock.now_ns() - self._start_ns

    # -- running ------------------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Opens the connections that the load begins with. Raises what connecting raises."""
        if self._pool is not None:
            await asyncio.gather(*(session.open() for session in self._pool_sessions))
        await self.crew.connect(self._users_at_start())
        gc.collect()

    def _users_at_start(self) -> int:
        if self._closed is not None:
            return self._closed.users_at_start
        rate = self.profile.level_at(0.0) / self.plan.processes
        return max(1, min(self.crew.users_max, 1 + round(rate * WARM_USERS_S)))

    async def run(self, start_ns: int, report: Report) -> Ending:
        """Loads from `start_ns` on until the profile or `stop` ends it, reporting every second."""
        self._start_ns = start_ns
        if self.samples is not None:
            self.samples.epoch_ns = start_ns
        self.recorder.measure_from_ns = start_ns + round(self.profile.warmup_s * 1e9)
        gc.freeze()
        ticker = Ticker(self, start_ns)
        ticking = asyncio.create_task(ticker.run(report))
        sweeper = asyncio.create_task(self._sweep())
        driver = asyncio.create_task(self._drive(start_ns))
        ended = asyncio.create_task(self.crew.ended.wait())
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({driver, ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        self.load_ended_ns = self.clock.now_ns()
        self.users_at_end = self.busy_users
        await _cancelled(driver)  # no arrival may begin, uncounted, while the rest is brought to its end
        await self._wind_down()
        await _cancelled(ticking, sweeper, ended, stopped)
        await asyncio.wrap_future(self.recorder.store())  # before the last interval, which tells what was lost
        await report(await ticker.last())
        await self._close()
        await asyncio.to_thread(self.recorder.close)
        if self.crew.failure is not None:
            raise self.crew.failure  # a mistake of ours: what was measured is kept, and the run is no result
        samples_problem = self.samples.problem if self.samples is not None else ""
        return Ending(self.crew.ended_because or "completed", self.problems.messages, samples_problem)

    def stop(self, *, at_once: bool) -> None:
        """Ends the load: after the journeys under way, or at once, also after the other has been asked for."""
        self._stop.set()
        if at_once:
            self._stop_at_once.set()

    # -- what the ticker reads ----------------------------------------------------------------------------------------

    @property
    def busy_users(self) -> int:
        return self.crew.working if self.open_loop is None else self.open_loop.busy

    @property
    def waiting_users(self) -> int:
        """Those with a statement or a request under way."""
        return sum(user.deadline_ns > 0 for user in self.crew.users)

    def targets_at(self, at_s: float) -> tuple[int | None, float | None]:
        """This process's share of the target (users, journeys per second); None once the profile is over."""
        if at_s >= self.profile.total_s or self.profile.executor == "iterations":
            return None, None
        level = self.profile.level_at(at_s) / self.plan.processes
        return (None, level) if self.profile.open_loop else (round(level), None)

    def take_dropped(self) -> Counter[str]:
        return self.open_loop.take_dropped() if self.open_loop is not None else Counter()

    def take_blocked_s(self) -> float:
        """For how long the event loop was held up since the last call."""
        blocked_s, self._blocked_s = self._blocked_s, 0.0
        return blocked_s

    def take_cut(self) -> Counter[str]:
        cut, self.crew.cut_journeys = self.crew.cut_journeys, Counter()
        return cut

    def counted(self) -> Counter[str]:
        """Counts since the start, by the names that intervals have for them."""
        return Counter(
            retries=sum(user.retries for user in self.crew.users),
            incomplete=sum(user.cut_off for user in self.crew.users),
            reconnects=self.counts.reopened,
            samples_lost=self.recorder.samples_lost,
            samples_uncounted=self.recorder.samples_uncounted,
        )

    async def _drive(self, start_ns: int) -> None:
        if self._closed is not None:
            await self._closed.run(start_ns)
        elif self.open_loop is not None:
            end_ns = start_ns + round(self.profile.total_s * 1e9)
            await self.open_loop.run(start_ns, end_ns, self._users_at_start())

    async def _wind_down(self) -> None:
        gracefully = asyncio.create_task(self._let_finish(self.profile.graceful_stop_s))
        at_once = asyncio.create_task(self._stop_at_once.wait())
        await asyncio.wait({gracefully, at_once}, return_when=asyncio.FIRST_COMPLETED)
        await _cancelled(gracefully, at_once)
        await self._let_finish(0.0)

    async def _let_finish(self, within_s: float) -> None:
        before = asyncio.get_running_loop().time()
        if self.open_loop is not None:
            await self.open_loop.drain(within_s)
        left_s = within_s - (asyncio.get_running_loop().time() - before)
        await self.crew.finish(max(0.0, left_s))

    async def _close(self) -> None:
        await self.crew.close()
        if self._site is not None:
            self._site.close()
        if self._pool is not None:
            await asyncio.gather(*(session.close() for session in self._pool_sessions))

    async def _sweep(self) -> None:
        while True:
            due = self.clock.now_ns() + round(SWEEP_S * 1e9)
            await asyncio.sleep(SWEEP_S)
            now = self.clock.now_ns()
            if (late_s := (now - due) / 1e9) > BLOCKED_S:
                self._blocked_s += late_s
            self.crew.expire_overdue(now)
            if self.open_loop is not None:
                self.open_loop.drop_overdue(now)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancels tasks and waits for them; what one of them failed with is raised."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
