"""Values arrive in the tables as they were made, in batches of a bounded size."""

import math
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given as supposing
from hypothesis import strategies as st

from plimsoll.data.drawing import BATCH_ROWS, Numbers
from plimsoll.data.writing.copying import BATCH_BYTES, FIRST_ROWS, GROWTH, rows_after
from tests.data.made_fills import MadeFill, Seen, filled, given, ids, rows_of, run_sql, table


def test_all_values_arrive_as_they_were_made(each_database: str) -> None:
    run_sql(
        each_database,
        "CREATE TABLE t (id int PRIMARY KEY, word text, number float8, amount numeric(10, 2), flag bool, day date, "
        "at timestamptz, local timestamp, hour time, doc jsonb, tags text[])",
    )
    moment = datetime(2024, 3, 31, 1, 30, 0, 123456)  # noqa: DTZ001 (UTC by contract)
    words = [
        None,
        "",
        "NULL",
        "\\N",
        "\\.",
        'say "hi"',
        "a,b",
        "two\nlines",
        "dot\n\\.\ndot",
        "dot\n\\.",
        "\\.\n",
        "carriage\rreturn",
        " padded ",
        "Ω",
    ]
    numbers = [math.inf, -math.inf, 1e300, 0.1 + 0.2, None]
    columns = {
        "id": ids,
        "word": given(*words),
        "number": given(*numbers),
        "amount": given("12.50", None),
        "flag": given(True, False, None),
        "day": given(date(2024, 2, 29), None),
        "at": given(moment, None),
        "local": given(moment),
        "hour": given(time(23, 59, 59, 999999), None),
        "doc": given('{"a": "x\\ny", "b": ["\\""]}', None),
        "tags": given('{"a,b","c\\"d",NULL}', "{}"),
    }
    result = filled(each_database, MadeFill(table("t", *columns), len(words), columns))
    assert rows_of(each_database, "SELECT word FROM t ORDER BY id") == words
    assert rows_of(each_database, "SELECT number FROM t ORDER BY id") == (numbers * 3)[: len(words)]
    first = "SELECT amount, flag, day, at AT TIME ZONE 'UTC', local, hour, doc ->> 'a', tags FROM t WHERE id = 1"
    stated = (Decimal("12.50"), True, date(2024, 2, 29), moment, moment, time(23, 59, 59, 999999))
    assert rows_of(each_database, first) == [(*stated, "x\ny", ["a,b", 'c"d', None])]
    assert list(result.rows.values()) == [len(words)]
    assert result.bytes_copied > 0


def test_nan_arrives(database: str) -> None:
    run_sql(database, "CREATE TABLE t (number float8, amount numeric)")
    nan = given(math.nan)
    filled(database, MadeFill(table("t", "number", "amount"), 1, {"number": nan, "amount": nan}))
    assert rows_of(database, "SELECT number = 'NaN' AND amount = 'NaN' FROM t") == [True]


@pytest.mark.parametrize(
    ("kind", "values"), [("text", [None, "", "\\.", "x", "a\nb"]), ("int", [1, None, 3]), ("bool", [None, True])]
)
def test_a_single_column_keeps_its_nulls_and_empty_texts(each_database: str, kind: str, values: list[object]) -> None:
    run_sql(each_database, f"CREATE TABLE t (only_one {kind}, place serial)")
    filled(each_database, MadeFill(table("t", "only_one"), len(values), {"only_one": given(*values)}))
    assert rows_of(each_database, "SELECT only_one FROM t ORDER BY place") == values


def test_a_table_of_which_nothing_is_written_gets_its_rows_by_default(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, word text DEFAULT 'x')")
    filled(database, MadeFill(table("t"), 3, {}))
    assert rows_of(database, "SELECT id, word FROM t ORDER BY id") == [(1, "x"), (2, "x"), (3, "x")]


def test_many_batches_arrive_in_order_and_are_watched(database: str) -> None:
    run_sql(database, "CREATE TABLE t (id int)")
    watch = Seen()
    filled(database, MadeFill(table("t", "id"), 250_001, {"id": ids}), watch=watch)
    assert rows_of(database, "SELECT count(*), count(DISTINCT id), max(id) FROM t") == [(250_001, 250_001, 250_001)]
    assert watch.tables == [("t", 250_001)]
    done = [0, *(done for _, done in watch.done)]
    assert done[-1] == 250_001
    assert all(0 < after - before <= BATCH_ROWS for before, after in pairwise(done))


def test_wide_rows_come_in_small_batches(database: str) -> None:
    run_sql(database, "CREATE TABLE t (word text)")
    asked: list[int] = []

    def wide(n: Numbers, _tries: Numbers) -> Any:
        asked.append(len(n))
        return ["x" * 50_000] * len(n)

    filled(database, MadeFill(table("t", "word"), 1_000, {"word": wide}))
    assert sum(asked) == 1_000
    assert max(asked) * 50_000 <= max(BATCH_BYTES, FIRST_ROWS * 50_000)


@supposing(st.integers(1, BATCH_ROWS), st.integers(0, 2**40))
def test_a_batch_is_as_large_as_the_width_of_the_last_one_allows(rows: int, size: int) -> None:
    more = rows_after(rows, size)
    assert 1 <= more <= min(BATCH_ROWS, GROWTH * rows)
    assert more == 1 or more * size <= rows * BATCH_BYTES
