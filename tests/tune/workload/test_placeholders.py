"""Placeholders of drivers become the server's own."""

import pytest

from plimsoll.tune.workload.placeholders import NoPlaceholderError, numbered


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("SELECT $2, $1 WHERE a = $2", "SELECT $2, $1 WHERE a = $2"),
        ("a = :a AND b = :b AND c > :a", "a = $1 AND b = $2 AND c > $1"),
        ("a = :'name' AND d::date = :d::date", "a = $1 AND d::date = $2::date"),
        ("a = %s AND b LIKE %s", "a = $1 AND b LIKE $2"),
        ("a = %(a)s AND b = %(b)s OR c = %(a)s", "a = $1 AND b = $2 OR c = $1"),
        ("a %% 2 = %s AND b LIKE '%%x'", "a % 2 = $1 AND b LIKE '%x'"),
        ("a % 2 = 1 AND b LIKE '%%s' AND b % s = 1", "a % 2 = 1 AND b LIKE '%%s' AND b % s = 1"),
        ("a = ? AND b IN (?, ?) LIMIT ? OFFSET ?", "a = $1 AND b IN ($2, $3) LIMIT $4 OFFSET $5"),
        ("d ? 'key' AND d ?| $1 AND d ?& :keys", "d ? 'key' AND d ?| $1 AND d ?& $2"),
        ("d -> 'a' ?? ? AND x BETWEEN ? AND ?", "d -> 'a' ? $1 AND x BETWEEN $2 AND $3"),
        ("f(a := 1), a[1:n], a[:x], ARRAY[:x, :y]", "f(a := 1), a[1:n], a[$1], ARRAY[$1, $2]"),
        ("'12:30:00' = '?' AND \"a:b\" = 1 -- :no ?", "'12:30:00' = '?' AND \"a:b\" = 1 -- :no ?"),
        ("a = $1 AND b = :b", "a = $1 AND b = $2"),
    ],
)
def test_values_are_numbered_and_operators_stay(written: str, asked: str) -> None:
    assert numbered(written) == asked


def test_a_name_cannot_be_a_parameter() -> None:
    with pytest.raises(NoPlaceholderError, match="stands for a name"):
        numbered('SELECT 1 FROM :"table"')
