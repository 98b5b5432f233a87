"""Whatever a column's name means, its values keep to its length, case and type, and differ where they must."""

from datetime import datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, DataType, Table
from plimsoll.data.domain import Bound, Domain
from plimsoll.data.drawing import Context, Draw
from plimsoll.data.meaning.judging import Meaning, meaning_of
from plimsoll.data.plausible import plausible

CONTEXT = Context(datetime(2026, 6, 30), 1e7)  # noqa: DTZ001  # UTC without a zone is our form
ROWS = 1_500
TEXTS = (
    *("email", "username", "first_name", "last_name", "full_name", "company", "job_title", "phone", "street", "city"),
    *("province", "country", "country_code", "postcode", "language", "locale", "currency", "time_zone", "url", "slug"),
    *("domain", "ip_address", "user_agent", "title", "label", "comment", "body", "product_name", "tag", "file_name"),
    *("mime_type", "sha256", "sha1", "md5", "password", "token", "colour", "version", "sku", "status", "role", "kind"),
    *(
        "external_id",
        "iban",
        "bic",
        "vat_number",
        "ssn",
        "tax_number",
        "passport",
        "card_number",
        "last4",
        "cvv",
        "isbn",
    ),
    *(
        "card_expiry",
        "card_brand",
        "issn",
        "ean",
        "upc",
        "asin",
        "mac",
        "ipv6",
        "cidr",
        "license_plate",
        "room",
        "seat",
    ),
    *("phone_extension", "short_sha", "gender", "salutation", "blood_type", "weekday", "month", "http_method", "queue"),
    *(
        "status_text",
        "log_level",
        "protocol",
        "browser",
        "os",
        "device",
        "target_branch",
        "cron",
        "job_class",
        "last_error",
    ),
    *("backtrace", "continent", "size", "material", "nationality", "event_name", "file_extension", "file_path"),
    *("request_path", "coordinates", "last_error", "brand", "source", "language_name"),
    "theme",
)
FIGURES = (
    *("price", "quantity", "percent", "score", "rating", "year", "duration_ms", "views", "attempts", "file_size"),
    *("position", "priority", "type", "expiry_month", "date_day", "port", "http_status", "age", "capacity", "weight"),
    *(
        "width",
        "image_width",
        "volume",
        "temperature",
        "distance",
        "speed",
        "floor",
        "exchange_rate",
        "quarter",
        "week",
    ),
    *(
        "day_of_week",
        "hour",
        "minute",
        "bedrooms",
        "timeout",
        "page_size",
        "card_exp_year",
        "page_views",
        "room_number",
    ),
    *("discount_percent", "comments_count", "tax_rate", "max_attempts", "percent_done"),
)


def made(name: str, type: DataType, domain: Domain, *, unique: bool = False) -> pl.Series | None:
    """The values of some rows; None where the meaning does not fit and the type decides."""
    column = Column(name, type)
    table = Table(TableName("public", "users"), (column,))
    meaning = meaning_of(table, column)
    assert meaning is not None
    generator = plausible(meaning, table, column, domain, CONTEXT, unique=unique, rows=ROWS)
    return None if generator is None else generator.values(Draw(7, np.arange(ROWS)))


@pytest.mark.parametrize("unique", [False, True])
@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_no_longer_than_their_column(name: str, unique: bool) -> None:
    used = 0
    for length in (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 30, 40, 64, 100, 255):
        texts = made(name, DataType(f"varchar({length})", "varchar", length=length), Domain(), unique=unique)
        if texts is not None:
            used += 1
            assert texts.null_count() == 0
            assert texts.str.len_chars().max() <= length  # type: ignore[operator]  # a number: there are rows
            assert texts.str.len_chars().min() > 0  # type: ignore[operator]  # as above
            assert (texts == texts.str.strip_chars()).all()
            assert not unique or texts.n_unique() == ROWS
    assert used or unique


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_in_the_case_and_as_long_as_checks_demand(name: str) -> None:
    text = DataType("text", "text")
    lower = made(name, text, Domain(lower_case=True))
    upper = made(name, text, Domain(upper_case=True))
    long = made(name, text, Domain(length_min=10))
    assert lower is None or (lower == lower.str.to_lowercase()).all()
    assert upper is None or (upper == upper.str.to_uppercase()).all()
    assert long is None or (long.str.len_chars() >= 10).all()


@pytest.mark.parametrize("name", TEXTS)
def test_texts_match_the_patterns_demanded_or_are_not_used(name: str) -> None:
    for pattern in ("^[a-z]", "^[A-Z][a-z]+$", r"^\S+$", "[0-9]", r"\mword\M"):
        texts = made(name, DataType("text", "text"), Domain(patterns=(pattern,)))
        assert texts is None or texts.str.contains(pattern).all()


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_within_their_type_and_bounds(name: str) -> None:
    types = (
        DataType("smallint", "int2"),
        DataType("bigint", "int8"),
        DataType("numeric(3,2)", "numeric", precision=3, scale=2),
        DataType("numeric(12,0)", "numeric", precision=12, scale=0),
        DataType("real", "float4"),
    )
    domains = (
        (Domain(), None, None),
        (Domain(low=Bound(Decimal(0)), high=Bound(Decimal(1))), 0, 1),
        (Domain(low=Bound(Decimal(3)), high=Bound(Decimal(8))), 3, 8),
        (Domain(low=Bound(Decimal(0), inclusive=False)), 0, None),
        (Domain(high=Bound(Decimal(-5))), None, -5),
    )
    for type in types:
        greatest = {"int2": 2**15, "numeric": 10.0 ** ((type.precision or 12) - (type.scale or 0))}.get(
            type.base, 2**63
        )
        for domain, low, high in domains:
            column = Column(name, type)
            if meaning_of(Table(TableName("public", "users"), (column,)), column) is None:
                continue
            numbers = made(name, type, domain)
            if numbers is not None:
                values = numbers.cast(pl.Float64).to_numpy()
                assert np.isfinite(values).all()
                assert np.abs(values).max() < greatest
                assert low is None or values.min() >= low
                assert high is None or values.max() <= high


@pytest.mark.parametrize("name", ["rating", "rule_type", "month"])
def test_figures_of_a_scale_are_not_those_that_are_excluded(name: str) -> None:
    domain = Domain(excluded=frozenset({"3"}), low=Bound(Decimal(0), inclusive=False))
    values = made(name, DataType("smallint", "int2"), domain)
    assert values is not None
    assert 2 <= len(set(values) - {3}) == len(set(values)) <= 12
    assert min(values) == 1


def test_every_meaning_of_text_is_held_to_this() -> None:
    text = DataType("text", "text")
    tried = {meaning_of(Table(TableName("public", "users"), (one,)), one) for one in (Column(n, text) for n in TEXTS)}
    tried |= {meaning_of(Table(TableName("public", "users"), (one,)), one)
              for name in FIGURES for one in (Column(name, DataType("integer", "int4")),)}  # fmt: skip
    left = set(Meaning) - tried
    assert left <= {
        *(Meaning.BODY_HEIGHT, Meaning.BODY_WEIGHT),  # as what stands beside them tells
        *(Meaning.LATITUDE, Meaning.LONGITUDE, Meaning.SHARE, Meaning.FLAG, Meaning.ANY_FLAG, Meaning.RARE_FLAG),
        *(Meaning.CREATED_AT, Meaning.UPDATED_AT, Meaning.DELETED_AT, Meaning.EXPIRES_AT, Meaning.BIRTH_DATE),
        *(Meaning.EPOCH, Meaning.EXCHANGE_RATE),
    }
