"""Loads in virtual time: a profile, journeys made by the test, and what came of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np

from plimsoll.core.interval import Interval
from plimsoll.core.pacing import arrival_offsets_ns
from plimsoll.core.profile import Profile
from plimsoll.core.totals import Totals
from plimsoll.load.executors.clock import Clock
from plimsoll.load.language.feeding import Feed
from plimsoll.load.language.scenario import AsyncFunction, Journey, Scenario
from plimsoll.load.language.user import User
from plimsoll.load.processes.engine import Ending, Engine
from plimsoll.load.processes.plan import Assignment, LoadPlan
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.session import SessionTraits
from plimsoll.testing.virtual_time import InlineExecutor, VirtualAlarm, run_virtual, virtual_now_ns

NOWHERE = Target((("127.0.0.1", 1),), "nobody", "nothing")
HEAD_START_NS = 50_000_000

Body = Callable[[User], Awaitable[None]]


@dataclass
class Load:
    """What became of a load. Times are nanoseconds since its start."""

    starts: list[tuple[int, int]] = field(default_factory=list)  # (when, by which user) each journey began
    ends: list[tuple[int, int]] = field(default_factory=list)  # those that were not cut off
    intervals: list[Interval] = field(default_factory=list)
    ending: Ending | None = None
    ended_ns: int = 0

    @property
    def start_times(self) -> list[int]:
        return [at for at, _ in self.starts]

    @property
    def totals(self) -> Totals:
        totals = Totals()
        for interval in self.intervals:
            totals.add(interval)
        return totals


def takes(seconds: float) -> Body:
    """A journey of one step of so many seconds."""

    async def body(user: User) -> None:
        async with user.step("work"):
            await asyncio.sleep(seconds)

    return body


def load(
    profile: Profile,
    body: Body,
    *,
    seed: int = 1,
    process: int = 0,
    processes: int = 1,
    start: AsyncFunction | None = None,
    stop: Callable[[Engine], Awaitable[None]] | None = None,
    feeds: Iterable[Feed] = (),
    rate_max_per_s: float | None = None,
) -> Load:
    """Runs one process's share in virtual time. `stop` goes along with it and may end it."""
    made = Load()
    plan = plan_of(profile, seed, processes, rate_max_per_s)
    scenario = Scenario(Path("none.py"), (Journey("j", 1, False, _logged(body, made)),), tuple(feeds), start=start)
    run_virtual(_run(made, scenario, Assignment(plan, process, None, {}), stop))
    return made


def schedule(profile: Profile, seed: int = 1) -> list[int]:
    blocks = list(arrival_offsets_ns(profile, seed))
    return [int(at) for at in np.concatenate(blocks)] if blocks else []


def plan_of(profile: Profile, seed: int = 1, processes: int = 1, rate_max_per_s: float | None = None) -> LoadPlan:
    return LoadPlan(
        scenario=Path("none.py"),
        profile=profile,
        seed=seed,
        processes=processes,
        target=NOWHERE,
        traits=SessionTraits(),
        connections=None,
        users_max=profile.users_max,
        samples_directory=Path("none"),
        samples_bytes_max=0,
        rate_max_per_s=rate_max_per_s,
    )


def _logged(body: Body, made: Load) -> AsyncFunction:
    async def journey(user: User) -> None:
        made.starts.append((virtual_now_ns() - made.ended_ns, user.number))
        await body(user)
        made.ends.append((virtual_now_ns() - made.ended_ns, user.number))

    return journey


async def _run(made: Load, scenario: Scenario, task: Assignment, stop: Any) -> None:
    engine = Engine(
        scenario, task, _no_connection, clock=Clock(virtual_now_ns, VirtualAlarm), recording=InlineExecutor()
    )
    start_ns = made.ended_ns = virtual_now_ns() + HEAD_START_NS
    stopping = asyncio.create_task(stop(engine)) if stop is not None else None

    async def report(interval: Interval) -> None:
        made.intervals.append(interval)

    made.ending = await engine.run(start_ns, report)
    made.ended_ns = virtual_now_ns() - start_ns
    if stopping is not None:
        await stopping


async def _no_connection() -> asyncpg.Connection:
    raise AssertionError("these journeys need no database")
