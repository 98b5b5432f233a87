"""Yesterday's floor: believed while it is right, never beyond its bounds."""

import json
import math

import pytest

from plimsoll.scale.forecast.seasonal import DAY_S, SeasonalFloor
from plimsoll.scale.forecast.trend import ShortTrend
from plimsoll.scale.forecast.trust import Trust


def cycle(at: float) -> float:
    return 100 + 60 * math.sin(2 * math.pi * at / DAY_S)


def lived(days: float, *, level_after_a_day: float = 1.0, chance: bool = False) -> SeasonalFloor:
    floor = SeasonalFloor()
    for minute in range(int(days * 1440)):
        at = minute * 60.0
        rate = cycle(at) * (level_after_a_day if at >= DAY_S else 1.0)
        if chance:
            rate *= 1 + 0.9 * math.sin(minute**2)
        floor.put(at, rate)
    return floor


def test_on_the_first_day_nothing_is_expected() -> None:
    assert lived(0.9).floor(0.9 * DAY_S, 60) == 0


def test_a_day_that_repeats_itself_is_believed_after_some_hours_and_expected() -> None:
    floor, now = lived(1.5), 1.5 * DAY_S
    assert floor.believed
    assert floor.floor(now, 60) == pytest.approx(cycle(now), rel=0.05)


@pytest.mark.parametrize(("level", "expected"), [(1.2, 1.2), (3.0, 1.5), (0.1, 0.5)])
def test_todays_level_counts_within_bounds(level: float, expected: float) -> None:
    floor, now = lived(1.5, level_after_a_day=level), 1.5 * DAY_S
    floor.error = 0.0
    assert floor.floor(now, 60) == pytest.approx(cycle(now) * expected, rel=0.05)


def test_what_errs_is_not_believed() -> None:
    assert not lived(1.8, chance=True).believed or lived(1.8, chance=True).error <= 0.2
    assert lived(1.8, level_after_a_day=4.0).floor(1.8 * DAY_S, 60) == 0


def test_it_outlives_a_restart() -> None:
    floor, now = lived(1.5), 1.5 * DAY_S
    again = SeasonalFloor.from_json(json.loads(json.dumps(floor.to_json())))
    for minute in range(1, 4):
        for each in (floor, again):
            each.put(now + minute * 60, cycle(now + minute * 60))
    assert again.floor(now + 180, 60) == pytest.approx(floor.floor(now + 180, 60), rel=0.02)
    with pytest.raises(ValueError, match="another version"):
        SeasonalFloor.from_json({"bucket_s": 60, "buckets": []})


def test_its_memory_is_bounded() -> None:
    assert len(lived(3).to_json()["buckets"]) == 576


def test_a_trend_is_a_rise_beyond_chance() -> None:
    even, rising, falling, noisy = (ShortTrend(20) for _ in range(4))
    for tick in range(10):
        even.put(2 * tick, 100)
        rising.put(2 * tick, 100 + 4 * tick)
        falling.put(2 * tick, 100 - 4 * tick)
        noisy.put(2 * tick, 100 + 30 * (-1) ** tick)
    assert 10 < rising.rise(130, 9) <= 18
    assert even.rise(100, 9) == falling.rise(70, 9) == noisy.rise(100, 9) == 0


def test_who_claims_what_does_not_come_is_believed_again_once_it_comes() -> None:
    trust = Trust(0.6)
    for tick in range(3):
        trust.claim(tick * 20, 10, 100)
        trust.judge(tick * 20 + 10, 50)
    assert not trust.believed
    for tick in range(9):
        trust.claim(100 + tick * 20, 10, 100)
        trust.judge(100 + tick * 20 + 10, 150)
    assert trust.believed
