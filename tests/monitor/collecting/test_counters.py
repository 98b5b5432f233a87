"""Counters become rates only where they say something."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.collecting.counters import Look, difference

COUNTERS = st.dictionaries(st.sampled_from("abcd"), st.floats(0, 1e15), max_size=4)


def test_a_rate_is_what_was_counted_by_the_time_between() -> None:
    made = difference(Look(100.0, {"reads": 50.0, "ms": 10.0}), Look(102.0, {"reads": 70.0, "ms": 50.0}), 2.0)
    assert made is not None
    assert made.per_s("reads") == 10.0
    assert made.per("ms", "reads") == 2.0
    assert made.per_s("unheard of") is None


def test_of_nothing_there_is_no_mean() -> None:
    made = difference(Look(1.0, {"reads": 5.0, "ms": 9.0}), Look(2.0, {"reads": 5.0, "ms": 9.0}), 1.0)
    assert made is not None
    assert made.per("ms", "reads") is None


def test_the_first_look_and_one_after_a_reset_give_no_rate() -> None:
    look = Look(2.0, {"a": 5.0}, epoch="later")
    assert difference(None, look, 1.0) is None
    assert difference(Look(1.0, {"a": 1.0}, epoch="earlier"), look, 1.0) is None


def test_a_counter_that_went_back_or_is_new_is_left_out_by_itself() -> None:
    made = difference(Look(1.0, {"a": 5.0, "b": 1.0}), Look(2.0, {"a": 4.0, "b": 2.0, "c": 9.0}), 1.0)
    assert made is not None
    assert made.counted == {"b": 1.0}


def test_after_a_long_gap_there_is_a_gap() -> None:
    before = Look(0.0, {"a": 0.0})
    assert difference(before, Look(10.0, {"a": 1e9}), 2.0) is not None
    assert difference(before, Look(10.1, {"a": 1e9}), 2.0) is None


@given(COUNTERS, COUNTERS, st.floats(0, 100), st.floats(0, 100))
def test_no_rate_is_ever_negative(before: dict[str, float], after: dict[str, float], a: float, b: float) -> None:
    made = difference(Look(a, before), Look(b, after), 10.0)
    assert made is None or all(value >= 0 and made.seconds > 0 for value in made.counted.values())
