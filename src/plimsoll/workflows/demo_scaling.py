"""`plimsoll demo --chapter scale`: a burst on a platform behind `plimsoll serve`, and a worker killed in it."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from plimsoll.core.errors import PlimsollError, ServiceError, UsageError
from plimsoll.core.interval import Interval
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.scaling import ScaledWorker, ScalingStatus
from plimsoll.load.language.scenario import load_scenario
from plimsoll.postgres.dsn import read_target
from plimsoll.runs.facts import RunFacts
from plimsoll.scale.balancer.settings import BalancerSettings, HealthCheck
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.scale.supervisor import states
from plimsoll.scale.supervisor.launching import launch
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.demo import NAME, Demo, ScaledDemo, Workers
from plimsoll.workflows.demo_scaling_figures import (
    AFTER,
    BURST,
    QUIET,
    Killed,
    Look,
    Phase,
    Shown,
    Tally,
    progress,
)
from plimsoll.workflows.run import RunResult, run
from plimsoll.workflows.run_request import RunRequest, StopRequest
from plimsoll.workflows.serve import ServeRequest, serve
from plimsoll.workflows.target import TargetRequest

T = TypeVar("T")
SERVED: Final = "demo"  # its name: `plimsoll scale status demo` tells of it meanwhile
WORKERS_MAX: Final = 4
CAPACITY: Final = 8.0  # requests a second of a worker, as it is told
QUIET_PER_S, BURST_PER_S = 2.0, 15.0  # journeys
WARMUP_S: Final = 20.0  # in which users log in: a password is hashed for each
SHARES: Final = ((QUIET, 2 / 21), (BURST, 6 / 21), (AFTER, 13 / 21))
DURATION_S_MIN: Final = 30.0
KILL_AT: Final = 0.6  # of the burst
USERS_MAX: Final = 30
LOOK_S: Final = 0.5
LINE_S: Final = 5.0
STARTED_S_MAX: Final = 90.0
SERVE_LIMITS: Final = states.Limits(drain_s=5.0, stop_s=5.0)


def scaled_of(demo: Demo) -> ScaledDemo:
    """Raises UsageError where the platform cannot be several servers."""
    if demo.scaled is None:
        why = "the demo brings none"
        raise UsageError("there are no workers to show", why=why, remedy="leave out --chapter scale")
    return demo.scaled


def phases_of(duration_s: float) -> Sequence[Phase]:
    """Quiet, a burst, quiet again. Raises UsageError for less than the policy needs to go up and down."""
    if duration_s < DURATION_S_MIN:
        why = f"{duration_s:g} s are too short for a burst and what comes of it"
        raise UsageError("wrong --duration", why=why, remedy=f"--duration {DURATION_S_MIN:g}s, or more")
    found, begins_s = [], WARMUP_S
    for name, share in SHARES:
        found.append(Phase(name, begins_s, begins_s + round(duration_s * share)))
        begins_s = found[-1].ends_s
    return found


def load_request(scaled: ScaledDemo, url: str, phases: Sequence[Phase], owner: str, loaded_as: str) -> RunRequest:
    """Loads the URL alone, and watches the database behind it as its owner: the workers' role sees little of it."""
    levels = {QUIET: QUIET_PER_S, BURST: BURST_PER_S, AFTER: QUIET_PER_S}
    stages = tuple(Stage(levels[phase.name], phase.ends_s - phase.begins_s) for phase in phases)
    profile = Profile(
        "a burst", "ramping-rate", stages, arrivals="even", max_users=USERS_MAX, graceful_stop_s=10.0, warmup_s=WARMUP_S
    )
    environment = Environment(NAME, database=Secret(loaded_as), url=url, watch_database=Secret(owner))
    where = TargetRequest(Settings({NAME: environment}), os.environ, NAME)
    return RunRequest(scenario=scaled.scenario, profile=profile, where=where, analyzed=True)


def serve_request(workers: Workers, loaded_as: str, root: Path) -> ServeRequest:
    """`loaded_as` is the DSN that the workers use: their number is held by the connections that the database has."""
    return ServeRequest(
        launch(workers.command, cwd=Path.cwd(), environment=workers.environment),
        SERVED,
        Limits(1, WORKERS_MAX),
        balancer=BalancerSettings("fd@3", health=HealthCheck(path=workers.health)),
        port=0,
        capacity=Capacity(CAPACITY),
        start_s=3.0,
        database=read_target(Secret(loaded_as), os.environ, where="the demo"),
        pool=workers.pool,
        worker_limits=SERVE_LIMITS,
        grace_s=0.0,
        root=root,
    )


async def show(
    demo: Demo, owner: str, loaded_as: str, duration_s: float, stop: StopRequest, say: Callable[[str], None], root: Path
) -> tuple[Shown, RunResult]:
    """Serves the platform, loads it, kills one of its workers, and ends all of it. `say` hears what goes on.

    Raises UsageError, RefusedError and ServiceError; CancelledError where it was stopped before the load.
    """
    scaled, phases = scaled_of(demo), phases_of(duration_s)
    stop.cancels(asyncio.current_task())
    with scaled.services(owner, loaded_as) as workers:
        request = serve_request(workers, loaded_as, root)
        async with served(request, say, ended=stop.ask) as (client, status):
            say(f"the platform is at {status.address}; a worker is taken to carry {CAPACITY:g} requests/s")
            reading = [one.name for one in load_scenario(scaled.scenario).journeys if not one.writes]
            story = Story(client, Tally(phases, reading), phases, say)
            load = load_request(scaled, status.address, phases, owner, loaded_as)
            result = await story.during(run(load, story, stop))
            history = await client.history(story.began_s)
    decisions = [(one.at - story.began_s, one.summary) for one in history.decisions if one.wanted != one.before]
    shown = Shown(
        result.summary.run_id, phases, story.tally.by_phase, story.looks, decisions, story.killed, CAPACITY,
        os.cpu_count() or 1,
    )  # fmt: skip
    return shown, result


@asynccontextmanager
async def served(
    request: ServeRequest, say: Callable[[str], None], ended: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[ControlClient, ScalingStatus]]:
    """`plimsoll serve`, from its first worker that is ready on, until the context ends; then all of it has ended.

    `ended` hears when it ends, also before. Raises what it raised.
    """
    ending = asyncio.Event()
    client = ControlClient(request.root / request.name)
    serving = asyncio.create_task(serve(request, ending, say), name="plimsoll serve")
    try:
        status = await _unless_ended(serving, _ready(client))
        serving.add_done_callback(lambda _: ended())
        yield client, status
    finally:
        ending.set()
        await serving


async def _ready(client: ControlClient) -> ScalingStatus:
    while True:
        with suppress(ServiceError):  # not yet
            status = await client.status()
            ours = status.pid == os.getpid()  # else somebody serves that name here, and we are about to be refused
            if ours and any(one.health == "up" for one in status.workers):  # HAProxy has it, too
                return status
            if ours and status.broken is not None:
                why = status.broken.last[-1] if status.broken.last else status.broken.reason
                raise UsageError("the platform's server does not start", why=why, remedy="see the lines above")
        await asyncio.sleep(LOOK_S)


async def _unless_ended(serving: "asyncio.Task[None]", work: Awaitable[T]) -> T:
    """What the work returns; raises what `serving` raised, if that ends before."""
    working = asyncio.ensure_future(work)
    try:
        async with asyncio.timeout(STARTED_S_MAX):
            await asyncio.wait({serving, working}, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        raise ServiceError("the platform's server is not ready", why=f"within {STARTED_S_MAX:g} s") from None
    finally:
        working.cancel() if not working.done() else None
    if working.done() and not working.cancelled():
        return working.result()
    serving.result()
    raise ServiceError("the platform is no longer served", why="it ended by itself")


class Story:
    """Follows a run, and the workers beside it, of which it kills one in the burst."""

    def __init__(
        self, client: ControlClient, tally: Tally, phases: Sequence[Phase], say: Callable[[str], None]
    ) -> None:
        self.tally = tally
        self.looks: list[Look] = []
        self.killed: Killed | None = None
        self.began_s = time.time()
        self._client, self._phases, self._say = client, phases, say
        self._began: float | None = None
        self._phase = ""
        self._next_line_s = 0.0
        self._victim: ScaledWorker | None = None

    def began(self, facts: RunFacts, profile: Profile) -> None:
        self._began, self.began_s = time.monotonic(), time.time()
        self._say(f"the load begins: users log in for {WARMUP_S:g} s")

    def measured(self, interval: Interval) -> None:
        self.tally.add(interval)
        end_s = interval.start_s + interval.width_s
        phase = next((one for one in self._phases if one.begins_s <= interval.start_s + 1e-6 < one.ends_s), None)
        if phase is not None and phase.name != self._phase:
            self._phase = phase.name
            self._say(f"{phase.name}: for {phase.ends_s - phase.begins_s:g} s")
        if end_s >= self._next_line_s:
            self._next_line_s = end_s + LINE_S
            failed = sum(one.read_failed + one.write_failed for one in self.tally.by_phase.values())
            look = self.looks[-1] if self.looks else None
            self._say(progress(look, interval, failed))

    async def during(self, work: Awaitable[T]) -> T:
        """What the work returns; meanwhile the workers are looked at."""
        looking = asyncio.create_task(self._look())
        try:
            return await work
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if self._began is None:
                continue
            with suppress(PlimsollError):
                status = await self._client.status()
                now_s = time.monotonic() - self._began
                self.looks.append(Look(now_s, status.wanted, status.ready))
                self._kill(status, now_s)

    def _kill(self, status: ScalingStatus, now_s: float) -> None:
        """One of several in the burst; then looks when its next process is ready."""
        burst = next(one for one in self._phases if one.name == BURST)
        if self.killed is None:
            ready = [one for one in status.workers if one.state == states.State.READY and one.pid]
            within = burst.begins_s + KILL_AT * (burst.ends_s - burst.begins_s) <= now_s < burst.ends_s
            if within and len(ready) > 1:
                victim = max(ready, key=lambda one: one.in_flight or 0)
                assert victim.pid is not None
                with suppress(ProcessLookupError):  # it ended by itself in this moment
                    os.kill(victim.pid, signal.SIGKILL)
                    self.killed, self._victim = Killed(victim.name, now_s), victim
                    self._say(
                        f"kill -9 {victim.pid}: that was {victim.name}, with {victim.in_flight or 0} requests in hand"
                    )
        elif self.killed.after_s is None and self._victim is not None:
            again = next((one for one in status.workers if one.name == self._victim.name), None)
            if again is not None and again.state == states.State.READY and again.pid != self._victim.pid:
                self.killed = Killed(self.killed.worker, self.killed.at_s, now_s - self.killed.at_s)
