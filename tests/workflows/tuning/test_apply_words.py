"""What an apply would do or did, in words and figures; and what stands in its way."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plimsoll.cli.tune_apply import code_of_apply, numbers_of
from plimsoll.core.errors import UsageError
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import AppliedChange, State
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import IndexKey
from plimsoll.core.tuning.named import Named
from plimsoll.tune.migrating.holding import against_drop
from plimsoll.tune.migrating.locks import blocks
from plimsoll.tune.migrating.progress import Teller
from plimsoll.tune.migrating.selecting import ends_all, held_back, leaves_something, pause_s, selected
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from plimsoll.workflows.tuning.apply_checks import Checks, refusals, room_words, waiting_words
from plimsoll.workflows.tuning.apply_live import Live, against_change, against_each
from plimsoll.workflows.tuning.apply_words import preview_json, preview_lines, result_json, result_lines
from plimsoll.workflows.tuning.applying import ApplyResult, Planned, Preview
from plimsoll.workflows.tuning.keeping import Kept
from tests.core.tuning.tunings import NOON, made, proof
from tests.tune.migrating.shops import ON_CUSTOMER, ORDERS, shop, there

OLD = there("old", ON_CUSTOMER)
CREATE = Advised(
    Change("create-index", "orders", "Create it", "", index=ON_CUSTOMER, steps=create_steps(ON_CUSTOMER, shop())),
    "proved", "high", 0.8, None, proof(),
)  # fmt: skip
DROP = Advised(
    Change("drop-index", "public.orders", "Drop old", "", existing=OLD, form="unused", steps=drop_steps(OLD, shop())),
    "explained", "high",
)  # fmt: skip
REWRITE = Advised(Change("rewrite", "q1", "Page by key", "why"), "explained", "low")
TABLE = {"kind": "r", "owned": True, "creates": True}
TABLES = {ORDERS.quoted: TABLE}
WIDER = replace(ON_CUSTOMER, keys=(*ON_CUSTOMER.keys, IndexKey.of("total")))
NOTHING_ELSE = "no other index does any more what old does: what was to serve in its place is gone, or not valid"


def seen(*against: str, done: bool = False) -> Preview:
    changes = [
        Planned(number, one.change.id, one, why, [(step, done or at == 0) for at, step in enumerate(one.change.steps)])
        for (number, one), why in zip([(2, CREATE), (1, DROP)], against, strict=False)
    ]
    where = "postgresql://me:****@db/shop"
    return Preview(Kept(Path("/kept/the-id"), made()), where, changes, Checks("PostgreSQL 18.1", warnings=("slow",)))


def change(state: State, why: str = "") -> AppliedChange:
    return AppliedChange("create-index:x", "Create it", state, NOON, 1.5, why)


def test_a_dry_run_shows_each_statement_and_whom_it_holds_up() -> None:
    lines = list(preview_lines(seen("", "somebody is at it")))
    assert lines[0].startswith("1 of 2 changes would be done on postgresql://me:****@db/shop (PostgreSQL 18.1)")
    assert "2. Create it (1.00 MiB, measured on a copy)" in lines
    at = next(at for at, line in enumerate(lines) if "CREATE INDEX CONCURRENTLY" in line)
    assert lines[at + 1].strip().startswith("nobody waits but DDL and VACUUM of the table")
    assert "   is left out: somebody is at it" in lines
    assert lines[-1] == "note: slow"
    assert not [line for line in lines if "DROP INDEX CONCURRENTLY" in line]  # nothing is left over
    assert preview_json(seen(""))["changes"][0]["steps"][1]["done"] is False


def test_what_was_done_is_said_with_what_comes_next() -> None:
    result = ApplyResult(seen("", ""), [change("done"), change("failed", "no room")], ("DROP INDEX x",))
    lines = list(result_lines(result, Named("prod", allowed=("prod",))))
    assert lines[:2] == ["2. Create it: done in 1.5 s", "1. Create it: failed: no room"]
    assert "     DROP INDEX x;" in lines
    assert "To go on where it stopped: plimsoll tune apply the-id --only 1 --env prod --allow-protected prod" in lines
    assert "What takes it back: plimsoll tune undo the-id --env prod --allow-protected prod" in lines
    assert [one["state"] for one in result_json(result)["changes"]] == ["done", "failed"]


@pytest.mark.parametrize(
    ("changes", "against", "interrupted", "code"),
    [
        (["done"], "", False, 0),
        (["was-there"], "", False, 0),
        (["failed"], "", False, 1),
        (["failed"], "not the owner", False, 3),
        (["left"], "", True, 130),
    ],
)
def test_the_exit_code_says_how_it_went(changes: list[State], against: str, interrupted: bool, code: int) -> None:
    result = ApplyResult(seen(against), [change(state) for state in changes], interrupted=interrupted)
    assert code_of_apply(result) == code


def test_only_names_numbers_of_the_advice() -> None:
    assert numbers_of(["1, 3", "2", "1"]) == (1, 3, 2)
    tuning = made(DROP, CREATE, REWRITE)
    assert [number for number, _ in selected(tuning, ())] == [2, 1]
    assert [number for number, _ in selected(tuning, (1,))] == [1]
    for only, why in (((4,), "there is no change 4"), ((3,), "no statement for the database: Page by key")):
        with pytest.raises(UsageError, match=why):
            selected(tuning, only)
    for text in ("", "1,,2", "-1", "٣", "1e3"):
        with pytest.raises(UsageError, match="is not the number of a change"):
            numbers_of([text])


def test_a_lock_of_others_is_tried_again_for_a_while_but_not_a_build_nor_another_error() -> None:
    assert [pause_s("55P03", attempt, concurrently=False) for attempt in (1, 3, 7, 8)] == [1.0, 4.0, 30.0, None]
    assert pause_s("55P03", 1, concurrently=True) is None
    assert pause_s("40P01", 1, concurrently=True) == 1.0
    assert pause_s("23505", 1, concurrently=False) is None


def test_a_full_disk_or_a_lost_connection_ends_all() -> None:
    assert [ends_all(state) for state in ("53100", "57P01", "", "42703", "55P03")] == [True, True, True, False, False]


def test_an_index_of_that_name_that_was_there_before_is_not_what_the_build_has_left() -> None:
    assert [leaves_something(state) for state in ("42P07", "57014", "23505")] == [False, True, True]


def test_nothing_is_dropped_after_what_was_not_built() -> None:
    held = "nothing is dropped after a change that was not done: Create it"
    assert held_back(DROP.change, [CREATE.change]) == held
    assert held_back(DROP.change, [DROP.change]) == held_back(CREATE.change, [CREATE.change]) == ""


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, ""),
        ({"kind": None}, "table orders is not there any more"),
        ({"kind": "v"}, "orders is a view by now"),
        ({"owned": False}, "only the owner of orders may do it"),
        ({"creates": False}, "the role may not create in schema public"),
    ],
)
def test_a_table_that_is_gone_or_of_somebody_else_speaks_against_a_change(table: dict[str, object], said: str) -> None:
    found = against_change(CREATE.change, Live({ORDERS.quoted: TABLE | table}))
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_somebody_who_builds_on_the_table_speaks_against_a_change() -> None:
    for name, said in (("orders", "an index on orders"), (None, "is hidden from this role")):
        building = [{"schema": "public", "name": name, "pid": 7}]
        assert said in against_change(CREATE.change, Live(TABLES, builds=building))
    elsewhere = [{"schema": "public", "name": "other", "pid": 7}]
    assert against_change(CREATE.change, Live(TABLES, builds=elsewhere)) == ""


@pytest.mark.parametrize(
    ("form", "now", "said"),
    [
        ("unused", {}, ""),
        ("unused", {"scans": 1}, "index old was called unused, and has been scanned since"),
        ("unused", {"constraint": "o_key"}, "index old is needed: constraint o_key is kept by it"),
        (
            "unused",
            {"needed_by": ("the table is clustered by it",)},
            "index old is needed: the table is clustered by it",
        ),
        ("unused", {"index": WIDER}, f"index old is another one by now: {OLD.definition}"),
        ("invalid", {}, "index old is valid by now"),
        ("covered", {}, NOTHING_ELSE),
        ("", {"index": WIDER}, ""),
    ],
)
def test_an_index_is_not_dropped_where_the_reason_for_that_is_gone(form: str, now: dict[str, Any], said: str) -> None:
    change = replace(DROP.change, form=form)
    assert against_drop(change, [replace(OLD, **now)]) == said
    assert against_drop(change, []) == ""


def test_what_an_index_is_covered_by_may_be_built_before_and_must_be_valid_and_not_go_itself() -> None:
    build = Change("create-index", "o", "", "", index=WIDER, steps=create_steps(WIDER, shop()))
    covered, wide = replace(DROP.change, form="covered"), there("wide", WIDER)
    assert against_each([(1, covered)], Live(TABLES, [OLD])) == {1: NOTHING_ELSE}
    assert against_each([(1, covered)], Live(TABLES, [OLD, replace(wide, valid=False)])) == {1: NOTHING_ELSE}
    assert against_each([(2, build), (1, covered)], Live(TABLES, [OLD])) == {}
    wide_goes = replace(DROP.change, existing=wide)
    assert against_each([(3, wide_goes), (1, covered)], Live(TABLES, [OLD, wide])) == {1: NOTHING_ELSE}


def test_an_index_that_is_there_by_another_name_is_not_built_but_one_is_put_back_beside_its_twin() -> None:
    live = Live(TABLES, [OLD])
    assert against_change(CREATE.change, live) == "index old is the same, and is there by now"
    assert against_change(CREATE.change, live, back=True) == ""
    assert against_change(CREATE.change, Live(TABLES, [replace(OLD, valid=False)])) == ""


@pytest.mark.parametrize(
    ("ours", "servers", "is_same"),
    [
        ('"d" IS NOT NULL AND "kind" = \'a.b\'::public.mood', "((d IS NOT NULL) AND (kind = 'a.b'::mood))", True),
        ("kind = 'a.b'", "kind = 'c.b'", False),
        ("a AND (b OR c)", "(a AND b) OR c", False),
        ('"Kind" = 1', "kind = 1", False),
        ("total > 1.5", "total > 2.5", False),
    ],
)
def test_a_twin_is_known_however_the_server_writes_its_condition(ours: str, servers: str, is_same: bool) -> None:
    change = replace(CREATE.change, index=replace(ON_CUSTOMER, predicate=ours))
    twin = there("twin", replace(ON_CUSTOMER, predicate=servers))
    assert bool(against_change(change, Live(TABLES, [twin]))) == is_same


def test_a_standby_and_another_database_take_nothing() -> None:
    state = {"database": "shop", "standby": False, "read_only": False}
    assert list(refusals(state, "shop")) == list(refusals(state, "db.example/shop")) == []
    assert [why for why, _ in refusals(state | {"read_only": True}, "shop")] == [
        "default_transaction_read_only is on for this role or database"
    ]
    assert [why for why, _ in refusals(state | {"standby": True}, "shop")] == [
        "this server is a standby, which takes no changes"
    ]
    assert [why for why, _ in refusals(state, "stage")] == ["the tuning is of database stage, and this is shop"]


def test_room_is_told_where_it_is_known_and_what_is_waited_for_is_named() -> None:
    assert room_words(2**20, 2**30) == room_words(0, None) == ""
    assert room_words(2**20, 2**20) == (
        "the indexes take 1.00 MiB and building them as much again; 1.00 MiB are free"
    )  # fmt: skip
    assert "cannot be told from here" in room_words(2**20, None)
    (words,) = waiting_words(["process 1", "process 2", "process 3", "process 4"])
    assert words.endswith("process 1; process 2; process 3, and 1 more")


def test_progress_is_said_when_it_is_news() -> None:
    row = {
        "phase": "building index: scanning table", "waits_for": None, "blocks_total": 200, "blocks_done": 50,
        "tuples_total": 0, "tuples_done": 0, "lockers_total": 0, "lockers_done": 0,
    }  # fmt: skip
    nothing = dict.fromkeys(row)
    teller = Teller()
    assert teller.words(nothing, 0.0) == ""
    assert teller.words(row, 1.0) == "building index: scanning table, 25 %"
    assert teller.words(row | {"blocks_done": 60}, 2.0) == ""
    assert teller.words(row | {"blocks_done": 100}, 20.0) == "building index: scanning table, 50 %"
    assert teller.words(row | {"waits_for": 7}, 21.0).endswith("waits for process 7")
    assert teller.words(nothing | {"waits_for": 8}, 22.0) == "waits for process 8"


@pytest.mark.parametrize(
    ("sql", "who"),
    [
        ('CREATE UNIQUE INDEX CONCURRENTLY "x" ON "y"', "nobody waits but DDL"),
        ('CREATE INDEX "x" ON ONLY "y"', "who writes to the table waits, for a moment"),
        ('DROP INDEX IF EXISTS "CONCURRENTLY "', "everybody waits who uses the table"),
        ("ALTER TABLE x SET (a = 1)", "DDL and VACUUM of the table wait"),
        ("VACUUM x", "unknown"),
    ],
)
def test_each_kind_of_statement_says_who_waits(sql: str, who: str) -> None:
    assert blocks(sql).startswith(who)
