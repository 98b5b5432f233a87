"""What statements, writes and foreign keys count in the choice, and what stands in for what is chosen."""

from dataclasses import replace

import pytest

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Schema, Table
from plimsoll.core.sql.assigned import assigned_columns
from plimsoll.core.tuning.candidate import Candidate
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.planned import Planned, loads
from plimsoll.core.tuning.query import Query
from plimsoll.tune.candidates.covering import carrying
from plimsoll.tune.choosing.choosing import problem_for, uncosted
from plimsoll.tune.choosing.judging import doubtful, judged, spare, waiting
from plimsoll.tune.choosing.knowing import Knowledge
from plimsoll.tune.choosing.problem import Problem
from plimsoll.tune.choosing.standing import explained
from plimsoll.tune.choosing.upkeep import Written, upkeep, written_by
from plimsoll.tune.choosing.weights import unit_of, weights_of
from plimsoll.tune.costing.costing import NOTHING, Answer

ORDERS = TableName("public", "orders")
INTEGER = DataType("integer", base="int4")


def index(*columns: str, predicate: str = "", method: str = "btree") -> Index:
    return Index(ORDERS, tuple(map(IndexKey.of, columns)), method, predicate=predicate)


def asked(name: str, cost: float, calls: float, total_ms: float, text: str = "SELECT", operation: str = "") -> Planned:
    plan = PlanNode("Scan", 1.0, 8, cost, table="public.orders", operation=operation)
    return Planned(Query(name, text, calls, total_ms, writes=bool(operation)), (plan,))


def facts(updated: int = 100, hot_updated: int = 80) -> TableFacts:
    columns = tuple(Column(name, INTEGER) for name in ("id", "customer", "state", "paid"))
    statistics = TableStatistics(rows=100_000, columns={})
    return TableFacts(Table(ORDERS, columns), statistics, pages=1000, updated=updated, hot_updated=hot_updated)


def test_a_statement_weighs_by_its_time_where_all_have_one_and_by_its_calls_where_not() -> None:
    timed = [asked("fast", 100.0, 10, 5.0), asked("slow", 1.0, 1, 95.0)]
    weights = weights_of(timed, loads(timed))
    assert {one.query.id: weights[one.query.id] * one.cost for one in timed} == {"fast": 5.0, "slow": 95.0}
    untimed = [*timed, asked("unknown", 1.0, 7, 0.0)]
    assert weights_of(untimed, loads(untimed)) == {"fast": 10, "slow": 1, "unknown": 7}


def test_a_unit_of_what_writes_cost_is_that_of_the_statements_that_read() -> None:
    written = asked("w", 0.01, 1000, 50.0, "INSERT INTO orders VALUES (1)", "Insert")
    assert unit_of([asked("r", 100.0, 10, 5.0), written]) == pytest.approx(0.005)
    assert unit_of([asked("r", 100.0, 10, 0.0)]) == 1.0


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('UPDATE t SET a = 1, "B" = b + 1 WHERE c = 2', {"a", "B"}),
        ("UPDATE t AS x SET (a, C) = (1, (SELECT d FROM y)) FROM z", {"a", "c"}),
        ("INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = excluded.b", {"b"}),
        ("WITH u AS (UPDATE t SET q = $1 RETURNING *) SELECT * FROM u", {"q"}),
        ("UPDATE t SET place.x = 3, items[1] = 2", {"place", "items"}),
        ("SELECT a FROM t", set()),
    ],
)
def test_the_columns_that_a_statement_sets_are_read_from_its_text(text: str, columns: set[str]) -> None:
    assert set(assigned_columns(text) or ()) == columns


def test_an_update_that_sets_an_indexed_column_costs_the_other_indexes_too() -> None:
    written = written_by([asked("u", 8.0, 1000, 1.0, "UPDATE orders SET state = $1 WHERE id = $2", "Update")])
    assert written == {"public.orders": Written(updated=1000, assigned=((frozenset({"state"}), 1000),))}
    known, table = written["public.orders"], facts()
    untouched = upkeep(index("customer"), table, known, others=4)
    assert untouched == pytest.approx(0.3 * 1.3 * 200)  # a fifth was not HOT before
    touched = upkeep(index("state"), table, known, others=4)
    assert touched == pytest.approx(0.3 * 1.3 * (1000 + 800 * 4))
    for other in (index("customer", predicate="state = 3"), replace(index("customer"), include=("state",))):
        assert upkeep(other, table, known, others=4) == touched
    assert upkeep(Index(ORDERS, (IndexKey("((state + 1))"),)), table, known, others=4) == touched
    assert upkeep(index("state", method="brin"), table, known, others=4) < untouched


def test_a_partial_index_is_as_large_as_its_share_of_the_rows_and_a_built_one_as_it_was_measured() -> None:
    whole, few = Candidate(index("id"), "btree", "", ("q",)), index("id", predicate="state = 3")
    part = Candidate(few, "partial", "", ("q",), share=0.1)
    known = DatabaseFacts(Schema({}, 180001), {ORDERS: facts()})
    problem = problem_for([asked("q", 1.0, 1, 1.0)], [whole, part], known, None, {index("state"): 7}.get)
    assert problem.size(few) < 0.2 * problem.size(whole.index)
    assert problem.size(index("state")) == 7


def test_a_foreign_key_is_explained_unless_what_is_chosen_serves_it_or_no_room_is_left() -> None:
    key = Candidate(index("customer"), "foreign-key", "", (), always=True)
    both = Candidate(index("paid", "state"), "foreign-key", "", (), always=True)
    advised, rejected = explained([key, both], [index("state", "paid", "id")], lambda one: 10, None)
    assert [(one.change.index, one.standing) for one in advised] == [(key.index, "explained")]
    assert "serves it as well" in rejected[0].why
    advised, rejected = explained([key, both], [], lambda one: 10, 15)
    assert [one.change.index for one in advised] == [key.index]
    assert "does not fit" in rejected[0].why


def test_without_costs_only_what_stands_on_its_reason_is_advised() -> None:
    key = Candidate(index("customer"), "foreign-key", "", (), always=True)
    choice = uncosted([key, Candidate(index("state"), "btree", "", ("q",))], "nothing tells; --prove does")
    assert [one.change.index for one in choice.chosen] == [key.index]
    assert [(one.change.index, one.why) for one in choice.rejected] == [(index("state"), "nothing tells; --prove does")]


def test_what_had_no_room_waits_for_some_the_most_for_its_bytes_first() -> None:
    best, small, large, useless = index("customer"), index("state"), index("paid"), index("id")
    problem = Problem(
        dict.fromkeys("abc", 1.0),
        {best: frozenset("a"), small: frozenset("b"), large: frozenset("c"), useless: frozenset("a")},
        lambda one: 40 if one == large else 10, budget_bytes=15,
    )  # fmt: skip
    answers = {
        query: {NOTHING: Answer(100.0), frozenset({one}): Answer(cost, frozenset({one}))}
        for query, one, cost in (("a", best, 1.0), ("b", small, 60.0), ("c", large, 50.0))
    }
    knowledge = Knowledge(problem, answers, best=frozenset({best}))
    candidates = [Candidate(one, "btree", "", ("a",)) for one in problem.serves]
    assert [one.change.index for one in waiting(problem, knowledge, candidates)] == [small]  # no budget for the other
    wider = replace(problem, budget_bytes=45)
    found = waiting(wider, replace(knowledge, problem=wider), candidates)
    assert [one.change.index for one in found] == [small, large]
    assert waiting(replace(problem, budget_bytes=None), knowledge, candidates) == []


def test_an_index_beside_one_that_nobody_can_reckon_is_chosen_only_where_little_is_left_to_save() -> None:
    plain, lowered = index("state"), Index(ORDERS, (IndexKey("lower(state)"),))
    problem = Problem({"q": 1.0}, {plain: frozenset({"q"})}, lambda one: 10)
    rival = Candidate(lowered, "expression", "", ("q",))
    for cost, doubted in ((90.0, {plain}), (5.0, set())):
        answers = {"q": {NOTHING: Answer(100.0), frozenset({plain}): Answer(cost, frozenset({plain}))}}
        knowledge = Knowledge(problem, answers, best=frozenset({plain}))
        assert doubtful(problem, knowledge, [rival]).keys() == doubted
        assert doubtful(problem, knowledge, [replace(rival, queries=("other",))]) == {}
        assert doubtful(problem, knowledge, [replace(rival, form="partial")]) == {}


def test_an_index_made_of_others_has_the_reasons_of_those_that_are_in_it() -> None:
    one, wide, other = index("customer"), index("customer", "state"), index("paid")
    carried = replace(one, include=("paid",))
    problem = Problem({"q": 1.0}, dict.fromkeys((one, carried, other), frozenset({"q"})), lambda one: 10)
    problem.narrowed(one, wide)
    answers = {"q": {NOTHING: Answer(100.0), frozenset({wide}): Answer(1.0, frozenset({wide}))}}
    knowledge = Knowledge(problem, answers, best=frozenset({wide}))
    candidates = [
        Candidate(one, "btree", "customer held equal", ("q",)), Candidate(other, "btree", "paid held equal", ("q",)),
        Candidate(carried, "covering", f"customer held equal{carrying(carried)}", ("q",)),
    ]  # fmt: skip
    (advised, *_), rejected = judged(problem, knowledge, candidates)
    assert advised.change.why == "customer held equal"
    assert {one.why for one in rejected} == {"the search ended before it was tried"}


def test_a_reason_names_the_index_beside_by_what_it_is() -> None:
    best, beside = index("customer", "state"), index("customer")
    problem = Problem({"q": 1.0}, dict.fromkeys((best, beside), frozenset({"q"})), lambda one: 10)
    costs = {best: 10.0, beside: 40.0}
    answers = {frozenset({one}): Answer(cost, frozenset({one})) for one, cost in costs.items()}
    knowledge = Knowledge(problem, {"q": {NOTHING: Answer(1000.0), **answers}}, best=frozenset({best}), best_cost=10.0)
    _, rejected = judged(problem, knowledge, [Candidate(one, "btree", "", ("q",)) for one in costs])
    told = "saves too little beside orders (customer, state), which serves the same statements"
    assert [one.why for one in rejected] == [told]


def test_the_next_best_stands_by_for_each_that_is_chosen() -> None:
    best, next_best, worst = index("customer", "state"), index("customer"), index("state")
    problem = Problem({"q": 1.0}, dict.fromkeys((best, next_best, worst), frozenset({"q"})), lambda one: 10)
    costs = {best: 10.0, next_best: 40.0, worst: 900.0}
    answers = {frozenset({one}): Answer(cost, frozenset({one})) for one, cost in costs.items()}
    knowledge = Knowledge(problem, {"q": {NOTHING: Answer(1000.0), **answers}}, best=frozenset({best}), best_cost=10.0)
    candidates = [Candidate(one, "btree", "", ("q",)) for one in costs]
    found = spare(problem, knowledge, candidates)
    assert [one.change.index for one in found] == [next_best, worst]  # they begin with different columns
    assert found[0].saved_share == pytest.approx(0.96)
    tight = Problem(problem.weights, problem.serves, lambda one: 20 if one == next_best else 10, budget_bytes=10)
    assert [one.change.index for one in spare(tight, replace(knowledge, problem=tight), candidates)] == [worst]
