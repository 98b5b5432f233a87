"""A plan that reads well and cannot be meant is told before anything is written. Of schemas made by hand."""

from datetime import datetime

import numpy as np
import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Check, Column, DataType, ForeignKey, Schema, Table, UniqueKey
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.planned import template_parts
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.writing.fill import FillPlan

BIGINT, TEXT = DataType("bigint", "int8"), DataType("text", "text")
MOMENT = DataType("timestamp with time zone", "timestamptz")
MOOD = DataType("mood", "mood", "enum", labels=("glad", "so so"))
PEOPLE = Table(
    TableName("public", "people"),
    (
        Column("id", BIGINT, nullable=False, identity="a"), Column("mood", MOOD), Column("tier", TEXT),
        Column("expires_at", MOMENT), Column("ended_at", MOMENT), Column("created_at", MOMENT, nullable=False),
    ),
    uniques=(UniqueKey("people_pkey", ("id",), primary=True),),
)  # fmt: skip
ORDERS = Table(
    TableName("public", "orders"),
    (
        Column("id", BIGINT, nullable=False, identity="a"), Column("person_id", BIGINT, nullable=False),
        Column("status", TEXT, nullable=False), Column("note", TEXT), Column("total", BIGINT),
    ),
    uniques=(UniqueKey("orders_pkey", ("id",), primary=True),),
    foreign_keys=(ForeignKey("orders_person", ("person_id",), PEOPLE.name, ("id",)),),
    checks=(Check("orders_status", "(status = ANY (ARRAY['open'::text, 'closed'::text]))", ("status",)),),
)  # fmt: skip
SCHEMA = Schema({table.name: table for table in (PEOPLE, ORDERS)})
COLUMNS = "[tables.orders.columns]\n"
TIERS = "[tables.people.columns]\ntier = { values = { free = 1, team = 1 } }\n"


def planned(text: str) -> FillPlan:
    return assemble(SCHEMA, read_plan(f"now = 2026-06-30T18:00:00Z\n{text}", where="p.toml"))


@pytest.mark.parametrize(
    ("text", "where", "why", "remedy"),
    [
        ("[tables.Order]", "tables.Order", "", "did you mean 'orders'?"),
        ("[tables.zzz]", "tables.zzz", "", "one of people, orders"),
        (f"{COLUMNS}note = {{ template = 'no {{id' }}", "orders.columns.note", "brace", "{n} or {COLUMN}"),
        (f"{COLUMNS}note = {{ template = '{{stat}}' }}", "orders.columns.note", "no column 'stat'", "'status'"),
        (f"{COLUMNS}total = {{ formula = '2 * (1 / 0)' }}", "orders.columns.total", "1 / 0", "another number"),
        ("[tables.people.columns]\nid = { formula = 'created_at + 1' }", "people.columns.id", "is a date", "delay"),
        (f"{COLUMNS}note = {{ zipf = 1 }}", "orders.columns.note", "no foreign key's column", "leave zipf out"),
        (f"{COLUMNS}note = {{ words = -3 }}", "orders.columns.note.words", "-3 is less than 0", "from 0 on"),
        (f"{COLUMNS}note = {{ words = {{ uniform = {{ low = -9, high = 5 }} }} }}", "note.words", "-9", "from 0"),
        (f"{COLUMNS}note = {{ words = 3, language = 'xx' }}", "note.language", "no words in 'xx'", "en, de"),
        ("locale = ['klingon']", "locale", "no words in 'klingon'", "en, de"),
        ("[tables.orders]\nper = 'person_id'\nsize = -1", "tables.orders.size", "-1 is less than 0", "from 0"),
        ("[tables.people.columns]\nended_at = { after = 'created_at', delay = '1d', future = 1 }", "ended_at.future",
         "neither true nor false", "future = true"),
        (f"{COLUMNS}total = {{ number = {{ normal = {{ mean = 1, sd = 1, min = 0 }} }} }}", "total.number.normal",
         "min and max stand beside it", "{ normal = { mean = …, sd = … }, min = …"),
        (f"{COLUMNS}note = {{ cases = [{{ when = {{ status = 'closd' }}, then = {{ value = 'x' }} }}] }}",
         "orders.columns.note.cases[0].when.status", "orders.status is never 'closd'", "did you mean 'closed'?"),
        (f"{COLUMNS}note = {{ cases = [{{ when = {{ 'person_id.mood' = 'sad' }}, then = {{ value = 'x' }} }}] }}",
         "cases[0].when.person_id.mood", "people.mood is never 'sad'", "it has 'glad', 'so so'"),
        (TIERS + "[tables.orders]\nper = 'person_id'\nwhere = { tier = ['team', 'fre'] }",
         "tables.orders.where.tier", "people.tier is never 'fre'", "did you mean 'free'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_its_place(text: str, where: str, why: str, remedy: str) -> None:
    with pytest.raises(UsageError) as caught:
        planned(text)
    assert f"{where})" in str(caught.value)
    assert why in str(caught.value)
    assert remedy in str(caught.value.remedy)


def test_conditions_on_what_is_open_or_possible_are_taken() -> None:
    when = "{ status = ['open'], note = 'anything', 'person_id.tier' = 'team', 'person_id.mood' = 'so so' }"
    total = f"total = {{ cases = [{{ when = {when}, then = {{ value = 1 }} }}] }}"
    tier = "tier = { cases = [{ when = { mood = 'glad' }, then = { value = 'team' } }], otherwise = { null = 1 } }"
    made = planned(f"[tables.people.columns]\n{tier}\n{COLUMNS}{total}")
    assert [fill.rows for fill in made.tables] == [100, 100]


@pytest.mark.parametrize(
    ("column", "more", "passes"),
    [("expires_at", "", True), ("expires_at", ", future = false", False), ("ended_at", "", False),
     ("ended_at", ", future = true", True)],
)  # fmt: skip
def test_what_ends_may_lie_after_now_and_all_else_where_the_plan_says_so(column: str, more: str, passes: bool) -> None:
    plan = f"[tables.people.columns]\n{column} = {{ after = 'created_at', delay = '900d'{more} }}"
    people = planned(plan).tables[0]
    ends = people.frame(np.arange(50))[column]
    assert (ends > datetime(2026, 6, 30, 18)).any() is passes  # noqa: DTZ001  # UTC without a zone is our form


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("a{n}b{c}", ("a", "n", "b", "c", "")),
        ("plain", ("plain",)),
        ('{{"a": {n}}}', ('{"a": ', "n", "}")),
        ("{{{n}}}", ("{", "n", "}")),
        ("{n", None),
        ("n}", None),
        ("{}", None),
    ],
)
def test_braces_of_a_template_have_to_pair(template: str, parts: tuple[str, ...] | None) -> None:
    assert template_parts(template) == parts
