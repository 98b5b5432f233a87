"""What `plimsoll demo` shows: for now a bank of accounts on an embedded PostgreSQL."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plimsoll.core.goal import parse_goal
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.units import parse_duration
from plimsoll.embedded import start_postgres
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.run import RunRequest
from plimsoll.workflows.target import TargetRequest

SCENARIO = Path(__file__).parent / "scenarios" / "accounts.py"
USERS = 8
GOALS = ("p95<50ms", "errors<1%", "rate>100/s")


@contextmanager
def demo(duration: str, *, quiet: bool) -> Iterator[RunRequest]:
    """A run to make, on a server that lives as long as the context. Raises UsageError and ServiceError."""
    profile = Profile(f"{USERS} users", "constant-users", (Stage(USERS, parse_duration(duration)),), warmup_s=2.0)
    if not quiet:
        sys.stderr.write("starting a PostgreSQL of our own and making its tables\n")
    with start_postgres() as server:
        yield RunRequest(
            scenario=SCENARIO,
            profile=profile,
            where=TargetRequest(Settings(), os.environ, dsn=Secret(server.dsn)),
            goals=[parse_goal(goal) for goal in GOALS],
        )
