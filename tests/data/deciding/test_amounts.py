"""Amounts of one row agree where their names tell, and columns with a constant DEFAULT have it often."""

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Check, Column, DataType, ForeignKey, Schema, Table, UniqueKey
from plimsoll.data.deciding.amounts import pairs_of, roles_of
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.meaning.defaults import constant_default
from plimsoll.data.plan.values import SeedPlan

MONEY = DataType("numeric(12,2)", "numeric", precision=12, scale=2)
WHOLE, FLAG = DataType("integer", "int4"), DataType("boolean", "bool")
TEXT, JSON = DataType("text", "text"), DataType("jsonb", "jsonb")
PLAN = SeedPlan(datetime(2026, 6, 30, 18), 1, 1_000)  # noqa: DTZ001  # UTC without a zone is our form


def table(*columns: Column, checks: tuple[Check, ...] = ()) -> Table:
    return Table(TableName("public", "orders"), columns, checks=checks)


def of_money(*names: str) -> list[Column]:
    return [Column(name, MONEY, nullable=False) for name in names]


def rows(*columns: Column, checks: tuple[Check, ...] = ()) -> pl.DataFrame:
    made = table(*columns, checks=checks)
    (model,) = assemble(Schema({made.name: made}), PLAN).tables
    return model.frame(np.arange(PLAN.rows))


def by_default(type: DataType, default: str, name: str = "value") -> pl.Series:
    return rows(Column(name, type, nullable=False, default=default))[name].cast(pl.String)


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ("subtotal tax_amount shipping_cost discount_total grand_total", "net tax shipping discount total"),
        ("amount_untaxed amount_tax amount_total amount_residual", "net tax total due"),
        ("quantity unit_price line_total", "quantity unit total"),
        ("netAmount vatAmount grossAmount vatRate", "net tax total rate"),
        ("total_cents paid_cents balance_due", "total paid due"),
        ("price weight total_count netto", "unit"),
    ],
)
def test_names_tell_what_part_an_amount_plays(names: str, roles: str) -> None:
    assert set(roles_of(table(*of_money(*names.split())))) == set(roles.split())


def test_pairs_are_those_whose_names_differ_in_their_ends() -> None:
    columns = of_money("min_price", "max_price", "range_low", "range_high", "from_user_id", "to_user_id", "start_page")
    assert pairs_of(table(*columns)) == [("min_price", "max_price"), ("range_low", "range_high")]


def test_the_amounts_of_an_order_add_up() -> None:
    orders = rows(*of_money("total", "subtotal", "tax", "shipping_fee", "discount", "amount_paid", "amount_due"))
    cents = orders.select((pl.all() * 100).round().cast(pl.Int64))
    plus = cents["subtotal"] + cents["tax"] + cents["shipping_fee"] - cents["discount"]
    assert (cents["total"] == plus).all()
    assert (cents["tax"] <= cents["subtotal"]).all()
    assert (cents["amount_paid"] + cents["amount_due"] == cents["total"]).all()
    assert 0.3 < (cents["amount_due"] == 0).mean() < 0.7  # type: ignore[operator]  # a number: there are rows


def test_lines_are_quantity_times_price_and_ends_are_not_below_beginnings() -> None:
    number = Column("quantity", WHOLE, nullable=False)
    lines = rows(number, *of_money("unit_price", "line_total", "max_price", "min_price"))
    assert (lines["line_total"] - lines["quantity"] * lines["unit_price"]).abs().max() < 0.006  # type: ignore[operator]  # as above
    assert (lines["min_price"] <= lines["max_price"]).all()


def test_a_payment_is_in_the_currency_of_its_order() -> None:
    code = DataType("character(3)", "bpchar", length=3)
    number = Column("id", WHOLE, nullable=False)
    orders = Table(
        TableName("public", "orders"),
        (number, Column("currency", code, nullable=False)),
        uniques=(UniqueKey("orders_pkey", ("id",), primary=True),),
    )
    columns = (Column("order_id", WHOLE, nullable=False), Column("currency", code, default="'EUR'::bpchar"))
    key = ForeignKey("payments_order_id_fkey", ("order_id",), orders.name, ("id",))
    payments = Table(TableName("public", "payments"), columns, foreign_keys=(key,))
    models = assemble(Schema({one.name: one for one in (orders, payments)}), PLAN).tables
    paid_in, paid = (model.frame(np.arange(PLAN.rows)) for model in models)
    both = paid.join(paid_in, left_on="order_id", right_on="id")
    known = both.filter(pl.col("currency").is_not_null())
    assert known.height > PLAN.rows / 2
    assert (known["currency"] == known["currency_right"]).all()


def test_what_a_check_compares_is_left_to_the_check() -> None:
    check = Check("sane", "(total >= (subtotal + tax))", ("total", "subtotal", "tax"))
    assert roles_of(table(*of_money("total", "subtotal", "tax"), checks=(check,))) == {}


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("false", "false"),
        ("'draft'::character varying", "draft"),
        ("'it''s'::text", "it's"),
        ("0", "0"),
        ("(0)::numeric", "0"),
        ("'-1'::integer", "-1"),
        ("0.00", "0.00"),
        ("'{}'::jsonb", "{}"),
        ("ARRAY[]::text[]", "{}"),
        ("'new'::\"Order State\"", "new"),
        ("('now'::text)::character varying(9)", "now"),
        ("now()", None),
        ("NULL::character varying", None),
        ("('a'::text || 'b'::text)", None),
        (None, None),
    ],
)
def test_a_default_that_is_a_constant_is_read(sql: str | None, text: str | None) -> None:
    assert constant_default(Column("c", TEXT, default=sql)) == text


def test_a_sum_that_a_check_demands_is_of_a_discount_below_the_net_amount() -> None:
    names = ("subtotal_cents", "discount_cents", "tax_cents", "total_cents", "amount_paid_cents")
    made = rows(
        *(Column(name, WHOLE, nullable=False) for name in names),
        checks=(
            Check("sums", "(total_cents = ((subtotal_cents - discount_cents) + tax_cents))", names[:4]),
            Check("paid", "((amount_paid_cents >= 0) AND (amount_paid_cents <= total_cents))", names[3:]),
        ),
    )
    assert made.select((pl.col("total_cents") > 0).all(), pl.col("discount_cents").max() > 0).row(0) == (True, True)
    assert made["amount_paid_cents"].is_between(0, made["total_cents"]).all()


@pytest.mark.parametrize(
    ("type", "default", "name", "text", "low", "high"),
    [
        (FLAG, "false", "value", "false", 0.85, 0.95),
        (FLAG, "true", "value", "true", 0.85, 0.95),
        (FLAG, "false", "is_deleted", "false", 0.93, 0.99),
        (WHOLE, "0", "comments_count", "0", 0.45, 0.65),
        (TEXT, "'web'::text", "made_by", "web", 0.65, 0.75),
        (TEXT, "'open'::text", "status", "open", 0.4, 0.8),
        (TEXT, "''::text", "title", "", 0, 0),
        (JSON, "'{}'::jsonb", "settings", "{}", 0.55, 0.65),
        (DataType("state", "state", "enum", labels=("new", "old")), "'old'::state", "value", "old", 0.5, 0.8),
    ],
)
def test_a_constant_default_is_frequent(
    type: DataType, default: str, name: str, text: str, low: float, high: float
) -> None:
    assert low <= (by_default(type, default, name) == text).mean() <= high  # type: ignore[operator]  # as above
