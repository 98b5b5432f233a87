"""What a server would refuse of a plan is told with column, constraint and value. Of a schema made by hand."""

import re

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import (
    Check,
    Column,
    DataType,
    ForeignKey,
    Partition,
    PartitionScheme,
    Schema,
    Table,
    UniqueKey,
)
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.deciding.foreseeing import foresee
from plimsoll.data.deciding.plan_names import plans_of
from plimsoll.data.plan.reading import read_plan

BIGINT, TEXT = DataType("bigint", "int8"), DataType("text", "text")
MOMENT = DataType("timestamp with time zone", "timestamptz")
POSITIVE = DataType("positive", "int4", domain="positive", checks=("(VALUE > 0)",))
PEOPLE = Table(TableName("public", "people"), (Column("id", BIGINT, nullable=False, identity="a"),),
               uniques=(UniqueKey("people_pkey", ("id",), ("id",), primary=True),))  # fmt: skip
ORDERS = Table(
    TableName("public", "orders"),
    (
        Column("id", BIGINT, nullable=False, identity="a"),
        Column("person_id", BIGINT),
        Column("status", TEXT, nullable=False),
        Column("mood", DataType("mood", "mood", "enum", labels=("glad", "sad"))),
        Column("code", DataType("character varying(5)", "varchar", length=5)),
        Column("total", DataType("numeric(6,2)", "numeric", precision=6, scale=2)),
        Column("parcels", POSITIVE),
        Column("paid", DataType("boolean", "bool")),
        Column("began_on", DataType("date", "date")),
        Column("ended_on", DataType("date", "date")),
        Column("made_at", MOMENT, nullable=False),
    ),
    uniques=(UniqueKey("orders_code_key", ("code",), ("code",)),),
    foreign_keys=(ForeignKey("orders_person", ("person_id",), PEOPLE.name, ("id",)),),
    checks=(
        Check("orders_status", "(status = ANY (ARRAY['open'::text, 'closed'::text]))", ("status",)),
        Check("orders_total", "(total >= (0)::numeric)", ("total",)),
        Check("orders_order", "(ended_on >= began_on)", ("ended_on", "began_on")),
        Check("orders_ended", "((status <> 'closed'::text) OR (ended_on IS NOT NULL))", ("status", "ended_on")),
    ),
    partitioning=PartitionScheme(
        "range",
        ("made_at",),
        (
            Partition(
                TableName("public", "orders_2026"),
                "FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00')",
            ),
        ),
    ),
)
SCHEMA = Schema({table.name: table for table in (PEOPLE, ORDERS)})
RIGHT = """
status = { values = ["open", "closed"] }
mood = { values = ["glad"], null = 0.5 }
code = { template = "a{n}" }
total = { number = 9_999 }
parcels = { value = "7" }
paid = { values = [true, "off"] }
began_on = { value = 2026-01-01 }
ended_on = { after = "began_on", delay = "5d" }
made_at = { time = { from = "-100d" } }
"""


def look(columns: str, schema: Schema = SCHEMA) -> None:
    plan = read_plan(f"now = 2026-06-30T18:00:00Z\n[tables.orders.columns]\n{columns}", where="p.toml")
    foresee(assemble(schema, plan).tables, plans_of(schema, plan), plan.now)


def test_a_plan_that_keeps_to_everything_is_left_in_peace() -> None:
    look(RIGHT)


@pytest.mark.parametrize(
    ("columns", "column", "said"),
    [
        ("status = { value = 'lost' }", "status", "'lost' breaks check constraint 'orders_status'"),
        ("status = { values = { open = 99, lost = 1 } }", "status", "'lost' breaks check constraint 'orders_status'"),
        ("status = { cases = [{ when = { mood = 'glad' }, then = { value = 'open' } }] }", "status", "NULL in row"),
        ("mood = { values = ['glad', 'so so'] }", "mood", "'so so' is no label of mood: glad, sad"),
        ("code = { template = 'order {n}' }", "code", "'order 1' has 7 characters, more than character varying(5)"),
        ("code = { template = 'a' }", "code", "occurs twice, against the unique key 'orders_code_key'"),
        ("total = { value = -5 }", "total", "'-5' breaks check constraint 'orders_total', (total >= (0)::numeric)"),
        ("total = { value = 10_000 }", "total", "'10000' is too large for numeric(6,2)"),
        ("total = { value = 'much' }", "total", "'much' is no numeric(6,2)"),
        ("parcels = { value = 0 }", "parcels", "'0' breaks a check of positive"),
        ("paid = { value = 'maybe' }", "paid", "'maybe' is no boolean"),
        ("began_on = { value = '2026-02-30' }", "began_on", "'2026-02-30' is no date: there is no such day"),
        ("began_on = { value = 2026-05-05 }\nended_on = { value = 2026-04-04 }", "ended_on",
         "no row satisfies check constraint 'orders_order'"),
        ("status = { value = 'closed' }\nended_on = { null = 1 }", "ended_on", "check constraint 'orders_ended'"),
        ("made_at = { time = { from = '-300d' } }", "made_at", "breaks the bounds of all partitions"),
        ("person_id = { value = 777 }", "person_id", "'777' is no id of people, to which 'orders_person' refers"),
    ],
)  # fmt: skip
def test_what_a_server_would_refuse_is_told_with_column_constraint_and_value(
    columns: str, column: str, said: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as caught:
        look(columns)
    assert caught.value.where == f"tables.orders.columns.{column}"
    assert caught.value.remedy


def test_what_a_trigger_may_mend_is_left_to_it() -> None:
    mended = Table(ORDERS.name, ORDERS.columns, checks=ORDERS.checks, triggers=("mend",))
    look("status = { value = 'lost' }", Schema({mended.name: mended}))
    with pytest.raises(UsageError, match="is too large"):  # it is read before any trigger sees it
        look("total = { value = 10_000 }", Schema({mended.name: mended}))


def test_a_default_partition_takes_all() -> None:
    assert ORDERS.partitioning is not None
    parts = (*ORDERS.partitioning.partitions, Partition(TableName("public", "rest"), "DEFAULT"))
    open_ended = Table(ORDERS.name, ORDERS.columns, partitioning=PartitionScheme("range", ("made_at",), parts))
    look("made_at = { time = { from = '-300d' } }", Schema({open_ended.name: open_ended}))
