"""Profiles: how load arrives over time, as a level (users, or journeys per second) that is linear in pieces."""

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, NamedTuple, get_args

from plimsoll.core.errors import UsageError

Executor = Literal["constant-users", "ramping-users", "constant-rate", "ramping-rate", "iterations"]
Arrivals = Literal["poisson", "even"]

RATE_MAX: Final = 1_000_000  # per second; beyond what a generator can start, and a typing error more often than a wish
USERS_MAX: Final = 100_000
TOTAL_S_MAX: Final = 30 * 86_400  # nanoseconds of the schedule stay exact as floats (below 2**53)


def exact(number: float) -> Fraction:
    """The number as it was written: 0.1 is a tenth, so that 0.1/s for 30 s are 3 arrivals and not a little more."""
    return Fraction(str(number))


@dataclass(frozen=True, slots=True)
class Stage:
    """`for_s` seconds in all: in the first `ramp_s` the level goes linearly from the one before to `level`.

    Only `journeys` are made in it, each with a weight, or None, which keeps the scenario's; all where it is empty.
    """

    level: float
    for_s: float
    ramp_s: float = 0.0
    journeys: tuple[tuple[str, float | None], ...] = ()


class Segment(NamedTuple):
    """A stretch [start_s, end_s) in which the level goes linearly from `from_level` to `to_level`."""

    start_s: float
    end_s: float
    from_level: float
    to_level: float


@dataclass(frozen=True, slots=True)
class Profile:
    """One way in which load arrives. Raises UsageError where it makes no sense.

    A stage's level is users for the users executors and `iterations` (there: one stage, whose `for_s` bounds the time;
    without it one user for at most an hour), journeys per second for the rate executors. `arrivals`, `max_users` (how
    many run at once), `lateness_limit_s` and `queue_max` (what a late arrival may wait, and how many) concern the rate
    executors only. The warm-up comes before the profile and in addition to it, at the level of the first stage; a
    ramp in the first stage then still begins at 0.
    """

    name: str
    executor: Executor
    stages: tuple[Stage, ...] = ()
    arrivals: Arrivals = "poisson"
    max_users: int = 100
    iterations: int | None = None
    lateness_limit_s: float = 10.0
    queue_max: int = 10_000
    graceful_stop_s: float = 10.0
    warmup_s: float = 0.0

    def __post_init__(self) -> None:
        stages = self.stages
        if self.executor == "iterations" and not stages:
            stages = (Stage(1, 3600.0),)
        object.__setattr__(self, "stages", tuple(stages))
        _check(self)

    @property
    def open_loop(self) -> bool:
        """Whether arrivals come by the clock, whatever the system under test does with them."""
        return self.executor in ("constant-rate", "ramping-rate")

    @property
    def duration_s(self) -> float:
        """How long the stages last; for `iterations` at most."""
        return float(sum(exact(stage.for_s) for stage in self.stages))

    @property
    def total_s(self) -> float:
        """Warm-up and stages."""
        return self.segments()[-1].end_s

    @property
    def peak_level(self) -> float:
        """The highest level of any stage."""
        return max(stage.level for stage in self.stages)

    @property
    def users_max(self) -> int:
        """How many users there can be at once, and so connections where each has its own."""
        return self.max_users if self.open_loop else round(self.peak_level)

    def segments(self) -> tuple[Segment, ...]:
        """The level from the start of the load, warm-up first, without gaps and without empty stretches."""
        found: list[Segment] = []
        if self.warmup_s:
            found.append(Segment(0.0, self.warmup_s, self.stages[0].level, self.stages[0].level))
        at, before = exact(self.warmup_s), 0.0
        for stage in self.stages:
            ramped, end = at + exact(stage.ramp_s), at + exact(stage.for_s)
            if at < ramped:
                found.append(Segment(float(at), float(ramped), before, stage.level))
            if ramped < end:
                found.append(Segment(float(ramped), float(end), stage.level, stage.level))
            at, before = end, stage.level
        return tuple(found)

    def level_at(self, t: float) -> float:
        """The level `t` seconds after the load began (warm-up included); at a jump the new one; outside 0."""
        segments = self.segments()
        at = bisect_right(segments, t, key=lambda segment: segment.start_s) - 1
        if at < 0 or t >= segments[-1].end_s:
            return 0.0
        start, end, first, last = segments[at]
        return first + (last - first) * (t - start) / (end - start)


def _check(profile: Profile) -> None:
    refuse = _Refusal(profile.name)
    if profile.executor not in get_args(Executor):
        raise refuse(f'there is no executor "{profile.executor}"', f"one of {', '.join(get_args(Executor))}")
    if profile.arrivals not in get_args(Arrivals):
        raise refuse(f'arrivals cannot be "{profile.arrivals}"', 'arrivals = "poisson", or "even"')
    if not profile.stages:
        raise refuse("it has no stages", f'stages = [{{{_unit(profile)} = 10, for = "30s"}}]')
    _check_numbers(profile, refuse)
    _check_iterations(profile, refuse)
    for number, stage in enumerate(profile.stages, 1):
        _check_stage(profile, stage, _Refusal(profile.name, f", stage {number}"))
    _check_whole(profile, refuse)


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Makes the errors of one profile alike."""

    name: str
    place: str = ""

    def __call__(self, why: str, remedy: str = "") -> UsageError:
        return UsageError(
            "the profile makes no sense", where=f'profile "{self.name}"{self.place}', why=why, remedy=remedy
        )


def _check_numbers(profile: Profile, refuse: _Refusal) -> None:
    times = {
        "graceful_stop": profile.graceful_stop_s,
        "warmup": profile.warmup_s,
        "lateness_limit": profile.lateness_limit_s,
    }
    for key, seconds in times.items():
        if not (math.isfinite(seconds) and seconds >= 0):
            raise refuse(f"{key} is {seconds:g} s, which is not a time")
    if not profile.lateness_limit_s:
        raise refuse("a lateness_limit of 0 would drop every arrival", 'lateness_limit = "10s"')
    if not _whole(profile.max_users, 1, USERS_MAX):
        raise refuse(f"max_users is {profile.max_users}, not a whole number from 1 to {USERS_MAX:,}")
    if not _whole(profile.queue_max, 0, 10_000_000):
        raise refuse(f"queue_max is {profile.queue_max}, not a whole number from 0 to 10,000,000")


def _check_iterations(profile: Profile, refuse: _Refusal) -> None:
    if profile.executor != "iterations":
        if profile.iterations is not None:
            raise refuse(f'"{profile.executor}" has no iterations', 'executor = "iterations"')
        return
    if profile.iterations is None or not _whole(profile.iterations, 1, 2**53):
        stated = "missing" if profile.iterations is None else f"{profile.iterations}, not a whole number from 1 up"
        raise refuse(f"iterations is {stated}", "iterations = 1000")


def _check_stage(profile: Profile, stage: Stage, refuse: _Refusal) -> None:
    unit, most = ("rate", RATE_MAX) if profile.open_loop else ("users", USERS_MAX)
    if not (math.isfinite(stage.for_s) and stage.for_s > 0):
        raise refuse(f"it lasts {stage.for_s:g} s: a stage takes time", 'for = "30s"')
    if not (math.isfinite(stage.ramp_s) and 0 <= stage.ramp_s <= stage.for_s):
        raise refuse(f"its ramp of {stage.ramp_s:g} s is not a part of its {stage.for_s:g} s", "a shorter ramp")
    if not 0 <= stage.level <= most:
        raise refuse(f"{unit} is {stage.level:g}, not a number from 0 to {most:,}", f"{unit} = 10")
    if not profile.open_loop and stage.level != int(stage.level):
        raise refuse(f"users is {stage.level:g}: there are no parts of users", f"users = {math.ceil(stage.level)}")


def _check_whole(profile: Profile, refuse: _Refusal) -> None:
    if not profile.executor.startswith("ramping") and (len(profile.stages) > 1 or profile.stages[0].ramp_s):
        ramping = "ramping-rate" if profile.open_loop else "ramping-users"
        raise refuse(f'"{profile.executor}" has one stage, without a ramp', f'executor = "{ramping}"')
    if not profile.peak_level:
        raise refuse(f"no stage has any {_unit(profile)}: nothing would happen", f"{_unit(profile)} = 10")
    if profile.total_s > TOTAL_S_MAX:
        raise refuse(f"it lasts {profile.total_s / 86_400:.1f} days; 30 are the most")


def _unit(profile: Profile) -> str:
    return "rate" if profile.open_loop else "users"


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
