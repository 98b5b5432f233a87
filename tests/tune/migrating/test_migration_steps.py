"""Which statements a change is made of, and which take it back."""

from dataclasses import replace

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.migrating.naming import built_name, name_of
from plimsoll.tune.migrating.parameters import statistics_steps, table_setting_steps
from plimsoll.tune.migrating.recreating import statements_of
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from tests.tune.migrating.shops import EVENTS, JAN, ON_CUSTOMER, ON_KIND, ORDERS, REST, REST_A, shop, there


def test_an_index_is_built_alone_after_what_an_earlier_try_left_has_been_dropped() -> None:
    leftover, build = create_steps(ON_CUSTOMER, shop())
    assert (leftover.sql, leftover.undo, leftover.alone) == (
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_orders_customer"', "", True,
    )  # fmt: skip
    assert build.sql == (
        'CREATE INDEX CONCURRENTLY "idx_orders_customer" ON "public"."orders" USING btree ("customer")'
    )  # fmt: skip
    assert (build.undo, build.alone) == (leftover.sql, True)


def test_a_partitioned_table_gets_an_empty_index_and_each_partition_one_that_is_joined() -> None:
    steps = create_steps(ON_KIND, shop())
    assert [step.sql for step in steps] == [
        'DROP INDEX IF EXISTS "public"."idx_events_kind"',
        'CREATE INDEX "idx_events_kind" ON ONLY "public"."events" USING btree ("kind")',
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_events_jan_kind"',
        'CREATE INDEX CONCURRENTLY "idx_events_jan_kind" ON "public"."events_jan" USING btree ("kind")',
        'ALTER INDEX "public"."idx_events_kind" ATTACH PARTITION "public"."idx_events_jan_kind"',
        'DROP INDEX IF EXISTS "public"."idx_events_rest_kind"',
        'CREATE INDEX "idx_events_rest_kind" ON ONLY "public"."events_rest" USING btree ("kind")',
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_events_rest_a_kind"',
        'CREATE INDEX CONCURRENTLY "idx_events_rest_a_kind" ON "public"."events_rest_a" USING btree ("kind")',
        'ALTER INDEX "public"."idx_events_rest_kind" ATTACH PARTITION "public"."idx_events_rest_a_kind"',
        'ALTER INDEX "public"."idx_events_kind" ATTACH PARTITION "public"."idx_events_rest_kind"',
    ]
    assert [statements_of(step.undo) for step in steps if step.undo] == [[
        'DROP INDEX IF EXISTS "public"."idx_events_kind"',
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_events_jan_kind"',
        'DROP INDEX IF EXISTS "public"."idx_events_rest_kind"',
        'DROP INDEX CONCURRENTLY IF EXISTS "public"."idx_events_rest_a_kind"',
    ]]  # fmt: skip
    assert [step.alone for step in steps] == ["CONCURRENTLY" in step.sql for step in steps]


def test_a_partition_that_has_got_its_part_from_the_server_is_left_alone() -> None:
    part = there("events_jan_kind_idx", replace(ON_KIND, table=JAN), part_of="idx_events_kind")
    known = shop(there("idx_events_kind", ON_KIND, parts=("events_jan_kind_idx",), valid=False), part)
    assert [step.sql for step in create_steps(ON_KIND, known) if "jan" in step.sql] == []
    ours = replace(part, name="idx_events_jan_kind")
    assert len([step for step in create_steps(ON_KIND, shop(ours)) if "jan" in step.sql]) == 3


def test_a_single_partition_gets_an_index_as_any_table() -> None:
    steps = create_steps(replace(ON_KIND, table=JAN), shop())
    assert [step.alone for step in steps] == [True, True]


def test_a_name_that_is_taken_is_not_used_and_what_a_try_left_is_found_again() -> None:
    elsewhere = there("idx_orders_customer", Index(ORDERS, (IndexKey.of("other"),)))
    name = name_of(ON_CUSTOMER, shop(elsewhere))
    assert name.startswith("idx_orders_customer_")
    assert name_of(ON_CUSTOMER, shop(elsewhere, there(name, ON_CUSTOMER, valid=False))) == name
    assert name_of(ON_CUSTOMER, shop(there("idx_orders_customer", ON_CUSTOMER, valid=False))) == "idx_orders_customer"
    taken = replace(shop(), views={TableName("public", "idx_orders_customer"): "SELECT"})
    assert name_of(ON_CUSTOMER, taken) == name


def test_a_long_name_that_is_taken_stays_within_the_servers_length() -> None:
    long = Index(ORDERS, (IndexKey.of("ü" * 40),))
    name = name_of(long, replace(shop(), views={TableName("public", long.name): "SELECT"}))
    assert name != long.name
    assert len(name.encode()) <= 63


def test_the_name_of_what_is_built_is_read_from_the_statement() -> None:
    odd = Index(TableName("Odd", 'a "b"'), (IndexKey.of("C"),), unique=True)
    assert built_name(odd.create(concurrently=True, name='x "y" ON z')) == 'x "y" ON z'
    assert built_name('DROP INDEX "x"') == ""


def test_an_extension_that_an_operator_class_needs_comes_first_unless_it_is_there() -> None:
    like = Index(ORDERS, (IndexKey.of("name", opclass="gin_trgm_ops"),), "gin")
    first = create_steps(like, shop(available="pg_trgm"))[0]
    assert (first.sql, first.undo) == ("CREATE EXTENSION IF NOT EXISTS pg_trgm", "")
    assert len(create_steps(like, shop(extensions="pg_trgm", available="pg_trgm"))) == 2
    with pytest.raises(UsageError, match="the server has no extension pg_trgm"):
        create_steps(like, shop())


def test_a_view_or_a_table_that_nobody_knows_gets_no_index() -> None:
    with pytest.raises(UsageError, match=r"index idx_a_view_x.*no ordinary or partitioned table a_view was found"):
        create_steps(Index(TableName("public", "a_view"), (IndexKey.of("x"),)), shop())


def test_a_dropped_index_is_built_again_by_the_servers_definition() -> None:
    (step,) = drop_steps(there("old", replace(ON_CUSTOMER, unique=False)), shop())
    assert (step.sql, step.alone) == ('DROP INDEX CONCURRENTLY IF EXISTS "public"."old"', True)
    assert step.undo == 'CREATE INDEX CONCURRENTLY old ON "public"."orders" USING btree ("customer")'
    (step,) = drop_steps(there("old", ON_CUSTOMER, valid=False), shop())
    assert step.undo == ""


def test_a_partitioned_index_is_built_again_on_each_partition_and_joined() -> None:
    whole = there("old", ON_KIND, parts=("old_jan", "old_rest", "old_rest_a"))
    parts = (
        there("old_jan", replace(ON_KIND, table=JAN), part_of="old"),
        there("old_rest", replace(ON_KIND, table=REST), part_of="old", parts=("old_rest_a",)),
        there("old_rest_a", replace(ON_KIND, table=REST_A), part_of="old_rest"),
        there("other", replace(ON_KIND, table=REST_A)),
    )
    (step,) = drop_steps(whole, shop(whole, *parts))
    assert (step.sql, step.alone) == ('DROP INDEX IF EXISTS "public"."old"', False)
    assert statements_of(step.undo) == [
        'CREATE INDEX old ON ONLY "public"."events" USING btree ("kind")',
        'CREATE INDEX CONCURRENTLY old_jan ON "public"."events_jan" USING btree ("kind")',
        'ALTER INDEX "public"."old" ATTACH PARTITION "public"."old_jan"',
        'CREATE INDEX old_rest ON ONLY "public"."events_rest" USING btree ("kind")',
        'CREATE INDEX CONCURRENTLY old_rest_a ON "public"."events_rest_a" USING btree ("kind")',
        'ALTER INDEX "public"."old_rest" ATTACH PARTITION "public"."old_rest_a"',
        'ALTER INDEX "public"."old" ATTACH PARTITION "public"."old_rest"',
    ]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"constraint": "orders_key"}, "constraint orders_key is kept by it"),
        ({"primary": True}, "constraint old is kept by it"),
        ({"needed_by": ("the table is clustered by it",)}, "the table is clustered by it"),
        ({"partition_of": "whole"}, "it is a part of whole, the index of a partitioned table"),
    ],
)
def test_what_something_rests_on_is_never_dropped(changed: dict[str, object], why: str) -> None:
    existing = replace(there("old", ON_CUSTOMER), **changed)  # type: ignore[arg-type]  # each of its field's type
    with pytest.raises(UsageError, match=why):
        drop_steps(existing, shop())


def test_a_storage_parameter_is_given_back_the_value_that_it_had() -> None:
    options = {"fillfactor": "80", "autovacuum_enabled": "true"}
    steps = table_setting_steps(ORDERS, options, shop(options={"fillfactor": "90"}))
    assert [(step.sql, step.undo) for step in steps] == [
        ('ALTER TABLE "public"."orders" SET (fillfactor = 80)', 'ALTER TABLE "public"."orders" SET (fillfactor = 90)'),
        (
            'ALTER TABLE "public"."orders" SET (autovacuum_enabled = true)',
            'ALTER TABLE "public"."orders" RESET (autovacuum_enabled)',
        ),
    ]


def test_storage_parameters_of_a_partitioned_table_are_those_of_its_partitions() -> None:
    steps = table_setting_steps(EVENTS, {"fillfactor": "80"}, shop())
    assert [step.sql for step in steps] == [
        f"ALTER TABLE {table.quoted} SET (fillfactor = 80)" for table in (JAN, REST_A)
    ]  # fmt: skip


def test_extended_statistics_are_filled_at_once() -> None:
    create, analyze = statistics_steps("stats_orders", ORDERS, ("a", "B"), ("dependencies", "mcv"))
    assert create.sql == (
        'CREATE STATISTICS IF NOT EXISTS "public"."stats_orders" (dependencies, mcv) ON "a", "B" FROM "public"."orders"'
    )  # fmt: skip
    assert (create.undo, analyze.sql) == (
        'DROP STATISTICS IF EXISTS "public"."stats_orders"',
        'ANALYZE "public"."orders"',
    )


def test_indexes_of_one_name_in_two_schemas_are_two_changes() -> None:
    index = Index(TableName("Other", "orders"), (IndexKey.of("customer"),))
    assert Change("create-index", "x", "t", "", index=index).id == "create-index:Other.idx_orders_customer"
    assert Change("create-index", "x", "t", "", index=ON_CUSTOMER).id == "create-index:idx_orders_customer"
    old = replace(there("old", index), schema="Other")
    assert Change("drop-index", "x", "t", "", existing=old, form="unused").id == "drop-index:Other.old:unused"
