"""`plimsoll demo`: a platform that some package brings, on a PostgreSQL of our own."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from plimsoll.workflows.target import TargetRequest

ENTRY_POINTS = "plimsoll.demo"


@dataclass(frozen=True, slots=True)
class Demo:
    """What a package shows: an entry point of the group "plimsoll.demo" names a function that returns one of these.

    The scenario's @setup makes its own tables; goals are as on the command line.
    """

    scenario: Path
    users: int
    goals: Sequence[str]
    warmup_s: float = 2.0


def find_demo() -> Demo:
    """The first demo that an installed package brings. Raises UsageError where there is none."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    if not found:
        raise UsageError("nothing to show", why="no installed package brings a demo", remedy="install plimsoll-line")
    demo: Demo = found[0].load()()
    return demo


@contextmanager
def demo_request(demo: Demo, duration_s: float) -> Iterator[RunRequest]:
    """The run to make, on a throwaway server that lives as long as the context. Raises ServiceError."""
    profile = Profile(f"{demo.users} users", "constant-users", (Stage(demo.users, duration_s),), warmup_s=demo.warmup_s)
    with start_postgres() as server:
        yield RunRequest(
            scenario=demo.scenario,
            profile=profile,
            where=TargetRequest(Settings(), os.environ, dsn=Secret(server.dsn)),
            goals=[parse_goal(goal) for goal in demo.goals],
        )
