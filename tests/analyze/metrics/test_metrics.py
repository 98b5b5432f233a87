"""Figures of a file: percentiles that equal those of the plain list, what is counted over time, goals judged."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.analyze.metrics import fold
from plimsoll.analyze.metrics.counted import QUANTILES, Times, apdex
from plimsoll.analyze.metrics.error_classes import error_class
from plimsoll.analyze.metrics.file_metrics import file_load, file_metrics
from plimsoll.analyze.metrics.file_summary import default_goals, file_summary
from plimsoll.analyze.metrics.run_metrics import run_metrics
from plimsoll.analyze.metrics.timeline import BINS_MAX, Timeline
from plimsoll.core.goal import parse_goal
from plimsoll.core.histogram import nearest_rank
from tests.analyze.reading.writing import DEFAULT, csv_text, measured, row, rows
from tests.core.made_intervals import second, step

TIMES = st.lists(st.integers(0, 5_000_000), min_size=1, max_size=300)
REQUESTS = st.lists(
    st.tuples(st.integers(0, 9_000_000), st.integers(0, 50_000), st.booleans()), min_size=1, max_size=60
)


def times_of(values: list[int]) -> Times:
    ms, counts = np.unique(np.array(values, np.int64), return_counts=True)
    return Times(ms, counts)


@given(TIMES)
def test_percentiles_are_those_of_the_sorted_list(values: list[int]) -> None:
    times = times_of(values)
    exact = [float(sorted(values)[max(0, math.ceil(q * len(values) * (1 - 1e-15)) - 1)]) for q in QUANTILES]
    assert [times.quantile(q) for q in QUANTILES] == exact
    assert times.spread().mean == pytest.approx(sum(values) / len(values), abs=0.001)


@given(TIMES)
def test_what_goals_are_judged_by_is_right_to_a_tenth_of_a_percent(values: list[int]) -> None:
    times = times_of([min(value, 3_000_000) for value in values])
    for q in QUANTILES:
        assert times.histogram().quantile_us(q) == pytest.approx(1000 * (times.quantile(q) or 0), rel=0.001)


@settings(max_examples=40)
@given(REQUESTS)
def test_every_request_is_in_the_timeline_and_under_way_for_as_long_as_it_took(
    requests: list[tuple[int, int, bool]],
) -> None:
    start, took, failed = (np.array(column) for column in zip(*requests, strict=True))
    timeline = Timeline()
    for part in np.array_split(np.arange(len(requests)), 3):
        timeline.add(start[part] + 10**12, took[part], failed[part].astype(bool))
    for most in (BINS_MAX, 7):
        points = timeline.points(most)
        assert len(points) <= most
        assert sum(point.requests for point in points) == len(requests)
        assert sum(point.errors for point in points) == failed.sum()
        assert sum(point.concurrency * point.width_s for point in points) == pytest.approx(took.sum() / 1000, abs=1e-6)
        assert points[-1].in_flight == 0


def test_apdex_counts_who_waited_as_a_half_and_who_failed_as_nobody() -> None:
    assert apdex(times_of([100, 500, 900, 1500, 1501]), 1, 500, 1500) == pytest.approx((2 + 1) / 6, abs=1e-4)
    assert apdex(times_of([]), 0, 500, 1500) is None


@pytest.mark.parametrize(
    ("code", "message", "failure", "http", "said"),
    [
        ("503", "busy", "", True, "HTTP 503"),
        ("40001", "could not serialize", "", False, "40001"),
        ("Non HTTP response code: java.net.ConnectException", "refused", "", True, "ConnectException"),
        ("200", "OK", "expected 3 rows, got 12", True, "check: expected N rows, got N"),
        ("", "", "", False, "failed"),
        ("", "refused by 10.0.0.7", "", False, "refused by N.N.N.N"),
        ("Non HTTP response code: ", "", "", True, "failed"),
    ],
)
def test_failures_of_the_same_cause_have_the_same_class(
    code: str, message: str, failure: str, http: bool, said: str
) -> None:
    assert error_class(code, message, failure, http=http) == said


def test_a_file_has_the_figures_that_a_run_has(tmp_path: Path) -> None:
    given_rows = [row(10 * at, elapsed=1 + at % 100, label=f"step {at % 2}") for at in range(1000)]
    given_rows += [row(9_000, elapsed=2_000, success="false", responseCode=500)]
    found = measured(tmp_path, csv_text(given_rows))
    summary = file_summary(found, "given", default_goals(), stated=False)
    assert (summary.requests, summary.errors, summary.duration_s) == (1001, 1, 11.0)
    assert (summary.latency_ms.p50, summary.latency_ms.p99, summary.latency_ms.max) == (51.0, 100.0, 2000.0)
    assert [dict(step.error_classes) for step in summary.steps if step.errors] == [{"HTTP 500": 1}]
    assert [(goal.expression, goal.passed) for goal in summary.goals] == [
        ("p95<1s", True), ("errors<1%", True), ("rate>=100/s", False),
    ]  # fmt: skip
    metrics = file_metrics(found)
    assert metrics.total.concurrency == pytest.approx((50_500 / 10 * 10 + 2_000) / 11_000, abs=0.001)
    assert (metrics.total.min_ms, metrics.total.bytes_received) == (1.0, 1001 * 512)
    assert sum((point["rate_per_s"] or 0) for point in metrics.over_time) == 1001
    load = file_load(found)
    assert (load.requests, load.errors, round(load.request_s, 6)) == (1001, 1, 52.5)


def test_goals_of_steps_and_of_consecutive_seconds_are_judged_too(tmp_path: Path) -> None:
    slow = [row(1000 * at, elapsed=900 if 5 <= at < 12 else 20) for at in range(30)]
    found = measured(tmp_path, csv_text(slow))
    texts = [
        "p95<500ms for 5s",
        "p95<500ms for 8s",
        "step:look up:p50<50ms",
        "step:other:p50<50ms",
        "lag<1ms",
        "rate>0.5/s",
    ]
    goals = [parse_goal(text) for text in texts if text != "lag<1ms"]
    judged = file_summary(found, "given", goals, stated=True).goals
    assert [goal.passed for goal in judged] == [False, True, True, False, True]
    assert judged[3].because == "no step of this name is in the file"


def test_without_time_stamps_no_default_goal_asks_for_a_rate(tmp_path: Path) -> None:
    text = csv_text(rows(200), ["elapsed", "label", "success"])
    summary = file_summary(measured(tmp_path, text), "given", default_goals(), stated=False)
    assert [goal.expression for goal in summary.goals] == ["p95<1s", "errors<1%"]
    assert any("no time stamps" in warning for warning in summary.warnings)


def test_a_file_in_which_everything_failed_is_invalid(tmp_path: Path) -> None:
    summary = file_summary(measured(tmp_path, csv_text(rows(5, success="false"))), "given", [], stated=True)
    assert not summary.valid


def test_metrics_of_a_run_come_from_its_intervals() -> None:
    steps = {("buy", "look up"): step(2, 100), ("buy", "pay"): step(1, 900), ("buy", "ship"): step(1, 2_000)}
    made = [second(-1.0, {("warm", "up"): step(5)}, warmup=True), *(second(float(at), steps) for at in range(1500))]
    found = run_metrics(made)
    assert found.total.apdex == pytest.approx((2 + 0.5) / 4, abs=0.001)
    assert (found.total.concurrency, found.total.min_ms) == (3.1, 100.0)
    assert [one.name for one in found.steps] == ["look up", "pay", "ship"]
    assert len(found.over_time) <= 600
    assert sum((point["rate_per_s"] or 0) * (point["width_s"] or 0) for point in found.over_time) == pytest.approx(6000)


def test_a_long_pause_between_two_runs_in_one_file_is_said(tmp_path: Path) -> None:
    text = csv_text([*rows(50), *(row(3_600_000 + 50 * at) for at in range(50))])
    warnings = file_summary(measured(tmp_path, text), "given", [], stated=True).warnings
    assert any(warning.startswith("nothing happened for 59 min 56 s") for warning in warnings), warnings


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=200), st.booleans())
def test_percentiles_of_a_file_are_exact_and_those_of_a_vast_one_right_to_a_tenth_of_a_percent(
    times: list[int], vast: bool
) -> None:
    given_rows = [row(at, elapsed=ms, success=str(at % 5 > 0).lower()) for at, ms in enumerate(times)]
    with TemporaryDirectory() as place, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fold, "KEYS_MAX", 0 if vast else fold.KEYS_MAX)
        halves = csv_text(given_rows), csv_text(given_rows[::-1], header=False)
        summary = file_summary(measured(Path(place), "".join(halves)), "given", [], stated=True)
    exact = sorted(times * 2)
    for name, q in zip(("p50", "p90", "p95", "p99", "p999"), QUANTILES, strict=True):
        wanted = exact[nearest_rank(q, len(exact)) - 1]
        found = getattr(summary.latency_ms, name)
        assert found == wanted if not vast else found == pytest.approx(wanted, rel=0.001, abs=0)


def test_the_last_second_of_a_file_lasts_no_longer_than_the_file(tmp_path: Path) -> None:
    given = [row(50 * at, elapsed=50, success=str(at % 3 > 0).lower()) for at in range(60)]
    load = file_load(measured(tmp_path, csv_text(given)))
    assert (load.requests, load.errors, load.duration_s, load.rate_per_s) == (60, 20, 3.0, 20.0)


def test_requests_without_times_are_counted_with_what_they_took_and_how_they_failed(tmp_path: Path) -> None:
    given = [*rows(30), *rows(10, success="false", responseCode=503, elapsed=2)]
    load = file_load(measured(tmp_path, csv_text(given, DEFAULT[1:])))
    assert (load.requests, load.errors, load.duration_s, load.rate_per_s) == (40, 10, 0.0, 0.0)
    assert (load.steps[0].failed_p50_ms, load.steps[0].succeeded_ms) == (2.0, 40.0)
