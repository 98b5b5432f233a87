"""The load that a served application recorded, as a trace: spread over seconds, gaps filled, long ones parting it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.scale.serving import load_log
from plimsoll.scale.serving.load_log import LoadLog, Tick
from plimsoll.scale.simulating.recorded import GAP_S_MAX, recorded

BEGINS = 1_800_000_000.0


def ticks(*requests: int, begins: float = BEGINS, seconds: float = 2.0, capacity: float | None = 20.0) -> list[Tick]:
    """One after another, each of so many seconds."""
    return [Tick(begins + seconds * (at + 1), seconds, count, 2, 1, 4, capacity) for at, count in enumerate(requests)]


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50).filter(any), st.floats(0.3, 20.0), st.floats(0, 0.99))
def test_every_request_is_in_the_trace_however_long_ticks_are(counts: list[int], seconds: float, late: float) -> None:
    found = recorded("shop", ticks(*counts, begins=BEGINS + late, seconds=seconds))
    assert found.trace.requests == pytest.approx(sum(counts), rel=1e-5)
    assert found.filled_s < 1e-3
    assert found.worker_hours == pytest.approx(2 * seconds * len(counts) / 3600)


def test_what_was_not_recorded_is_as_around_it_and_told() -> None:
    found = recorded("shop", [*ticks(20, 20), *ticks(40, begins=BEGINS + 14, capacity=None)])
    assert (found.filled_s, list(found.trace.counts)[:16]) == (10.0, [10.0] * 4 + [15.0] * 10 + [20.0] * 2)
    assert (found.capacity, found.limits.workers_max) == (20.0, 4)


def test_a_long_gap_and_a_clock_that_was_set_back_part_it() -> None:
    late = ticks(8, begins=BEGINS + GAP_S_MAX + 10)
    assert recorded("shop", [*ticks(20, 20), *late]).trace.requests == 8
    assert recorded("shop", [*late, *ticks(6, 7)]).trace.requests == 13


def test_lines_that_are_none_are_passed_over_and_nothing_is_told(tmp_path: Path) -> None:
    log = LoadLog(tmp_path)
    for tick in ticks(5, 6):
        log.add(tick)
    log.close()
    with (tmp_path / load_log.FILE).open("ab") as file:
        file.write(b"1800000006.00 2.0 7\n1e400 nan 1 1 1 1 -\n\xff\n" + b"9" * 1000 + b"\n1800000006.0 2 7 2 1")
    assert [tick.requests for tick in load_log.read(tmp_path)] == [5, 6]
    assert next(load_log.read(tmp_path)) == ticks(5)[0]
    with pytest.raises(UsageError, match="no load of shop was recorded here"):
        recorded("shop", load_log.read(tmp_path / "none"))
