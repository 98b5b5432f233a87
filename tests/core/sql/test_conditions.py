"""Conditions as people and plans write them, taken apart."""

import pytest

from plimsoll.core.sql.conditions import alternatives, conditions, quoted
from plimsoll.core.sql.shape import shape_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(o.customer = $1)", ("customer", "equal", "", "")),
        ("((o.status)::text = 'open'::text)", ("status", "equal", "", "")),
        ("(o.id = ANY ($1))", ("id", "equal", "", "")),
        ("o.id IN (1, 2)", ("id", "equal", "", "")),
        ("(o.total BETWEEN 1 AND 2)", ("total", "range", "", "")),
        ('(o."Weird Col" = $1)', ('"Weird Col"', "equal", "", "")),
        ("(lower((o.email)::text) = lower($1))", ("email", "equal", "lower(email)", "")),
        ("((o.n)::numeric = $1)", ("n", "equal", "CAST(n AS DECIMAL)", "DECIMAL")),
        ("((o.meta ->> 'k'::text) = $1)", ("meta", "equal", "meta ->> 'k'", "")),
        ("(NOT o.done)", ("done", "boolean", "", "")),
        ("(o.gone IS NULL)", ("gone", "null", "", "")),
        ("(o.tags @> $1)", ("tags", "contains", "", "")),
        ("(o.x = (InitPlan 1).col1)", ("x", "equal", "", "")),
    ],
)
def test_a_condition_is_of_a_column_with_what_is_around_it(text: str, expected: tuple[str, ...]) -> None:
    (found,) = conditions(text)
    assert (found.column, found.kind, found.wrapped, found.cast) == expected


def test_all_conditions_that_must_hold_are_seen_and_joins_are_told_apart() -> None:
    first, second, *joined = conditions("((o.a = $1) AND (o.b > $2) AND (o.c = p.id))")
    assert (first.column, second.column) == ("a", "b")
    assert [(one.table, one.column, one.joined) for one in joined] == [("o", "c", True), ("p", "id", True)]
    assert [one.column for one in alternatives("((o.a = $1) OR (o.b = $2))")] == ["a", "b"]
    assert alternatives("((o.a = $1) OR (o.a = $2))") == ()


def test_a_pattern_is_anchored_open_or_not_known() -> None:
    known = [conditions(f"((o.note)::text ~~ {pattern})")[0].anchored for pattern in ("'x%'::text", "'%x'::text", "$1")]
    assert known == [True, False, None]


@pytest.mark.parametrize("text", ["", "(NOT (hashed SubPlan 1))", "(((", "SELECT", "(a.b + a.c) = 1", "; DROP TABLE a"])
def test_what_is_not_understood_is_nothing(text: str) -> None:
    assert conditions(text) == ()


def test_names_are_quoted_where_sql_needs_it() -> None:
    assert [quoted(name) for name in ("orders", "Orders", 'a"b')] == ["orders", '"Orders"', '"a""b"']


def test_a_statement_tells_its_tables_conditions_and_habits() -> None:
    shape = shape_of(
        "WITH recent AS (SELECT * FROM app.orders) SELECT r.id, count(*) FROM recent r"
        " JOIN customers c ON c.id = r.customer WHERE c.email = $1"
        " AND r.id NOT IN (SELECT order_id FROM gone) GROUP BY 1 LIMIT $2 OFFSET $3"
    )
    assert shape is not None
    assert shape.tables == {"orders": "app.orders", "c": "customers", "gone": "gone"}
    assert (shape.aggregates, shape.limit, shape.offset, shape.not_in, shape.counts_all) == (
        True,
        True,
        True,
        True,
        False,
    )
    assert [one.column for one in shape.of_table("c") if one.kind == "equal"] == ["email", "id"]
    counted = shape_of("SELECT count(*) FROM orders")
    assert counted is not None
    assert counted.counts_all
    nested = f"SELECT {'(' * 900}1{')' * 900}"
    for text in (nested, "COMMIT", "SET a = 1", "SELECT * FROM a WHERE", "SELECT a FROM b WHERE c = 'cut", ""):
        assert shape_of(text) is None, text
