"""What statements did over a window."""

from typing import Any

from plimsoll.core.details import StatementRow, document
from plimsoll.server.api.summing import course, summed, with_newest


def row(query_id: str, calls: int, total_ms: float, query: str = "", user: str = "shop") -> StatementRow:
    return StatementRow(query_id, user, calls, total_ms, calls, 10, 1, 0, 0, 0, 0.0, True, query)


def look(at_s: float, *rows: StatementRow, left_out: int = 0, total_ms: float = 100.0) -> tuple[float, Any]:
    return at_s, document(rows, left_out=left_out, seconds=30.0, totals={"calls": 50, "total_ms": total_ms})


LOOKS = [
    look(30.0, row("1", 10, 60.0, "SELECT 1"), row("2", 30, 30.0)),
    look(60.0, row("1", 20, 30.0), row("1", 1, 5.0, user="admin"), row("3", 1, 45.0, "SELECT 3"), left_out=7),
]


def test_differences_of_looks_are_added_up_by_statement_and_role() -> None:
    found = summed(LOOKS, "total_ms", 10)
    rows = [(one["query_id"], one["user"], one["calls"], one["total_ms"], one["query"]) for one in found["rows"]]
    assert rows == [
        ("1", "shop", 30, 90.0, "SELECT 1"),
        ("3", "shop", 1, 45.0, "SELECT 3"),
        ("2", "shop", 30, 30.0, ""),
        ("1", "admin", 1, 5.0, ""),
    ]
    assert (found["start_s"], found["end_s"], found["seconds"], found["looks"]) == (0.0, 60.0, 60.0, 2)
    first = found["rows"][0]
    assert (first["mean_ms"], first["calls_per_s"], first["share_percent"]) == (3.0, 0.5, 45.0)


def test_they_are_sorted_as_asked_and_those_beyond_the_limit_are_counted() -> None:
    found = summed(LOOKS, "mean_ms", 1)
    assert ([one["query_id"] for one in found["rows"]], found["left_out"]) == (["3"], 3 + 7)


def test_the_course_of_a_statement_is_over_all_roles() -> None:
    points = course(LOOKS, "1")
    assert [(one["at_s"], one["calls"], one["total_ms"], one["seconds"]) for one in points] == [
        (30.0, 10, 60.0, 30.0),
        (60.0, 21, 35.0, 30.0),
    ]
    assert [one["at_s"] for one in course(LOOKS, "3")] == [60.0]


def test_nothing_is_nothing() -> None:
    assert summed([], "calls", 10)["rows"] == course([], "1") == []


def test_the_newest_look_counts_once_and_only_in_its_time() -> None:
    newest = LOOKS[-1]
    assert list(with_newest(LOOKS, newest, 0.0, 100.0)) == LOOKS
    assert list(with_newest(LOOKS[:1], newest, 0.0, 100.0)) == LOOKS
    assert list(with_newest([], newest, 0.0, 100.0)) == [newest]
    assert list(with_newest([], newest, 61.5, 100.0)) == list(with_newest([], newest, 0.0, 59.0)) == []
    assert list(with_newest([], None, 0.0, 100.0)) == []
