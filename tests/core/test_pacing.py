"""Schedules: arrivals at the inverse of the integrated rate, shared among processes, users by the level."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.pacing import arrival_offsets_ns, choose, expected_arrivals, share, user_changes, user_target
from plimsoll.core.profile import Arrivals, Profile, Stage

NS = 1_000_000_000


def schedule(profile: Profile, seed: int = 1, block: int = 4096) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *arrival_offsets_ns(profile, seed, block=block)])


def rate_profile(*stages: Stage, arrivals: Arrivals = "even", warmup_s: float = 0) -> Profile:
    return Profile("p", "ramping-rate", stages, arrivals=arrivals, warmup_s=warmup_s)


def a_stage(level: int, rest: int, ramp: int) -> Stage:
    return Stage(level / 10, (rest + ramp) / 10, ramp / 10)


stages = st.lists(
    st.builds(a_stage, st.integers(0, 3000), st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=4
).filter(lambda found: any(stage.level for stage in found))
profiles = st.builds(
    lambda stages, warmup, arrivals: rate_profile(*stages, arrivals=arrivals, warmup_s=warmup / 10),
    stages, st.integers(0, 20), st.sampled_from(["even", "poisson"]),
)  # fmt: skip


def integral(profile: Profile, until: Fraction) -> Fraction:
    """The integrated rate, exactly, by its definition."""
    total = Fraction(0)
    for segment in profile.segments():
        start, end, first, last = (Fraction(str(value)) for value in segment)
        part = min(max(until - start, Fraction(0)), end - start)
        total += part * (first + first + (last - first) * part / (end - start)) / 2
    return total


def test_a_constant_rate_is_evenly_spaced_from_the_start() -> None:
    assert schedule(rate_profile(Stage(4, 1))).tolist() == [0, 250_000_000, 500_000_000, 750_000_000]


def test_an_hour_at_three_thousand_a_second_does_not_drift() -> None:
    offsets = schedule(rate_profile(Stage(3000, 3600)))
    assert len(offsets) == 3000 * 3600
    exact = np.arange(len(offsets)) * NS // 3000
    assert np.abs(offsets - exact).max() <= 1


def test_a_long_ramp_is_exact_at_its_end() -> None:
    profile = rate_profile(Stage(3000, 1800, 1800), Stage(0, 1800, 1800))
    offsets = schedule(profile)
    for n in (0, 1, 1_000_000, 2_699_999, 2_700_000, 4_000_000, 5_399_000):
        before, after = (integral(profile, Fraction(int(offsets[n]) + step, NS)) for step in (-1000, 1000))
        assert max(before, Fraction(0)) <= n <= after


def test_no_arrival_comes_while_the_rate_is_nothing() -> None:
    offsets = schedule(rate_profile(Stage(0, 1), Stage(10, 1), Stage(0, 1), Stage(10, 1)))
    assert offsets.tolist() == [NS + n * NS // 10 for n in range(10)] + [3 * NS + n * NS // 10 for n in range(10)]


def test_numbers_are_taken_as_written() -> None:
    assert len(schedule(rate_profile(Stage(0.1, 30)))) == 3
    assert len(schedule(rate_profile(Stage(10, 0.1), Stage(10, 0.2)))) == 3


@given(profiles, st.integers(0, 2**64), st.integers(1, 300))
def test_arrivals_are_sorted_inside_the_run_and_the_same_for_a_seed_in_any_blocks(
    profile: Profile, seed: int, block: int
) -> None:
    offsets = schedule(profile, seed)
    assert (np.diff(offsets) >= 0).all()
    assert not len(offsets) or (offsets[0] >= 0 and offsets[-1] < profile.total_s * NS)
    assert schedule(profile, seed, block).tolist() == offsets.tolist()


@given(profiles.filter(lambda profile: profile.arrivals == "even"))
def test_even_arrivals_come_exactly_when_the_integrated_rate_passes_their_number(profile: Profile) -> None:
    offsets = schedule(profile)
    assert len(offsets) == math.ceil(integral(profile, Fraction(str(profile.total_s))))
    for n, offset in list(enumerate(offsets.tolist()))[:: max(1, len(offsets) // 20)]:
        assert integral(profile, Fraction(max(offset - 2, 0), NS)) <= n
        # where a ramp begins at 0 the integral is flat: one arrival in ten millions is far below a microsecond there
        assert integral(profile, Fraction(offset + 2, NS)) >= n - Fraction(1, 10**7)


@given(profiles.filter(lambda profile: profile.arrivals == "poisson"), st.integers(0, 2**32))
def test_poisson_arrivals_are_as_many_as_the_rate_says(profile: Profile, seed: int) -> None:
    expected = expected_arrivals(profile)
    assert abs(len(schedule(profile, seed)) - expected) <= 6 * math.sqrt(expected) + 12


def test_poisson_gaps_are_exponential() -> None:
    offsets = schedule(rate_profile(Stage(1000, 100), arrivals="poisson"), seed=7)
    gaps = np.diff(offsets) / NS
    assert gaps.mean() == pytest.approx(0.001, rel=0.02)
    assert gaps.std() == pytest.approx(0.001, rel=0.03)
    assert (gaps > 0.003).mean() == pytest.approx(math.exp(-3), rel=0.1)


def test_poisson_arrivals_follow_a_ramp() -> None:
    offsets = schedule(rate_profile(Stage(1000, 100, 100), arrivals="poisson"), seed=3)
    assert (offsets < 50 * NS).mean() == pytest.approx(0.25, abs=0.01)


def test_different_seeds_differ() -> None:
    profile = rate_profile(Stage(10, 10), arrivals="poisson")
    assert schedule(profile, 1).tolist() != schedule(profile, 2).tolist()


@given(profiles, st.integers(1, 7), st.integers(1, 50))
def test_the_shares_of_all_processes_interleave_to_the_whole(profile: Profile, processes: int, block: int) -> None:
    whole = schedule(profile)
    woven = np.full(len(whole), -1)
    for k in range(processes):
        parts = share(arrival_offsets_ns(profile, 1, block=block), k, processes)
        woven[k::processes] = np.concatenate([np.zeros(0, np.int64), *parts])
    assert woven.tolist() == whole.tolist()


def test_journeys_are_chosen_by_weight_whatever_the_batch() -> None:
    n = np.arange(100_000)
    chosen = choose([70, 0, 30], 5, n)
    assert chosen.tolist() == np.concatenate([choose([70, 0, 30], 5, part) for part in np.array_split(n, 7)]).tolist()
    assert np.bincount(chosen).tolist() == [pytest.approx(70_000, rel=0.01), 0, pytest.approx(30_000, rel=0.02)]
    assert choose([70, 0, 30], 6, n).tolist() != chosen.tolist()
    assert set(choose([1, 0], 5, n).tolist()) == {0}


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [math.inf], [math.nan, 1]])
def test_weights_that_choose_nothing_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights"):
        choose(weights, 1, np.arange(3))


def test_users_start_and_stop_with_the_level() -> None:
    profile = Profile("p", "ramping-users", (Stage(2, 2, 2), Stage(2, 1), Stage(0, 2, 2)))
    assert [(change.at_ns / NS, change.user, change.starts) for change in user_changes(profile)] == [
        (0.5, 0, True), (1.5, 1, True), (3.5, 1, False), (4.5, 0, False),
    ]  # fmt: skip


def test_constant_users_start_together_and_stop_at_the_end() -> None:
    profile = Profile("p", "constant-users", (Stage(3, 5),), warmup_s=1)
    starts = [change for change in user_changes(profile) if change.starts]
    stops = [change for change in user_changes(profile) if not change.starts]
    assert [(change.at_ns, change.user) for change in starts] == [(0, 0), (0, 1), (0, 2)]
    assert [(change.at_ns, change.user) for change in stops] == [(6 * NS, 2), (6 * NS, 1), (6 * NS, 0)]


user_stages = st.lists(
    st.builds(
        lambda users, rest, ramp: Stage(users, (rest + ramp) / 10, ramp / 10),
        st.integers(0, 40), st.integers(1, 60), st.integers(0, 60),
    ),
    min_size=1, max_size=4,
).filter(lambda found: any(stage.level for stage in found)).map(tuple)  # fmt: skip


@given(user_stages, st.integers(0, 20))
def test_users_at_work_are_those_below_the_target_at_any_time(found: tuple[Stage, ...], warmup: int) -> None:
    profile = Profile("p", "ramping-users", found, warmup_s=warmup / 10)
    changes = list(user_changes(profile))
    working: set[int] = set()
    for change, after in pairwise([*changes, None]):
        assert change is not None
        assert (change.user not in working) == change.starts
        working ^= {change.user}
        if after is not None and after.at_ns > change.at_ns + 2:
            assert working == set(range(user_target(profile, (change.at_ns + after.at_ns) / 2 / NS)))
    assert not working
    assert [change.at_ns for change in changes] == sorted(change.at_ns for change in changes)
    assert changes[-1].at_ns <= round(profile.total_s * NS)
