"""Tables: delimiters, header names, encodings, and rows that are none."""

from pathlib import Path

import pytest

from tests.fluentscribe.formats.reads import code_of, refusal, units_of


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_encoding_are_told_by_the_file(tmp_path: Path, sign: str, encoding: str) -> None:
    content = sign.join(["Source Text", "Translation"]) + "\r\n" + sign.join(["a\xe4", '"b\n""c"""']) + "\r\n"
    (unit,) = units_of(tmp_path, content.encode(encoding), "a.csv")[1]
    assert (unit.source.plain, unit.target.plain, unit.line) == ("aä", 'b\n"c"', 2)


def test_columns_are_known_by_several_names(tmp_path: Path) -> None:
    content = 'Key,Max. length,Comment,Status,TARGET,source\nk,12,n,Needs review,b,a\n\nl,,,,,"c"\n'
    first, second = units_of(tmp_path, content, "a.csv")[1]
    assert (first.id, first.length_max, first.note, first.state) == ("k", 12, "n", "translated")
    assert (first.source.plain, first.target.plain) == ("a", "b")
    assert (second.seq, second.line, second.length_max, second.state) == (2, 4, None, "initial")


def test_a_first_line_that_names_the_delimiter_is_passed_over(tmp_path: Path) -> None:
    (unit,) = units_of(tmp_path, "sep=;\r\nsource;target\r\na;b\r\n", "a.csv")[1]
    assert (unit.target.plain, unit.line) == ("b", 3)


def test_columns_may_be_named_by_languages(tmp_path: Path) -> None:
    content = "id,en-US,fr,de\n1,a,b,c\n"
    header, (unit,) = units_of(tmp_path, content, "a.csv", "en", "de")
    assert (header.source_language, header.target_language) == ("en-US", "de")
    assert (unit.id, unit.source.plain, unit.target.plain) == ("1", "a", "c")
    assert units_of(tmp_path, content, "a.csv")[0].target_language == "fr"
    assert code_of(tmp_path, content, "a.csv", "en", "it") == "missing-column"


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("source\na\n", "missing-column", 1),
        ("a letter, to nobody\n", "missing-column", 1),
        ("source,target\n", "no-units", None),
        ("source,target\na,b\n,c\n", "missing-source", 3),
        ("source,target\na,b,c\n", "malformed-csv", 2),
        ('source,target\na,"b"c\n', "malformed-csv", 2),
        ('source,target\na,b\na,"b\n', "truncated-csv", 3),
        ("source,target,state\na,b,done\n", "bad-state", 2),
        ("source,target,limit\na,b,-1\n", "bad-length", 2),
        ("source,target,id\na,b,1\na,b,1\n", "duplicate-id", 3),
        ("source,target\na\0,b\n", "wrong-encoding", 2),
        (f"source,target\n{'x' * 100_001},b\n", "too-long", 2),
        (f"source,target\na,{'x' * 200_000}\n", "too-long", 2),
        (f"source,target\n{',' * 1_100_000}\n", "too-long", 2),
        ("source,target\n" + "\n" * 1_000_001, "too-many-units", 1_000_001),
    ],
)
def test_rows_that_are_none_are_refused_with_their_line(
    tmp_path: Path, content: str, code: str, line: int | None
) -> None:
    refused = refusal(tmp_path, content, "a.csv")
    assert refused is not None
    assert (refused.code, refused.line) == (code, line)


def test_a_byte_that_is_not_in_the_encoding_is_told_by_its_place(tmp_path: Path) -> None:
    content = b"source,target\na,b\nc,caf\xe9\n"
    refused = refusal(tmp_path, content, "a.csv")
    assert refused is not None
    assert (refused.code, refused.line) == ("wrong-encoding", 3)
    assert "byte 24" in refused.reason
    assert content[23] == 0xE9
