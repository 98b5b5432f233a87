"""Secrets do not get through to a reader."""

import json
import pickle
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plimsoll.settings.masking import MASK, Secret, mask

# Any character, but with a marker inside that can come from nowhere else: short passwords occur in ordinary words.
odd_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
passwords = st.builds(lambda before, after: f"{before}Zq7{after}", odd_text, odd_text)


def keyword_quoted(password: str) -> str:
    return "'" + password.replace("\\", "\\\\").replace("'", "\\'") + "'"


@given(passwords)
@example("5432/Zq7@localhost")
@example("x://Zq7://y")
@example("Zq7 with spaces, 'quotes' and @ sign")
def test_no_password_survives_in_an_error_with_its_uri(password: str) -> None:
    for written in (password, quote(password, safe="")):
        error = f"cannot connect to postgresql://app:{written}@db.example.com:5432/shop: refused (see docs)"
        assert written not in mask(error)
        assert "Zq7" not in mask(error)


@given(passwords)
def test_no_password_survives_in_an_error_with_its_keywords(password: str) -> None:
    error = f"cannot connect to host=db user=app password={keyword_quoted(password)} dbname=shop: refused"
    assert "Zq7" not in mask(error)


@given(passwords)
def test_no_password_survives_within_quotations_of_its_dsn(password: str) -> None:
    uri = f"postgresql://app:{password}@db/shop"
    keywords = f"user=app password={keyword_quoted(password)}"
    for dsn in (uri, keywords, f"postgresql://app@db/shop?password={quote(password)}"):
        assert "Zq7" not in mask(f"bad value {dsn!r}")
        assert "Zq7" not in mask(json.dumps({"database": dsn}))
    assert "Zq7" not in mask(json.dumps({"user": "app", "password": password}))


@given(passwords)
def test_a_secret_never_prints(password: str) -> None:
    for secret in (Secret(password), Secret(f"postgresql://app:{password}@db/shop")):
        assert "Zq7" not in f"{secret} {secret!r} {[secret]} %s" % secret
        assert pickle.loads(pickle.dumps(secret)) == secret  # noqa: S301 -- made here
        assert "Zq7" in secret.reveal()


@pytest.mark.parametrize(
    "sql", ["WHERE token = $1 AND a = $2", "(api_key=$12);", "SET password = $1, a = $2", "token=$1"]
)
def test_a_parameter_of_a_statement_is_no_secret(sql: str) -> None:
    assert mask(sql) == sql


@pytest.mark.parametrize("password", ["$1$Zq7", "$1Zq7", "$1-Zq7", "$1,Zq7", "$1;Zq7)", "$1.Zq7"])
def test_a_password_that_begins_like_one_is(password: str) -> None:
    assert mask(f"password={password} host=db") == f"password={MASK} host=db"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgresql://app:secret@db:5432/shop", f"postgresql://app:{MASK}@db:5432/shop"),
        ("postgres://a:one@h1/x, then postgres://b:two@h2/y", f"postgres://a:{MASK}@h2/y"),
        ("http://h:80/x, then postgres://b:two@h2/y", f"http://h:80/x, then postgres://b:{MASK}@h2/y"),
        ("https://me:secret@example.com/x", f"https://me:{MASK}@example.com/x"),
        ("redis://:secret@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        ("host=db password=secret user=app", f"host=db password={MASK} user=app"),
        ("PGPASSWORD=secret psql", f"PGPASSWORD={MASK} psql"),
        ("Authorization: Bearer abc.def-ghi", f"Authorization: Bearer {MASK}"),
        ("key eyJhbGciOi.eyJyb2xlIjoi.c2ln is wrong", f"key {MASK} is wrong"),
        ("postgresql://app:secret", f"postgresql://app:{MASK}"),
    ],
)
def test_only_the_secret_is_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app@db:5432/shop",
        "postgresql://db:5432/shop",
        "http://127.0.0.1:8000/users?mail=me@example.com",
        'password authentication failed for user "app"',
        "12:30:01 p95 < 1s",
    ],
)
def test_text_without_a_secret_stays_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "piece", ["a.", "eyJ-", "a.eyJ-", "x://u:p ", "x://a ", "x://u:1 ", "password ", "password='", "bearer "]
)
def test_a_long_text_takes_time_by_its_length_and_no_more(piece: str) -> None:
    """A text of 200 kB would take minutes, or the stack, if each of its beginnings were followed to the end."""
    count = 200_000 // len(piece)
    assert "hidden" not in mask(piece * count + " password=hidden")
