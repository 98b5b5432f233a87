"""Repeated runs are told by their median and how far apart they were."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from plimsoll.core.matrix import Axis
from plimsoll.core.repeats import Range, SeriesSummary, summarize_cell
from plimsoll.core.summary import GoalSummary, Summary
from tests.report.builders import empty_summary


def runs(*p95s: float | None, **changes: object) -> list[Summary]:
    made = replace(empty_summary(), valid=True, invalid_because=(), journeys_per_s=100.0)
    return [
        replace(made, run_id=f"r{at}", latency_ms=replace(made.latency_ms, p95=p95), **changes)  # type: ignore[arg-type]  # tests name fields by keyword
        for at, p95 in enumerate(p95s)
    ]


def p95(found: Sequence[Summary]) -> Range:
    return summarize_cell({}, found).figures["p95_ms"]


def test_a_cell_has_median_lowest_and_highest() -> None:
    assert p95(runs(12.0, 10.0, 11.0)) == Range(11.0, 10.0, 12.0)
    assert p95(runs(10.0, 11.0)) == Range(10.5, 10.0, 11.0)


def test_nothing_measured_is_unknown_not_zero() -> None:
    assert p95(runs(None)) == p95([]) == Range(None, None, None)


def test_runs_that_are_far_apart_are_warned_of_with_both_ends() -> None:
    (warning,) = summarize_cell({}, runs(10.0, 11.0, 13.0)).warnings
    assert warning == "the runs are far apart: p95 10.0 ms to 13.0 ms; a smaller difference may be chance"
    assert summarize_cell({}, runs(10.0, 11.0, 12.0)).warnings == []


@pytest.mark.parametrize("change", [{"valid": False}, {"stopped_by": "interrupted"}])
def test_runs_that_say_nothing_are_left_out_and_it_is_said(change: dict[str, object]) -> None:
    found = summarize_cell({}, [*runs(10.0, 11.0), *runs(500.0, **change)])
    assert found.figures["p95_ms"] == Range(10.5, 10.0, 11.0)
    assert (found.valid, len(found.runs)) == (2, 3)
    assert found.warnings == ["1 of 3 runs are invalid or cut short, and left out"]


def test_a_series_is_one_object_with_every_run_and_every_cell() -> None:
    first, second = runs(10.0, 20.0)
    missed = replace(first, goals=(GoalSummary("total", "p95<1ms", 10.0, passed=False, unit="ms"),))
    cells = [summarize_cell({"users": 1}, [missed]), summarize_cell({"users": 2}, [], "too many users")]
    told = SeriesSummary("s", (Axis("users", (1, 2)),), 1, "template", cells, [missed, second], ["slow"]).to_json()
    assert [run["run_id"] for run in told["runs"]] == ["r0", "r1"]
    matrix = told["matrix"]
    assert matrix["axes"] == {"users": [1, 2]}
    assert (matrix["repeats"], matrix["reset"], matrix["warnings"]) == (1, "template", ["slow"])
    assert matrix["cells"][0]["goals_missed"] == 1
    assert matrix["cells"][0]["p95_ms"] == {"median": 10.0, "min": 10.0, "max": 10.0}
    assert matrix["cells"][0]["refused"] is None
    assert matrix["cells"][1]["refused"] == "too many users"
