"""The arrivals of a step."""

import pytest

from plimsoll.analyze.load_line.arrivals import Due, base_profile, fair_seed, step_profile
from plimsoll.core.profile import Arrivals, Profile


def profile_of(arrivals: Arrivals, rate: float = 50) -> Profile:
    return step_profile(base_profile(arrivals=arrivals, users=10, warmup_s=2, graceful_stop_s=5), rate, 30)


def test_a_step_is_an_open_loop_at_its_rate_after_a_warm_up() -> None:
    profile = profile_of("poisson")
    assert (profile.executor, profile.peak_level, profile.total_s) == ("constant-rate", 50, 32)


def test_every_arrival_is_due_once() -> None:
    due = Due.of(profile_of("even"), 1)
    assert [due.between(at, at + 1) for at in (0, 2, 31)] == [50, 50, 50]
    assert due.between(0, 32) == 1_600


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_seed_that_is_taken_gives_as_many_arrivals_as_the_rate_says(seed: int) -> None:
    profile = profile_of("poisson")
    due = Due.of(profile, fair_seed(profile, seed, 10))
    for lasts in (10, 15, 30):
        assert due.between(2, 2 + lasts) == pytest.approx(50 * lasts, rel=0.03)


def test_even_arrivals_need_no_choice() -> None:
    assert fair_seed(profile_of("even"), 7, 10) == 7
    assert fair_seed(profile_of("poisson", 100_000), 7, 10) == 7
