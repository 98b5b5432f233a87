"""Conditions of plans are taken apart without changing what they say."""

import pytest

from plimsoll.tune.candidates.deparsed import SortTerm, alternatives, columns_in, predicates, sort_term

ALIASES = frozenset({"o"})


def test_a_type_of_a_schema_is_no_column_of_another_table() -> None:
    (found,) = predicates("(o.state = 'open'::app.\"State\")", ALIASES)
    assert (found.kind, found.column, found.joined) == ("equal", "state", False)


@pytest.mark.parametrize(
    ("text", "kind", "column", "operator"),
    [
        ("(o.a = 5)", "equal", "a", "="),
        ("(5 < o.a)", "range", "a", ">"),
        ("(o.a = ANY ('{1,2}'::integer[]))", "any", "a", "="),
        ("(o.deleted_at IS NULL)", "null", "deleted_at", "NULL"),
        ("(o.deleted_at IS NOT NULL)", "null", "deleted_at", "NOT NULL"),
        ("(o.a <> 5)", "unequal", "a", "<>"),
        ("o.done", "boolean", "done", ""),
        ("(NOT o.done)", "boolean", "done", ""),
        ("((o.name)::text ~~ 'x AND y%'::text)", "pattern", "name", "~~"),
        ("(o.data @> '{\"a\": 1}'::jsonb)", "operator", "data", "@>"),
        ("(o.\"Größe\" = 'it''s'::text)", "equal", "Größe", "="),
        ("(ROW(o.a, o.b) > ROW(1, 2))", "range", "a", ">"),
        ("(lower((o.email)::text) = 'x'::text)", "equal", "", "="),
        ("(o.a = (InitPlan 1).col1)", "equal", "a", "="),
    ],
)
def test_a_condition_is_of_a_column_held_against_a_value(text: str, kind: str, column: str, operator: str) -> None:
    (found,) = predicates(text, ALIASES)
    assert (found.kind, found.column, found.operator, found.joined) == (kind, column, operator, False)


@pytest.mark.parametrize(
    "text",
    ["(o.a <> o.b)", "(o.a <> c.b)",
     "(NOT (o.a IS DISTINCT FROM 5))", "(o.a = o.b)", "(c.a = 5)", "(o.a !~~ 'x'::text)", "", "((o.a +",
     "(o.a > ANY ('{1}'::integer[]))"],
)  # fmt: skip
def test_what_no_index_serves_is_none(text: str) -> None:
    assert predicates(text, ALIASES) == ()


def test_all_that_must_hold_are_found_and_words_within_texts_do_not_divide() -> None:
    found = predicates("((o.a = 1) AND (o.b = 'p AND q'::text) AND (c.x = 2) AND (c.id = o.c_id))", ALIASES)
    assert [(one.column, one.joined) for one in found] == [("a", False), ("b", False), ("c_id", True)]


def test_an_expression_keeps_the_servers_text_without_the_tables_name() -> None:
    (found,) = predicates("(date_trunc('day'::text, o.\"At\") >= '2024-01-01'::date)", ALIASES)
    assert found.expression == "date_trunc('day'::text, \"At\")"
    assert found.text == "date_trunc('day'::text, \"At\") >= '2024-01-01'::date"


def test_sides_of_an_or_are_apart_and_one_that_is_not_known_spoils_it() -> None:
    sides = alternatives("((o.a = 1) OR ((o.b = 2) AND (o.c = 3)))", ALIASES)
    assert [[one.column for one in side] for side in sides] == [["a"], ["b", "c"]]
    assert alternatives("((o.a = 1) OR (c.b = 2))", ALIASES) == ()


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("o.a", SortTerm("a", '"a"')),
        ("o.a DESC", SortTerm("a", '"a"', descending=True)),
        ("o.a DESC NULLS LAST", SortTerm("a", '"a"', descending=True, nulls_first=False)),
        ("o.a NULLS FIRST", SortTerm("a", '"a"', nulls_first=True)),
        ("(lower(o.a)) DESC", SortTerm("", "lower(a)", descending=True)),
        ("(sum(c.a))", None),
    ],
)
def test_a_sort_key_has_its_direction_and_its_nulls(text: str, term: SortTerm | None) -> None:
    assert sort_term(text, ALIASES) == term


def test_columns_are_those_of_the_table_and_no_functions() -> None:
    assert columns_in(["sum(o.a)", 's.f(o."B c", c.d)'], ALIASES) == {"a", "B c"}
