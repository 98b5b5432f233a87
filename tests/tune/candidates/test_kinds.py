"""Partial, expression, pattern and GIN indexes: what each is proposed for, and what it would be wrong for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.core.column_statistics import ColumnStatistics, TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Schema, Table
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.tune.candidates.finding import candidates
from plimsoll.tune.candidates.immutable import is_immutable
from plimsoll.tune.candidates.raising import constraint_words
from plimsoll.workflows.tuning.deciding import with_all_steps

T = TableName("public", "t")
TYPES = {
    "id": "int4", "status": "text", "done": "bool", "gone": "timestamp", "at": "timestamp", "seen": "timestamptz",
    "name": "varchar", "note": "text", "data": "jsonb", "amount": "numeric",
}  # fmt: skip
TABLE = Table(T, tuple(Column(name, DataType(base, base)) for name, base in TYPES.items()))
KNOWN = {
    "status": ColumnStatistics(distinct=3, frequent=("closed", "open"), frequent_shares=(0.98, 0.01)),
    "done": ColumnStatistics(distinct=2, frequent=("t", "f"), frequent_shares=(0.99, 0.01)),
    "gone": ColumnStatistics(null_share=0.97),
    "id": ColumnStatistics(distinct=-1),
}
FACTS = TableFacts(TABLE, TableStatistics(10_000, KNOWN), pages=1_000)
DATABASE = DatabaseFacts(
    Schema({T: TABLE}), {T: FACTS}, collation="de_DE.UTF-8", available=frozenset({"pg_trgm"}),
)  # fmt: skip


def asked(
    condition: str, *values: Sequence[str], text: str = "SELECT 1", facts: DatabaseFacts = DATABASE
) -> list[Candidate]:
    """What is proposed for a statement that reads `t` by a condition, with one plan for each of its bindings."""
    given = values or ((),)
    plans = [PlanNode.from_json(_scan(condition)) for _ in given]
    types = ("text",) * len(given[0])
    query = Query("q", text, 10.0, 100.0, types=types, bindings=tuple(Binding(tuple(one)) for one in given))
    return candidates([Planned(query, plans)], facts)


def _scan(condition: str) -> dict[str, Any]:
    return {
        "Node Type": "Seq Scan", "Schema": "public", "Relation Name": "t", "Alias": "t", "Plan Rows": 20,
        "Plan Width": 40, "Total Cost": 500.0, "Filter": condition,
    }  # fmt: skip


def texts(found: Sequence[Candidate], form: str) -> list[str]:
    return [one.index.definition.partition(" USING ")[2] for one in found if one.form == form]


@pytest.mark.parametrize(
    ("condition", "partial"),
    [
        ("((t.status = 'open'::text) AND (t.id = 5))", ["btree (\"id\") WHERE status = 'open'::text"]),
        ("((t.gone IS NOT NULL) AND (t.id = 5))", ['btree ("id") WHERE gone IS NOT NULL']),
        ("((NOT t.done) AND (t.id > 5))", ['btree ("id") WHERE NOT done']),
        ("(t.status = 'open'::text)", ["btree (\"status\") WHERE status = 'open'::text"]),
        ("((t.status <> 'closed'::text) AND (t.id = 5))", ["btree (\"id\") WHERE status <> 'closed'::text"]),
        ("((t.status <> 'open'::text) AND (t.id = 5))", []),
        ("((t.status = 'closed'::text) AND (t.id = 5))", []),
        ("((t.gone IS NULL) AND (t.id = 5))", []),
        ("(t.id = 5)", []),
    ],
)
def test_a_partial_index_is_of_rare_rows_only(condition: str, partial: list[str]) -> None:
    assert texts(asked(condition, text=f"SELECT 1 FROM t WHERE {condition}"), "partial") == partial


def test_a_parameter_is_no_constant_whatever_its_value_is_in_the_plan() -> None:
    condition = "((t.status = 'open'::text) AND (t.id = 5))"
    assert texts(asked(condition, ["open", "5"]), "partial") == []
    assert texts(asked(condition, ["5"], text="SELECT 1 WHERE status = 'open'"), "partial") != []


def test_a_parameter_that_is_true_or_false_holds_its_column_equal() -> None:
    found = asked("((NOT t.done) AND (t.id > 5))", ["false", "5"])
    assert texts(found, "partial") == []
    assert 'btree ("done", "id")' in texts(found, "btree")


def test_nor_is_one_that_the_server_writes_in_a_form_of_its_own() -> None:
    days = ColumnStatistics(distinct=90, frequent=("2026-01-01 00:00:00",), frequent_shares=(0.01,))
    known = replace(FACTS, statistics=TableStatistics(10_000, {**KNOWN, "at": days}))
    condition = "((t.at = '2026-01-01 00:00:00'::timestamp without time zone) AND (t.id = 5))"
    facts = replace(DATABASE, tables={T: known})
    assert texts(asked(condition, ["2026-01-01", "5"], text="SELECT 1 WHERE at = $1", facts=facts), "partial") == []


@pytest.mark.parametrize(
    ("expression", "may"),
    [
        ("lower((name)::text)", True),
        ("(data ->> 'k'::text)", True),
        ("((data ->> 'n'::text))::integer", True),
        ("date_trunc('day'::text, at)", True),
        ("(at)::date", True),
        ("to_tsvector('english'::regconfig, note)", True),
        ("own(id)", True),
        ("date_trunc('day'::text, (seen AT TIME ZONE 'UTC'::text))", True),
        ("date_trunc('day'::text, seen)", False),
        ("(seen)::date", False),
        ("(note)::timestamp", False),
        ("((data ->> 'at'::text))::timestamp without time zone", False),
        ("(at)::text", False),
        ("to_tsvector(note)", False),
        ("random()", False),
        ("other(id)", False),
        ("(at - now())", False),
    ],
)
def test_only_what_always_gives_the_same_may_stand_in_an_index(expression: str, may: bool) -> None:
    assert is_immutable(expression, FACTS, frozenset({"own"})) is may


def test_an_expression_stands_alone_and_after_what_is_held_equal() -> None:
    found = texts(asked("((lower(t.note) = 'x'::text) AND (t.id = 5))"), "expression")
    assert found == ["btree (lower(note))", 'btree ("id", lower(note))']


def test_a_cast_alone_is_the_statements_to_change() -> None:
    assert asked("((t.id)::numeric = 5.5)") == []


@pytest.mark.parametrize(
    ("condition", "definition"),
    [
        ("(t.note ~~ 'ab%'::text)", 'btree ("note" text_pattern_ops)'),
        ("((t.name)::text ~~ 'ab%'::text)", 'btree ("name" varchar_pattern_ops)'),
        ("(t.note ~~ '%abc%'::text)", 'gin ("note" gin_trgm_ops)'),
        ("(t.note ~~* 'abc%'::text)", 'gin ("note" gin_trgm_ops)'),
        ("(t.note ~ 'abc'::text)", 'gin ("note" gin_trgm_ops)'),
        ("(lower(t.note) ~~ '%abc%'::text)", "gin (lower(note) gin_trgm_ops)"),
    ],
)
def test_a_pattern_is_served_by_its_beginning_or_by_trigrams(condition: str, definition: str) -> None:
    assert [one.index.definition.partition(" USING ")[2] for one in asked(condition)] == [definition]


def test_a_beginning_is_sought_among_what_is_held_equal_too() -> None:
    found = texts(asked("((t.note ~~ 'ab%'::text) AND (t.id = 5))"), "btree")
    assert 'btree ("id", "note" text_pattern_ops)' in found


@pytest.mark.parametrize(
    "condition", ["(t.note ~~ '%ab%'::text)", "(t.note !~~ '%abc%'::text)", "(t.note ~~ '%'::text)"]
)
def test_a_pattern_without_three_letters_in_a_row_is_not_served(condition: str) -> None:
    assert asked(condition) == []


def test_trigrams_say_that_their_extension_is_missing_and_are_not_proposed_where_it_cannot_be_had() -> None:
    (found,) = asked("(t.note ~~ '%abc%'::text)")
    assert "CREATE EXTENSION pg_trgm" in found.why
    assert asked("(t.note ~~ '%abc%'::text)", facts=replace(DATABASE, available=frozenset())) == []
    (found,) = asked("(t.note ~~ '%abc%'::text)", facts=replace(DATABASE, extensions=frozenset({"pg_trgm"})))
    assert "EXTENSION" not in found.why


def test_a_piece_within_is_assumed_where_nothing_tells_what_is_sent() -> None:
    condition = "(t.note ~~ '%abc%'::text)"
    (found,) = asked(condition, ["%abc%"])
    assert "that is assumed" in found.why
    assert "text_pattern_ops" in found.why
    (written,) = asked(condition, text=f"SELECT 1 FROM t WHERE {condition}")
    assert "assumed" not in written.why


def test_texts_in_the_order_of_their_bytes_need_no_class_of_their_own() -> None:
    (found,) = asked("(t.note ~~ 'ab%'::text)", facts=replace(DATABASE, collation="C"))
    assert found.index.definition.endswith('btree ("note")')


def test_the_c_librarys_order_by_code_points_is_not_known_as_that_of_bytes() -> None:
    (found,) = asked("(t.note ~~ 'ab%'::text)", facts=replace(DATABASE, collation="C.UTF-8"))
    assert found.index.definition.endswith('btree ("note" text_pattern_ops)')


def test_documents_and_casts_of_them_have_no_btree_of_their_own() -> None:
    assert asked("(t.data = '{}'::jsonb)") == []
    (found,) = asked("((t.data -> 'tags'::text) @> '[1]'::jsonb)")
    assert found.index.definition.endswith("gin ((data -> 'tags'::text) jsonb_path_ops)")


def test_values_that_are_too_wide_for_a_page_are_no_key() -> None:
    wide = replace(FACTS, column_bytes={"note": 900})
    assert asked("(t.note = 'x'::text)", facts=replace(DATABASE, tables={T: wide})) == []


def test_candidates_of_a_table_are_bounded_and_the_heaviest_are_kept() -> None:
    plans = [
        Planned(
            Query(f"q{one}", "SELECT 1", 1.0, 1.0 + one), [PlanNode.from_json(_scan(f"((t.data ->> 'k{one}') = 'x')"))]
        )
        for one in range(80)
    ]
    found = candidates(plans, DATABASE)
    assert len(found) == 60
    assert found[0].queries == ("q79",)


def test_an_index_covers_what_is_read_of_a_table_that_is_hardly_changed() -> None:
    scan = _scan("(t.id = 5)") | {"Output": ["t.id", "t.amount"]}
    one = [Planned(Query("q", "SELECT 1", 1.0, 1.0), [PlanNode.from_json(scan)])]
    assert texts(candidates(one, DATABASE), "covering") == ['btree ("id") INCLUDE ("amount")']
    changed = replace(FACTS, updated=5_000)
    assert texts(candidates(one, replace(DATABASE, tables={T: changed})), "covering") == []
    wide = replace(FACTS, column_bytes={"amount": 100})
    assert texts(candidates(one, replace(DATABASE, tables={T: wide})), "covering") == []


def test_an_index_with_all_columns_would_be_the_table_once_more() -> None:
    scan = _scan("(t.id = 5)") | {"Output": ["t.id", "t.amount", "t.owner"]}
    one = [Planned(Query("q", "SELECT 1", 1.0, 1.0), [PlanNode.from_json(scan)])]
    for names, expected in ((("id", "amount", "owner", "more"), 1), (("id", "amount", "owner"), 0)):
        kept = tuple(Column(name, DataType("int4", "int4")) for name in names)
        known = replace(FACTS, table=replace(FACTS.table, columns=kept))
        assert len(texts(candidates(one, replace(DATABASE, tables={T: known})), "covering")) == expected


def test_rows_that_are_changed_or_locked_are_read_from_the_table_in_any_case() -> None:
    scan = _scan("(t.id = 5)") | {"Output": ["t.id", "t.amount"], "Parent Relationship": "Outer"}
    plan = {"Node Type": "LockRows", "Plan Rows": 1, "Plan Width": 4, "Total Cost": 9.0, "Plans": [scan]}
    one = [Planned(Query("q", "SELECT 1", 1.0, 1.0), [PlanNode.from_json(plan)])]
    assert [found.form for found in candidates(one, DATABASE)] == ["btree"]


@pytest.mark.parametrize(
    ("pages", "correlation", "brin"), [(20_000, -0.99, True), (20_000, 0.5, False), (500, 0.99, False)]
)
def test_brin_is_for_large_tables_whose_rows_lie_in_order(pages: int, correlation: float, brin: bool) -> None:
    known = TableStatistics(10_000, {"at": ColumnStatistics(distinct=-1, correlation=correlation)})
    large = replace(DATABASE, tables={T: replace(FACTS, pages=pages, statistics=known)})
    found = texts(asked("(t.at > '2024-01-01'::date)", facts=large), "brin")
    assert found == (['brin ("at")'] if brin else [])


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("((name)::integer)", "(name) is no integer"),
        ("(((data ->> 'n'::text))::numeric)", "((data->>'n'::text)) is no numeric"),
        ("lower((name)::text)", ""),
        ("((amount)::numeric / (100)::numeric)", ""),
        ("(amount / (id)::numeric)", "(amount / (id)::numeric) divides by 0"),
        ("((at)::date)", ""),
        ("(length(note)::bigint)", ""),
        ("date_trunc('day'::text, (seen AT TIME ZONE 'UTC'::text))", ""),
    ],
)
def test_an_expression_that_fails_for_values_that_may_be_written_is_told_as_a_constraint(
    expression: str, refused: str
) -> None:
    words = constraint_words(Index(T, (IndexKey.of("id"), IndexKey(expression))), FACTS)
    assert (refused in words) if refused else (words == "")
    change = Change("create-index", "public.t", "", "", index=Index(T, (IndexKey(expression),)), risk="And more.")
    (told,) = with_all_steps(with_all_steps([Advised(change, "proved", "high")], DATABASE), DATABASE)
    assert told.confidence == ("low" if refused else "high")
    assert told.change.risk == f"{words} And more.".strip()
