"""Stretches in which users waited and nobody was answered."""

from dataclasses import replace

import pytest

from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import Interval, StepInterval
from plimsoll.core.stalls import StallWatch

NOTHING = Histogram()
ANSWERED = {("j", "s"): StepInterval("sql", 1, {}, NOTHING, NOTHING)}


def second(at: int, *, waiting: int = 0, answered: bool = False) -> Interval:
    made = Interval(float(at), 1.0, False, 5, 5, None, {}, {}, NOTHING, NOTHING, waiting=waiting)
    return replace(made, steps=ANSWERED) if answered else made


def told(*seconds: Interval) -> list[str]:
    watch = StallWatch()
    for one in seconds:
        watch.add(one)
    return watch.warnings()


def test_the_longest_stretch_is_told_with_when_it_began_and_how_many_waited() -> None:
    still = [second(at, waiting=at) for at in (3, 4, 5)]
    assert told(second(0, answered=True), *still, second(6, answered=True), second(7, waiting=1)) == [
        "nothing was answered for 3 s, from 3 s on, while 5 users waited"
    ]


@pytest.mark.parametrize(
    "seconds",
    [
        [second(0, waiting=3), second(1, answered=True, waiting=3), second(2, waiting=3)],
        [second(0), second(1), second(2)],
    ],
    ids=["a second at a time", "all of them think"],
)
def test_other_silence_is_none(seconds: list[Interval]) -> None:
    assert told(*seconds) == []
