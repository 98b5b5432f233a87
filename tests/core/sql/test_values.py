"""Which values are kept, how they are written, and what stands for them where they must not be seen."""

import datetime
import decimal
import json
import re
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.identifiers import TableName
from plimsoll.core.schema import Column, DataType, ForeignKey, Table, UniqueKey
from plimsoll.core.sql.values import Cell, array_text, ordering_of, reading_of
from plimsoll.core.statement import WorkloadStatement
from plimsoll.load.importers.capture.building import Draft, different
from plimsoll.load.importers.capture.calibrating import (
    AGAIN_PATTERNS,
    PROBES,
    Effort,
    around_best,
    between,
    by_width,
    closest,
    differs,
    effort_of,
    nearest,
    probes,
)
from plimsoll.load.importers.capture.fresh import fresh_columns, settings_needed
from plimsoll.load.importers.capture.picking import Row, Sampled, common_and_rare, parameter_rows
from plimsoll.load.importers.capture.redacting import Redactor
from plimsoll.load.importers.capture.sampling import Sample
from plimsoll.load.importers.capture.spreading import with_ends
from plimsoll.load.importers.capture.uses import Kind, Use


def picked(kinds: list[Kind], rows: Sequence[Row], type_name: str = "integer", list_size: int = 3) -> list[Row]:
    """Rows for parameters that all stand in one sample, a column each."""
    uses = [Use(number, kind, f"c{number}", name=f"c{number}") for number, kind in enumerate(kinds, 1)]
    sample = Sample("", tuple((use.number,) for use in uses))
    types = {use.number: f"{type_name}[]" if use.kind == "list" else type_name for use in uses}
    found = parameter_rows(uses, types, [Sampled(sample, rows)], list_size=list_size, random=Random(7), count=200)
    return [tuple(row[use.number] for use in uses) for row in found]


def test_frequent_values_are_frequent_and_rare_ones_come_too() -> None:
    rows: list[Row] = [*[("often",)] * 990, *((f"rare {n}",) for n in range(10))]
    chosen = common_and_rare(rows, 1000, Random(3))
    assert 450 < sum(row == ("often",) for row in chosen) < 650
    assert len(set(chosen)) == 11


def test_values_of_a_row_stay_together_and_null_is_compared_with_nothing() -> None:
    rows: list[Row] = [(str(n), str(-n)) for n in range(50)] + [(None, "1")]
    found = picked(["equal", "equal"], rows)
    assert all(one is not None and other == str(-int(one)) for one, other in found)
    assert picked(["equal"], [(None,)]) == []
    assert (None,) in picked(["stored"], [(None,), ("1",)])


def test_lists_hold_different_values() -> None:
    found = [json.loads(row[0] or "") for row in picked(["list"], [(str(n),) for n in range(100)], list_size=4)]
    assert all(len(set(values)) == 4 for values in found)


def test_patterns_are_made_of_values() -> None:
    assert picked(["prefix"], [("50% off_now",)], "text")[0] == ("50\\%%",)
    assert picked(["anywhere"], [("a wonderful day",)], "text")[0] == ("%wonderful%",)


def test_bounds_of_one_thing_are_in_order() -> None:
    uses = [Use(1, "low", "c"), Use(2, "high", "c")]
    sampled = [Sampled(Sample("", ((1, 2),)), [(str(n),) for n in range(100)])]
    found = parameter_rows(uses, {1: "integer", 2: "integer"}, sampled, list_size=1, random=Random(1))
    assert all(int(row[1] or "") <= int(row[2] or "") for row in found)
    widths = sorted(int(row[2] or "") - int(row[1] or "") for row in found)
    assert widths[len(widths) // 4] < 5
    assert widths[-1] > 80


def test_stretches_of_time_are_of_every_length() -> None:
    found = parameter_rows([Use(1, "span")], {1: "interval"}, [], list_size=1, random=Random(1))
    order = ordering_of("interval")
    assert order is not None
    lengths = sorted(order(row[1] or "") for row in found)
    assert lengths[0] < 10
    assert 3_600 < lengths[len(lengths) // 2] < 86_400
    assert lengths[-1] > 1e8


def test_values_come_ever_nearer_to_the_ends() -> None:
    days = [(datetime.date(2026, 1, 1), "2026-01-01"), (datetime.date(2026, 3, 6), "2026-03-06")]
    assert [text for _, text in with_ends(days, "date")][-3:] == ["2026-03-04", "2026-03-05", "2026-03-06"]
    whole = with_ends([(0, "0"), (1_000_000, "1000000")], "integer")
    assert [key for key, _ in whole[-4:]] == [999_993, 999_997, 999_999, 1_000_000]
    spans = with_ends([(0.0, "00:00:00"), (3600.0, "01:00:00")], "interval")
    assert spans[1] == (3600.0 / 2**24, "0.000215 seconds")
    order = ordering_of("interval")
    assert order is not None
    assert order("0.000215 seconds") == 0.000215
    assert with_ends([("a", "a"), ("z", "z")], "text") == [("a", "a"), ("z", "z")]


def test_what_has_no_place_in_an_order_is_passed_by() -> None:
    sampled = [Sampled(Sample("", ((1, 2),)), [("NaN",), *((str(n),) for n in range(100))])]
    uses = [Use(1, "low", "c"), Use(2, "high", "c")]
    found = parameter_rows(uses, {1: "numeric", 2: "numeric"}, sampled, list_size=1, random=Random(1))
    assert "NaN" not in {cell for row in found for cell in row.values()}


def test_an_open_range_begins_near_the_end_as_often_as_at_any_row() -> None:
    sampled = [Sampled(Sample("", ((1,),)), [(str(n),) for n in range(1000)])]
    found = parameter_rows([Use(1, "low", "c")], {1: "integer"}, sampled, list_size=1, random=Random(1))
    assert 50 < sum(int(row[1] or "") >= 980 for row in found) < 200
    assert sum(int(row[1] or "") < 500 for row in found) > 100


def test_values_that_do_as_much_are_kept() -> None:
    order = list(range(120))
    tried = {rank: Effort(2.0 ** (rank / 10), 0.0) for rank in probes(120, 13)}
    kept = around_best(order, tried, Effort(2.0**8.5, 0.0))
    assert 74 <= kept[0] <= 77
    assert 93 <= kept[-1] <= 96
    assert around_best(order, tried, Effort(99_999.0, 0.0))[-1] == 119
    assert around_best(order, tried, Effort(0.0, 0.0))[0] == 0
    assert between(order, kept, 3) == [kept[0], (kept[0] + kept[-1]) // 2, kept[-1]]


def test_where_all_do_the_same_all_are_kept() -> None:
    tried = {rank: Effort(200.0, 1.0) for rank in (0, 40, 99)}
    assert around_best(range(100), tried, Effort(5.0, 1.0)) == list(range(100))


def test_where_pages_tell_nothing_rows_do() -> None:
    tried = {rank: Effort(10.0, rank) for rank in (0, 40, 80, 119)}
    assert closest(tried, Effort(10.0, 70.0)) == 80


@given(st.integers(1, 500), st.integers(2, 20))
def test_probes_are_spread_from_end_to_end(count: int, wanted: int) -> None:
    found = probes(count, wanted)
    assert found == sorted(set(found))
    assert len(found) <= wanted or count <= wanted
    assert {found[0], found[-1]} == {0, count - 1}


@pytest.mark.parametrize(
    ("type_name", "text", "python"),
    [
        ("bigint", "12", "int"),
        ("numeric", "1.50", "decimal.Decimal"),
        ("boolean", "true", 'lambda cell: cell == "true"'),
        ("timestamp with time zone", "2026-01-02 03:04:05.6+00", "datetime.datetime.fromisoformat"),
        ("bytea", "\\x00ff", "lambda cell: bytes.fromhex(cell[2:])"),
        ("integer[]", "[1, 2]", "json.loads"),
    ],
)
def test_what_a_scenario_writes_reads_what_the_server_wrote(type_name: str, text: str, python: str) -> None:
    reading = reading_of(type_name)
    assert (reading.python, reading.cast) == (python, False)
    written = eval(python, {"json": json, "datetime": datetime, "decimal": decimal})  # noqa: S307  # what scenarios say
    assert written(text) == reading.read(text)


@pytest.mark.parametrize(
    ("interval", "seconds"),
    [("1 day 02:00:00.5", 93600.5), ("-00:00:03", -3), ("1 mon -1 days", 2_543_400), ("00:00:00", 0)],
)
def test_intervals_have_an_order(interval: str, seconds: float) -> None:
    order = ordering_of("interval")
    assert order is not None
    assert order(interval) == seconds
    assert ordering_of("inet") is None


def test_types_that_the_driver_has_no_value_for_are_cast_from_text() -> None:
    assert reading_of("int4range").cast
    assert reading_of("inet[]").cast
    assert not reading_of("my.mood", is_enum=True).cast
    assert array_text(['a"b', "c"], "inet[]") == '{"a\\"b","c"}'


SHAPES = {
    "text": "Ann.Lee+3@mail.example", "uuid": "3f0c1b9a-0000-4000-8000-00000000beef", "integer": "40",
    "date": "2024-02-29", "int4range": "[30,45)",
    "timestamp with time zone": "2024-02-29 10:00:00+00", "jsonb": '{"name": "Ann", "n": [1, 2.5, true, null]}',
    "text[]": '["Ann", "Lee"]', "numeric": "-12.50", "interval": "1 day 02:03:04", "inet": "10.20.30.40",
}  # fmt: skip


@pytest.mark.parametrize("type_name", SHAPES)
def test_a_made_up_value_has_the_shape_of_the_real_one_and_nothing_of_it(type_name: str) -> None:
    real = SHAPES[type_name]
    redactor = Redactor(Random(5), {real})
    made = redactor.value(real, type_name)
    assert made != real
    assert "Ann" not in made
    assert redactor.value(real, type_name) == made
    reading_of(type_name).read(made)


def test_units_of_intervals_stay() -> None:
    made = Redactor(Random(5), {"9 days 09:09:09"}).value("9 days 09:09:09", "interval")
    assert re.fullmatch(r"\d days \d\d:\d\d:\d\d", made)


def test_small_spaces_are_left_rather_than_repeated() -> None:
    captured = {str(n) for n in range(10)}
    made = Redactor(Random(5), captured).rows([{1: n} for n in sorted(captured)], {1: "smallint"})
    assert not {row[1] for row in made} & captured


def table(*uniques: UniqueKey, foreign: tuple[str, ...] = ()) -> Table:
    columns = (
        Column("id", DataType("uuid", "uuid")),
        Column("org", DataType("bigint", "int8")),
        Column("mail", DataType("text", "text")),
        Column("code", DataType("character(3)", "bpchar", length=3)),
    )
    keys = tuple(ForeignKey("f", (name,), TableName("public", "o"), ("id",)) for name in foreign)
    return Table(TableName("public", "t"), columns, uniques=uniques, foreign_keys=keys)


def test_keys_of_inserted_rows_are_made_anew() -> None:
    found = fresh_columns(
        table(UniqueKey("p", ("id",)), UniqueKey("m", ("org", "mail")), foreign=("org",)),
        {"id": 9, "org": 9, "mail": 9},
    )
    assert (dict(found.ways), found.colliding) == ({"id": "uuid", "mail": "text"}, ())


def test_of_a_key_that_column_is_made_anew_that_has_the_most_values() -> None:
    key = table(UniqueKey("m", ("org", "mail")))
    assert dict(fresh_columns(key, {"org": 10, "mail": 480}).ways) == {"mail": "text"}
    assert dict(fresh_columns(key, {"org": 480, "mail": 10}).ways) == {"org": "number"}
    uses = [Use(1, "stored", "org", name="org"), Use(2, "rows", "mail", name="mail")]
    draft = Draft(WorkloadStatement("", 1, 1.0, 1), "", None, {1: "bigint", 2: "text[]"}, uses=uses)
    rows: list[dict[int, Cell]] = [{1: "1", 2: '["a", "b"]'}, {1: "1", 2: '["b", "a"]'}, {1: None, 2: '["c"]'}]
    assert different(draft, rows) == {"org": 1, "mail": 3}
    assert different(draft, [{1: "1", 2: '{"7","8"}'}, {1: "2", 2: '{"8"}'}]) == {"org": 2, "mail": 2}


def test_defaults_that_may_depend_on_the_session_are_told() -> None:
    text = DataType("text", "text")
    columns = (
        Column("tenant", text, nullable=False, default="current_tenant()"),
        Column("id", text, nullable=False, default="gen_random_uuid()"),
        Column("kind", text, nullable=False, default="'x'::text"),
        Column("by", text, nullable=False, default="app.who()"),
    )
    (told,) = settings_needed(Table(TableName("public", "t"), columns), {"by"})
    assert told.startswith("tenant is left to its default, current_tenant()")


def test_keys_that_only_refer_cannot_be_made_anew_and_left_out_ones_need_not() -> None:
    referring = fresh_columns(
        table(UniqueKey("o", ("org",)), UniqueKey("c", ("code",)), foreign=("org",)), {"org": 9, "code": 9}
    )
    assert (dict(referring.ways), referring.colliding) == ({}, ("o (org)", "c (code)"))
    assert not fresh_columns(table(UniqueKey("p", ("id",))), {"mail": 9}).ways


def test_of_patterns_those_that_return_as_many_rows_as_was_captured_are_kept() -> None:
    mails = [f"person{n}@secretcorp.example" for n in range(1000)]
    draft = searching(rows_per_call=11.0)
    sampled = [Sampled(Sample("", ((1,),)), [(mail,) for mail in mails])]
    rows = parameter_rows(draft.uses, draft.types, sampled, list_size=1, random=Random(1))
    order, wanted = by_width(draft, rows), effort_of(draft)
    efforts = [Effort(20.0, matching(row[1] or "", mails)) for row in rows]
    tried = {rank: efforts[order[rank]] for rank in probes(len(rows), PROBES)}
    tried |= {rank: efforts[order[rank]] for rank in between(order, around_best(order, tried, wanted), AGAIN_PATTERNS)}
    kept = nearest(order, tried, wanted)
    assert len({rows[place][1] for place in kept}) >= 3
    assert all(5 <= efforts[place].rows <= 25 for place in kept)


def test_patterns_that_return_far_more_rows_are_told_and_others_are_not() -> None:
    told = differs(searching(rows_per_call=36.0), [Effort(20.0, 994.0)])
    assert told == "Returns 994 rows a call with the values found for it; it was 36 when captured."
    assert differs(searching(rows_per_call=36.0), [Effort(20.0, 50.0)]) == ""


def searching(rows_per_call: float) -> Draft:
    statement = WorkloadStatement("SELECT", 10, 1.0, round(rows_per_call * 10), blocks_hit=200)
    return Draft(statement, "SELECT", None, {1: "text"}, uses=[Use(1, "anywhere", "mail")])


def matching(pattern: str, values: list[str]) -> float:
    wanted = re.compile(re.escape(pattern.replace("\\", "")).replace("%", ".*"))
    return float(sum(wanted.fullmatch(value) is not None for value in values))
