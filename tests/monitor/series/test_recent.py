"""The last points of a series stay in memory, and no more than that."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.observation import Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.series.recent import Recent

A, B, C = SeriesKey("a"), SeriesKey("b"), SeriesKey("c")
VALUES = st.floats(0, 100, width=32)


@given(st.integers(1, 7), st.lists(st.tuples(VALUES, st.none() | VALUES), min_size=1, max_size=30))
def test_the_last_looks_are_held_in_order_each_series_with_what_it_was_told(
    size: int, looks: list[tuple[float, float | None]]
) -> None:
    recent = Recent(points_max=size)
    for at, (a, b) in enumerate(looks):
        recent.put(Observation("x", float(at), {A: a} if b is None else {A: a, B: b}))
    last = list(enumerate(looks))[-size:]
    window = recent.window(A, 0.0, 1e9)
    assert list(zip(window.times, window.mean, strict=True)) == [(at, a) for at, (a, _) in last]
    window = recent.window(B, 0.0, 1e9)
    assert list(zip(window.times, window.mean, strict=True)) == [(at, b) for at, (_, b) in last if b is not None]
    assert recent.last(A) == (len(looks) - 1.0, looks[-1][0])


def test_a_window_is_a_closed_stretch_and_empty_where_nothing_is_known() -> None:
    recent = Recent()
    for at in range(10):
        recent.put(Observation("x", float(at), {A: at * 2.0}))
    assert list(recent.window(A, 3.0, 5.0).mean) == [6.0, 8.0, 10.0]
    assert list(recent.window(B, 0.0, 9.0).times) == []
    assert recent.last(B) is None


def test_the_newest_value_is_exact_and_knows_its_period() -> None:
    recent = Recent()
    recent.put(Observation("x", 5.0, {A: 1.0}))
    assert recent.period_s(A) == 0.0
    recent.put(Observation("x", 7.0, {A: 123_456_789.0}))
    assert recent.last(A) == (7.0, 123_456_789.0)
    assert recent.period_s(A) == 2.0


def test_series_beyond_the_bound_are_refused_and_counted() -> None:
    recent = Recent(series_max=1)
    recent.put(Observation("x", 1.0, {A: 1.0, B: 2.0}))
    assert list(recent.keys()) == [A]
    assert recent.refused == 1


def test_labels_that_are_always_new_push_out_only_their_own_collectors_old_ones() -> None:
    recent = Recent(source_series_max=3)
    recent.put(Observation("host", 1.0, {A: 1.0}))
    for look in range(50):
        told = {SeriesKey.of("application_x", id=f"{look}-{n}"): float(n) for n in range(3)}
        recent.put(Observation("application", 2.0 + look, told))
    recent.put(Observation("application", 99.0, {B: 1.0, C: 2.0}))
    assert {A, B, C} <= set(recent.keys())
    assert len(list(recent.keys())) == 4
    assert recent.refused == 0
    assert list(recent.window(A, 0.0, 100.0).mean) == [1.0]


def test_memory_covers_what_it_holds_and_all_there_is_where_nothing_was_forgotten() -> None:
    recent = Recent(points_max=3)
    recent.put(Observation("x", 10.0, {A: 1.0}))
    assert recent.covers(A, 10.0, before_s=0.0)
    assert recent.covers(A, 5.0, before_s=0.0)  # there is nothing before
    assert not recent.covers(A, 5.0, before_s=7.0)  # a watch before this one saw something
    assert not recent.covers(B, 10.0, before_s=0.0)
    for at in (12.0, 14.0, 16.0):
        recent.put(Observation("x", at, {A: 1.0}))
    assert recent.covers(A, 12.0, before_s=0.0)
    assert not recent.covers(A, 11.0, before_s=0.0)
