"""What a search for the load line is asked for with, what bounds it, and who follows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from plimsoll.analyze.load_line.demands import applicable
from plimsoll.analyze.load_line.search import RATE_MIN
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.goal import Goal, parse_goal
from plimsoll.core.load_line import LineStep, Probe
from plimsoll.core.profile import RATE_MAX, Arrivals
from plimsoll.core.units import format_duration
from plimsoll.settings.environment import Environment
from plimsoll.workflows.run_request import RunRequest, Watcher
from plimsoll.workflows.target import TargetRequest, choose, reach

DEFAULT_GOALS: Final = ("p95<1s", "errors<1%", "dropped<1%")
STEP_S: Final = 10.0
STEP_S_MIN: Final = 1.0
STEPS_MAX: Final = 12
USERS_OF_A_SITE: Final = 500  # waiting ones cost next to nothing there
USERS: Final = 100


@dataclass(frozen=True, slots=True)
class FindRequest:
    """`base` is what every run of the search has; its profile and goals are not looked at.

    `start` and `ceiling` are journeys per second, None: found by a probe, and none. `warmup_s` None: from the probe.
    """

    base: RunRequest
    goals: Sequence[Goal] = ()
    start: float | None = None
    ceiling: float | None = None
    least_s: float = STEP_S
    steps_max: int = STEPS_MAX
    warmup_s: float | None = None
    users: int | None = None
    arrivals: Arrivals = "poisson"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What holds for every step, when environment and goals have been read."""

    environment: Environment
    goals: Sequence[Goal]
    left_out: Sequence[Goal]
    users: int
    ceiling: float | None
    least_s: float
    total_s_max: float | None
    notes: Sequence[str] = field(default_factory=tuple)


class FindWatcher(Protocol):
    """Who follows a search: told of the probe and of every step, and asked who follows its run."""

    def probing(self) -> None: ...

    def probed(self, probe: Probe) -> None: ...

    def next_step(self, number: int, of: int, rate: float) -> Watcher: ...

    def stepped(self, step: LineStep) -> None: ...

    def said(self, text: str) -> None: ...


def bounds_of(request: FindRequest) -> Bounds:
    """Raises RefusedError for a protected target and for limits that leave no room, UsageError for what is wrong."""
    environment = unprotected(request.base.where)
    kept, left_out = applicable(request.goals or [parse_goal(text) for text in DEFAULT_GOALS])
    if not kept:
        raise UsageError(
            "no goal is left to hold the load line to",
            why="a rate is what is looked for, so goals that name one do not apply",
            remedy="--goal 'p95<500ms'",
        )
    _check_numbers(request)
    _check_directions(kept)
    least_s = max([request.least_s, *(goal.window_s for goal in kept if goal.window_s)])
    _check_duration(environment, least_s, request.warmup_s or 0.0)
    ceiling = min((limit for limit in (request.ceiling, environment.max_rate) if limit is not None), default=None)
    if ceiling is not None and request.start is not None and request.start > ceiling:
        raise RefusedError(
            f"--from {request.start:g} is above what is allowed",
            why=f"the highest rate is {ceiling:g}/s, by max_rate of environment {environment.name!r}",
            remedy=f"--from {ceiling:g} or less, or leave it out",
        )
    users = _users(request, environment)
    return Bounds(environment, kept, left_out, users, ceiling, least_s, environment.max_duration_s)


def unprotected(where: TargetRequest) -> Environment:
    """The environment. Raises RefusedError if it is protected, which nothing lifts."""
    lifted = replace(where, allow_protected=tuple(where.settings.environments))
    environment = reach(lifted, choose(where))[1]
    if environment.protected:
        raise RefusedError(
            f"the target is protected: it is environment {environment.name!r}",
            why="the load line is found by loading until something gives way",
            remedy="find it on a copy; a single harmless rate is tried with: plimsoll run --rate",
        )
    return environment


def _check_numbers(request: FindRequest) -> None:
    for option, value in (("--from", request.start), ("--to", request.ceiling)):
        if value is not None and not RATE_MIN <= value <= RATE_MAX:
            why = f"{value:g} is no rate from {RATE_MIN:g} to {RATE_MAX:,} a second"
            raise UsageError(f"wrong {option}", why=why, remedy=f"{option} 50")
    if request.least_s < STEP_S_MIN:
        raise UsageError(
            "wrong --step-duration",
            why=f"{format_duration(request.least_s)} is too short to tell anything",
            remedy=f"{format_duration(STEP_S_MIN)} at least",
        )
    if request.start is not None and request.ceiling is not None and request.start > request.ceiling:
        raise UsageError(
            f"--from {request.start:g} is above --to {request.ceiling:g}", remedy="exchange them, or leave one out"
        )


def _check_directions(goals: Sequence[Goal]) -> None:
    """More load makes times longer and errors more: what is to be above a limit is no demand on a target."""
    for goal in goals:
        if goal.operator in (">", ">="):
            raise UsageError(
                f"the goal {goal.expression} is of no use here",
                why="it demands that something be slow or fail, so it would be missed where the target is idle",
                remedy=f"--goal '{goal.expression.replace('>', '<')}'",
            )


def _check_duration(environment: Environment, least_s: float, warmup_s: float) -> None:
    limit, least = environment.max_duration_s, warmup_s + least_s
    if limit is not None and least > limit:
        raise RefusedError(
            f"environment {environment.name!r} allows no step as long as asked for",
            why=f"max_duration is {format_duration(limit)}, a step takes {format_duration(least)} at least",
            remedy="a shorter --step-duration, or raise the limit in plimsoll.toml if the target can take it",
        )


def _users(request: FindRequest, environment: Environment) -> int:
    """So many as were asked for; else as many as the environment lets, up to a default.

    Raises RefusedError where that is more than the environment lets.
    """
    allowed = environment.max_users
    if request.users is not None:
        if allowed is not None and request.users > allowed:
            raise RefusedError(
                f"--users-max {request.users} is above what is allowed",
                why=f"max_users of environment {environment.name!r} is {allowed}",
                remedy=f"--users-max {allowed} or less, or leave it out",
            )
        return request.users
    site = environment.database is None or request.base.connections is not None
    default = USERS_OF_A_SITE if site else USERS
    return default if environment.max_users is None else min(default, environment.max_users)
