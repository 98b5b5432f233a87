"""The model of workers: what is served, who waits, when workers are ready."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.scale.simulating.fleet import Fleet, Model

COUNTS = st.lists(st.integers(0, 60).map(float), min_size=1, max_size=12)
SLICES = 500  # of a second


def in_small_slices(counts: list[float], carries: float, model: Model) -> float:
    """How many wait too long, by what stands before each slice's arrivals."""
    queue = violated = 0.0
    for arrived in counts:
        for _ in range(SLICES):
            violated += arrived / SLICES * (queue > carries * model.wait_s + 1e-9)
            queue = max(0.0, queue + (arrived - carries) / SLICES)
        queue = min(queue, carries * model.patience_s)
    return violated


@given(COUNTS, st.integers(1, 5))
@settings(max_examples=15)
def test_who_waits_too_long_is_reckoned_exactly(counts: list[float], workers: int) -> None:
    fleet = Fleet(Model(), workers, lambda n: 10.0 * n)
    for count in counts:
        fleet.step(count)
    assert fleet.violated == pytest.approx(in_small_slices(counts, 10.0 * workers, Model()), abs=0.2 * len(counts) + 1)


@given(COUNTS, st.integers(1, 5))
@settings(max_examples=60)
def test_nothing_is_lost(counts: list[float], workers: int) -> None:
    fleet = Fleet(Model(), workers, lambda n: 10.0 * n)
    served = math.fsum(fleet.step(count) for count in counts)
    assert served + fleet.queue + fleet.refused == pytest.approx(math.fsum(counts))
    assert 0 <= fleet.violated <= math.fsum(counts) + 1e-9
    assert 0 <= fleet.queue <= 10 * workers * 10.0


def test_a_worker_takes_requests_after_its_start_and_goes_at_once() -> None:
    fleet = Fleet(Model(start_s=5), 2, lambda n: 10.0 * n)
    fleet.scale(10, 4)
    fleet.arrive(14)
    assert (fleet.ready, fleet.workers) == (2, 4)
    fleet.scale(14, 3)
    fleet.arrive(15)
    assert (fleet.ready, fleet.workers) == (3, 3)
    fleet.scale(16, 1)
    assert (fleet.ready, fleet.workers) == (1, 1)


def test_a_model_that_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="wrong model"):
        Model(start_s=-1)
    with pytest.raises(UsageError, match="wrong model"):
        Model(wait_s=10, patience_s=1)
