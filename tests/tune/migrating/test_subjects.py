"""Which tables a change is about, and what must be there of them."""

from dataclasses import replace

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.index import IndexKey
from plimsoll.tune.migrating.parameters import statistics_steps, table_setting_steps
from plimsoll.tune.migrating.subjects import probes_of, tables_of
from tests.tune.migrating.shops import EVENTS, JAN, ON_CUSTOMER, ORDERS, REST_A, shop

ODD = TableName("My ON", 'a "FROM" b')


def test_a_setting_and_statistics_are_about_the_tables_of_their_statements() -> None:
    setting = Change("table-setting", "", "", "", steps=table_setting_steps(EVENTS, {"fillfactor": "90"}, shop()))
    assert (tables_of(setting), probes_of(setting)) == ([JAN, REST_A], [])
    kept = Change("statistics", "", "", "", steps=statistics_steps("stat_x", ODD, ("a", "b c"), ("mcv", "ndistinct")))
    assert (tables_of(kept), probes_of(kept)) == ([ODD], [f'SELECT "a", "b c" FROM {ODD.quoted}'])
    target = Step(f'ALTER TABLE {ORDERS.quoted} ALTER COLUMN "kind" SET STATISTICS 1000')
    finer = Change("statistics", "", "", "", steps=(target,))
    assert (tables_of(finer), probes_of(finer)) == ([ORDERS], ['SELECT "kind" FROM "public"."orders"'])


def test_an_index_needs_its_columns_its_expressions_and_its_predicate() -> None:
    keys = (*ON_CUSTOMER.keys, IndexKey("(lower(name))"))
    index = replace(ON_CUSTOMER, keys=keys, include=("total",), predicate="paid")
    (probe,) = probes_of(Change("create-index", "", "", "", index=index))
    assert probe == 'SELECT "customer", (lower(name)), "total" FROM "public"."orders" WHERE paid'
