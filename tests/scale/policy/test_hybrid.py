"""The hybrid: what it does when, and what it never does."""

import math
import subprocess
import sys
from random import Random

import pytest

from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import Limits
from plimsoll.scale.policy.savings import WHOLE_S
from tests.scale.made import read

TEN = Capacity(10.0)


def hybrid(capacity: Capacity | None = TEN, most: int = 100, *, live: bool = False) -> HybridPolicy:
    return HybridPolicy(Limits(1, most), HybridSettings(capacity, live=live))


def calm(one: HybridPolicy, rate: float, seconds: int, *, begins: float = 0.0, ready: int = 10) -> Decision:
    """So many seconds of an even rate, each decision done at once."""
    decision = None
    for tick in range(0, seconds, 2):
        decision = one.decide(read(begins + tick, ready, rate=rate, queue=0.0, cpu=0.5))
        ready = decision.wanted
    assert decision is not None
    return decision


def test_an_even_load_is_carried_with_room_to_spare_and_without_moving() -> None:
    one = hybrid()
    settled = calm(one, 100, 300)
    assert 12 <= settled.wanted <= 15
    assert calm(one, 100, 300, begins=300, ready=settled.wanted).wanted == settled.wanted


def test_a_burst_brings_workers_at_once_and_is_kept_for_a_while() -> None:
    one = hybrid()
    ready = calm(one, 100, 120).wanted
    for tick in range(3):
        decision = one.decide(read(120 + 2 * tick, ready, rate=300.0, queue=0.0))
    assert decision.wanted >= 30
    after = one.decide(read(128, decision.wanted, rate=100.0, queue=0.0))
    assert after.wanted >= decision.wanted * 0.9


def changes_in_an_hour(down_window_s: float, rate: float) -> int:
    """Under a load that is even but for chance, each decision done at once."""
    one = HybridPolicy(Limits(1, 6), HybridSettings(TEN, down_window_s=down_window_s))
    chance, ready, changes = Random(1), 3, 0
    for tick in range(0, 3600, 2):
        came = max(0.0, chance.gauss(rate, math.sqrt(rate / 2)))
        decision = one.decide(read(float(tick), ready, rate=came, queue=0.0, cpu=0.5))
        changes += decision.wanted != ready
        ready = decision.wanted
    return changes


def test_with_a_window_few_workers_come_and_go_by_chance() -> None:
    assert changes_in_an_hour(0.0, 14.0) > 100
    assert [changes_in_an_hour(120.0, rate) < 20 for rate in (7.0, 14.0, 20.4)] == [True] * 3


def test_a_window_keeps_one_worker_or_a_tenth_and_not_all() -> None:
    one = HybridPolicy(Limits(1, 100), HybridSettings(TEN, down_window_s=120.0))
    ready = calm(one, 300, 120).wanted
    for tick in range(120, 400, 2):
        decision = one.decide(read(float(tick), ready, rate=20.0, queue=0.0, cpu=0.5))
        if decision.rule == "down-window":
            assert decision.wanted - decision.numbers["asked"] <= max(1, ready // 10)
        ready = decision.wanted
    assert ready <= 5


def test_a_rising_load_is_met_before_it_is_there() -> None:
    one = hybrid()
    for tick in range(60):
        decision = one.decide(read(2.0 * tick, 12, rate=60.0 + 2 * tick, queue=0.0))
    assert 10 * decision.numbers["wished"] > 1.2 * (60 + 2 * 59)
    assert 10 * decision.wanted > 60 + 2 * 59 + 2 * 9


def test_a_backlog_is_served() -> None:
    one = hybrid()
    ready = calm(one, 100, 120).wanted
    told = [one.decide(read(120.0 + 2 * tick, ready, rate=100.0, queue=4_000.0)) for tick in range(3)]
    assert (told[0].rule, told[0].numbers["wished"], told[0].numbers["ruled"]) == ("spent", 50, 15)
    assert told[0].because == (
        "4000 requests wait; to serve them within 10 s takes 50; Knative's rule would have 15, and what was saved of "
        f"its worker-hours pays for {told[0].wanted}"
    )
    assert (told[2].wanted, told[2].because) == (50, "4000 requests wait; to serve them within 10 s takes 50")


def test_while_requests_wait_nobody_goes_who_may_serve_them_although_nothing_is_saved() -> None:
    one = HybridPolicy(Limits(1, 100), HybridSettings(TEN, utilization=1.0))
    calm(one, 100, 300)
    stay = [one.decide(read(300, ready, rate=100.0, queue=1.0, cpu=0.5)) for ready in (14, 90)]
    assert [(decision.wanted, decision.rule) for decision in stay] == [(14, "short"), (15, "short")]


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.9])
def test_it_takes_no_more_than_knatives_rule_and_has_as_many_workers_while_something_is_saved(spread: float) -> None:
    """Workers of both are there at once, so that what differs is the rules alone."""
    one = HybridPolicy(Limits(1, 100), HybridSettings(TEN, start_s=0.0))
    kpa = KnativePolicy(Limits(1, 100), KnativeSettings(7.0))
    chance, saved, ours, theirs, more = Random(1), 0, 8, 8, 0
    for tick in range(900):
        rate = 60 * (3 if 600 < tick < 630 else 1) * math.exp(spread * chance.gauss(0, 1))
        ours = one.decide(read(2.0 * tick, ours, rate=rate, queue=0.0, cpu=0.5)).wanted
        theirs = kpa.decide(read(2.0 * tick, theirs, rate=rate)).wanted
        assert ours >= theirs or 2 * saved < WHOLE_S * 2 * theirs
        saved, more = saved + theirs - ours, more + (ours > theirs)
    assert saved >= 0
    assert more > 0


def test_one_worker_too_many_of_many_stays() -> None:
    one = hybrid()
    ready = calm(one, 300, 300, ready=40).wanted
    told = [one.decide(read(300 + 2.0 * tick, ready, rate=290.0, queue=0.0, cpu=0.5)) for tick in range(5)]
    assert {decision.wanted for decision in told} == {ready}
    assert told[-1].because.endswith("which is less than 10% below: that may be chance")


def test_beyond_the_peak_of_scalability_nobody_is_added() -> None:
    curve = Capacity(10.0, contention=0.05, coherency=0.01)
    decision = calm(hybrid(curve), 500, 60)
    assert (decision.wanted, decision.rule) == (curve.most, "peak")
    assert decision.wanted == 9


def test_without_a_capacity_it_waits_until_live_data_tell_one() -> None:
    one = hybrid(None)
    first = one.decide(read(0, 4, rate=100.0, cpu=0.2, queue=0.0, served=100.0))
    assert (first.wanted, first.because.partition(":")[0]) == (4, "what a worker carries is not known yet")
    one.decide(read(2, 4, rate=200.0, cpu=0.85, queue=0.0, served=200.0))
    assert one.carries(1) == 50


def test_a_queue_shows_that_workers_carry_less_than_was_measured() -> None:
    one = hybrid(live=True)
    for tick in range(20):
        one.decide(read(2.0 * tick, 10, rate=100.0, served=60.0, queue=50.0, cpu=0.8))
    assert 5.9 < (one.carries(1) or 0) < 6.5


def test_workers_without_cpu_left_get_help_although_the_rate_says_no() -> None:
    one = hybrid()
    told = [one.decide(read(2.0 * tick, 20, rate=50.0, cpu=0.99)) for tick in range(20)]
    assert [decision.wanted for decision in told if decision.rule == "cpu"] == [22, 22]
    assert any(one.decide(read(60.0 + 2 * tick, 20, cpu=0.99)).wanted == 22 for tick in range(10))


def test_a_supervisor_that_imports_it_loads_no_numerics() -> None:
    code = "import sys, plimsoll.scale.policy.making, plimsoll.scale.policy.changes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
                          text=True, capture_output=True, check=True)  # fmt: skip
    assert {"numpy", "scipy", "polars", "asyncio", "pydantic"} & set(done.stdout.split()) == set()
