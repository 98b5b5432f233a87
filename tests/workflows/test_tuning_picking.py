"""Which values a statement is asked with."""

import asyncpg
import pytest

from plimsoll.core.column_statistics import ColumnStatistics
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.building import Draft
from plimsoll.load.importers.capture.finding import uses_of
from plimsoll.load.importers.capture.parsing import Relation, parsed
from plimsoll.workflows.tuning.making_queries import without_values
from plimsoll.workflows.tuning.picking import (
    BINDINGS_MAX,
    TRIED_MAX,
    Picked,
    column_of,
    page_of,
    pick,
    returns_what_it_finds,
    settled,
    unanchored,
)

STATUS = ColumnStatistics(distinct=3, frequent=("done", "open"), frequent_shares=(0.9, 0.06))


def draft(query: str, **types: str) -> Draft:
    """Types by the numbers of parameters, as p1="text"."""
    numbered = {int(name[1:]): type_name for name, type_name in types.items()}
    tree = parsed(query)
    assert tree is not None
    return Draft(WorkloadStatement(query, 1, 1.0, 1), query, tree, numbered, frozenset(), uses_of(tree, numbered))


def test_the_commonest_and_the_rarest_value_are_among_them() -> None:
    one = draft("SELECT 1 FROM t WHERE status = $1", p1="text")
    rows = [{1: "open"}] * 5 + [{1: "done"}] * 90 + [{1: "lost"}]
    common, rare, *others = pick(one, rows, {1: (STATUS, 1000)})
    assert (common.row, common.origin) == ({1: "done"}, "common")
    assert common.share == pytest.approx((0.9 + 1 / 3) / 2)  # half by frequency, half as one of three
    assert (rare.row, rare.origin) == ({1: "lost"}, "rare")
    assert all(other.row not in (common.row, rare.row) for other in others)


def test_a_rare_category_that_no_sampled_row_has_is_asked_for() -> None:
    one = draft("SELECT 1 FROM t WHERE status = $1 AND a = $2", p1="text", p2="integer")
    picked = pick(one, [{1: "done", 2: "7"}], {1: (STATUS, 1000)})
    assert {1: "open", 2: "7"} in [dict(found.row) for found in picked]
    whole = ColumnStatistics(distinct=2, frequent=("t ", "f"), frequent_shares=(0.9, 0.1))
    picked = pick(draft("SELECT 1 FROM t WHERE code = $1", p1="bpchar"), [{1: "made up"}, {1: "t"}], {1: (whole, 9)})
    assert {found.row[1] for found in picked} == {"t", "f"}  # what no row can have is not asked for


@pytest.mark.parametrize("operator", ["LIKE", "ILIKE"])
def test_a_pattern_that_the_application_makes_begins_anywhere(operator: str) -> None:
    one = draft(f"SELECT 1 FROM t WHERE name {operator} $1 AND a = $2", p1="text", p2="integer")
    assert unanchored(one, [{1: "abc%", 2: "7"}, {1: "%bcd%", 2: "8"}, {1: None, 2: "9"}]) == [
        {1: "%abc%", 2: "7"}, {1: "%bcd%", 2: "8"}, {1: None, 2: "9"}
    ]  # fmt: skip
    assert unanchored(one, [{1: "a%", 2: "7"}, {1: r"%b\\_c%", 2: "8"}]) == [{1: r"%b\\_c%", 2: "8"}]
    assert unanchored(one, [{1: "a%", 2: "7"}]) == [{1: "%a%", 2: "7"}]  # where there is no longer one
    begun = draft(f"SELECT 1 FROM t WHERE name {operator} $1 || '%'", p1="text")
    assert unanchored(begun, [{1: "ab"}]) == [{1: "ab"}]


def test_ranges_are_tried_from_narrow_to_wide() -> None:
    one = draft("SELECT 1 FROM t WHERE at BETWEEN $1 AND $2", p1="integer", p2="integer")
    rows = [{1: "0", 2: str(width)} for width in range(100, 0, -1)]
    widths = [int(found.row[2] or 0) for found in pick(one, rows, {})]
    assert (widths[0], widths[-1], len(widths)) == (1, 100, TRIED_MAX)
    assert widths == sorted(widths)


def planned(*rows: float) -> list[tuple[Picked, float]]:
    return [(Picked({1: str(number)}, "sampled", 1.0), found) for number, found in enumerate(rows)]


def test_shares_make_the_mean_of_rows_what_it_was() -> None:
    found = settled(planned(1, 1000), 100.9)
    assert [one.share for one in found] == pytest.approx([0.9, 0.1])
    assert sum(one.share * rows for one, rows in zip(found, (1, 1000), strict=True)) == pytest.approx(100.9)


def test_nobody_asked_for_what_returns_far_more_than_calls_did() -> None:
    assert [one.row for one in settled(planned(1, 2, 5000), 2)] == [{1: "0"}, {1: "1"}]
    assert [one.row for one in settled(planned(9000, 5000), 2)] == [{1: "1"}]


def test_of_ranges_those_stay_that_return_as_many_rows() -> None:
    assert [one.row for one in settled(planned(1, 90, 100, 180, 400), 100, loose=True)] == [
        {1: "1"}, {1: "2"}, {1: "3"},
    ]  # fmt: skip
    assert [one.row for one in settled(planned(1, 9), 10_000, loose=True)] == [{1: "1"}]


def test_not_more_stay_than_are_worth_asking() -> None:
    found = settled(planned(*range(20)), None)
    assert len(found) == BINDINGS_MAX
    assert sum(one.share for one in found) == pytest.approx(1)
    assert settled([], 3.0) == settled([], None) == []


def test_a_column_is_told_by_its_table_and_never_guessed() -> None:
    orders, buyers = Relation("", "orders"), Relation("", "Buyers")
    joined = 'SELECT 1 FROM orders o JOIN "Buyers" b ON b.id = o.buyer'
    query = f'{joined} WHERE o.status = $1 AND b."Mood" = $2 AND lower(x) = $3'
    uses = draft(query, p1="text", p2="text", p3="text").uses
    assert [column_of(one, [orders, buyers]) for one in uses] == [(orders, "status"), (buyers, "Mood"), None]
    (bare,) = draft("SELECT 1 FROM orders WHERE Status = $1", p1="text").uses
    assert column_of(bare, [orders]) == (orders, "status")
    assert column_of(bare, [orders, buyers]) is None


@pytest.mark.parametrize(
    ("query", "tells"),
    [
        ("SELECT a FROM t WHERE b = 1", True),
        ("SELECT a FROM t LIMIT 3", False),
        ("SELECT count(*) FROM t", False),
        ("SELECT DISTINCT a FROM t", False),
        ("UPDATE t SET a = 1", False),
    ],
)
def test_rows_of_a_call_tell_of_values_where_nothing_else_makes_them(query: str, tells: bool) -> None:
    assert returns_what_it_finds(parsed(query)) is tells


def test_what_is_said_of_a_value_that_fails_does_not_quote_it() -> None:
    odd = asyncpg.InvalidTextRepresentationError('invalid input syntax for type integer: "bob@x.org"')
    assert without_values(odd).endswith("invalid input syntax for type integer: …")
    assert "2024" not in without_values(ValueError("Invalid isoformat string: '2024-99-99'"))
    assert without_values(asyncpg.UndefinedTableError('relation "t" does not exist')).endswith(
        'relation "t" does not exist'
    )


def test_a_limit_is_no_less_than_what_some_call_may_have_returned() -> None:
    assert [page_of(rows) for rows in (50.0, 1.0, 0.5, 19.5, 31.4, 0.0)] == [50, 1, 20, 20, 32, 20]
