"""A burst is found in the profile, and how long the system took to be as before is measured second by second."""

from collections.abc import Callable, Mapping

import pytest

from plimsoll.core.course import Recovery
from plimsoll.core.recovery import BOUND_FACTOR, Burst, RecoveryWatch, find_bursts
from tests.core.made_intervals import journey, second, step

Stage = Mapping[str, float]


def stage(level: float, for_s: float, ramp_s: float = 0.0) -> Stage:
    return {"level": level, "for_s": for_s, "ramp_s": ramp_s}


BURST = (stage(20, 30), stage(200, 15, 1), stage(20, 40, 2))


def test_a_level_ten_times_as_high_between_two_alike_is_a_burst() -> None:
    assert find_bursts(BURST, warmup_s=5) == (Burst(20, 200, calm_s=5, began_s=35, ended_s=52, watched_s=90),)


def test_steps_up_and_stages_after_it_belong_to_it() -> None:
    stages = (stage(10, 20, 4), stage(50, 5), stage(100, 5), stage(40, 5), stage(12, 10), stage(8, 10), stage(100, 10))
    (burst,) = find_bursts(stages)
    assert burst == Burst(10, 100, calm_s=4, began_s=20, ended_s=35, watched_s=55)


@pytest.mark.parametrize(
    "stages",
    [
        (stage(10, 30), stage(50, 30), stage(100, 30), stage(200, 30)),  # a stress that never comes back
        (stage(10, 30), stage(20, 10), stage(10, 30)),  # no burst: twice as much
        (stage(0, 30), stage(20, 10), stage(1, 30)),  # nothing before to compare with
        (stage(10, 30, 28), stage(100, 10), stage(10, 30)),  # calm for 2 s only
        (stage(10, 30),),
        (),
    ],
)
def test_other_shapes_have_no_burst(stages: tuple[Stage, ...]) -> None:
    assert find_bursts(stages) == ()


def test_two_bursts_are_two_and_what_came_between_is_the_calm_before_the_second() -> None:
    found = find_bursts((stage(10, 30), stage(100, 10), stage(10, 30), stage(100, 10), stage(10, 30)))
    assert [(burst.calm_s, burst.began_s, burst.ended_s, burst.watched_s) for burst in found] == [
        (0, 30, 40, 70),
        (40, 70, 80, 110),
    ]


def test_only_the_last_minutes_before_a_burst_are_kept() -> None:
    (burst,) = find_bursts((stage(10, 7200), stage(100, 10), stage(10, 30)))
    assert burst.began_s - burst.calm_s == 300


# -- how long it took --------------------------------------------------------------------------------------------------


def followed(
    ms: Callable[[int], float | None], seconds: int = 85, beside_s: float = 0.0, **told: Callable[[int], int]
) -> Recovery:
    """The burst of BURST without warm-up: calm for 30 s, over at 47; `ms` is the latency in each second, which begins
    `beside_s` after the clock's."""
    (burst,) = find_bursts(BURST)
    watch = RecoveryWatch(burst)
    for t in range(seconds):
        dropped = told["dropped"](t) if "dropped" in told else 0
        errors = told["errors"](t) if "errors" in told else 0
        latency = ms(t)
        steps = {} if latency is None else {("look", "select"): step(20, latency, **{"57014": errors})}
        watch.add(second(t + beside_s, steps, {"look": journey(20, dropped=dropped)}))
    return watch.value()


def test_the_first_of_three_seconds_as_before_is_when_it_has_recovered() -> None:
    found = followed(lambda t: 10.0 if t < 30 or t >= 59 else 400.0)
    assert (found.recovered, found.recover_s) == (True, 12.0)
    assert (found.before_ms, found.bound_ms) == pytest.approx((10.0, 10 * BOUND_FACTOR), rel=0.01)
    assert found.worst_ms == pytest.approx(400, rel=0.01)
    assert (found.level_before, found.level_peak, found.ended_s) == (20, 200, 47)


def test_a_good_second_between_bad_ones_is_no_recovery() -> None:
    found = followed(lambda t: 10.0 if t < 30 or t in (50, 51, 55) or t >= 70 else 400.0)
    assert found.recover_s == 23.0


def test_at_once_is_zero_seconds() -> None:
    assert followed(lambda t: 10.0).recover_s == 0.0
    assert followed(lambda t: 10.0, beside_s=0.002).recover_s == 0.0, "seconds begin a little beside the stages"


def test_what_never_comes_back_is_said_with_how_long_it_was_watched() -> None:
    found = followed(lambda t: 10.0 if t < 30 else 400.0)
    assert (found.recovered, found.recover_s, found.watched_s) == (False, None, 38.0)


def test_noise_of_the_calm_before_is_allowed_after_it_too() -> None:
    found = followed(lambda t: (10.0, 10.0, 10.0, 40.0)[t % 4] if t < 30 or t >= 50 else 400.0)
    assert found.bound_ms == pytest.approx(40, rel=0.01)
    assert found.recover_s == 3.0


def test_drops_are_late_without_end_and_quick_errors_are_no_recovery() -> None:
    quick = lambda t: 10.0  # noqa: E731  # the same in each case below
    assert followed(quick, dropped=lambda t: 5 if 47 <= t < 60 else 0).recover_s == 13.0
    assert followed(quick, errors=lambda t: 4 if 47 <= t < 66 else 0).recover_s == 19.0


def test_a_second_in_which_nothing_ended_is_not_as_before() -> None:
    assert followed(lambda t: None if 47 <= t < 60 else 10.0).recover_s == 13.0
    seldom = followed(lambda t: None if t % 2 else 10.0)
    assert seldom.recovered


def test_a_run_that_ended_before_the_burst_did_tells_nothing() -> None:
    found = followed(lambda t: 10.0, seconds=40)
    assert (found.recovered, found.recover_s, found.watched_s) == (None, None, 0.0)


def test_without_figures_before_nothing_can_be_told() -> None:
    found = followed(lambda t: None if t < 30 else 10.0)
    assert (found.recovered, found.before_ms) == (None, None)
