"""The summary's JSON: the documented keys, and the same value back."""

import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.background import Background
from plimsoll.core.course import Drift, Recovery, Trend
from plimsoll.core.histogram import Histogram
from plimsoll.core.summary import (
    GeneratorSummary,
    GoalSummary,
    HttpSummary,
    JourneySummary,
    ShortSpread,
    Spread,
    StepSummary,
    Summary,
)

DOCUMENTED = [
    "schema_version",
    "run_id",
    "scenario",
    "environment",
    "profile",
    "seed",
    "started_at",
    "duration_s",
    "warmup_s",
    "stopped_by",
    "valid",
    "invalid_because",
    "warnings",
    "requests",
    "errors",
    "error_rate",
    "dropped",
    "incomplete",
    "retries",
    "reconnects",
    "rate_per_s",
    "journeys_per_s",
    "target_rate_per_s",
    "latency_ms",
    "service_ms",
    "wait_ms",
    "lag_ms",
    "steps",
    "journeys",
    "goals",
    "generator",
    "recovery",
    "drift",
    "background",
]
SPREAD = ["mean", "p50", "p90", "p95", "p99", "p999", "max"]
SHORT_SPREAD = ["p50", "p99", "max"]
STEP = ["name", "journey", "kind", "count", "errors", "rate_per_s", "latency_ms", "service_ms", "error_classes", "http"]
JOURNEY = ["name", "count", "errors", "latency_ms"]
GOAL = ["scope", "expression", "actual", "passed", "unit", "because"]
GENERATOR = ["processes", "cpu_us_per_request", "cpu_share", "run_delay_share", "saturated"]

texts = st.text(max_size=12)
counts = st.integers(0, 2**40)
figures = st.floats(0, 1e9)
maybe = st.none() | figures
spreads = st.builds(Spread, *[maybe] * 7)
short_spreads = st.builds(ShortSpread, *[maybe] * 3)
steps = st.builds(
    StepSummary,
    texts,
    texts,
    st.sampled_from(["sql", "http", "transaction", "custom"]),
    counts,
    counts,
    figures,
    spreads,
    spreads,
    st.dictionaries(texts, counts, max_size=3),
    st.none() | st.builds(HttpSummary, spreads, counts, short_spreads, short_spreads, counts, counts),
)
recoveries = st.builds(Recovery, *[figures] * 5, *[maybe] * 3, st.none() | st.booleans(), maybe)
trends = st.none() | st.builds(Trend, *[figures] * 5, st.booleans())
PARTS: dict[str, st.SearchStrategy[Any]] = {
    "schema_version": counts, "seed": st.integers(), "duration_s": figures, "warmup_s": figures,
    "valid": st.booleans(), "invalid_because": st.lists(texts, max_size=2), "warnings": st.lists(texts, max_size=2),
    "requests": counts, "errors": counts, "error_rate": figures, "dropped": counts, "incomplete": counts,
    "retries": counts, "reconnects": counts, "rate_per_s": figures, "journeys_per_s": figures,
    "target_rate_per_s": maybe, "latency_ms": spreads, "service_ms": spreads, "wait_ms": short_spreads,
    "lag_ms": short_spreads, "steps": st.lists(steps, max_size=2),
    "journeys": st.lists(st.builds(JourneySummary, texts, counts, counts, spreads), max_size=2),
    "goals": st.lists(st.builds(GoalSummary, texts, texts, maybe, st.booleans(), texts, texts), max_size=2),
    "generator": st.builds(GeneratorSummary, counts, maybe, maybe, maybe, st.booleans()),
    "recovery": st.none() | st.lists(recoveries, min_size=1, max_size=2),
    "drift": st.none() | st.builds(Drift, figures, figures, *[trends] * 4),
    "background": st.none() | st.builds(Background, counts, counts, counts, st.tuples(texts)),
}  # fmt: skip
summaries = st.builds(Summary, **{one.name: PARTS.get(one.name, texts) for one in fields(Summary)})


@given(summaries)
def test_the_json_has_the_documented_keys_in_the_documented_order(summary: Summary) -> None:
    data = summary.to_json()
    assert list(data) == DOCUMENTED
    assert list(data["latency_ms"]) == list(data["service_ms"]) == SPREAD
    assert list(data["wait_ms"]) == list(data["lag_ms"]) == SHORT_SPREAD
    assert list(data["generator"]) == GENERATOR
    for part, keys in (("steps", STEP), ("journeys", JOURNEY), ("goals", GOAL)):
        assert all(list(item) == keys for item in data[part])
    for item in (*data["steps"], *data["journeys"]):
        assert list(item["latency_ms"]) == SPREAD


@given(summaries)
def test_a_summary_survives_the_way_through_json(summary: Summary) -> None:
    assert Summary.from_json(json.loads(json.dumps(summary.to_json(), allow_nan=False))) == summary


@given(summaries, st.sampled_from(DOCUMENTED))
def test_a_summary_with_a_part_missing_is_refused(summary: Summary, missing: str) -> None:
    data = summary.to_json()
    del data[missing]
    with pytest.raises(KeyError):
        Summary.from_json(data)


def test_a_spread_is_in_milliseconds_by_nearest_rank() -> None:
    spread = Spread.of(Histogram.of_us(np.arange(1, 1001)))
    assert spread == Spread(mean=0.5, p50=0.5, p90=0.9, p95=0.95, p99=0.99, p999=0.999, max=1.0)


def test_nothing_measured_has_no_figures_rather_than_zeros() -> None:
    assert Spread.of(Histogram()) == Spread(*[None] * 7)
    assert ShortSpread.of(Histogram()) == ShortSpread(None, None, None)


@given(st.lists(st.integers(1, 3_600_000_000), min_size=1, max_size=50))
def test_the_figures_of_a_spread_never_fall(values_us: list[int]) -> None:
    histogram = Histogram.of_us(np.array(values_us))
    spread = Spread.of(histogram)
    rising = [getattr(spread, name) for name in SPREAD[1:]]
    assert rising == sorted(rising)
    assert ShortSpread.of(histogram) == ShortSpread(spread.p50, spread.p99, spread.max)
