"""The last points of a series stay in memory, and no more than that."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.recent import Points, Recent

A, B = SeriesKey("a"), SeriesKey("b")


@given(st.integers(1, 7), st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_a_ring_holds_the_last_points_in_order(size: int, values: list[float]) -> None:
    points = Points(size)
    for at, value in enumerate(values):
        points.add(float(at), value)
    times, kept = points.between(0.0, 1e9)
    assert kept == values[-size:]
    assert times == sorted(times)
    assert points.last() == (len(values) - 1.0, values[-1])


def test_a_window_is_a_closed_stretch_and_empty_where_nothing_is_known() -> None:
    recent = Recent()
    for at in range(10):
        recent.put(Observation("x", float(at), {A: at * 2.0}))
    assert list(recent.window(A, 3.0, 5.0).mean) == [6.0, 8.0, 10.0]
    assert list(recent.window(B, 0.0, 9.0).times) == []
    assert recent.last(B) is None


def test_series_beyond_the_bound_are_refused_and_counted() -> None:
    recent = Recent(series_max=1)
    recent.put(Observation("x", 1.0, {A: 1.0, B: 2.0}))
    assert list(recent.keys()) == [A]
    assert recent.refused == 1
