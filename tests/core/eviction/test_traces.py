"""Made-up traces are what they are called, and the same for the same seed."""

import numpy as np
import pytest

from plimsoll.core.eviction import traces


def test_the_most_popular_of_zipf_is_asked_as_often_as_it_should() -> None:
    keys = traces.zipf(100_000, 100, alpha=1.0, seed=1)
    counts = np.sort(np.bincount(keys))[::-1]
    harmonic = (1 / np.arange(1, 101)).sum()
    assert counts[:3] / 100_000 == pytest.approx([1 / harmonic, 1 / 2 / harmonic, 1 / 3 / harmonic], rel=0.05)
    assert np.array_equal(keys, traces.zipf(100_000, 100, alpha=1.0, seed=1))


def test_a_loop_comes_round_and_a_scan_does_not() -> None:
    assert traces.loop(5, 3).tolist() == [0, 1, 2, 0, 1]
    assert traces.scan(3, first=7).tolist() == [7, 8, 9]


def test_scans_of_a_mix_are_asked_once_and_are_a_share_of_it() -> None:
    keys = traces.mixed(10_000, 500, scans=10, share=0.3, seed=2)
    once = keys[keys >= 500]
    assert (len(keys), len(once), len(set(once.tolist()))) == (10_000, 3_000, 3_000)


def test_what_drifts_asks_for_other_keys_later() -> None:
    keys = traces.drifting(20_000, 1_000, turns=1.0, seed=4)
    popular = [np.bincount(part, minlength=1_000).argmax() for part in np.array_split(keys, 4)]
    assert popular == sorted(popular)
    assert popular[-1] - popular[0] > 500
