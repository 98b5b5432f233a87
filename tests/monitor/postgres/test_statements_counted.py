"""Entries of pg_stat_statements: what each did between two looks, whatever was evicted or came back in between."""

from typing import Any

from plimsoll.monitor.postgres.looks import Row, RowsDifference, RowsLook
from plimsoll.monitor.postgres.statements.collector import EVICTIONS_MAX, statement_values
from plimsoll.monitor.postgres.statements.counted import (
    Entry,
    StatementsLook,
    Totals,
    counted_entries,
    statements_between,
    totals,
    weightiest,
)

ROLE, OTHER = 10, 11


def entry(query_id: int | None, *, since_s: float | None = None, top_level: bool = True, role: int = ROLE) -> Entry:
    return Entry(role, query_id, top_level, since_s)


def counts(calls: int, ms: float) -> Row:
    return calls, ms, calls, 0, 0, 0, 0, 0, 0.0


def look(steady_s: float, entries: dict[Entry, Row], *, complete: bool = True, at_s: float = 0.0) -> StatementsLook:
    return StatementsLook(RowsLook(steady_s, entries, "epoch"), 0, at_s, complete)


def between(before: StatementsLook, after: StatementsLook) -> dict[Entry, Any]:
    found = statements_between(before, after, 30.0)
    assert found is not None
    return {entry: row[:2] for entry, row in found.rows.items()}


def test_what_an_entry_did_is_the_difference_and_a_new_one_counts_as_a_whole() -> None:
    before = look(0.0, {entry(1): counts(5, 50.0), entry(2): counts(3, 3.0)})
    after = look(30.0, {entry(1): counts(9, 90.0), entry(2): counts(3, 3.0), entry(3): counts(2, 7.0)})
    assert between(before, after) == {entry(1): (4, 40.0), entry(3): (2, 7.0)}


def test_one_that_was_evicted_and_came_back_gives_no_negative_number() -> None:
    before = look(0.0, {entry(1): counts(5, 50.0), entry(2): counts(5, 50.0)})
    after = look(30.0, {entry(1): counts(2, 10.0), entry(2): counts(6, 20.0)})
    assert between(before, after) == {entry(1): (2, 10.0), entry(2): (6, 20.0)}


def test_an_entrys_age_tells_that_it_came_back_even_if_it_counts_more_than_before() -> None:
    before = look(0.0, {entry(1, since_s=100.0): counts(5, 50.0)})
    after = look(30.0, {entry(1, since_s=120.0): counts(9, 90.0)})
    assert between(before, after) == {entry(1, since_s=120.0): (9, 90.0)}


def test_of_an_incomplete_look_only_its_age_tells_that_an_entry_is_new() -> None:
    before = look(0.0, {}, complete=False, at_s=110.0)
    old, young, unknown = entry(1, since_s=100.0), entry(2, since_s=120.0), entry(3)
    after = look(30.0, {one: counts(5, 5.0) for one in (old, young, unknown)}, complete=False)
    assert between(before, after) == {young: (5, 5.0)}


def test_hidden_entries_are_added_up_and_left_out_once_their_sum_sinks() -> None:
    hidden = [(OTHER, None, True, since, *counts(calls, 1.0)) for since, calls in ((100.0, 5), (110.0, 7))]
    known = counted_entries(hidden)
    assert known == {entry(None, role=OTHER): (12, 2.0, 12, 0, 0, 0, 0, 0, 0.0)}
    sunk = look(30.0, dict(counted_entries(hidden[:1])))
    assert between(look(0.0, dict(known)), sunk) == {}


def test_no_rate_is_told_where_most_was_forgotten_before_it_could_be_read() -> None:
    assert sorted(statement_values(Totals(50, 500.0), 10.0, EVICTIONS_MAX).values()) == [5.0, 50.0]
    assert statement_values(Totals(50, 500.0), 10.0, EVICTIONS_MAX + 1) == {}


def test_totals_are_of_what_clients_sent_without_what_we_asked_and_without_what_functions_did() -> None:
    found = RowsDifference(
        10.0,
        {
            entry(1): counts(5, 50.0),
            entry(2): counts(100, 900.0),
            entry(3, top_level=False): counts(7, 70.0),
            entry(None, role=OTHER): counts(2, 20.0),
        },
    )
    assert totals(found, {2}) == Totals(7, 70.0)
    assert totals(found, {2}, hidden=True) == Totals(2, 20.0)
    assert weightiest(found, {2}) == [entry(3, top_level=False), entry(1)]
