"""Our histograms against the `hdrhistogram` package, value for value; the table goes into docs/proofs.md."""

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from benchmarks._tables import ROOT, put, table
from plimsoll.core.histogram import HIGHEST_US, Histogram, bucket_indexes, nearest_rank

VALUES = 1_000_000  # of each distribution
PARTS = 97
QUANTILES = np.concatenate([np.linspace(0, 1, 1_001), 1 - np.logspace(-2, -6, 41)])
SHAPES = ("log-normal around 2 ms", "Pareto from 0.1 ms", "uniform up to an hour", "all powers of two and beside them")


def values_of(shape: str) -> NDArray[np.int64]:
    random = np.random.Generator(np.random.PCG64(len(shape)))
    drawn: NDArray[np.floating]
    if shape.startswith("log"):
        drawn = random.lognormal(np.log(2_000), 1.5, VALUES)
    elif shape.startswith("Pareto"):
        drawn = 100 * (1 + random.pareto(0.7, VALUES))
    elif shape.startswith("uniform"):
        drawn = random.uniform(1, HIGHEST_US, VALUES)
    else:
        drawn = 2.0 ** random.integers(0, 32, VALUES) + random.integers(-2, 3, VALUES)
    return np.clip(drawn, 1, HIGHEST_US).astype(np.int64)


def theirs_of(values: NDArray[np.int64]) -> HdrHistogram:
    peer = HdrHistogram(1, HIGHEST_US, 3)
    distinct, counts = np.unique(values, return_counts=True)
    for value, count in zip(distinct.tolist(), counts.tolist(), strict=True):
        peer.record_value(value, count)
    return peer


@pytest.fixture(scope="module")
def proved() -> list[list[str]]:
    return []


@pytest.mark.parametrize("shape", SHAPES)
def test_every_bucket_and_quantile_is_that_of_hdrhistogram(shape: str, proved: list[list[str]]) -> None:
    values = values_of(shape)
    ours, theirs = Histogram.of_us(values), theirs_of(values)
    lower, upper, counts = ours.buckets()
    assert counts.sum() == theirs.get_total_count() == VALUES
    assert counts.tolist() == [theirs.get_count_at_value(low) for low in lower.tolist()]
    assert upper.tolist() == [theirs.get_highest_equivalent_value(low) for low in lower.tolist()]
    worst = worst_error(ours, theirs, values)
    assert worst <= 0.001
    again = Histogram.from_bytes(
        Histogram.merged(Histogram.of_us(part) for part in np.array_split(values, PARTS)).to_bytes()
    )
    assert again == ours
    proved.append([shape, f"{VALUES:,}", f"{len(counts):,}", "all", f"{len(QUANTILES):,}", f"{worst:.3%}"])


def worst_error(ours: Histogram, theirs: HdrHistogram, values: NDArray[np.int64]) -> float:
    """The greatest relative error of a quantile against the sorted values; each is in the peer's bucket of it."""
    ordered = np.sort(values)
    worst = 0.0
    for q in QUANTILES.tolist():
        rank = nearest_rank(q, VALUES)
        measured, true = ours.at_rank_us(rank), int(ordered[rank - 1])
        assert measured == ours.quantile_us(q)
        assert measured is not None
        peer = theirs.get_value_at_percentile(100 * rank / VALUES)  # which it rounds to the nearest rank
        ours_at, theirs_at = bucket_indexes(np.array([int(measured), int(peer)])).tolist()
        assert ours_at == theirs_at
        worst = max(worst, abs(measured - true) / true)
    return worst


def test_the_table_of_what_was_proved_is_written(proved: list[list[str]]) -> None:
    headings = ["values", "how many", "buckets in use", "with the peer's count", "quantiles", "worst error"]
    assert [row[0] for row in proved] == list(SHAPES)
    put(ROOT / "docs" / "proofs.md", "histogram", "\n".join(table(headings, proved)))
