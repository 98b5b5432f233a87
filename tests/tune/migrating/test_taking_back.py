"""A change that takes another back is carried out and seen to be done as any change is."""

from dataclasses import replace

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.applied import AppliedChange, State
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.migrating.parameters import statistics_steps, table_setting_steps
from plimsoll.tune.migrating.selecting import UNDER_WAY, leftover_of, to_take_back
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from plimsoll.tune.migrating.taking_back import taken_back
from tests.core.tuning.tunings import NOON, made
from tests.tune.migrating.shops import EVENTS, JAN, ON_CUSTOMER, ON_KIND, ORDERS, REST, REST_A, shop, there


def creating(index: Index) -> Advised:
    return Advised(
        Change("create-index", "x", "Create it", "", index=index, steps=create_steps(index, shop())), "proved", "high"
    )


def of_steps(*steps: Step) -> Advised:
    return Advised(Change("table-setting", "x", "Set it", "", steps=steps), "explained", "low")


OLD = there("old", replace(ON_CUSTOMER, table=ORDERS))
DROP = Advised(
    Change("drop-index", "x", "Drop old", "", existing=replace(OLD, size_bytes=8192), steps=drop_steps(OLD, shop())),
    "explained", "high",
)  # fmt: skip


def test_an_index_that_was_built_is_dropped_unless_it_is_gone() -> None:
    back = taken_back(creating(ON_CUSTOMER)).change
    assert (back.kind, back.title, back.existing and back.existing.name) == (
        "drop-index",
        "Take back: Create it",
        "idx_orders_customer",
    )
    (step,) = back.steps
    assert (step.sql, step.alone) == ('DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_orders_customer"', True)
    assert step.check.startswith("SELECT NOT EXISTS")


def test_an_index_of_a_partitioned_table_goes_whole_then_what_was_not_yet_joined() -> None:
    steps = taken_back(creating(ON_KIND)).change.steps
    assert [(step.sql.split("EXISTS ")[1], step.alone) for step in steps] == [
        ('"public"."idx_events_kind"', False), ('"public"."idx_events_jan_kind"', True),
        ('"public"."idx_events_rest_kind"', False), ('"public"."idx_events_rest_a_kind"', True),
    ]  # fmt: skip


def test_an_index_that_was_dropped_is_built_again_after_what_an_earlier_try_left() -> None:
    back = taken_back(DROP)
    assert (back.change.kind, back.estimate and back.estimate.size_bytes) == ("create-index", 8192)
    leftover, build = back.change.steps
    assert leftover.sql == 'DROP INDEX CONCURRENTLY IF EXISTS "public"."old"'
    assert build.sql.startswith("CREATE INDEX CONCURRENTLY old ON ")
    assert "c.relname = 'old'" in build.check
    assert leftover_of(back.change.steps, 1) == leftover


def test_a_partitioned_index_is_built_again_part_by_part_and_each_step_can_be_seen() -> None:
    odd = TableName("Odd.schema", 'a "b"')
    whole = there("whole", ON_KIND, parts=("jan", "rest"))
    parts = [
        there(name, replace(ON_KIND, table=table), part_of=of)
        for name, table, of in (("jan", JAN, "whole"), ("rest_a", REST_A, "rest"))
    ]
    rest = there("rest", replace(ON_KIND, table=REST), part_of="whole", parts=("rest_a",))
    steps = drop_steps(whole, shop(whole, *parts, rest))
    back = taken_back(replace(DROP, change=replace(DROP.change, existing=whole, steps=steps))).change.steps
    assert [step.sql.split()[0] for step in back] == [
        "CREATE",
        "DROP",
        "CREATE",
        "ALTER",
        "CREATE",
        "DROP",
        "CREATE",
        "ALTER",
        "ALTER",
    ]
    assert all(step.check for step in back)
    undo = f"DROP INDEX IF EXISTS {odd.quoted}"
    (step,) = taken_back(of_steps(Step("x", undo=undo))).change.steps
    assert [name in step.check for name in ("'Odd.schema'", "'a \"b\"'")] == [True, True]


def test_settings_and_statistics_are_seen_to_be_taken_back_by_what_is_not_so() -> None:
    settings = table_setting_steps(ORDERS, {"fillfactor": "70"}, shop())
    (step,) = taken_back(of_steps(*settings)).change.steps
    assert (step.sql, step.check) == (settings[0].undo, f"SELECT NOT ({settings[0].check})")
    (step,) = taken_back(of_steps(*statistics_steps("s", ORDERS, ["a", "b"]))).change.steps
    assert step.sql == 'DROP STATISTICS IF EXISTS "public"."s"'


def record(one: Advised, state: State, why: str = "") -> AppliedChange:
    return AppliedChange(one.change.id, one.change.title, state, NOON, why=why)


def test_what_we_did_is_taken_back_the_last_first_and_nothing_else() -> None:
    other = creating(Index(EVENTS, (IndexKey.of("at"),)))
    tuning = made(DROP, creating(ON_CUSTOMER), creating(ON_KIND), other)
    done = [
        record(DROP, "done"), record(tuning.advised[1], "left", UNDER_WAY), record(tuning.advised[2], "was-there"),
        record(other, "failed"),
    ]  # fmt: skip
    assert [number for number, _ in to_take_back(tuning, done, ())] == [1, 2]
    assert [number for number, _ in to_take_back(tuning, done, (2,))] == [2]
    with pytest.raises(UsageError, match="change 3 was not made by plimsoll tune apply"):
        to_take_back(tuning, done, (3,))
