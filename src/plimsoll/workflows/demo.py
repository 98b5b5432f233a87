"""`plimsoll demo`: a platform that some package brings, with realistic data, on a PostgreSQL of our own."""

import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

from plimsoll.core.errors import UsageError
from plimsoll.core.goal import parse_goal
from plimsoll.core.profile import Profile, Stage
from plimsoll.embedded import start_postgres
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.run import RunRequest
from plimsoll.workflows.seed import SeedRequest, plan_from
from plimsoll.workflows.target import TargetRequest

ENTRY_POINTS = "plimsoll.demo"
NAME = "demo"  # of the environment


@dataclass(frozen=True, slots=True)
class Served:
    """What stands before a demo's database: lines that tell of it, and where it is; None if it did not start."""

    lines: Sequence[str] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """On whose behalf a statement is sent, where row security shows nothing without: a role, and settings."""

    role: str
    session: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Changing:
    """A row to change by hand: `statement` takes its new value, a text, and `read` asks the platform for it."""

    statement: str
    read: Callable[[], str]


@dataclass(frozen=True, slots=True)
class CachedDemo:
    """A platform that can answer from memory. `tables` and `readers` are what `plimsoll cache install` is told.

    `services` starts it as those of the demo, with its cache or without. `scenario` needs its URL only. `changing`
    says, given a superuser's DSN and that URL, what is changed behind its back. `indexes` are statements that give the
    database what `plimsoll tune` advises for it: a cache is for what is left to spare then.
    """

    tables: Sequence[str]
    readers: Sequence[str]
    services: Callable[[str, str, bool], AbstractContextManager[Served]]
    scenario: Path
    changing: Callable[[str, str], Changing]
    indexes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class EdgedDemo:
    """A platform of which an edge may keep answers. `tables`, `readers`, `services`, `scenario` and `changing` are as
    for a cache, but that `services` takes no word on one, and that `changing` is given the edge's URL.

    `publish`, given a superuser's DSN and the platform's URL, makes what is read, and returns variables for the
    scenario: what `@setup` does would be counted with the load.
    """

    tables: Sequence[str]
    readers: Sequence[str]
    services: Callable[[str, str], AbstractContextManager[Served]]
    scenario: Path
    publish: Callable[[str, str], Mapping[str, str]]
    changing: Callable[[str, str], Changing]


@dataclass(frozen=True, slots=True)
class Workers:
    """A server as `plimsoll serve` runs it: a command with {fd}, variables above ours, the path that says whether it is
    ready, and how many connections of the database each worker takes at most."""

    command: Sequence[str]
    environment: Mapping[str, str]
    health: str
    pool: int


@dataclass(frozen=True, slots=True)
class ScaledDemo:
    """A platform of which several servers can run. `services` gives, for both DSNs and as long as its context, what a
    server is started by. `scenario` needs its URL only; journeys of it that do not write send nothing but requests that
    can be repeated."""

    services: Callable[[str, str], AbstractContextManager[Workers]]
    scenario: Path


@dataclass(frozen=True, slots=True)
class Demo:
    """What a package shows: an entry point of the group "plimsoll.demo" names a function that returns one of these.

    `prepare` makes the tables, given a superuser's DSN of an empty database, and returns the DSN by which the scenario
    connects. `seed_plan` then fills them. Goals are as on the command line.

    `services` starts what stands before the database, given both DSNs, until the context ends. Where that has a URL,
    `served_scenario` is loaded in place of `scenario`, on both.

    `large_plan` fills it with more than `seed_plan`. `acting`, given a superuser's DSN once it is filled, says as whom
    and for whom statements are looked into; without, as the superuser. `cached` is what shows a cache, `scaled`
    workers that follow the load, `edged` an edge before it.
    """

    scenario: Path
    prepare: Callable[[str], Awaitable[str]]
    seed_plan: Path
    users: int
    goals: Sequence[str]
    warmup_s: float = 2.0
    graceful_stop_s: float = 10.0
    services: Callable[[str, str], AbstractContextManager[Served]] | None = None
    served_scenario: Path | None = None
    large_plan: Path | None = None
    acting: Callable[[str], Awaitable[Acting]] | None = None
    cached: CachedDemo | None = None
    scaled: ScaledDemo | None = None
    edged: EdgedDemo | None = None


def find_demo() -> Demo:
    """The first demo that an installed package brings. Raises UsageError where there is none."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    if not found:
        raise UsageError("nothing to show", why="no installed package brings a demo", remedy="install plimsoll-line")
    demo: Demo = found[0].load()()
    return demo


@contextmanager
def demo_server(*, aside: bool = False) -> Iterator[str]:
    """The DSN of a throwaway server that lives as long as the context. Raises ServiceError.

    `aside`: it gets cores after whoever loads it from this machine.
    """
    with start_postgres() as server:
        if aside:
            server.step_aside()
        yield server.dsn


def services_of(demo: Demo, dsn: str, loaded_as: str) -> AbstractContextManager[Served]:
    """Those of the demo; none is nothing to tell."""
    return nullcontext(Served()) if demo.services is None else demo.services(dsn, loaded_as)


def seed_request(demo: Demo, dsn: str, *, large: bool = False) -> SeedRequest:
    """The fill to make once the tables are there. Raises UsageError where there is no larger one."""
    plan = demo.large_plan if large else demo.seed_plan
    if plan is None:
        raise UsageError("there is no larger data", why="the demo brings one size only", remedy="leave out --large")
    return SeedRequest(TargetRequest(Settings(), os.environ, dsn=Secret(dsn)), plan_from(plan))


def run_request(
    demo: Demo, dsn: str, duration_s: float, url: str | None = None, owner: str | None = None
) -> RunRequest:
    """The run to make once the tables are filled; `dsn` is what `Demo.prepare` returned, `url` where it is served.

    `owner` is the superuser's DSN, by which the server is watched: the role that is loaded sees little of it.
    """
    served = demo.served_scenario if url else None
    profile = Profile(
        f"{demo.users} users",
        "constant-users",
        (Stage(demo.users, duration_s),),
        warmup_s=demo.warmup_s,
        graceful_stop_s=demo.graceful_stop_s,
    )
    return RunRequest(
        scenario=served or demo.scenario,
        profile=profile,
        where=TargetRequest(_settings(dsn, url if served else None, owner), os.environ, NAME),
        goals=[parse_goal(goal) for goal in demo.goals],
        analyzed=True,
    )


def _settings(dsn: str, url: str | None, owner: str | None) -> Settings:
    """The target, and where what serves it tells of itself."""
    watch = None if owner is None else Secret(owner)
    environment = Environment(NAME, database=Secret(dsn), url=url, watch_database=watch)
    monitor = (
        MonitorSettings()
        if url is None
        else MonitorSettings(process=f"port:{urlsplit(url).port}", metrics=(f"{url}/metrics",))
    )
    return Settings({NAME: environment}, monitor=monitor)
