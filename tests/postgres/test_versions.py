"""Servers say their version in several ways."""

import pytest

from plimsoll.postgres.versions import ServerVersion


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("18.1", "18.1"),
        ("15.14 (Debian 15.14-0+deb12u1)", "15.14"),
        ("PostgreSQL 16.4 on x86_64-pc-linux-gnu, compiled by gcc", "16.4"),
        ("17rc1", "17rc1"),
        ("19devel", "19devel"),
        ("18beta2 (Ubuntu 18~beta2)", "18beta2"),
    ],
)
def test_each_form_is_read(text: str, said: str) -> None:
    assert str(ServerVersion.parse(text)) == said


def test_a_number_is_read() -> None:
    assert ServerVersion.of_number(180001) == ServerVersion(18, 1)
    with pytest.raises(ValueError, match="90624"):
        ServerVersion.of_number(90624)


@pytest.mark.parametrize("text", ["", "MySQL 8", "version 12"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        ServerVersion.parse(text)


@pytest.mark.parametrize(
    ("major", "note"),
    [(13, "not supported"), (14, "untested"), (15, ""), (16, ""), (17, "untested"), (18, ""), (19, "not supported")],
)
def test_a_reader_is_told_what_is_not_stood_for(major: int, note: str) -> None:
    said = ServerVersion(major, 1).note
    assert (note in said) if note else not said


def test_versions_have_an_order() -> None:
    assert ServerVersion.parse("16.9") < ServerVersion.parse("16.10") < ServerVersion.parse("18.0")
