"""`plimsoll demo`: a platform that some package brings, with realistic data, on a PostgreSQL of our own."""

import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from plimsoll.core.errors import UsageError
from plimsoll.core.goal import parse_goal
from plimsoll.core.profile import Profile, Stage
from plimsoll.embedded import start_postgres
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.run import RunRequest
from plimsoll.workflows.seed import SeedRequest, plan_from
from plimsoll.workflows.target import TargetRequest

ENTRY_POINTS = "plimsoll.demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """What a package shows: an entry point of the group "plimsoll.demo" names a function that returns one of these.

    `prepare` makes the tables, given a superuser's DSN of an empty database, and returns the DSN by which the scenario
    connects. `seed_plan` then fills them. Goals are as on the command line.

    `services` starts what stands before the database, given both DSNs, until the context ends; it tells people in
    lines where that is.
    """

    scenario: Path
    prepare: Callable[[str], Awaitable[str]]
    seed_plan: Path
    users: int
    goals: Sequence[str]
    warmup_s: float = 2.0
    services: Callable[[str, str], AbstractContextManager[Sequence[str]]] | None = None


def find_demo() -> Demo:
    """The first demo that an installed package brings. Raises UsageError where there is none."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    if not found:
        raise UsageError("nothing to show", why="no installed package brings a demo", remedy="install plimsoll-line")
    demo: Demo = found[0].load()()
    return demo


@contextmanager
def demo_server() -> Iterator[str]:
    """The DSN of a throwaway server that lives as long as the context. Raises ServiceError."""
    with start_postgres() as server:
        yield server.dsn


def services_of(demo: Demo, dsn: str, loaded_as: str) -> AbstractContextManager[Sequence[str]]:
    """Those of the demo; none is nothing to tell."""
    return nullcontext(()) if demo.services is None else demo.services(dsn, loaded_as)


def seed_request(demo: Demo, dsn: str) -> SeedRequest:
    """The fill to make once the tables are there."""
    return SeedRequest(TargetRequest(Settings(), os.environ, dsn=Secret(dsn)), plan_from(demo.seed_plan))


def run_request(demo: Demo, dsn: str, duration_s: float) -> RunRequest:
    """The run to make once the tables are filled; `dsn` is what `Demo.prepare` returned."""
    stages = (Stage(demo.users, duration_s),)
    return RunRequest(
        scenario=demo.scenario,
        profile=Profile(f"{demo.users} users", "constant-users", stages, warmup_s=demo.warmup_s),
        where=TargetRequest(Settings(), os.environ, dsn=Secret(dsn)),
        goals=[parse_goal(goal) for goal in demo.goals],
    )
