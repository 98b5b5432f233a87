"""What is seen while a run goes on."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from plimsoll.core.interval import Interval
from plimsoll.report.live import TREND_POINTS_MAX, LiveState, LiveView, live_line, sparkline
from tests.report import builders


def state_after(intervals: list[Interval], **planned: float) -> LiveState:
    state = LiveState("scenarios/accounts.py", "dev", "steps", **planned)  # type: ignore[arg-type]  # by keyword
    for interval in intervals:
        state.add(interval)
    return state


def seen(state: LiveState) -> str:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=False)
    console.print(LiveView(state))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


@pytest.mark.parametrize("intervals", [[], builders.failing()[1]], ids=["before the first figures", "full"])
def test_the_view_fits_80_by_24(intervals: list[Interval]) -> None:
    lines = seen(state_after(intervals, planned_s=120)).splitlines()
    assert len(lines) <= 24
    assert max(len(line) for line in lines) <= 80
    assert not any("…" in line for line in lines)


def test_totals_are_of_the_whole_run_and_figures_of_its_last_seconds() -> None:
    found = list(builders.intervals(60, slow_from=50, errors_from=55))
    state = state_after(found, planned_s=120)
    assert state.requests == sum(interval.requests for interval in found)
    assert state.errors == sum(interval.errors for interval in found)
    alone = state_after(found[-5:])
    assert state.now == alone.now
    assert state.now.errors == state.errors


def test_progress_is_of_time_or_of_journeys_whichever_was_planned() -> None:
    found = list(builders.intervals(30))
    assert state_after(found, planned_s=120).progress == pytest.approx(0.25)
    state = state_after(found, planned_journeys=1_000_000)
    assert state.progress == pytest.approx(state.journeys / 1_000_000)
    assert state_after(found).progress is None
    assert "30 s, 1 min 30 s left" in seen(state_after(found, planned_s=120))


def test_time_moves_on_between_intervals() -> None:
    state = state_after(list(builders.intervals(10)), planned_s=20)
    state.elapsed_s = 15
    assert state.progress == pytest.approx(0.75)


def test_memory_does_not_grow_with_the_run() -> None:
    interval = next(builders.intervals(1))
    state = state_after([replace(interval, start_s=second / 10, width_s=0.1) for second in range(3000)])
    assert len(state.rates) == len(state.p95s_ms) == TREND_POINTS_MAX
    assert len(state._recent) <= 51


def test_a_piped_line_holds_every_figure_that_matters() -> None:
    line = live_line(state_after(list(builders.intervals(20, warmup_s=30)), planned_s=60))
    for part in (
        "20 s",
        "warm-up",
        "users",
        "journeys/s (of 200/s)",
        "p50",
        "p95",
        "p99",
        "errors 0",
        "dropped 0",
        "lag p99",
    ):
        assert part in line
    assert "\n" not in line


def test_before_the_first_interval_nothing_is_called_0_that_is_unknown() -> None:
    assert "p50 –  p95 –  p99 –" in live_line(state_after([]))


@given(st.lists(st.none() | st.floats(0, 1e9)))
def test_a_sparkline_has_a_character_for_each_value_and_none_for_the_unknown(values: list[float | None]) -> None:
    line = sparkline(values)
    assert len(line) == len(values)
    assert all((character == " ") == (value is None) for character, value in zip(line, values, strict=True))
