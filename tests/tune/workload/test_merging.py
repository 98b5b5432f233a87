"""Statements that differ only in the length of a list."""

from plimsoll.tune.workload.asked import Asked
from plimsoll.tune.workload.merging import merged


def test_lists_of_different_lengths_are_one_statement() -> None:
    lists = [
        Asked("SELECT 1 FROM t WHERE a IN ($1) AND b = $2", 10, 1.0, 1.0, "1"),
        Asked("SELECT 1 FROM t WHERE a IN ($1, $2, $3) AND b = $4", 30, 5.0, 3.0, "2"),
        Asked("SELECT 1 FROM t WHERE a = $1 AND b = $2", 1, 9.0),
    ]
    assert merged(lists) == [Asked(lists[1].text, 40, 6.0, 2.5, "2"), lists[2]]


def test_rows_of_an_insert_are_such_lists_and_arguments_of_functions_are_not() -> None:
    rows = [
        Asked("INSERT INTO t (a, b) VALUES ($1, $2)", 1),
        Asked("INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)", 1),
    ]
    calls = [Asked("SELECT f($1)", 1), Asked("SELECT f($1, $2)", 1)]
    assert [one.calls for one in merged(rows)] == [2]
    assert merged(calls) == calls


def test_an_explain_of_a_statement_is_no_call_of_it() -> None:
    asked = [Asked("SELECT 1 FROM t", 10, 1.0), Asked("EXPLAIN (VERBOSE, FORMAT JSON) SELECT 1 FROM t", 5, 1.0)]
    assert [one.calls for one in merged(asked)] == [10, 5]
