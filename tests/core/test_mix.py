"""Which journeys are made follows the stages, purely by number and time, and shares of processes fit together."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.core.mix import Mixes
from plimsoll.core.profile import Profile, Stage
from plimsoll.core.shapes import WORKDAY, shaped_stages

OWN = {"browse": 9.0, "buy": 1.0, "back up": 0.0}
S = 1_000_000_000


def profile(*stages: Stage, warmup_s: float = 0.0) -> Profile:
    return Profile("p", "ramping-rate", stages, warmup_s=warmup_s)


NIGHT = profile(Stage(10, 60), Stage(5, 30, journeys=(("back up", None),)), Stage(10, 60), warmup_s=5)


def made(profile: Profile, at_s: float, count: int = 20_000) -> Counter[str]:
    mixes = Mixes.of(profile, OWN)
    chosen = mixes.choose(1, np.arange(count), np.full(count, round(at_s * S)))
    return Counter(list(OWN)[index] for index in chosen.tolist())


def test_a_stage_that_names_journeys_makes_only_these_and_others_the_scenarios() -> None:
    assert made(NIGHT, 70) == {"back up": 20_000}
    for at_s in (0, 30, 64.9, 95, 150):
        found = made(NIGHT, at_s)
        assert found["buy"] / 20_000 == pytest.approx(0.1, abs=0.01)
        assert found["back up"] == 0


def test_the_warm_up_has_the_first_stages_mix() -> None:
    first = profile(Stage(5, 10, journeys=(("back up", None),)), Stage(5, 10), warmup_s=5)
    assert made(first, 0) == made(first, 14.9) == {"back up": 20_000}
    assert made(first, 15)["back up"] == 0


def test_named_weights_go_before_the_scenarios_own() -> None:
    turned = profile(Stage(5, 10, journeys=(("browse", 1.0), ("buy", 3.0))))
    assert made(turned, 1)["buy"] / 20_000 == pytest.approx(0.75, abs=0.01)
    kept = profile(Stage(5, 10, journeys=(("browse", None), ("back up", None))))
    assert made(kept, 1)["back up"] / 20_000 == pytest.approx(0.1, abs=0.01)


@given(st.integers(1, 5), st.integers(0, 2**31))
def test_processes_together_make_what_one_would_make(processes: int, seed: int) -> None:
    n = np.arange(500)
    offsets = n * (150 * S // 500)
    mixes = Mixes.of(NIGHT, OWN)
    whole = mixes.choose(seed, n, offsets)
    for k in range(processes):
        share = mixes.choose(seed, n[k::processes], offsets[k::processes])
        assert share.tolist() == whole[k::processes].tolist()


@pytest.mark.parametrize(
    ("journeys", "own", "words"),
    [
        ((("by", None),), OWN, "no journey 'by'"),
        ((), {"back up": 0.0}, "no journey has any weight"),
    ],
)
def test_what_could_make_nothing_is_refused_with_the_stage(
    journeys: tuple[tuple[str, None], ...], own: dict[str, float], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        Mixes.of(profile(Stage(5, 10, journeys=journeys)), own)
    assert "stage 1" in refused.value.where
    assert refused.value.remedy


# -- shapes ------------------------------------------------------------------------------------------------------------


def test_a_working_day_rises_rests_at_noon_and_falls_in_the_time_given() -> None:
    day = Profile("day", "ramping-rate", shaped_stages("workday", 100, 600, users=False))
    assert day.duration_s == pytest.approx(600)
    assert day.level_at(0) == 0
    assert day.peak_level == 100
    hour = [day.level_at(number * 75 - 1e-3) for number in range(1, 9)]
    assert hour == pytest.approx([100 * share for share in WORKDAY], rel=0.01)
    assert day.level_at(37.5) == pytest.approx(40)


def test_users_are_whole_and_never_none() -> None:
    assert [stage.level for stage in shaped_stages("workday", 3, 80, users=True)] == [2, 3, 3, 2, 3, 3, 2, 1]
