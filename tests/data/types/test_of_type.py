"""Values of types, as the domain demands them."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.schema import DataType
from plimsoll.data.domain import Bound, Domain, Unsatisfiable
from plimsoll.data.drawing import Context, Draw
from plimsoll.data.types import of_type
from plimsoll.data.types.numbered import RowNumbers, base36, width_for

CONTEXT = Context(datetime(2026, 3, 1), 400 * 86_400.0)  # noqa: DTZ001
INT4 = DataType("integer", "int4")
TEXT = DataType("text", "text")
MOOD = DataType("mood", "mood", "enum", labels=("sad", "ok", "happy"))
PAIR = DataType("pair", "pair", "composite", fields=(("mood", MOOD), ("count", INT4)))
_NAMES = (
    "int2 int4 int8 numeric float8 text name bytea uuid date timestamp timestamptz time timetz interval jsonb xml inet "
    "cidr macaddr macaddr8 pg_lsn oid varbit hstore ltree tsvector citext geometry vector"
)
TYPES = [
    *(DataType(name, name) for name in _NAMES.split()),
    DataType("varchar(6)", "varchar", length=6),
    DataType("integer[]", "int4", "array", element=INT4),
    DataType("int4range", "int4range", "range", element=INT4),
    DataType("datemultirange", "datemultirange", "multirange", element=DataType("date", "date")),
    PAIR,
]
FEW = [MOOD, DataType("boolean", "bool"), DataType("mood[]", "mood", "array", element=MOOD)]
ROWS = 500


def draw(rows: int = ROWS) -> Draw:
    return Draw(11, np.arange(rows, dtype=np.int64))


def values(type: DataType, domain: Domain = Domain(), **wanted: Any) -> pl.Series:  # noqa: B008  # immutable
    return of_type(type, domain, CONTEXT, **wanted).values(draw())


def bound(value: int | str, *, inclusive: bool = True) -> Bound:
    return Bound(Decimal(value), inclusive)


@pytest.mark.parametrize("type", [*TYPES, *FEW], ids=lambda type: type.name)
def test_some_rows_have_the_values_that_they_have_among_all(type: DataType) -> None:
    generator = of_type(type, Domain(), CONTEXT)
    chosen = np.array([3, 499, 0, 77])

    assert generator.values(draw().at(chosen)).to_list() == generator.values(draw()).gather(chosen).to_list()


@pytest.mark.parametrize("type", TYPES, ids=lambda type: type.name)
def test_unique_values_differ_and_those_of_some_rows_are_the_same(type: DataType) -> None:
    generator = of_type(type, Domain(), CONTEXT, unique=True, rows=ROWS)
    all_values = generator.values(draw())

    assert all_values.n_unique() == ROWS
    assert generator.values(draw().at(np.array([400, 5]))).to_list() == all_values.gather([400, 5]).to_list()


@given(st.integers(-(2**31), 2**31 - 1), st.integers(0, 50), st.sets(st.integers(0, 50), max_size=20), st.booleans())
def test_integers_are_within_bounds_and_never_an_excluded_one(
    low: int, size: int, holes: set[int], unique: bool
) -> None:
    high = min(low + size, 2**31 - 1)
    excluded = {low + hole for hole in holes}
    domain = Domain(
        low=bound(low - 1, inclusive=False), high=bound(high), excluded=frozenset(str(value) for value in excluded)
    )
    allowed = set(range(low, high + 1)) - excluded
    if not allowed:
        with pytest.raises(Unsatisfiable):
            of_type(INT4, domain, CONTEXT)
        return
    generator = of_type(INT4, domain, CONTEXT, unique=unique, rows=len(allowed))
    made = generator.values(draw(len(allowed)))

    assert generator.capacity == len(allowed)
    assert set(made) == allowed if unique else set(made) <= allowed


def test_integers_of_range_partitions_lie_in_one_of_them() -> None:
    inside = ((None, bound(0, inclusive=False)), (bound(10), bound(20, inclusive=False)), (bound(1000), None))
    made = values(DataType("bigint", "int8"), Domain(intervals=inside), unique=True, rows=ROWS)

    assert all(value < 0 or 10 <= value < 20 or value >= 1000 for value in made)


@given(st.integers(1, 40), st.integers(-5, 30), st.booleans())
def test_numeric_fits_its_precision_and_has_no_more_digits_than_its_scale(
    digits: int, scale: int, unique: bool
) -> None:
    type = DataType(f"numeric({digits},{scale})", "numeric", precision=digits, scale=scale)
    made = [Decimal(str(value)) for value in of_type(type, Domain(), CONTEXT, unique=unique).values(draw(9))]

    assert all(abs(value) < Decimal(10) ** (digits - scale) for value in made)
    assert all(not value or value.normalize().as_tuple().exponent >= -scale for value in made)  # type: ignore[operator]


@given(st.integers(0, 60), st.integers(0, 60), st.booleans(), st.booleans(), st.booleans())
def test_text_is_as_long_and_in_the_case_that_is_demanded(
    least: int, more: int, lower: bool, upper: bool, unique: bool
) -> None:
    domain = Domain(
        length_min=least,
        length_max=max(least + more, 1),
        lower_case=lower,
        upper_case=upper and not lower,
        trimmed=True,
    )
    made = of_type(TEXT, domain, CONTEXT, unique=unique, rows=20).values(draw(20)).to_list()

    assert all(least <= len(text) <= max(least + more, 1) and text == text.strip() for text in made)
    assert not domain.lower_case or [text.lower() for text in made] == made
    assert not domain.upper_case or [text.upper() for text in made] == made
    assert not unique or len(set(made)) == 20


def test_an_excluded_text_is_not_made() -> None:
    usual = values(TEXT)
    made = values(TEXT, Domain(excluded=frozenset(usual.to_list()[:50])))

    assert not set(made) & set(usual.to_list()[:50])


def test_text_matches_a_pattern_within_the_length_of_its_type() -> None:
    made = values(DataType("varchar(5)", "varchar", length=5), Domain(patterns=("^[A-Z]+$",)))

    assert made.str.contains("^[A-Z]{1,5}$").all()


def test_times_lie_in_the_span_of_the_fill_or_where_the_domain_says() -> None:
    type = DataType("timestamp with time zone", "timestamptz")
    free = values(type)
    later = ((Bound(date(2030, 1, 1)), Bound(date(2030, 2, 1), False)),)
    past = values(DataType("date", "date"), Domain(high=Bound(date(1990, 1, 1), False)))

    assert free.min() >= datetime(2025, 1, 25)  # type: ignore[operator]  # noqa: DTZ001
    assert free.max() <= CONTEXT.now  # type: ignore[operator]
    assert {(moment.year, moment.month) for moment in values(type, Domain(intervals=later))} == {(2030, 1)}
    assert past.max() < date(1990, 1, 1)  # type: ignore[operator]


@given(st.dates(date(1000, 1, 1), date(3000, 1, 1)), st.integers(0, 3))
def test_bounds_of_dates_are_exact(first: date, days: int) -> None:
    domain = Domain(low=Bound(first), high=Bound(first + timedelta(days=days + 1), False))
    made = of_type(DataType("date", "date"), domain, CONTEXT, unique=True, rows=days + 1).values(draw(days + 1))

    assert sorted(made) == [first + timedelta(days=number) for number in range(days + 1)]


def test_more_different_dates_than_the_span_has_days_go_further_back() -> None:
    type = DataType("date", "date")

    assert of_type(type, Domain(), CONTEXT, unique=True, rows=5000).values(draw(5000)).n_unique() == 5000


def test_only_choices_are_made_as_the_types_series_are() -> None:
    made = values(INT4, Domain(choices=("7", "9", "11"), excluded=frozenset({"9"})))

    assert made.dtype == pl.Int64
    assert set(made) == {7, 11}


def test_the_first_labels_of_an_enum_are_the_most_frequent() -> None:
    counted = values(MOOD).value_counts(sort=True)

    assert counted.to_series(0).to_list() == ["sad", "ok", "happy"]


def test_a_column_that_must_be_null_is() -> None:
    assert values(INT4, Domain(is_null=True)).null_count() == ROWS


@pytest.mark.parametrize(
    ("type", "domain", "rows"),
    [
        (DataType("boolean", "bool"), Domain(), 3),
        (MOOD, Domain(excluded=frozenset({"ok"})), 3),
        (DataType("char(1)", "bpchar", length=1), Domain(), 37),
        (TEXT, Domain(choices=("a", "b")), 3),
        (INT4, Domain(low=bound(1), high=bound(5)), 6),
        (DataType("mood[]", "mood", "array", element=MOOD), Domain(), 4),
    ],
)
def test_more_rows_than_values_is_refused(type: DataType, domain: Domain, rows: int) -> None:
    assert of_type(type, domain, CONTEXT, unique=True, rows=2).values(draw(2)).n_unique() == 2
    with pytest.raises(Unsatisfiable, match="must differ"):
        of_type(type, domain, CONTEXT, unique=True, rows=rows)


@pytest.mark.parametrize(
    ("type", "domain"),
    [
        (DataType("gizmo", "gizmo"), Domain()),
        (INT4, Domain(low=bound("1.2"), high=bound("1.8"))),
        (INT4, Domain(low=bound(2**31))),
        (MOOD, Domain(choices=("angry",))),
        (DataType("varchar(3)", "varchar", length=3), Domain(length_min=4)),
        (DataType("integer[]", "int4", "array", element=INT4), Domain(items_min=3, items_max=2)),
    ],
)
def test_what_no_value_satisfies_is_refused(type: DataType, domain: Domain) -> None:
    with pytest.raises(Unsatisfiable):
        of_type(type, domain, CONTEXT)


def test_arrays_have_as_many_items_as_demanded() -> None:
    type = DataType("integer[]", "int4", "array", element=INT4)
    made = values(type, Domain(items_min=2, items_max=3))

    assert set(made.str.count_matches(",")) == {1, 2}
    assert "{}" not in values(type, Domain(excluded=frozenset({"{}"}))).to_list()


def test_json_is_of_the_type_demanded() -> None:
    type = DataType("jsonb", "jsonb")
    first = {kind: values(type, Domain(json_type=kind)).str.head(1) for kind in ("object", "array", "string")}

    assert {kind: set(texts) for kind, texts in first.items()} == {"object": {"{"}, "array": {"["}, "string": {'"'}}


def test_xml_is_well_formed() -> None:
    for text in values(DataType("xml", "xml")):
        ElementTree.fromstring(text)  # noqa: S314  # our own text


def test_fixed_lengths_are_filled_where_a_pattern_asks_for_the_end() -> None:
    code = DataType("character(8)", "bpchar", length=8)

    assert set(values(code, Domain(patterns=(r"^T-?\d{3}.?\d{2}-?\d?$",))).str.len_chars()) == {8}
    assert set(values(code, Domain(patterns=(r"^[A-Z]{5}$",))).str.len_chars()) == {5}


def test_uuids_are_of_version_4() -> None:
    assert (
        values(DataType("uuid", "uuid"))
        .str.contains("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        .all()
    )


def test_lengths_of_bytea_are_in_octets() -> None:
    made = values(DataType("bytea", "bytea"), Domain(length_min=32, length_max=32), unique=True, rows=ROWS)

    assert set(made.str.len_chars()) == {2 + 64}


@given(st.integers(1, 10**12))
def test_base_36_is_wide_enough_to_tell_all_numbers_apart(count: int) -> None:
    width = width_for(count)

    assert [int(text, 36) for text in base36(np.array([0, count - 1]), width)] == [0, count - 1]
    assert width == 1 or 36 ** (width - 1) < count


def test_row_numbers_count_from_a_start() -> None:
    assert RowNumbers(5, 10).values(draw(3)).to_list() == [5, 15, 25]
