"""Feeds that are read once before the load: CSV files and queries."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.load.language.csv_feed import CsvSource, read_csv
from plimsoll.load.language.feeding import Feed, Source
from plimsoll.load.language.reading import read_feeds
from tests.load.real import admin, run


def source(path: Path, *, delimiter: str = ",", types: dict[str, Callable[[str], Any]] | None = None) -> Source:
    return Source("csv", CsvSource(path.name, str(path.parent / "scenario.py"), delimiter, types or {}), "s.py, line 3")


def csv(directory: Path, content: str | bytes, **more: Any) -> list[Any]:
    path = directory / "a.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_csv(source(path, **more))


def test_one_column_gives_its_values_and_several_give_rows(tmp_path: Path) -> None:
    assert csv(tmp_path, "n\n1\n2\n") == [1, 2]
    (row,) = csv(tmp_path, "n,name\n1,a\n")
    assert (row["n"], row["name"]) == (1, "a")


@pytest.mark.parametrize(
    ("column", "wanted"),
    [
        (["1", "-2", "0"], [1, -2, 0]),
        (["1", "2.5", "1e3"], [1.0, 2.5, 1000.0]),
        (["007", "123"], ["007", "123"]),
        (["1_000"], ["1_000"]),
        (["nan", "inf"], ["nan", "inf"]),
        (["1", ""], ["1", ""]),
        (["12345678901234567890"], [12345678901234567890.0]),
        (["٣"], ["٣"]),
        ([" 1"], [" 1"]),
    ],
)
def test_numbers_are_numbers_where_the_whole_column_is(tmp_path: Path, column: list[str], wanted: list[Any]) -> None:
    found = csv(tmp_path, "\n".join(["n,x", *(f"{value},x" for value in column)]) + "\n")
    assert [row["n"] for row in found] == wanted
    assert [type(row["n"]) for row in found] == [type(value) for value in wanted]


def test_a_file_without_a_header_has_its_columns_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ann,7\nbob,8\n")

    def rows(**more: Any) -> list[Any]:
        detail = CsvSource("a.csv", str(tmp_path / "scenario.py"), ",", {}, ("login", "age"), **more)
        return read_csv(Source("csv", detail, "s.py, line 3"))

    assert [(row["login"], row["age"]) for row in rows(header=False)] == [("ann", 7), ("bob", 8)]
    assert [row["login"] for row in rows(header=True)] == ["bob"]


def test_a_wrong_value_of_a_file_without_a_header_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1\nx\n")
    detail = CsvSource("a.csv", str(tmp_path / "scenario.py"), ",", {"n": int}, ("n",), header=False)
    with pytest.raises(UsageError) as caught:
        read_csv(Source("csv", detail, "s.py, line 3"))
    assert caught.value.where.endswith("line 2")


def test_types_say_otherwise(tmp_path: Path) -> None:
    (row,) = csv(tmp_path, "zip,price\n12345,1.50\n", types={"zip": str, "price": Decimal})
    assert (row["zip"], row["price"]) == ("12345", Decimal("1.50"))


def test_quoted_fields_blank_lines_other_delimiters_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    found = csv(tmp_path, '\ufeffa;b\r\n"x;""y""\nz";1\r\n\r\n"";2\r\n', delimiter=";")
    assert [(row["a"], row["b"]) for row in found] == [('x;"y"\nz', 1), ("", 2)]


@pytest.mark.parametrize(
    ("content", "more", "where", "why"),
    [
        ("a,b\n1,2\n3\n", {}, "line 3", "1 values for 2 columns"),
        ("a,b\n1,2,3\n", {}, "line 2", "3 values"),
        (b"a\nfine\nGr\xfc\xdfe\n", {}, "line 3", "UTF-8"),
        (b"\xff\xfea\x00\n\x00", {}, "line 1", "UTF-8"),
        ('a\n1\n"x"y\n', {}, "line 3", "expected after"),
        ("a\n1\n\n2\nx\n", {"types": {"a": int}}, "line 5", "ValueError"),
        ("a\n1\nx\n", {"types": {"a": Decimal}}, "line 3", "InvalidOperation"),
        ("a\nx\n", {"types": {"a": uuid.UUID}}, "line 2", "ValueError"),
        ("a,a\n1,2\n", {}, "line 1", ""),
        ("a,b\n1,2\n", {"types": {"c": int}}, "a.csv", "the columns are a, b"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line(
    tmp_path: Path, content: str | bytes, more: dict[str, Any], where: str, why: str
) -> None:
    with pytest.raises(UsageError) as caught:
        csv(tmp_path, content, **more)
    assert "a.csv" in caught.value.where
    assert where in caught.value.where
    assert why in caught.value.why
    assert caught.value.remedy


def test_a_missing_file_is_named_with_the_line_that_wants_it_and_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_csv(source(tmp_path / "nowhere.csv"))
    assert caught.value.where == "s.py, line 3"
    assert str(tmp_path / "nowhere.csv") in caught.value.remedy


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2)))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    import csv as csv_format
    import io

    text = io.StringIO()
    csv_format.writer(text).writerows([["a", "b"], *rows])
    found = csv(tmp_path_factory.mktemp("csv"), text.getvalue(), types={"a": str, "b": str})
    assert [list(row) for row in found] == rows


# -- queries ----------------------------------------------------------------------------------------------------------


def read(dsn: str, *feeds: Feed) -> dict[int, list[Any]]:
    async def work() -> dict[int, list[Any]]:
        async with admin(dsn) as connection:
            return dict(await read_feeds(feeds, connection))

    return run(work())


def numbered(made: Feed, number: int = 0) -> Feed:
    made.number = number
    return made


def test_a_query_is_read_whole_with_its_types(database: str) -> None:
    query = numbered(Feed(Source("sql", "SELECT n, n::numeric / 2 AS half FROM generate_series(1, 50000) n", "here")))
    rows = read(database, query)[0]
    assert len(rows) == 50_000
    assert (rows[-1]["n"], rows[-1]["half"]) == (50_000, Decimal(25_000))


def test_one_source_is_read_once_for_all_feeds_made_of_it(database: str) -> None:
    base = numbered(Feed(Source("sql", "SELECT random() FROM generate_series(1, 3)", "here")))
    other = numbered(Feed(base.source, order="zipf", skew=1.0), 1)
    values = read(database, base, other)
    assert values[0] is values[1]


def test_ranges_and_generators_need_no_reading(database: str) -> None:
    assert read(database, numbered(Feed(Source("range", (1, 2), "here")))) == {}


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT * FROM nowhere", "42P01"),
        ("SELEKT", "42601"),
        ("SELECT 1 WHERE false", "nothing to draw"),
        ("SELECT 1/0", "22012"),
        ("CREATE TABLE t (n int)", "25006"),
        ("INSERT INTO pg_class VALUES (1) RETURNING 1", ""),
        ("SELECT FROM pg_class", ""),
    ],
)
def test_a_query_that_cannot_be_read_is_named_with_its_line(database: str, query: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(database, numbered(Feed(Source("sql", query, "s.py, line 3"))))
    assert caught.value.where == "s.py, line 3"
    assert why in caught.value.why
    assert caught.value.remedy
