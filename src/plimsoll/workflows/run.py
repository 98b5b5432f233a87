"""`plimsoll run`: from a scenario, a profile and a target to a run directory with its summary and report."""

import asyncio
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg

from plimsoll import __version__
from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.goal import Goal
from plimsoll.core.interval import Interval
from plimsoll.core.profile import Profile
from plimsoll.core.summary import Summary
from plimsoll.core.verdict import Circumstances, Judge, summarize
from plimsoll.load.coordinator import Coordinator
from plimsoll.load.plan import LoadPlan
from plimsoll.load.reading import read_feeds
from plimsoll.load.scenario import RunContext, Scenario, load_scenario, scenario_mistake
from plimsoll.runs.directory import RUNS_ROOT, RunDirectory, live_runs
from plimsoll.runs.facts import RunFacts
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.settings.environment import check_limits
from plimsoll.settings.masking import mask
from plimsoll.workflows.closing import close_run, identity_of
from plimsoll.workflows.target import OpenTarget, TargetRequest, connected, open_target

SAMPLES_BYTES_MAX = 2 << 30  # about 200 million samples
RESPONSE_MARGIN_S = 1.0  # our own deadline comes so long after the server's, which gives the better error
PROBLEMS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Everything that was asked for."""

    scenario: Path
    profile: Profile
    where: TargetRequest
    goals: Sequence[Goal] = ()
    abort: Sequence[Goal] = ()
    seed: int = 1
    processes: int = 1
    connections: int | None = None
    connections_said: bool = False
    runs_root: Path = RUNS_ROOT
    samples_bytes_max: int = SAMPLES_BYTES_MAX


class Watcher(Protocol):
    """Who follows a run while it goes on, such as the terminal's live view. Called between intervals; must be quick."""

    def began(self, facts: RunFacts, profile: Profile) -> None: ...

    def measured(self, interval: Interval) -> None: ...


@dataclass(frozen=True, slots=True)
class RunResult:
    summary: Summary
    directory: RunDirectory


@dataclass(slots=True)
class StopRequest:
    """Set by Ctrl-C: the run ends at once, keeps what was measured, and says so."""

    event: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        self.event.set()


async def run(request: RunRequest, watcher: Watcher, stop: StopRequest) -> RunResult:
    """Makes one run. Raises UsageError and RefusedError before anything was sent; after that it ends in a summary."""
    scenario = load_scenario(request.scenario)
    async with open_target(request.where) as opened:
        check_limits(opened.environment, request.profile)
        server = await _look_at(opened, request)
        started = datetime.now(UTC)
        warnings = [f"run {other.run_id} was going on at the same time" for other in live_runs(request.runs_root)]
        directory = RunDirectory.create(request.runs_root, started)
        try:
            facts = _facts(request, scenario, opened, server, directory, started)
            directory.write_facts(facts)
            loaded = _Load(request, scenario, opened, directory, watcher, facts)
            judge, circumstances = await loaded.run(stop)
        except BaseException:
            directory.discard()
            raise
        summary = summarize(identity_of(facts), judge, _with(circumstances, warnings))
        close_run(directory, summary, facts)
        return RunResult(summary, directory)


class _Load:
    """The part of a run in which the target is loaded."""

    def __init__(
        self,
        request: RunRequest,
        scenario: Scenario,
        opened: OpenTarget,
        directory: RunDirectory,
        watcher: Watcher,
        facts: RunFacts,
    ) -> None:
        self._request = request
        self._scenario = scenario
        self._opened = opened
        self._directory = directory
        self._watcher = watcher
        self._facts = facts
        self._shared: Any = None
        self._warnings: list[str] = []

    async def run(self, stop: StopRequest) -> tuple[Judge, Circumstances]:
        judge = Judge(self._request.goals, self._request.abort)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._tear_down)
            if self._scenario.setup is not None:
                self._shared = await self._call(self._scenario.setup)
            feed_values = await self._read_feeds()
            coordinator = await stack.enter_async_context(Coordinator(self._plan()))
            await coordinator.prepare(self._shared, feed_values)
            self._watcher.began(self._facts, self._request.profile)
            stopped_by = await self._follow(coordinator, judge, stop)
        self._warnings += coordinator.warnings
        self._warnings += [
            f"{error}: {mask(message)}" for error, message in list(coordinator.problems.items())[:PROBLEMS_SHOWN]
        ]
        return judge, Circumstances(stopped_by, self._warnings)

    async def _follow(self, coordinator: Coordinator, judge: Judge, stop: StopRequest) -> str:
        """Records interval by interval; says what ended the run."""
        writer = IntervalWriter(self._directory.intervals_path)
        stopped_by = "completed"
        stopping = asyncio.create_task(self._stop_when_asked(coordinator, stop))
        try:
            async for interval in coordinator.run():
                judge.add(interval)
                writer.write(interval)
                self._watcher.measured(interval)
                condition = judge.abort_because()
                if condition is not None and stopped_by == "completed":
                    stopped_by = f"aborted: {condition}"
                    await coordinator.stop(at_once=False)
        finally:
            stopping.cancel()
            writer.close()
        if writer.lost:
            self._warnings.append(f"{writer.lost} intervals could not be written to the run directory")
        if stop.event.is_set():
            return "interrupted"
        return stopped_by if stopped_by != "completed" else coordinator.ended_because or stopped_by

    @staticmethod
    async def _stop_when_asked(coordinator: Coordinator, stop: StopRequest) -> None:
        await stop.event.wait()
        await coordinator.stop(at_once=True)

    def _plan(self) -> LoadPlan:
        request, environment = self._request, self._opened.environment
        return LoadPlan(
            scenario=request.scenario.resolve(),
            profile=request.profile,
            seed=request.seed,
            processes=request.processes,
            target=self._opened.target,
            traits=self._opened.traits,
            connections=_pool_size(request, self._opened),
            users_max=request.profile.users_max,
            samples_directory=self._directory.samples_path,
            samples_bytes_max=request.samples_bytes_max,
            rate_max_per_s=environment.max_rate,
            step_timeout_s=environment.statement_timeout_s + RESPONSE_MARGIN_S,
        )

    async def _read_feeds(self) -> Mapping[int, list[Any]]:
        async with connected(self._opened) as connection:
            return await read_feeds(self._scenario.feeds, connection)

    async def _call(self, function: Any, *arguments: Any) -> Any:
        """Runs @setup or @teardown with a connection of its own."""
        async with connected(self._opened) as connection:
            context = RunContext(_runner(connection), self._request.seed, self._opened.environment.name)
            try:
                return await function(context, *arguments)
            except PlimsollError:
                raise
            except asyncpg.PostgresError as error:
                raise _failed_in(self._scenario, error, f"{error.sqlstate}: {error}") from error
            except Exception as error:
                raise scenario_mistake(error, self._scenario.path) from error

    async def _tear_down(self) -> None:
        if self._scenario.teardown is None:
            return
        try:
            await self._call(self._scenario.teardown, self._shared)
        except PlimsollError as error:
            self._warnings.append(f"teardown failed: {error}")


def _runner(connection: asyncpg.Connection) -> Any:
    async def sql(query: str, *parameters: Any) -> list[Any]:
        rows: list[Any] = await connection.fetch(query, *parameters)
        return rows

    return sql


def _failed_in(scenario: Scenario, error: BaseException, why: str) -> UsageError:
    mistake = scenario_mistake(error, scenario.path)
    return UsageError("the scenario failed", where=mistake.where, why=mask(why), remedy="mend the statement")


def _pool_size(request: RunRequest, opened: OpenTarget) -> int | None:
    if request.connections_said:
        return request.connections
    said = opened.environment.connections
    return None if said == "per-user" else said


async def _look_at(opened: OpenTarget, request: RunRequest) -> Mapping[str, str]:
    """What a report says of the server; refuses a run that could not have the connections it needs."""
    async with connected(opened) as connection, connection.transaction(readonly=True):
        rows = await connection.fetch(
            "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = ANY($1)", list(_SERVER_SETTINGS)
        )
        used = await connection.fetchval(_CLIENTS)
    found = {row["name"]: row["setting"] for row in rows}
    _refuse_too_many(found, int(used), _connections(request, opened), pooled=opened.traits.pooled)
    return found | {"pooler": "transaction pooler" if opened.traits.pooled else "none"}


_CLIENTS = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
_SERVER_SETTINGS = (
    "server_version",
    "max_connections",
    "superuser_reserved_connections",
    "reserved_connections",
    "shared_buffers",
    "work_mem",
    "effective_cache_size",
    "fsync",
    "synchronous_commit",
    "checkpoint_timeout",
    "max_wal_size",
    "jit",
)


def _connections(request: RunRequest, opened: OpenTarget) -> int:
    pool = _pool_size(request, opened)
    return request.profile.users_max if pool is None else pool * request.processes


def _refuse_too_many(server: Mapping[str, str], used: int, needed: int, *, pooled: bool) -> None:
    reserved = int(server.get("superuser_reserved_connections", 0)) + int(server.get("reserved_connections", 0))
    free = int(server["max_connections"]) - reserved - used
    if not pooled and needed > free:
        raise RefusedError(
            "too few connections",
            why=f"the run needs {needed}, the server has {free} free of max_connections {server['max_connections']}",
            remedy="fewer users, --connections N for a pool, or a higher max_connections",
        )


def _facts(
    request: RunRequest,
    scenario: Scenario,
    opened: OpenTarget,
    server: Mapping[str, str],
    directory: RunDirectory,
    started: datetime,
) -> RunFacts:
    profile = request.profile
    pool = _pool_size(request, opened)
    return RunFacts(
        run_id=directory.run_id,
        scenario=scenario.name,
        environment=opened.environment.name,
        target=opened.target.display,
        profile_name=profile.name,
        profile=_described(profile),
        open_loop=profile.open_loop,
        seed=request.seed,
        processes=request.processes,
        connections="per-user" if pool is None else f"pool of {pool} in each process",
        warmup_s=profile.warmup_s,
        started_at=started.isoformat(timespec="milliseconds"),
        goals=tuple((goal.scope, goal.expression) for goal in request.goals),
        versions={
            "plimsoll": __version__,
            "python": platform.python_version(),
            "asyncpg": asyncpg.__version__,
            "postgresql": server.get("server_version", ""),
        },
        server=server,
        machine={"system": platform.platform(), "cpus": str(os.cpu_count()), "python": sys.implementation.name},
    )


def _described(profile: Profile) -> dict[str, Any]:
    return {
        "executor": profile.executor,
        "stages": [{"level": stage.level, "for_s": stage.for_s, "ramp_s": stage.ramp_s} for stage in profile.stages],
        "arrivals": profile.arrivals if profile.open_loop else None,
        "max_users": profile.users_max,
        "iterations": profile.iterations,
        "lateness_limit_s": profile.lateness_limit_s if profile.open_loop else None,
        "graceful_stop_s": profile.graceful_stop_s,
        "warmup_s": profile.warmup_s,
    }


def _with(circumstances: Circumstances, warnings: Sequence[str]) -> Circumstances:
    return Circumstances(circumstances.stopped_by, (*warnings, *circumstances.warnings), circumstances.invalid_because)
