"""What workers carry: by a number, a load line, a curve."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.capacity import Capacity, LiveCapacity
from plimsoll.scale.policy.readings import Reading, Readings
from tests.scale.made import read

CURVES = st.builds(Capacity, st.floats(0.1, 1e4), st.floats(0, 0.3), st.floats(0, 0.01))


@given(CURVES, st.floats(0.05, 0.95))
@settings(max_examples=60)
def test_the_workers_for_a_rate_carry_it(curve: Capacity, share: float) -> None:
    top = min(curve.most, 1_000)
    rate = share * curve.carries(top)
    workers = curve.workers_for(rate)
    assert workers <= top * (1 + 1e-6)
    assert curve.carries(workers) == pytest.approx(rate, rel=1e-6)


@given(CURVES)
@settings(max_examples=40)
def test_several_load_lines_give_the_curve_back(curve: Capacity) -> None:
    fitted = Capacity.through([(workers, curve.carries(workers)) for workers in (1, 2, 4, 8)])
    for workers in (1, 3, 8):
        assert fitted.carries(workers) == pytest.approx(curve.carries(workers), rel=1e-3)


def test_one_load_line_gives_a_line() -> None:
    assert Capacity.through([(4, 200.0)]) == Capacity(50.0)
    assert Capacity(50.0).workers_for(200) == 4


def test_more_is_asked_than_any_number_carries() -> None:
    curve = Capacity(10, 0.05, 0.01)
    assert curve.workers_for(1e6) == curve.most
    assert curve.carries(curve.most) >= max(curve.carries(curve.most - 1), curve.carries(curve.most + 1)) - 1


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_no_capacity_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="wrong capacity"):
        Capacity(rate)
    with pytest.raises(UsageError, match="no capacity"):
        Capacity.through([(0, 10.0)])


def test_live_data_stay_near_what_was_measured() -> None:
    live = LiveCapacity(10.0)
    for tick in range(100):
        live.observe(read(tick, 2, served=1.0, queue=9.0))
    assert live.one_per_s == 2.5
    assert json.dumps(live.copy().one_per_s) == "2.5"


def test_a_worker_that_stood_still_says_nothing() -> None:
    live, served = LiveCapacity(), (50.0, 1.0, 90.0, 50.0)
    for at, (each, settled) in enumerate(zip(served, (True, False, True, True), strict=True)):
        told = Readings(at, 1, served=Reading(each, at), queue=Reading(5.0, at), settled=settled)
        live.observe(told)
    assert live.one_per_s == 50


def test_little_cpu_says_nothing() -> None:
    live = LiveCapacity()
    live.observe(read(0, 2, served=1.0, queue=0.0, cpu=0.1))
    assert live.one_per_s is None
