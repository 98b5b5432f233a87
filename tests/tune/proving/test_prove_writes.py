"""What writing costs: rows that are made to be written, and what that comes to over the workload."""

from dataclasses import replace

import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, Exclusion, Table, UniqueKey
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Interval95, WriteCost
from plimsoll.core.tuning.query import LeftOut, Query
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.figures import interval
from plimsoll.tune.proving.indexes import judged
from plimsoll.tune.proving.judging import Rounds, Workload, judge, judge_drop, proof_of, weighed
from plimsoll.tune.proving.probing import fresh_columns, insert, spots, update
from plimsoll.tune.proving.proving import promise
from plimsoll.tune.proving.upkeep import Writers, hot_words, upkeep_ms, writers, written_by
from plimsoll.tune.proving.write_cost import Written, cost_of

T = TableName("app", "T x")
INT, TEXT, UUID = DataType("integer", "int4"), DataType("text", "text"), DataType("uuid", "uuid")
SHORT, MOOD = DataType("character varying(10)", "varchar", length=10), DataType("mood", "mood", "enum")
BUMP = Query("bump", 'UPDATE "T x" SET views = views + 1 WHERE id = $1', 1000, 0, writes=True)
PLANS = {"bump": [PlanNode("ModifyTable", 1, 1, 1.0, "app.T x", operation="Update")]}
WORKLOAD = Workload({"bump": weighed(BUMP, 0.05)})


def table(*columns: Column, uniques: tuple[UniqueKey, ...] = (), exclusions: tuple[Exclusion, ...] = ()) -> Table:
    return Table(T, columns, uniques, exclusions=exclusions)


def test_a_row_is_made_anew_in_one_column_of_each_unique_key() -> None:
    keys = (UniqueKey("pk", ("id",), primary=True), UniqueKey("u", ("id", "name")), UniqueKey("t", ("token",)))
    one = table(Column("id", INT), Column("name", TEXT), Column("token", UUID), Column("g", INT, generated=True))
    fresh = fresh_columns(Table(T, one.columns, keys))
    assert fresh is not None
    assert fresh.keys() == {"id", "token"}
    assert insert(Table(T, one.columns, keys)) == (
        'INSERT INTO "app"."T x" ("id", "name", "token") OVERRIDING SYSTEM VALUE SELECT (SELECT max("id") FROM '
        '"app"."T x") + row_number() OVER (), "name", gen_random_uuid() FROM pg_temp.plimsoll_probe'
    )


def test_a_table_whose_rows_cannot_be_made_anew_is_left_alone() -> None:
    assert insert(table(Column("c", SHORT), uniques=(UniqueKey("u", ("c",)),))) == ""
    assert insert(table(Column("c", MOOD), uniques=(UniqueKey("u", ("c",)),))) == ""
    assert insert(table(Column("c", TEXT), uniques=(UniqueKey("u", (None,), ("lower(c)",)),))) == ""
    assert insert(table(Column("c", INT), exclusions=(Exclusion("x", (("c", "="),)),))) == ""


def test_updates_give_other_values_where_that_is_possible() -> None:
    said = update("t", [Column("a", INT), Column("g", INT, generated=True), Column("m", MOOD)])
    assert said == 'UPDATE t SET "a" = "a" + CASE WHEN "a" > 0 THEN -1 ELSE 1 END WHERE ctid = ANY($1::text[]::tid[])'
    assert update("t", [Column("m", MOOD)]) == ""


def test_a_small_table_is_read_whole_and_a_big_one_sampled() -> None:
    assert "TABLESAMPLE" not in spots(T, 100)
    assert "TABLESAMPLE SYSTEM (0.400000)" in spots(T, 1_000_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('INSERT INTO app."T x" VALUES ($1)', ("insert", "T x")),
        ("update only Orders set a = 1", ("update", "orders")),
        ("DELETE FROM t", ("", "")),
        ("SELECT 'insert into t'", ("", "")),
    ],
)
def test_a_text_tells_which_table_it_writes_to(text: str, expected: tuple[str, str]) -> None:
    assert written_by(text) == expected


def test_writers_are_those_measured_and_those_left_out() -> None:
    left = [LeftOut('INSERT INTO "T x" VALUES ($1)', 70, 1, ""), LeftOut('UPDATE "T x" SET name = $1', 30, 1, "")]
    found = writers(["app.T x"], frozenset({"views"}), WORKLOAD, PLANS, left)
    assert found == Writers(True, {"bump": 1000.0}, 70, 30, frozenset({"views", "name"}))
    assert writers(["app.T x"], frozenset({"other"}), WORKLOAD, PLANS, []).rows == {}
    assert not writers(["app.other"], frozenset({"views"}), WORKLOAD, PLANS, left).any


def test_updates_that_are_no_longer_hot_count_even_where_the_rounds_do_not_show_it() -> None:
    cost = WriteCost(
        "app.T x", update_us=(5.0, 15.0), hot_share=(1.0, 0.0), update_more_us=Interval95(10.0, -1.0, 21.0)
    )
    shown = [Rounds("bump", [Execution(0.050)] * 6, [Execution(0.054)] * 6)]
    found = writers(["app.T x"], frozenset({"views"}), WORKLOAD, PLANS, [])
    assert upkeep_ms(found, cost, shown, WORKLOAD) == pytest.approx(10.0 - 4.0)
    assert upkeep_ms(found, cost, [], WORKLOAD) == pytest.approx(10.0)
    still_hot = WriteCost("app.T x", update_us=(5.0, 15.0), hot_share=(1.0, 1.0))
    assert upkeep_ms(found, still_hot, shown, WORKLOAD) == 0.0
    assert not judge(WORKLOAD, shown, 6.0).pays


def test_statements_left_out_count_by_rows_that_were_written_instead() -> None:
    cost = WriteCost("app.T x", insert_us=(2.0, 5.0), update_us=(9.0, 4.0))
    assert upkeep_ms(Writers(True, {}, 1000, 1000), cost, [], WORKLOAD) == pytest.approx(3.0)
    noise = replace(cost, insert_more_us=Interval95(3.0, -1.0, 7.0))
    assert upkeep_ms(Writers(True, {}, 1000, 1000), noise, [], WORKLOAD) == 0.0


def test_an_index_is_dropped_only_where_no_statement_is_slower_without_it() -> None:
    light = Query("light", "SELECT 1", 1, 0)
    whole = Workload({"bump": WORKLOAD.statements["bump"], "light": weighed(light, 0.5)})
    same = Rounds("bump", [Execution(0.050)] * 6, [Execution(0.048)] * 6)
    slower = Rounds("light", [Execution(0.5)] * 6, [Execution(0.7)] * 6)
    untold = Rounds("light", [Execution(0.5)] * 6, [Execution(0.4 + 0.05 * n) for n in range(6)])
    assert judge_drop(whole, [same], {"light"}, 0.0).pays
    assert "slower without it: SELECT 1" in judge_drop(whole, [same, slower], {"light"}, 0.0).why
    assert "could not be told" in judge_drop(whole, [same, untold], {"light"}, 0.0).why
    assert judge_drop(whole, [same, untold], set(), 0.0).pays


def test_what_a_wider_index_takes_more_of_a_short_call_keeps_no_narrower_one() -> None:
    whole = Workload({"light": weighed(Query("light", "SELECT 1", 1000, 0), 0.06)})
    little = [Rounds("light", [Execution(0.06)] * 6, [Execution(0.058 + 0.003 * n) for n in range(6)])]
    assert proof_of(whole, little[0]).effect == "unclear"
    assert judge_drop(whole, little, {"light"}, 0.0).pays


def drop(form: str, name: str = "") -> Change:
    return Change("drop-index", "app.T x", name, "", form=form)


def test_one_of_two_that_are_the_same_is_dropped_on_that_unless_a_statement_is_surely_slower() -> None:
    whole = Workload({"light": weighed(Query("light", "SELECT 1", 1, 0), 0.5)})
    untold = [Rounds("light", [Execution(0.5)] * 6, [Execution(0.4 + 0.05 * n) for n in range(6)])]
    assert "could not be told" in judged(whole, drop("covered"), untold, {"light"}).why
    assert judged(whole, drop("duplicate"), untold, {"light"}).pays
    slower = [Rounds("light", [Execution(0.5)] * 6, [Execution(0.7)] * 6)]
    assert not judged(whole, drop("duplicate"), slower, {"light"}).pays


def test_doubles_are_dropped_before_what_others_cover() -> None:
    made = [drop("covered", "narrow"), drop("duplicate", "twin"), drop("unused", "idle")]
    advised = [Advised(one, "explained", "medium") for one in made]
    assert [one.change.title for one in sorted(advised, key=promise)] == ["twin", "narrow", "idle"]


def test_write_costs_are_medians_without_the_round_that_warms() -> None:
    before = [Written(insert_us=100.0), Written(insert_us=2.0), Written(insert_us=4.0)]
    after = [Written(insert_us=1.0), Written(insert_us=6.0), Written(insert_us=6.0, hot_share=1.0)]
    more = interval([4.0, 2.0])
    assert cost_of("t", before, after) == WriteCost("t", insert_us=(3.0, 6.0), insert_more_us=more)
    assert cost_of("t", [Written()], [Written()]) is None


def test_lost_hot_updates_are_told() -> None:
    lost, kept = WriteCost("t", hot_share=(0.97, 0.0)), WriteCost("u", hot_share=(1.0, 0.9))
    assert hot_words([lost, kept, WriteCost("v")]) == ["97% of the updates were HOT, 0% are with it"]
