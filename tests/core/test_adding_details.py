"""Documents of many looks become one of a stretch: counts add up, averages weigh by time, the worst is first."""

import pytest

from plimsoll.core.adding_details import Thinning, added, averaged, within, worst_locks
from plimsoll.core.details import LockRow, StatementRow, TableRow, WaitRow, document
from plimsoll.core.recorded import Document


def statements(seconds: float, **calls: int) -> Document:
    rows = [
        StatementRow(name, "app", count, count * 2.0, count * 3, 10, 1, 0, 0, 0, 0.0, True, "" if count < 5 else name)
        for name, count in calls.items()
    ]
    return document(rows, seconds=seconds)


def test_what_happened_adds_up_and_the_weightiest_comes_first() -> None:
    found = added("statements", [statements(10, one=9, two=2), statements(5, two=30), statements(10, two=1)])
    assert found is not None
    assert [(row["query_id"], row["calls"], row["total_ms"], row["rows"]) for row in found["rows"]] == [
        ("two", 33, 66.0, 99),
        ("one", 9, 18.0, 27),
    ]
    assert found["rows"][0]["query"] == "two", "a look that did not know the text takes none away"
    assert found["seconds"] == 25


def test_of_what_is_known_at_a_moment_the_newest_stays() -> None:
    def table(live: int, size: int | None, scans: int) -> Document:
        return document([TableRow("t", live, 0, size, None, scans, 0, 0, 0, 0, 0, 0, 0, None, None)], seconds=60)

    found = added("tables", [table(100, 8192, 2), table(140, None, 3)])
    assert found is not None
    (row,) = found["rows"]
    assert (row["live_rows"], row["size_bytes"], row["sequential_scans"]) == (140, 8192, 5)


def test_averages_count_for_as_long_as_they_lasted() -> None:
    def waits(seconds: float, **sessions: float) -> Document:
        return document([WaitRow(name, None, count) for name, count in sessions.items()], seconds=seconds)

    found = averaged("waits", [waits(30, CPU=2.0), waits(10, CPU=4.0, Lock=8.0)])
    assert found is not None
    assert [(row["wait"], row["sessions"]) for row in found["rows"]] == [
        ("CPU", pytest.approx(2.5)),
        ("Lock", pytest.approx(2.0)),
    ]
    assert found["seconds"] == 40


def test_nothing_is_known_of_nothing() -> None:
    assert added("statements", []) is None
    assert averaged("waits", [document([])]) is None


def test_a_look_belongs_to_the_time_in_which_the_greater_part_of_it_lies() -> None:
    looks = [(at, statements(10, one=1)) for at in (4.0, 12.0, 20.0, 33.0)]
    assert list(within(looks, 5.0, 22.0)) == [looks[1][1], looks[2][1]]


def test_the_worst_moments_come_first_and_not_the_same_one_twice() -> None:
    def tree(*waits: float) -> Document:
        rows = [LockRow(1, 0, None, "", None, "", "", "", None, len(waits), "")]
        return document(
            rows + [LockRow(pid, 1, 1, "", wait, "", "", "", None, 0, "") for pid, wait in enumerate(waits)]
        )

    looks = [(10.0, tree(1.0)), (20.0, tree(5.0, 4.0)), (21.0, tree(6.0, 5.0)), (30.0, tree()), (40.0, tree(2.0))]
    assert [at for at, _ in worst_locks(looks)] == [21.0, 40.0, 10.0]


def test_of_a_long_run_waits_are_averaged_and_the_worst_trees_kept() -> None:
    def waits(sessions: float) -> Document:
        return document([WaitRow("CPU", None, sessions)], samples=10, hz=10.0)

    def tree(wait_s: float) -> Document:
        return document([LockRow(2, int(wait_s > 0), 1, "", wait_s, "", "", "", None, 0, "")])

    thinning = Thinning(every_s=10.0)
    kept = [thinning.put(float(at), {"waits": waits(at), "locks": tree(3.0 if at == 4 else 0.0)}) for at in range(15)]
    assert [at for at, one in enumerate(kept) if one] == [10]
    ended_s, averages = kept[10]["waits"]
    assert averages["rows"][0]["sessions"] == pytest.approx(5.0)
    assert (ended_s, averages["seconds"]) == (10.0, pytest.approx(11.0))
    assert kept[10]["locks"] == (4.0, tree(3.0)), "of the moment at which it was seen"
    rest = thinning.flush()
    assert rest["waits"][1]["rows"][0]["sessions"] == pytest.approx(12.5)
    assert "locks" not in rest, "nobody waited"
    assert thinning.flush() == {}
    assert thinning.put(20.0, {"tables": document([])}) == {"tables": (20.0, document([]))}, "what comes seldom is kept"
