"""What is not left to the next tick: more than is carried, beyond chance, or requests that wait."""

import math
from random import Random

from plimsoll.core.balancing import Glance
from plimsoll.scale.policy.capacity import Capacity
from plimsoll.scale.policy.hybrid import HybridPolicy, HybridSettings
from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import ConnectionBudget, Limits
from plimsoll.scale.policy.rush import Glances, Rush, pressing
from tests.scale.made import read

FIFTY = Capacity(50.0)


def rush(rate: float, queue: int = 0, *, ready: int = 1, starting: int = 0, now: float = 100.0) -> Rush:
    return Rush(now, ready, starting, 1.0, True, rate, queue)


def asked(one: Rush, capacity: Capacity | None = FIFTY) -> int | None:
    ask = pressing(one, capacity)
    return None if ask is None else ask.workers


def test_what_chance_gives_is_left_to_the_tick_unless_requests_wait() -> None:
    assert [asked(rush(rate)) for rate in (50.0, 71.0, 72.0, 130.0)] == [None, None, 2, 3]
    assert [asked(rush(rate, queue=1)) for rate in (50.0, 57.0, 58.0)] == [None, None, 2]
    chance, calm = Random(1), 0
    for _ in range(20_000):  # seconds at 70 %
        arrived, at = 0, chance.expovariate(35)
        while at < 1:
            arrived, at = arrived + 1, at + chance.expovariate(35)
        calm += asked(rush(arrived)) is None
    assert calm == 20_000


def test_while_somebody_starts_nobody_is_asked_for_again() -> None:
    assert asked(rush(500.0, 9, starting=1)) is None
    assert asked(rush(500.0, 9, ready=0)) is None


def test_beyond_the_peak_of_scalability_nobody_comes() -> None:
    curve = Capacity(10.0, contention=0.05, coherency=0.01)
    assert asked(rush(500.0), curve) == curve.most
    assert asked(rush(500.0, ready=curve.most), curve) is None


def test_without_a_capacity_a_queue_brings_one_more_and_what_is_answered_meanwhile_tells_it() -> None:
    policy, glances = HybridPolicy(Limits(1, 9), HybridSettings()), Glances()
    found = [
        glances.rush(100 + look / 4, 1, 0, Glance(25 * look, 12 * look, max(0, 13 * (look - 4)))) for look in range(8)
    ]
    told = [policy.hurry(one) for one in found if one is not None]
    assert [decision and (decision.wanted, decision.rule) for decision in told[:5]] == [None] * 4 + [(2, "waiting")]
    assert policy.carries(1) == 48  # by the next glance
    assert told[5] is not None
    assert (told[5].wanted, told[5].before, told[5].rule) == (3, 1, "rush")


def test_a_worker_that_came_and_a_haproxy_that_counts_anew_begin_a_new_second() -> None:
    glances = Glances()
    assert glances.rush(0.0, 1, 0, Glance(0, 0, 0)) is None
    assert glances.rush(0.1, 1, 0, Glance(50, 50, 0)) is None  # too soon
    first = glances.rush(0.5, 1, 0, Glance(50, 50, 0))
    assert first is not None
    assert (first.rate, first.settled, first.each) == (100.0, True, None)
    assert glances.rush(0.75, 2, 0, Glance(60, 60, 5)) is None
    second = glances.rush(1.25, 2, 0, Glance(110, 110, 5))
    assert second is not None
    assert (second.rate, second.settled, second.each) == (100.0, False, None)
    assert glances.rush(1.5, 2, 0, Glance(3, 3, 0)) is None
    late = [glances.rush(1.5 + look / 4, 2, 0, Glance(25 * look, 25 * look, 0)) for look in range(1, 40)]
    assert late[-1] is not None
    assert (late[-1].seconds, late[-1].rate, late[-1].settled) == (1.0, 100.0, True)


def test_what_came_in_a_hurry_stays_as_a_burst_does() -> None:
    policy = HybridPolicy(Limits(1, 9), HybridSettings(FIFTY))
    decision = policy.hurry(rush(120.0))
    assert decision is not None
    assert decision.summary == (
        "1 → 3 workers: 120 requests/s came in the last second, more than chance above the 50 that are carried: 3"
    )
    after = [policy.decide(read(100 + 2.0 * tick, 3, rate=20.0)) for tick in range(1, 50)]
    assert [one.rule for one in after[:14]] == ["lately"] * 14
    assert after[-1].wanted == 1


def test_limits_count_and_a_limit_that_changes_nothing_is_left_to_the_tick() -> None:
    limits = Limits(1, 9, ConnectionBudget(43, 10))
    decision = HybridPolicy(limits, HybridSettings(FIFTY)).hurry(rush(500.0))
    assert decision is not None
    assert (decision.wanted, decision.asked, decision.rule, decision.admit_per_s) == (3, 10, "connections", 150)
    assert HybridPolicy(limits, HybridSettings(FIFTY)).hurry(rush(500.0, ready=3)) is None


def test_other_policies_decide_at_ticks_alone() -> None:
    assert KnativePolicy(Limits(), KnativeSettings(35.0)).hurry(rush(math.inf, 9)) is None
