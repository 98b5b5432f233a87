"""Indexes of one advice do not take each other's names."""

from dataclasses import replace

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Table
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.facts import TableFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.tune.migrating.naming import built_name
from plimsoll.workflows.tuning.deciding import with_all_steps
from tests.tune.migrating.shops import shop


def test_two_indexes_of_one_advice_never_get_one_name() -> None:
    twins = [Index(TableName("public", name), (IndexKey.of("customer"),)) for name in ("orders", "Orders")]
    tables = {one.table: TableFacts(Table(one.table, ()), TableStatistics(1000)) for one in twins}
    changes = [Change("create-index", "x", "t", "", index=one) for one in twins]
    made = with_all_steps([Advised(one, "proved", "high") for one in changes], replace(shop(), tables=tables))
    names = [built_name(one.change.steps[-1].sql) for one in made]
    assert names[0] == "idx_orders_customer"
    assert names[1].startswith("idx_orders_customer_")
    assert made == with_all_steps(made, replace(shop(), tables=tables))
