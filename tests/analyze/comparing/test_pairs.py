"""Single runs are judged by their seconds, and by how far runs of the same differ."""

from itertools import count

import numpy as np
import pytest

from plimsoll.analyze.comparing.metrics import Metric
from plimsoll.analyze.comparing.pairs import ROWS_MAX, RUN_VARIATION, effect_of_few, rows_of
from tests.analyze.comparing.made_runs import rows
from tests.report.builders import intervals

P95 = Metric("p95")


def test_steady_runs_are_as_sure_as_runs_of_the_same_agree() -> None:
    effect = effect_of_few(([16.0], [16.0]), ([rows(1, seconds=300)], [rows(2, seconds=300)]), P95, 1)
    assert effect is not None
    assert effect.low is not None
    assert effect.high is not None
    reach = 1.96 * RUN_VARIATION * np.sqrt(2)
    assert np.log1p(effect.high) == pytest.approx(reach, rel=0.15)
    assert effect.p == 1.0


def test_of_a_thousand_single_pairs_of_the_same_hardly_one_in_twenty_is_flagged() -> None:
    """Their runs differ by 3 %. How sure a pair is does not depend on its values, so that one effect tells of all."""
    effect = effect_of_few(([16.0], [16.0]), ([rows(1)], [rows(2)]), P95, 1)
    assert effect is not None
    assert effect.high is not None
    pairs = np.random.default_rng(4).lognormal(2.3, 0.03, (1_000, 2))
    assert (np.abs(np.log(pairs[:, 1] / pairs[:, 0])) > np.log1p(effect.high)).sum() <= 50


def test_seconds_that_scatter_widen_the_interval() -> None:
    steady, wild = rows(1), [second for at, second in zip(count(), rows(1), strict=False) if at % 2]
    wild += rows(9, median_ms=60.0, seconds=30)
    narrow = effect_of_few(([16.0], [16.0]), ([steady], [steady]), P95, 1)
    wide = effect_of_few(([16.0], [16.0]), ([steady], [wild]), P95, 1)
    assert narrow is not None
    assert wide is not None
    assert narrow.smallest is not None
    assert wide.smallest is None or wide.smallest > 1.5 * narrow.smallest


@pytest.mark.parametrize("metric", [Metric("mean"), Metric("journeys"), Metric("rate"), Metric("p50", "step:look up")])
def test_every_metric_has_an_effect(metric: Metric) -> None:
    effect = effect_of_few(([10.0, 10.0], [13.0]), ([rows(1), rows(3)], [rows(2)]), metric, 1)
    assert effect is not None
    assert effect.estimate == pytest.approx(0.3)
    assert effect.p is not None
    assert effect.p < 0.001


def test_failures_are_compared_in_points() -> None:
    effect = effect_of_few(([0.0], [0.05]), ([rows(1)], [rows(2, failed=5)]), Metric("errors"), 1)
    assert effect is not None
    assert effect.estimate == pytest.approx(0.05)


def test_what_is_zero_has_no_ratio() -> None:
    assert effect_of_few(([0.0], [1.0]), ([rows(1)], [rows(2)]), Metric("rate"), 1) is None


def test_rows_leave_the_warm_up_out_and_long_runs_have_wider_ones() -> None:
    found = rows_of(intervals(30, warmup_s=5), 25.0)
    assert len(found) == 25
    assert (
        found[0].latency[""].count
        == found[0].requests
        == sum(found[0].latency[scope].count for scope in found[0].latency if scope.startswith("step:"))
    )
    wide = rows_of(intervals(30, warmup_s=0), ROWS_MAX * 3.0)
    assert [round(row.width_s) for row in wide] == [3] * 10
