"""The part of a run in which the target is loaded: @setup, feeds, workers, intervals, @teardown."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from plimsoll.core.background import Background
from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.core.interval import Interval
from plimsoll.core.verdict import Circumstances, Judge
from plimsoll.load.language.reading import read_feeds
from plimsoll.load.language.scenario import Scenario
from plimsoll.load.processes.coordinator import Coordinator
from plimsoll.load.processes.plan import LoadPlan
from plimsoll.load.processes.workplace import Workplace
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.settings.masking import mask
from plimsoll.workflows.closing import bursts_of
from plimsoll.workflows.hooks import call_hook
from plimsoll.workflows.run_request import RunRequest, StopRequest, Watcher, pool_size
from plimsoll.workflows.run_watch import RunWatch
from plimsoll.workflows.server_watch import ServerMemory, background_of
from plimsoll.workflows.site import site_plan
from plimsoll.workflows.target import OpenTarget, connected
from plimsoll.workflows.workplace import collect

RESPONSE_MARGIN_S = 1.0  # our own deadline comes so long after the server's, which gives the better error
PROBLEMS_SHOWN = 5


class LoadPhase:
    """Runs once. `began` says whether load was sent: there is something to keep. `facts` grow meanwhile."""

    def __init__(
        self,
        request: RunRequest,
        scenario: Scenario,
        opened: OpenTarget,
        directory: RunDirectory,
        facts: RunFacts,
        place: Workplace,
        spare_connections: int | None = None,
    ) -> None:
        self.began = False
        self._watched = True
        self._request = request
        self._scenario = scenario
        self._opened = opened
        self._directory = directory
        self.facts = facts
        self._place = place
        self._shared: Any = None
        self._warnings: list[str] = []
        self._memory = ServerMemory(None)
        self._watch = RunWatch(request, opened, directory, spare_connections)

    async def run(self, watcher: Watcher, stop: StopRequest) -> tuple[Judge, Circumstances]:
        """Raises UsageError and RefusedError before the load begins; afterwards it ends in a result."""
        self._place.check(self._plan())
        judge = Judge(self._request.goals, self._request.abort, bursts_of(self.facts))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._tear_down)
            if self._scenario.setup is not None:
                self._shared = await self._call(self._scenario.setup)
            feed_values = await self._read_feeds()
            self._memory = await ServerMemory.of(self._opened)
            before = await background_of(self._opened)
            stack.push_async_callback(self._watch.close)
            coordinator = await stack.enter_async_context(Coordinator(self._plan(), self._place))
            await self._watch.begin()
            await coordinator.prepare(self._shared, feed_values)
            await self._watch.start()
            stop.cancels(None)
            self.began = True
            self._tell(lambda: watcher.began(self.facts, self._request.profile))
            stopped_by = await self._follow(coordinator, judge, watcher, stop)
            _, after = await asyncio.gather(self._watch.finish(), background_of(self._opened))
            background = Background.between(before, after)
            self._warnings += await collect(self._place, self._directory.samples_path, stop)
        return judge, replace(self._circumstances(coordinator, stopped_by), background=background)

    def _circumstances(self, coordinator: Coordinator, stopped_by: str) -> Circumstances:
        problems = list(coordinator.problems.items())[:PROBLEMS_SHOWN]
        said = [mask(f"{error}: {message}") for error, message in problems]
        warnings = [
            *self._warnings,
            *self._watch.warnings,
            *self._place.warnings,
            *dict.fromkeys(coordinator.warnings),
            *said,
        ]
        return Circumstances(stopped_by, warnings, [mask(because) for because in coordinator.invalid_because])

    async def _follow(self, coordinator: Coordinator, judge: Judge, watcher: Watcher, stop: StopRequest) -> str:
        """Records interval by interval; says what ended the run."""
        writer = IntervalWriter(self._directory.intervals_path)
        ended = ""
        stopping = asyncio.create_task(_stop_when_asked(coordinator, stop))
        try:
            async for told in coordinator.run(self._note_beginning):
                interval = replace(told, server_memory_bytes=self._memory.look())
                judge.add(interval, interrupted=stop.event.is_set())
                writer.write(interval)
                self._watch.measured(interval)
                self._tell(partial(watcher.measured, interval))
                if not ended and (ended := self._ends(judge, interval)):
                    await coordinator.stop(at_once=False)
        finally:
            stopping.cancel()
            writer.close()
        if writer.lost:
            self._warnings.append(f"{writer.lost} intervals could not be written to the run directory")
        if stop.event.is_set():
            return "interrupted"
        return ended or coordinator.ended_because or "completed"

    def _ends(self, judge: Judge, interval: Interval) -> str:
        """Why the load should end now, "" while it goes on."""
        condition = judge.abort_because()
        if condition is not None:
            return f"aborted: {condition}"
        return self._request.ends_when(interval) if self._request.ends_when is not None else ""

    def _note_beginning(self, start_ns: int) -> None:
        """So that times of the load and of what is watched lie on one axis. A full disk is told of elsewhere."""
        began = datetime.now(UTC) + timedelta(microseconds=(start_ns - time.monotonic_ns()) / 1000)
        self._watch.began(began.timestamp(), self.facts.warmup_s)
        self.facts = replace(self.facts, load_began_at=began.isoformat(timespec="milliseconds"))
        with suppress(UsageError):
            self._directory.write_facts(self.facts)

    def _tell(self, tell: Callable[[], None]) -> None:
        """Tells the watcher; one that raises is told no more, and the run goes on."""
        if not self._watched:
            return
        try:
            tell()
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not cost a run
            self._watched = False
            self._warnings.append(f"the live view failed: {type(error).__name__}: {error}")

    def _plan(self) -> LoadPlan:
        request, environment = self._request, self._opened.environment
        return LoadPlan(
            scenario=request.scenario.resolve(),
            profile=request.profile,
            seed=request.seed,
            processes=request.processes,
            target=self._opened.target,
            traits=self._opened.traits,
            site=site_plan(self._opened, request.scenario),
            connections=pool_size(request, self._opened),
            users_max=request.profile.users_max,
            samples_directory=self._directory.samples_path,
            samples_bytes_max=request.samples_bytes_max,
            rate_max_per_s=environment.max_rate,
            step_timeout_s=environment.statement_timeout_s + RESPONSE_MARGIN_S,
        )

    async def _read_feeds(self) -> Mapping[int, list[Any]]:
        if self._opened.target is None:
            return await read_feeds(self._scenario.feeds, None)
        async with connected(self._opened) as connection:
            if self._opened.traits.protected and self._opened.traits.setup_sql:
                await connection.execute(self._opened.traits.setup_sql)  # its statement_timeout holds here too
            return await read_feeds(self._scenario.feeds, connection)

    async def _call(self, function: Any, *arguments: Any) -> Any:
        return await call_hook(function, self._scenario, self._opened, self._request.seed, *arguments)

    async def _tear_down(self) -> None:
        if self._scenario.teardown is None:
            return
        try:
            await self._call(self._scenario.teardown, self._shared)
        except PlimsollError as error:
            self._warnings.append(f"teardown failed: {error}")


async def _stop_when_asked(coordinator: Coordinator, stop: StopRequest) -> None:
    await stop.event.wait()
    await coordinator.stop(at_once=True)
