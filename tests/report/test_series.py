"""A series is told by one line for each cell, and by a page that opens offline."""

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from plimsoll.core.matrix import Axis, Cell
from plimsoll.core.repeats import Range, SeriesSummary, summarize_cell
from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.report.series import cell_standing, range_words, series_view, series_words
from plimsoll.report.series_html import render_series
from tests.report.builders import INJECTION, empty_summary


def shown(view: RenderableType, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(view)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


MISSED = GoalSummary("total", "p95<1ms", 10.0, passed=False, unit="ms")


def made(*p95s: float, **changes: object) -> list[Summary]:
    base = replace(empty_summary(), valid=True, invalid_because=(), journeys_per_s=120.0, duration_s=30.0)
    return [
        replace(base, run_id=f"run-{p95:g}", latency_ms=replace(base.latency_ms, p50=p95 / 2, p95=p95), **changes)  # type: ignore[arg-type]  # tests name fields by keyword
        for p95 in p95s
    ]


def series(cells: Sequence[tuple[Cell, Sequence[Summary]]], repeats: int = 1, **changes: object) -> SeriesSummary:
    told = [summarize_cell(cell, runs) for cell, runs in cells]
    axes = [Axis(name, tuple(cell[name] for cell, _ in cells)) for name in cells[0][0]]
    runs = [run for _, runs in cells for run in runs]
    return replace(SeriesSummary("series-1", axes, repeats, None, told, runs), **changes)  # type: ignore[arg-type]  # as above


TWO = series([({"users": 10}, made(10.0, 12.0)), ({"users": 100}, made(400.0, 900.0))], 2, reset="template")


def test_each_cell_is_a_line_with_its_median_and_below_it_the_range() -> None:
    lines = shown(series_view(TWO, "somewhere/series.html")).splitlines()
    assert lines[0] == "4 runs: 2 cells of users, 2 times each, reset by template between them, 2 min of"
    at = next(number for number, line in enumerate(lines) if line.split()[:1] == ["10"])
    assert lines[at].split() == ["10", "120/s", "5.50", "ms", "11.0", "ms", "–", "0", "%", "valid"]
    assert lines[at + 1].split() == ["5.00..6.00", "ms", "10.0..12.0", "ms"]
    assert any(line.startswith("warning: users 100: the runs are far apart:") for line in lines)
    assert lines[-1] == "overview: somewhere/series.html"


def test_repeats_alone_have_no_axis() -> None:
    told = series([({}, made(10.0, 11.0, 12.0))], 3)
    assert series_words(told) == "3 runs: the same each time, 1 min 30 s of load"
    assert "11.0 ms" in shown(series_view(told, None))


@pytest.mark.parametrize(
    ("runs", "refused", "word"),
    [
        (made(1.0), "", "valid"),
        (made(1.0, goals=(MISSED,)), "", "goals missed"),
        (made(1.0, 2.0, goals=(MISSED,)), "", "missed in 2 of 2"),
        (made(1.0, valid=False), "", "none valid"),
        ([*made(1.0), *made(2.0, valid=False, goals=(MISSED,))], "", "1 of 2 valid"),
        ([], "too many users", "refused"),
        ([], "", "not run"),
    ],
)
def test_where_a_cell_stands_is_said_in_a_word(runs: Sequence[Summary], refused: str, word: str) -> None:
    assert cell_standing(summarize_cell({}, runs, refused))[0] == word


@pytest.mark.parametrize(
    ("name", "low", "high", "words"),
    [
        ("p95_ms", 0.8, 1.2, "800 µs..1.20 ms"),
        ("p95_ms", 398.0, 430.0, "398..430 ms"),
        ("journeys_per_s", 98.0, 104.0, "98..104/s"),
        ("error_rate", 0.01, 0.02, "1..2 %"),
        ("p95_ms", 5.0, 5.0, ""),
        ("p95_ms", 5.0001, 5.0002, ""),
    ],
)
def test_a_range_says_its_unit_once(name: str, low: float, high: float, words: str) -> None:
    assert range_words(name, Range(low, low, high)) == words


def test_the_page_says_first_how_the_cells_stand() -> None:
    page = render_series(TWO, {"run-10": "../run-10/report.html"})
    assert "p95 from 11.0 ms (users 10) to 650 ms (users 100)" in page
    assert '<a href="../run-10/report.html">run-10</a>' in page
    assert "<script" not in page
    failing = series([({"users": 10}, made(10.0)), ({"users": 50}, made(20.0, valid=False))])
    assert "1 of 2 cells: users 50: none valid" in render_series(failing, {})


def test_names_cannot_become_markup() -> None:
    told = series([({"users": 1}, made(1.0, scenario=INJECTION, environment=INJECTION))], warnings=[INJECTION])
    page = render_series(told, {})
    assert "<img" not in page
    assert "<script" not in page


def test_goals_that_a_cell_missed_are_told_with_how_often_and_met_ones_too() -> None:
    met = replace(MISSED, passed=True)
    told = series(
        [
            ({"users": 10}, [*made(1.0, goals=(met,)), *made(2.0, goals=(MISSED,))]),
            ({"users": 20}, made(3.0, goals=(met,))),
        ],
        2,
    )
    text = shown(series_view(told, None))
    assert "users 10: goal missed in 1 of 2 runs: p95<1ms" in text
    assert "goals met" in text
