"""A file of SQL as what a workload asks."""

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.tune.workload.sql_file import BYTES_MAX, decoded, heard_in


def test_comments_weigh_statements_and_the_same_ones_are_one() -> None:
    heard = heard_in("-- calls: 1_000\nSELECT 1;\nSELECT 2; /* calls=2,5 */ SELECT 1; -- calls: 5\n", "q.sql")
    assert [(one.text, one.calls) for one in heard.asked] == [("SELECT 1", 1005), ("SELECT 2", 1)]
    assert (heard.source, heard.notes, heard.left_out) == ("q.sql", [], [])


def test_comments_tell_values_that_the_statement_is_asked_with() -> None:
    heard = heard_in(
        "-- calls: 10\n-- values: 17, 'it''s, so', -1.5\n-- values: NULL, 'b', 2\nSELECT $1, $2, $3;"
        "/* values: 'x' */ SELECT :name;",
        "f",
    )
    assert [[seen.values for seen in one.seen] for one in heard.asked] == [
        [("17", "it's, so", "-1.5"), (None, "b", "2")],
        [("x",)],
    ]
    assert {seen.calls for seen in heard.asked[0].seen} == {10.0}


def test_values_that_do_not_fit_are_passed_over_and_told() -> None:
    heard = heard_in(
        "-- values: 1, 2\nSELECT $1;\n-- values: now()\nSELECT $1 + 1;\n-- values: 'x\nSELECT $1 + 2;", "f"
    )
    assert [one.seen for one in heard.asked] == [[], [], []]
    assert [one.partition(" are ")[0] for one in heard.notes] == ["values of lines 2, 4, 6"]


def test_what_is_explained_is_what_is_asked() -> None:
    heard = heard_in("EXPLAIN (ANALYZE, BUFFERS) SELECT 1; explain analyze select 2; EXPLAIN SELECT 3", "q.sql")
    assert [one.text for one in heard.asked] == ["SELECT 1", "select 2", "SELECT 3"]


def test_what_was_passed_over_is_told() -> None:
    heard = heard_in('\\timing\nSELECT 1; -- calls: many\nSELECT * FROM :"t";\nSELECT $$', "q.sql")
    assert [one.why for one in heard.left_out] == ['a placeholder stands for a name: :"t"']
    assert heard.notes == [
        "1 psql command passed over (line 1)",
        "no number of calls is told by the comment of line 2: taken for 1",
        "the string that begins in line 4 has no end; all behind it was taken for one statement",
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"SELECT 1;\nSELECT '\xe9'", "line 2.*is not UTF-8"),
        (b"\xff\xfea", "is not UTF-16"),
        (b"SELECT 1\0", "binary"),
        (b" " * (BYTES_MAX + 1), "more than 10 MiB"),
    ],
)
def test_what_is_no_text_is_said_to_be_none(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        decoded(data, "q.sql")


def test_marks_of_encodings_are_no_text() -> None:
    assert decoded("\ufeffSELECT 1".encode(), "q.sql") == "SELECT 1"
    assert decoded("SELECT 1".encode("utf-16"), "q.sql") == "SELECT 1"
