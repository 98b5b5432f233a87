"""`plimsoll demo --chapter tune`: a platform's load line, what tuning finds on its database, and the load line then."""

import os
from typing import Final

import asyncpg

from plimsoll.core.goal import parse_goal
from plimsoll.core.load_line import LoadLine
from plimsoll.core.tuning.advice import Tuning
from plimsoll.core.tuning.named import HIDDEN_DSN, Named
from plimsoll.core.units import format_rate
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.demo import NAME, Acting, Demo
from plimsoll.workflows.finding.request import FindRequest
from plimsoll.workflows.finding.stepping import PLACEHOLDER
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.applying import ApplyRequest
from plimsoll.workflows.tuning.request import TuneRequest

GOALS: Final = ("p95<500ms", "errors<1%", "dropped<1%")
STEP_S: Final = 8.0
STEPS_MAX: Final = 10
WARMUP_S: Final = 3.0


def line_request(demo: Demo, loaded_as: str, owner: str) -> FindRequest:
    """The search for the load line of the platform's database; the server is watched as its owner."""
    environment = Environment(NAME, database=Secret(loaded_as), watch_database=Secret(owner))
    base = RunRequest(
        scenario=demo.scenario,
        profile=PLACEHOLDER,
        where=TargetRequest(Settings({NAME: environment}), os.environ, NAME),
        samples_bytes_max=0,
    )
    goals = tuple(parse_goal(goal) for goal in GOALS)
    return FindRequest(base, goals, least_s=STEP_S, steps_max=STEPS_MAX, warmup_s=WARMUP_S)


async def advice_request(demo: Demo, owner: str) -> TuneRequest:
    """What the server counted since `begin_counting`, proved on a copy."""
    where = TargetRequest(Settings(), os.environ, dsn=Secret(owner))
    acting = Acting("", {}) if demo.acting is None else await demo.acting(owner)
    named = Named(dsn=HIDDEN_DSN)  # no environment of the user's has this database
    return TuneRequest(where, prove=True, role=acting.role, session=acting.session, named=named)


def apply_request(owner: str, tuning: Tuning) -> ApplyRequest:
    """All of what was advised, on the platform's database."""
    return ApplyRequest(TargetRequest(Settings(), os.environ, dsn=Secret(owner)), tuning.id)


async def begin_counting(owner: str) -> None:
    """What was asked of the server until now (tables made and filled) is no part of the workload."""
    connection = await asyncpg.connect(owner)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await connection.execute("SELECT pg_stat_statements_reset()")
    finally:
        await connection.close()


def raised(before: LoadLine, after: LoadLine) -> str:
    """The two load lines in a sentence, each with the interval in which it lies."""
    times = ""
    if before.rate_per_s and after.rate_per_s:
        times = f": {after.rate_per_s / before.rate_per_s:.1f} times as much"
    return f"load line before {_interval(before)}, after {_interval(after)}{times}"


def _interval(line: LoadLine) -> str:
    """From the highest rate that held to the lowest above it that did not."""
    if line.rate_per_s is None:
        return "not found"
    if line.failed_per_s is None:
        return f"at least {format_rate(line.rate_per_s)}"
    return f"{format_rate(line.rate_per_s)} to {format_rate(line.failed_per_s)}"
