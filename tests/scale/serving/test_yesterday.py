"""Yesterday outlives a supervisor: it is read from what was recorded, on whatever clock the next one has."""

import math
from pathlib import Path

import pytest

from plimsoll.scale.forecast.seasonal import DAY_S
from plimsoll.scale.serving import load_log
from plimsoll.scale.serving.load_log import LoadLog, Tick
from plimsoll.scale.serving.yesterday import REMEMBERED_S, remembered

BEGINS = 1_800_000_000.0
STEP_S = 60.0


def cycle(at: float) -> float:
    return 100 + 60 * math.sin(2 * math.pi * at / DAY_S)


def recorded(days: float) -> list[Tick]:
    return [
        Tick(BEGINS + at, STEP_S, round(cycle(at) * STEP_S), 2, 1, 4)
        for at in (STEP_S * number for number in range(1, int(days * DAY_S / STEP_S)))
    ]


@pytest.mark.parametrize("clock", [0.0, 123.4, 5e6])
def test_a_day_that_was_recorded_is_expected_again_after_a_restart(tmp_path: Path, clock: float) -> None:
    log = LoadLog(tmp_path)
    for tick in recorded(1.5):
        log.add(tick)
    log.close()
    wall = BEGINS + 1.5 * DAY_S
    found = remembered(load_log.read(tmp_path, since=wall - REMEMBERED_S), wall, clock)
    assert found.believed
    assert found.floor(clock, 60) == pytest.approx(cycle(1.5 * DAY_S), rel=0.05)


def test_what_was_recorded_long_ago_or_by_a_clock_that_was_ahead_is_not() -> None:
    ticks = recorded(1.5)
    late = remembered(ticks, BEGINS + 4 * DAY_S, 0.0)
    assert late.floor(0.0, 60) == 0
    ahead = remembered(ticks, BEGINS + 10 * STEP_S, 0.0)
    assert (ahead.believed, ahead.to_json()["buckets"][-1][0] < 0) == (False, True)


def test_only_what_is_of_the_last_days_is_read(tmp_path: Path) -> None:
    log = LoadLog(tmp_path)
    for tick in recorded(0.1):
        log.add(tick)
    log.close()
    assert [tick.at for tick in load_log.read(tmp_path, since=BEGINS + 0.1 * DAY_S - 180)] == [
        BEGINS + 8460,
        BEGINS + 8520,
        BEGINS + 8580,
    ]
