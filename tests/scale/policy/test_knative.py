"""KPA beside what its documents say, reckoned from the whole history each time."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.scale.policy.knative import KnativePolicy, KnativeSettings
from plimsoll.scale.policy.limits import Limits
from tests.scale.made import read

TARGET, TICK, STABLE, PANIC = 7.0, 2.0, 60.0, 6.0
Ticks = list[tuple[float, int]]  # rate, ready workers


def by_the_documents(ticks: Ticks) -> list[int]:
    """Windows average what they hold; panic from twice the need on, until a stable window without it; never down in
    panic; at most half away, at most a thousandfold more; a start with more than one is a panic."""
    wanted, panic_since, panic_most = [], 0.0 if ticks[0][1] > 1 else None, ticks[0][1] if ticks[0][1] > 1 else 0
    for index, (_, ready) in enumerate(ticks):
        now, ready = index * TICK, max(1, ready)
        seen = [(at * TICK, rate) for at, (rate, _) in enumerate(ticks[: index + 1])]
        stable, panic = (mean([rate for at, rate in seen if at > now - window + 1e-6]) for window in (STABLE, PANIC))
        need, urgent = math.ceil(stable / TARGET), math.ceil(panic / TARGET)
        bounded = [min(max(n, ready // 2), 1000 * ready) for n in (need, urgent)]
        if urgent / ready >= 2:
            panic_since = now
        elif panic_since is not None and panic_since + STABLE < now:
            panic_since, panic_most = None, 0
        if panic_since is not None:
            panic_most = max(panic_most, *bounded)
            wanted.append(panic_most)
        else:
            wanted.append(bounded[0])
    return [min(max(n, 1), 500) for n in wanted]


def mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


# Quarters: so that no rounding decides about the ceiling of a mean.
LOADS = st.lists(
    st.tuples(st.integers(0, 400).map(lambda n: n / 4), st.integers(0, 30), st.integers(1, 20)), min_size=1, max_size=8
)


@given(LOADS)
@settings(max_examples=30)
def test_it_decides_as_the_documents_say(loads: list[tuple[float, int, int]]) -> None:
    ticks = [(rate, ready) for rate, ready, times in loads for _ in range(times)]
    kpa = KnativePolicy(Limits(1, 500), KnativeSettings(TARGET))
    told = [kpa.decide(read(at * TICK, ready, rate=rate)).wanted for at, (rate, ready) in enumerate(ticks)]
    assert told == by_the_documents(ticks)


def test_a_panic_is_said_and_nobody_goes_in_it() -> None:
    kpa = KnativePolicy(Limits(), KnativeSettings(TARGET))
    kpa.decide(read(0, 1, rate=7.0))
    burst = kpa.decide(read(2, 1, rate=70.0))
    assert (burst.wanted, burst.rule) == (6, "panic")
    assert kpa.decide(read(8, 6, rate=0.0)).wanted == 6
