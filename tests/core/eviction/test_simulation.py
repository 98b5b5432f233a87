"""The loops decide as the policies do one at a time; Belady's is the optimum; known results come out."""

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.eviction import traces
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.eviction.simulation.belady import belady
from plimsoll.core.eviction.simulation.ratios import LOOPS, simulate
from plimsoll.core.eviction.simulation.trace import NEVER, Trace, next_positions
from tests.core.eviction.oracles import Limits, fewest_misses, plain_belady
from tests.core.eviction.requests import limits, requests
from tests.core.eviction.test_policies import Store

every_policy = pytest.mark.parametrize("name", POLICIES)


def simulated_misses(name: str, keys: list[int], weights: list[int], capacity: Limits) -> int:
    return LOOPS[name](lambda: iter(keys), weights, Capacity(*capacity)).requests


@every_policy
@settings(max_examples=25)
@given(keys=requests, capacity=limits, seed=st.integers(0, 2**20), sized=st.booleans())
def test_a_loop_hits_where_its_policy_hits(
    name: str, keys: list[int], capacity: Limits, seed: int, sized: bool
) -> None:
    """At every request: each beginning of the trace is simulated for itself."""
    chance = Random(seed)
    weights = [chance.choice((1, 2, 5, 0, 40)) if sized else 1 for _ in range(max(keys) + 1)]
    store = Store(name, capacity)
    missed = [key for key in keys if not store.request(key, weights[key])[0]]
    misses, weight = LOOPS[name](lambda: iter(keys), weights, Capacity(*capacity))
    assert (misses, weight) == (len(missed), sum(weights[key] for key in missed))
    store, counted = Store(name, capacity), 0
    for length, key in enumerate(keys[:60], 1):
        counted += not store.request(key, weights[key])[0]
        assert simulated_misses(name, keys[:length], weights, capacity) == counted


@given(keys=st.lists(st.integers(0, 5), min_size=1, max_size=14), entries=st.integers(1, 4))
@settings(max_examples=60)
def test_belady_misses_least_of_all_that_could_be_decided(keys: list[int], entries: int) -> None:
    trace = Trace.of(np.array(keys))
    assert belady(trace, Capacity(entries)).requests == plain_belady(keys, entries) == fewest_misses(keys, entries)


@given(keys=requests, entries=st.integers(1, 30))
@settings(max_examples=30)
def test_belady_is_a_bound_for_every_policy(keys: list[int], entries: int) -> None:
    trace = Trace.of(np.array(keys))
    least = belady(trace, Capacity(entries)).requests
    assert least == plain_belady(keys, entries)
    assert all(loop(trace.requests, trace.weights, Capacity(entries)).requests >= least for loop in LOOPS.values())


def test_the_next_request_of_a_key_is_found() -> None:
    assert next_positions(np.array([7, 8, 7, 7], dtype=np.int32)).tolist() == [2, NEVER, 3, NEVER]


def test_a_loop_that_does_not_fit_is_missed_by_lru_and_hit_in_part_by_belady() -> None:
    """Known: LRU hits nothing; the optimum hits (capacity − 1) / (keys − 1) in the long run."""
    trace = Trace.of(traces.loop(20_000, 101))
    assert simulate(trace, "lru", Capacity(100)).hit_ratio == 0
    assert simulate(trace, "lru", Capacity(101)).hit_ratio == 1 - 101 / 20_000
    assert simulate(trace, "belady", Capacity(51)).hit_ratio == pytest.approx(0.5, abs=0.01)


def test_lru_hits_what_ches_approximation_says() -> None:
    """Che, Tung, Wang (2002): a key of rate q is held with 1 − exp(−q T), where those sum up to the capacity."""
    keys, capacity, alpha = 1_000, 100, 0.9
    rates = 1 / np.arange(1, keys + 1) ** alpha
    rates /= rates.sum()
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if (1 - np.exp(-rates * middle)).sum() > capacity else (middle, high)
    expected = float((rates * (1 - np.exp(-rates * low))).sum())
    trace = Trace.of(traces.zipf(60_000, keys, alpha=alpha, seed=3))
    assert math.isclose(simulate(trace, "lru", Capacity(capacity)).hit_ratio, expected, abs_tol=0.01)


def test_scans_cost_lru_more_than_those_that_resist_them() -> None:
    """The papers' claim: S3-FIFO, SIEVE and 2Q let what is asked once leave early."""
    trace = Trace.of(traces.mixed(40_000, 2_000, alpha=0.9, seed=5))
    reached = {name: simulate(trace, name, Capacity(200)).hit_ratio for name in POLICIES}
    assert min(reached, key=reached.__getitem__) == "lru"
    assert reached["s3-fifo"] > reached["lru"] + 0.03


def test_a_trace_knows_what_it_weighs() -> None:
    trace = Trace.of(np.array([10**12, 5, 10**12]), np.array([100, 7, 999]))
    assert (len(trace), trace.unique, trace.unique_weight, trace.asked) == (3, 2, 107, (3, 207))
    assert trace.capacity(0.5) == Capacity(weight=54)
    reached = simulate(trace, "lru", Capacity(weight=107))
    assert (reached.hit_ratio, reached.weight_hit_ratio) == pytest.approx((1 / 3, 100 / 207))
