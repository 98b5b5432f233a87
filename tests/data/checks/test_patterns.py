"""Strings made from PostgreSQL's regular expressions match them in PostgreSQL."""

import asyncio
import subprocess
import sys

import asyncpg
import numpy as np
import pytest

from plimsoll.data.checks import PatternGenerator
from plimsoll.data.checks.regex import compiled, from_like
from plimsoll.data.domain import Domain, Unsatisfiable
from plimsoll.data.drawing import Draw

PATTERNS = (
    "^[A-Z]{3}-[0-9]{4}$",
    r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
    r"^[[:alpha:]_][[:alnum:]_]*$",
    r"\mfoo\M",
    r"\yfoo|bar\y",
    r"\A\d+\Z",
    "(?i)^ab[c-e]$",
    "(?x) ^ a [0-9] $  # comment",
    "***=a.b*c",
    "^[]x]{3}$",
    "^[^]x]{3}$",
    r"^[\w.-]+$",
    r"^\S{3}\s\S+$",
    r"^(ab|cd)?\1x$",
    "^(?=.*[0-9])[a-z0-9]{8,}$",
    "^a{b$",
    r"^[\d\-/&~|]{4}$",
    "^[[:punct:]]{2}[[:blank:]]$",
    "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "[[:<:]]word[[:>:]]",
    "@",
)
LIKES = ("a%b_", "100\\%", "%x%", "a.b(c", "_", "%")


def made(domain: Domain, rows: int = 200, *, unique: bool = False, key: int = 7) -> list[str]:
    generator = PatternGenerator(domain, unique=unique)
    return list(generator.values(Draw(key, np.arange(min(rows, generator.capacity or rows)))))


async def mismatches(dsn: str, operator: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        query = f"SELECT v, p FROM unnest($1::text[], $2::text[]) AS u (v, p) WHERE NOT v {operator} p"
        values, patterns = zip(*pairs, strict=True)
        return [tuple(row) for row in await connection.fetch(query, values, patterns)]
    finally:
        await connection.close()


def test_what_is_made_matches_on_the_server(database: str) -> None:
    pairs = [(value, pattern) for pattern in PATTERNS for value in made(Domain(patterns=(pattern,)), 50)]
    assert {pattern for _, pattern in pairs} == set(PATTERNS)
    assert asyncio.run(mismatches(database, "~", pairs)) == []
    likes = [(value, like) for like in LIKES for value in made(Domain(patterns=(from_like(like),)), 50)]
    assert asyncio.run(mismatches(database, "LIKE", likes)) == []


def test_lengths_case_and_absent_patterns_are_kept() -> None:
    domain = Domain(
        patterns=(r"^[[:alpha:]]\w*$",), absent_patterns=("^a",), length_min=5, length_max=8, lower_case=True
    )
    values = made(domain)
    assert all(5 <= len(value) <= 8 and value == value.lower() and value[0] != "a" for value in values)
    assert len(set(values)) > 100


def test_an_open_pattern_is_extended_to_the_least_length() -> None:
    assert all(len(value) >= 5 and "@" in value for value in made(Domain(patterns=("@",), length_min=5)))


def test_unique_strings_differ_in_every_row_whatever_the_batches() -> None:
    generator = PatternGenerator(Domain(patterns=("^[A-Z]{3}-[0-9]{4}$",)), unique=True)
    last = generator.values(Draw(3, np.arange(6_000, 10_000))).to_list()
    first = generator.values(Draw(3, np.arange(6_000))).to_list()
    assert len({*first, *last}) == 10_000
    assert all(compiled("^[A-Z]{3}-[0-9]{4}$").search(value) for value in first + last)


def test_a_unique_code_may_be_as_long_and_as_many_as_its_pattern_allows() -> None:
    generator = PatternGenerator(Domain(patterns=("^[0-9a-f]{64}$",), length_max=64), unique=True)
    values = generator.values(Draw(3, np.array([0, 1, 2, 10**15])))
    assert values.n_unique() == 4
    assert values.str.contains("^[0-9a-f]{64}$").all()
    assert all(len(set(value)) > 5 for value in values)


def test_unique_strings_of_a_case_are_taken_from_that_case_alone() -> None:
    domain = Domain(patterns=("^[A-Za-z]{6}[0-9]*$",), lower_case=True, length_max=9)
    values = PatternGenerator(domain, unique=True).values(Draw(3, np.arange(5_000)))
    assert values.n_unique() == 5_000
    assert values.str.contains("^[a-z]{6}[0-9]{0,3}$").all()


def test_few_possible_strings_are_all_found_and_counted() -> None:
    generator = PatternGenerator(Domain(patterns=("^[01]{3}$",)), unique=True)
    assert generator.capacity == 8
    assert sorted(generator.values(Draw(1, np.arange(8)))) == [f"{n:03b}" for n in range(8)]
    with pytest.raises(Unsatisfiable, match="8 strings"):
        generator.values(Draw(1, np.arange(9)))


@pytest.mark.parametrize("patterns", [("^a$", "^b$"), ("^a(b",), ("^[[:nonsense:]]$",)])
def test_patterns_without_a_string_are_refused(patterns: tuple[str, ...]) -> None:
    with pytest.raises(Unsatisfiable):
        PatternGenerator(Domain(patterns=patterns))


def test_the_same_draw_gives_the_same_strings_in_every_process() -> None:
    program = (
        "import numpy as np; from plimsoll.data.checks import PatternGenerator as G;"
        "from plimsoll.data.domain import Domain as D; from plimsoll.data.drawing import Draw;"
        r"print(*G(D(patterns=(r'^[^x]\W[\w-]+$',))).values(Draw(7, np.arange(50))))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_strings_of_one_shape_are_drawn_from_all_there_are() -> None:
    hashes = PatternGenerator(Domain(patterns=("^[0-9a-f]{64}$",))).values(Draw(1, np.arange(50_000)))
    assert hashes.n_unique() == 50_000
    codes = PatternGenerator(Domain(patterns=("^[A-Z]{3}$",))).values(Draw(1, np.arange(50_000)))
    assert codes.str.contains("^[A-Z]{3}$").all()
    assert 15_000 < codes.n_unique() <= 26**3


def test_strings_of_several_shapes_keep_them() -> None:
    names = PatternGenerator(Domain(patterns=("^[a-z]{3,8}$",))).values(Draw(1, np.arange(5_000)))
    assert set(names.str.len_chars().unique()) == {3, 4, 5, 6, 7, 8}


def test_strings_that_are_dear_to_make_are_fewer() -> None:
    cheap, dear = (PatternGenerator(Domain(patterns=(f"^[a-z]-?[a-z]{{{length}}}$",))) for length in (6, 120))

    assert cheap.capacity == 2_000
    assert dear.capacity is not None
    assert 200 <= dear.capacity < 1_000
