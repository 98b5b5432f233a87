"""The query within a statement that only carries it."""

import pytest

from plimsoll.tune.workload.unwrapping import explained, unwrapped


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ('DECLARE "_django ""1" NO SCROLL CURSOR WITH HOLD FOR SELECT a FROM t', "SELECT a FROM t"),
        ("declare c cursor for with x as (select 1) select * from x", "with x as (select 1) select * from x"),
        ("PREPARE p (int, text) AS UPDATE t SET a = $1", "UPDATE t SET a = $1"),
        (
            "COPY (SELECT a FROM t WHERE f(a) = ') TO ''x') TO STDOUT (FORMAT csv)",
            "SELECT a FROM t WHERE f(a) = ') TO ''x'",
        ),
        ("COPY (SELECT 1", "COPY (SELECT 1"),
        ("COPY t FROM STDIN", "COPY t FROM STDIN"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_what_is_carried_is_what_is_asked(text: str, query: str) -> None:
    assert unwrapped(text) == query


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("EXPLAIN (ANALYZE, BUFFERS) SELECT 1", "SELECT 1"),
        ("explain analyze verbose\n select 2", "select 2"),
        ("EXPLAIN CREATE TABLE t AS SELECT 1", "EXPLAIN CREATE TABLE t AS SELECT 1"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_an_explain_is_of_a_query_and_is_no_call_of_it(text: str, query: str) -> None:
    assert explained(text) == query
    assert unwrapped(text) == text
