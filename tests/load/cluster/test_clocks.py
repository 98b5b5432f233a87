"""How well another machine's clock is known from round trips to it."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.load.cluster.clocks import Offset, Reading, estimate

MS = 1_000_000


def trip(asked_ns: int, there_ns: int, back_ns: int, offset_ns: int) -> Reading:
    """A round trip to a clock that is `offset_ns` ahead of ours: so long there, so long back."""
    return Reading(asked_ns, asked_ns + there_ns + offset_ns, asked_ns + there_ns + back_ns)


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**8), st.integers(0, 10**8)), min_size=1, max_size=20),
)
def test_the_true_offset_is_never_further_away_than_said(offset_ns: int, trips: list[tuple[int, int, int]]) -> None:
    found = estimate([trip(asked, there, back, offset_ns) for asked, there, back in trips])
    assert abs(found.offset_ns - offset_ns) <= found.uncertainty_ns


def test_one_quick_round_trip_among_slow_ones_makes_it_sure() -> None:
    slow = [trip(n * 100 * MS, 20 * MS, 30 * MS, 7) for n in range(5)]
    assert estimate([*slow, trip(0, MS, MS, 7)]) == Offset(7, MS)


def test_trips_that_are_slow_in_different_directions_bound_it_from_both_sides() -> None:
    found = estimate([trip(0, 0, 50 * MS, 0), trip(0, 50 * MS, 0, 0)])
    assert found == Offset(0, 0)


def test_readings_that_contradict_each_other_leave_the_quickest() -> None:
    drifted = trip(0, MS, MS, 500 * MS)
    assert estimate([drifted, trip(0, 2 * MS, 2 * MS, 0)]) == Offset(500 * MS, MS)
