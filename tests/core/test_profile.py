"""Profiles: stages, ramps, warm-up, and what makes no sense."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Profile, Stage

STRESS = Profile("stress", "ramping-users", (Stage(10, 30), Stage(50, 30, 10), Stage(20, 30, 30)))


@pytest.mark.parametrize(
    ("t", "level"),
    [(-1, 0), (0, 10), (29.9, 10), (30, 10), (35, 30), (40, 50), (59.9, 50), (60, 50), (75, 35), (90, 0), (1e9, 0)],
)
def test_a_stage_ramps_from_the_level_before_and_then_holds_its_own(t: float, level: float) -> None:
    assert STRESS.level_at(t) == pytest.approx(level)


def test_the_first_ramp_begins_at_nothing() -> None:
    profile = Profile("p", "ramping-rate", (Stage(100, 10, 10),))
    assert [profile.level_at(t) for t in (0, 5, 9)] == [0, 50, 90]


def test_without_a_ramp_the_level_jumps() -> None:
    profile = Profile("p", "ramping-rate", (Stage(100, 10), Stage(0, 5), Stage(3.5, 5)))
    assert [profile.level_at(t) for t in (9.999, 10, 14.999, 15)] == [100, 0, 0, 3.5]


def test_warm_up_comes_before_the_profile_at_the_first_level() -> None:
    warmed = replace(STRESS, warmup_s=5)
    assert (warmed.duration_s, warmed.total_s, warmed.peak_level) == (90, 95, 50)
    assert [warmed.level_at(t) for t in (0, 4.9, 5, 40, 95)] == [10, 10, 10, 30, 0]
    ramped = Profile("p", "ramping-users", (Stage(8, 8, 8),), warmup_s=2)
    assert [ramped.level_at(t) for t in (0, 1.9, 2, 6)] == [8, 8, 0, 4]


def test_what_the_executors_bound() -> None:
    rate = Profile("p", "constant-rate", (Stage(200, 30),), max_users=40)
    assert (rate.open_loop, rate.users_max, rate.peak_level) == (True, 40, 200)
    assert (STRESS.open_loop, STRESS.users_max) == (False, 50)


def test_iterations_need_no_stage() -> None:
    profile = Profile("p", "iterations", iterations=100)
    assert (profile.stages, profile.users_max, profile.open_loop) == ((Stage(1, 3600),), 1, False)
    assert Profile("p", "iterations", (Stage(8, 60),), iterations=100).users_max == 8


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"stages": ()}, "no stages"),
        ({"stages": (Stage(10, 0),)}, "lasts 0 s"),
        ({"stages": (Stage(10, -1),)}, "lasts -1 s"),
        ({"stages": (Stage(10, math.nan),)}, "lasts nan s"),
        ({"stages": (Stage(10, 5, 6),)}, "ramp of 6 s"),
        ({"stages": (Stage(10, 5, -1),)}, "ramp of -1 s"),
        ({"stages": (Stage(-1, 5),)}, "users is -1"),
        ({"stages": (Stage(math.nan, 5),)}, "users is nan"),
        ({"stages": (Stage(2.5, 5),)}, "no parts of users"),
        ({"stages": (Stage(10**9, 5),)}, "users is 1e"),
        ({"stages": (Stage(0, 5), Stage(0, 5))}, "nothing would happen"),
        ({"stages": (Stage(1, 40 * 86_400),)}, "40.0 days"),
        ({"executor": "constant-users"}, "one stage"),
        ({"executor": "constant-rate", "stages": (Stage(5, 5, 1),)}, "one stage"),
        ({"executor": "stampede"}, "stampede"),
        ({"arrivals": "random"}, "random"),
        ({"max_users": 0}, "max_users"),
        ({"max_users": 2.5}, "max_users"),
        ({"queue_max": -1}, "queue_max"),
        ({"lateness_limit_s": 0}, "lateness_limit"),
        ({"graceful_stop_s": -1}, "graceful_stop"),
        ({"warmup_s": math.inf}, "warmup"),
        ({"iterations": 5}, "no iterations"),
        ({"executor": "iterations", "stages": (), "iterations": 0}, "iterations is 0"),
        ({"executor": "iterations", "stages": (), "iterations": None}, "iterations is missing"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError) as refused:
        replace(STRESS, **changes)
    assert why in refused.value.why
    assert 'profile "stress"' in refused.value.where


def test_a_wrong_stage_is_named() -> None:
    with pytest.raises(UsageError, match="stage 2"):
        Profile("p", "ramping-users", (Stage(1, 5), Stage(1, 0)))


stages = st.lists(
    st.builds(lambda level, rest, ramp: Stage(level, (rest + ramp) / 10, ramp / 10), st.integers(1, 500),
              st.integers(1, 300), st.integers(0, 300)),
    min_size=1, max_size=5,
).map(tuple)  # fmt: skip


@given(stages, st.integers(0, 100))
def test_segments_cover_the_whole_without_gaps_and_agree_with_the_level(stages: tuple[Stage, ...], tenths: int) -> None:
    profile = Profile("p", "ramping-users", stages, warmup_s=tenths / 10)
    segments = profile.segments()
    assert segments[0].start_s == 0
    assert segments[-1].end_s == profile.total_s == pytest.approx(profile.warmup_s + profile.duration_s)
    assert [segment.end_s for segment in segments[:-1]] == [segment.start_s for segment in segments[1:]]
    for start, end, first, last in segments:
        assert start < end
        assert profile.level_at(start) == first
        assert profile.level_at((start + end) / 2) == pytest.approx((first + last) / 2)
