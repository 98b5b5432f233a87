"""What the load's side of the evidence keeps of intervals."""

from dataclasses import replace

import pytest

from plimsoll.analyze.evidence.load import load_evidence
from plimsoll.core.histogram import Histogram
from plimsoll.core.interval import HttpUse
from tests.core.made_intervals import NOTHING, second, step, times


def test_a_step_tells_how_quick_it_can_be_and_how_quickly_it_fails() -> None:
    slow_to_fail = replace(step(20, 10.0, timeout=2), failed=times(2, 2_000.0))
    slow_to_fail = replace(slow_to_fail, service=Histogram.merged([times(2, 1.0), times(18, 9.0)]))
    found = load_evidence([second(0.0, {("look", "select"): slow_to_fail})])
    assert found.steps[0].service_low_ms == pytest.approx(9.0, rel=0.001), "the two quick ones may be those that failed"
    assert found.steps[0].failed_p50_ms == pytest.approx(2_000.0, rel=0.001)
    assert found.steps[0].first_byte_p50_ms is None


def test_new_connections_of_http_steps_are_counted_with_their_times() -> None:
    used = replace(step(10), kind="http", http=HttpUse(times(10, 3.0), times(4, 0.5), NOTHING))
    found = load_evidence([second(at, {("look", "get"): used}) for at in (0.0, 1.0)]).steps[0]
    assert (found.connects, found.connect_p50_ms) == (8, 0.5)
    assert found.first_byte_p50_ms == pytest.approx(3.0, rel=0.001)


def test_errors_are_known_by_class_and_second() -> None:
    found = load_evidence([second(0.0), second(1.0, {("look", "select"): step(10, timeout=3)})])
    assert [one.error_classes for one in found.seconds] == [{}, {"timeout": 3}]
