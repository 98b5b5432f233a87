"""Several checks of one table, and types with checks of their own."""

from decimal import Decimal

import pytest

from plimsoll.core.schema import Check, DataType
from plimsoll.data.checks import domain_of, solve
from plimsoll.data.domain import Bound, Domain, NullCount, Unsatisfiable

TYPES = {"n": DataType("integer", "int4"), "kind": DataType("text", "text"), "m": DataType("integer", "int4")}


def checks(*texts: str) -> list[Check]:
    return [Check(f"c{number}", text, ()) for number, text in enumerate(texts)]


def solved(*texts: str) -> dict[str, Domain]:
    return solve(TYPES, checks(*texts)).domains


def test_checks_of_a_column_are_combined() -> None:
    low, high = Bound(Decimal(3), inclusive=False), Bound(Decimal(9))
    assert solved("n > 1", "n > 3", "n >= 3", "n <= 9") == {"n": Domain(low=low, high=high)}
    assert solved("kind = ANY (ARRAY['a', 'b', 'cc'])", "kind <> 'a'", "length(kind) > 1", "kind ~ '^c'") == {
        "kind": Domain(choices=("cc",), excluded=frozenset({"a"}), length_min=2, patterns=("^c",))
    }


def test_the_solved_part_of_a_check_counts_though_the_rest_is_not_understood() -> None:
    solution = solve(TYPES, checks("(n > 0) AND ((n % 2) = 0)"))
    assert solution.domains == {"n": Domain(low=Bound(Decimal(0), inclusive=False))}
    assert [check.name for check in solution.unsolved] == ["c0"]


@pytest.mark.parametrize(
    "texts",
    [
        ("n > 5", "n < 3"),
        ("n > 5", "n < 6"),
        ("n = 3", "n > 5"),
        ("kind = 'a'", "kind ~ 'b'"),
        ("length(kind) > 5", "length(kind) < 3"),
        ("n IS NULL", "n IS NOT NULL"),
        ("num_nonnulls(n, m) = 1", "num_nonnulls(n, m) > 1 AND num_nonnulls(m, n) = 2 AND n IS NULL"),
    ],
)
def test_checks_that_exclude_each_other_are_named(texts: tuple[str, str]) -> None:
    with pytest.raises(Unsatisfiable, match=r"c1"):
        solve(TYPES, checks(*texts))


def test_counts_of_the_same_columns_are_combined() -> None:
    solution = solve(TYPES, checks("n IS NOT NULL OR m IS NOT NULL", "m IS NULL OR n IS NULL"))
    assert solution.null_counts == (NullCount(("n", "m"), 1, 1),)


def test_a_check_that_always_passes_demands_nothing() -> None:
    solution = solve(
        TYPES,
        checks(
            "n IS NULL OR n IS NOT NULL",
            "kind <> 'a' OR kind <> 'b'",
            "length(kind) > 3 OR length(kind) <= 3",
            "NULL::boolean",
        ),
    )
    assert (solution.domains, solution.implications, solution.unsolved) == ({}, (), ())


def test_a_condition_of_too_many_cases_is_left_unsolved() -> None:
    texts = " OR ".join(f"(n = {k} AND m > {k} AND kind <> 'k{k}' AND (m + n) > {k})" for k in range(20))
    doubled = texts + " OR (n = 3 AND m > 3)"
    assert len(solve(TYPES, checks(doubled)).unsolved) == 1


def test_domains_within_domains_hold_together() -> None:
    kind = DataType(
        "code", "text", domain="code", checks=("(VALUE ~ '^a'::text)", "(length(VALUE) < 5)"), not_null=True
    )
    assert domain_of(kind) == Domain(patterns=("^a",), length_max=4, not_null=True)
    assert domain_of(DataType("text", "text")) == Domain()
