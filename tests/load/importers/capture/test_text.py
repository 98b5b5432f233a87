"""Captured statements as text."""

from plimsoll.core.sql.tokens import first_word
from plimsoll.load.importers.capture.text import (
    shown,
    with_cast_at,
    with_type,
    with_types,
    with_unit_at,
    with_whole_lists,
    wrapped,
)


def test_lists_that_the_server_shortened_become_arrays() -> None:
    query = "SELECT 1 FROM t WHERE a IN ($1 /*, ... */) AND b NOT IN ($2 /*, ... */) AND c && ARRAY[$3 /*, ... */]"
    whole = "SELECT 1 FROM t WHERE a = ANY ($1) AND b <> ALL ($2) AND c && $3"
    assert with_whole_lists(query) == (whole, frozenset({1, 2, 3}))
    assert with_whole_lists("SELECT 1 FROM t WHERE a IN ($1, $2)")[1] == frozenset()


def test_types_before_a_parameter_become_casts() -> None:
    for written, mended in (
        ("d > now() - interval $1", "d > now() - $1::interval"),
        ("d < timestamp(3) with time zone $1", "d < $1::timestamp(3) with time zone"),
        ("n = double precision $1", "n = $1::double precision"),
        ("m = my.mood $1", "m = $1::my.mood"),
    ):
        assert with_cast_at(written, written.index("$1") + 1) == mended
    assert with_cast_at("(a = 1) $1", 9) is None


def test_a_unit_of_extract_is_no_parameter() -> None:
    assert with_unit_at("SELECT extract($1 FROM d)", 16, "epoch") == "SELECT extract(epoch FROM d)"
    assert with_unit_at("SELECT substring($1 FROM d)", 18, "epoch") is None


def test_a_parameter_gets_a_type_wherever_it_stands() -> None:
    assert with_type("SELECT $1, $11, '$1'", 1, "text") == "SELECT $1::text, $11, '$1'"


def test_parameters_get_the_casts_that_they_lack() -> None:
    assert with_types("VALUES ($1, $2::int, $3)", {1: "date", 2: "text"}) == "VALUES ($1::date, $2::int, $3)"


def test_long_statements_are_broken_at_their_clauses_and_nothing_else_changes() -> None:
    query = "SELECT a, b FROM t LEFT JOIN u ON u.id = (SELECT id FROM v WHERE x = 'FROM  here') WHERE a = $1 ORDER BY b"
    assert wrapped(query, 40).splitlines()[:3] == ["SELECT a, b", "FROM t", "LEFT JOIN u ON u.id = (SELECT id FROM v"]
    assert wrapped(query, 40).split() == query.split()
    assert "'FROM  here'" in wrapped(query, 40)
    assert wrapped("SELECT 1") == "SELECT 1"


def test_people_see_one_line_without_values() -> None:
    assert shown("SELECT\n  'secret' /* by bob */ FROM t", 20) == "SELECT '…' FROM t"
    assert len(shown("SELECT " + "a, " * 100, 50)) == 50
    assert first_word(" /* x */ insert INTO t") == "INSERT"
