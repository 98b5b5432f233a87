"""Groups and rows of counters: what was counted between two looks, whatever was reset in between."""

from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.postgres.looks import Looks, Row, RowsLook, rates, rows_difference

WAL = {"bytes": SeriesKey("wal")}


def at(steady_s: float, rows: dict[str, Row], epoch: object = 1) -> RowsLook[str]:
    return RowsLook(steady_s, rows, epoch)


def test_groups_are_compared_with_their_own_last_look_and_are_reset_apart() -> None:
    looks = Looks(10.0)
    looks.next("wal", 0.0, {"bytes": 100.0}, "a")
    looks.next("io", 0.0, {"bytes": 5.0}, "a")
    assert rates(looks.next("wal", 10.0, {"bytes": 300.0}, "a"), WAL) == {SeriesKey("wal"): 20.0}
    assert rates(looks.next("io", 10.0, {"bytes": 900.0}, "reset"), WAL) == {}
    assert rates(looks.next("wal", 20.0, {"bytes": None}, "a"), WAL) == {}


def test_rows_count_what_they_did_and_one_that_began_anew_counts_as_a_whole() -> None:
    before = at(0.0, {"same": (5, 1), "more": (5, 1), "anew": (5, 9), "gone": (1, 1)})
    after = at(10.0, {"same": (5, 1), "more": (8, 2), "anew": (7, 1), "new": (2, 2)})
    found = rows_difference(before, after, 10.0)
    assert found is not None
    assert (found.seconds, found.rows) == (10.0, {"more": (3, 1), "anew": (7, 1), "new": (2, 2)})
    overlooked = rows_difference(before, after, 10.0, lambda _: False)
    assert overlooked is not None
    assert "new" not in overlooked.rows


def test_after_a_reset_a_long_gap_or_at_the_first_look_nothing_is_known() -> None:
    before, after = at(0.0, {"a": (1,)}), at(10.0, {"a": (2,)})
    assert rows_difference(None, after, 10.0) is None
    assert rows_difference(before, at(10.0, {"a": (2,)}, epoch=2), 10.0) is None
    assert rows_difference(before, at(51.0, {"a": (2,)}), 10.0) is None
