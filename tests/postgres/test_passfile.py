"""Passwords come from .pgpass as libpq takes them from there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.passfile import find_password, read_entries
from plimsoll.settings.masking import Secret

FILE = r"""# a comment
db:5432:shop:app:exact
db:*:*:app:any database
*:*:*:other:any host
localhost:*:*:local:socket
esc\:aped:*:*:app:back\\slash\:colon
short:line
"""


@pytest.mark.parametrize(
    ("host", "port", "database", "user", "password"),
    [
        ("db", 5432, "shop", "app", "exact"),
        ("db", 5433, "shop", "app", "any database"),
        ("elsewhere", 1, "x", "other", "any host"),
        ("/run/pg", 5432, "x", "local", "socket"),
        ("esc:aped", 5432, "x", "app", r"back\slash:colon"),
        ("db", 5432, "shop", "nobody", None),
    ],
)
def test_the_first_line_that_fits_is_taken(
    host: str, port: int, database: str, user: str, password: str | None
) -> None:
    assert find_password(list(read_entries(FILE)), [(host, port)], database, user) == password


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1))
def test_an_escaped_password_comes_back(password: str) -> None:
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    assert list(read_entries(f"*:*:*:*:{escaped}")) == [("*", "*", "*", "*", password)]


def test_the_file_is_found_in_the_home_directory_or_where_it_is_said_to_be(tmp_path: Path) -> None:
    for name, password in ((".pgpass", "home"), ("other", "stated")):
        (tmp_path / name).write_text(f"db:*:*:app:{password}\n")
        (tmp_path / name).chmod(0o600)
    stated = {"PGPASSFILE": str(tmp_path / "other")}
    assert read_target("postgresql://app@db/", {}, home=tmp_path).password == Secret("home")
    assert read_target("postgresql://app@db/", stated, home=tmp_path).password == Secret("stated")
    assert read_target("postgresql://app:dsn1@db/", stated, home=tmp_path).password == Secret("dsn1")
    assert read_target("host=db hostaddr=10.0.0.1 user=app", {}, home=tmp_path).password == Secret("home")


def test_a_file_that_others_may_read_is_not_used_and_that_is_noted(tmp_path: Path) -> None:
    (tmp_path / ".pgpass").write_text("db:*:*:app:secret\n")
    (tmp_path / ".pgpass").chmod(0o644)
    target = read_target("postgresql://app@db/", {}, home=tmp_path)
    assert target.password is None
    assert "chmod 600" in target.notes[0]
