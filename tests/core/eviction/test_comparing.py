"""Sizes are read as people write them; the best is named, and what twice the size would give."""

import numpy as np
import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction import traces
from plimsoll.core.eviction.capacity import Capacity
from plimsoll.core.eviction.policies import POLICIES
from plimsoll.core.eviction.simulation.comparing import compare
from plimsoll.core.eviction.simulation.ratios import simulate
from plimsoll.core.eviction.simulation.sizes import Size, parse_size
from plimsoll.core.eviction.simulation.trace import Trace


def test_a_size_is_read_as_people_write_it() -> None:
    assert parse_size("0.5%") == Size(share=0.005)
    assert parse_size("10 %") == Size(share=0.1)
    assert parse_size("5000") == Size(entries=5000)
    assert parse_size("64MB") == Size(bytes=64_000_000)
    assert parse_size("10000,100MB") == parse_size("100MB, 10000") == Size(entries=10_000, bytes=100_000_000)
    assert parse_size("10000,100MB").text == "10,000 entries, 95.4 MiB"


@pytest.mark.parametrize(
    "text", ["", "0", "0%", "101%", "-5", "ten", "x%", "0MB", "1,2", "1MB,2MB", "5,", "²", "nan%", "9" * 5000]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_size(text)
    assert refused.value.remedy


def test_the_best_is_named_with_those_that_are_as_good_and_twice_the_size() -> None:
    trace = Trace.of(traces.mixed(20_000, 1_000, alpha=0.9, seed=5))
    found = compare(trace, tuple(POLICIES), [Size(entries=50), Size(share=1.0)])
    small, whole = found.sizes
    ratios = {name: one.hit_ratio for name, one in small.reached.items()}
    assert small.best == max(ratios, key=ratios.__getitem__)
    assert small.twice == simulate(trace, small.best, Capacity(100))
    assert small.belady is not None
    assert small.belady.hit_ratio > ratios[small.best]
    assert (whole.best, whole.as_good) == ("lru", ("sieve", "s3-fifo", "2q"))
    assert whole.reached["lru"].hit_ratio == pytest.approx(found.repeated)


def test_bytes_need_a_trace_with_sizes_and_have_no_bound() -> None:
    keys = traces.zipf(2_000, 100, seed=1)
    with pytest.raises(UsageError, match="this trace has no sizes"):
        compare(Trace.of(keys), ("lru",), [parse_size("1MB")])
    sized = Trace.of(keys, np.full(2_000, 1_000))
    found = compare(sized, ("lru",), [parse_size("10kB"), parse_size("10")])
    assert [one.belady is None for one in found.sizes] == [True, False]
    assert found.sizes[0].reached == found.sizes[1].reached


def test_a_sample_comes_close_to_the_whole() -> None:
    """A tenth of the keys, by chance without or with too many popular ones, on a tenth of the cache."""
    keys = traces.zipf(100_000, 20_000, alpha=0.9, seed=2)
    chosen = np.random.default_rng(3).random(20_000) < 0.1
    part = Trace.of(keys[chosen[keys]])
    sample = Trace(part.keys, part.weights, stands_for=(10_000, 10_000))
    of_all, of_part = (
        compare(trace, ("lru",), [Size(entries=2_000)], sample=share).sizes[0]
        for trace, share in ((Trace.of(keys), 1.0), (sample, 0.1))
    )
    assert of_part.capacity == of_all.capacity
    assert of_part.reached["lru"].hit_ratio == pytest.approx(of_all.reached["lru"].hit_ratio, abs=0.02)
