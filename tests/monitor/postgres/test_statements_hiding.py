"""Secrets in the texts of statements are hidden, however they are written, and in time that grows with the text."""

import time

import pytest

from plimsoll.monitor.postgres.statements.hiding import masked_sql, masked_words


@pytest.mark.parametrize(
    "text",
    [
        "ALTER ROLE app PASSWORD 'sEcret-1'",
        "alter role app password $$sEcret-1$$",
        "alter role app password $a$x'sEcret-1$a$",
        "alter role app PASSWORD'sEcret-1'",
        "alter /* ' */ role app password /* it's */ 'sEcret-1'",
        "alter /* /* */ ' */ role app -- it's\n password\n'sEcret-1'",
        "alter user app with password U&'sEcret-1\\0041'",
        "ALTER ROLE app PASSWORD E'x\\'sEcret-1'",
        "select 1; CREATE USER app LOGIN PASSWORD 'sEcret-1'; select 2",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'app', password 'sEcret-1''x')",
        "CREATE USER MAPPING FOR app SERVER s OPTIONS (user 'app', \"password\" 'sEcret-1')",
        "ALTER SERVER s OPTIONS (SET key $$sEcret-1$$)",
        "CREATE ROLE app ENCRYPTED PASSWORD E'sEcret-1",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=sEcret-1' PUBLICATION p",
        "SELECT set_config('app.key', 'sEcret-1', false)",
        "SET app.api_key TO 'sEcret-1'",
        "SET app.api_key TO sEcret1",
        "SET app.api_key /* = */ = /* ' */ sEcret1",
        "SET app.token = 5ecret; SET app.token = sEcret1",
        "SELECT crypt('sEcret-1', gen_salt('bf'))",
        "SELECT pgp_sym_encrypt(body, $$sEcret-1$$) FROM letters",
        "INSERT INTO users (name, password) VALUES ('me', E'it\\'s sEcret-1')",
        'SELECT 1 FROM users WHERE "user_pass" = $$it is sEcret-1$$',
        "INSERT INTO users (name, pwd) VALUES ('me', 'it is sEcret-1",
        "DO $$ BEGIN PERFORM log_in('me', 'sEcret-1'); END $$",
        "EXECUTE log_in('sEcret-1')",
        "BEGIN; CALL log_in('sEcret-1')",
    ],
)
def test_secrets_are_hidden_however_they_are_written(text: str) -> None:
    assert "ecret-1" not in masked_sql(text).replace("app.", "")
    assert "sEcret1" not in masked_sql(text)
    assert masked_sql(text)[:3] == text[:3]
    assert masked_sql(masked_sql(text)) == masked_sql(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM orders WHERE state = 'open' AND id = 42 -- it's",
        "explain (analyze) select 'a' /* it's /* nested */ */ , $1, $$b$$",
        "UPDATE t SET a = 'x', b = 5 WHERE \"it's\" = $2",
        "SET statement_timeout = 5000",
    ],
)
def test_statements_that_tell_of_no_secret_keep_their_constants(text: str) -> None:
    assert masked_sql(text) == text


def test_what_stands_before_a_secret_stays() -> None:
    assert masked_sql("ALTER ROLE app PASSWORD 'x' VALID UNTIL 'y'") == "ALTER ROLE app PASSWORD ****"
    assert masked_sql("SELECT $1, crypt('x', salt), 12") == "SELECT $1, crypt('****', salt), ****"


def test_a_message_keeps_its_quotes_but_no_password_that_it_quotes() -> None:
    assert masked_words("no file 'x'") == "no file 'x'"
    assert masked_words("failed: alter role app password $$geheim$$").endswith("password ****")


REPETITIONS = [
    "'",
    "$",
    "$a",
    "$$",
    "$a$b",
    "/*",
    "*/",
    "e'\\",
    "u&'",
    '"',
    "--",
    "a",
    "a.",
    "1",
    "1 ",
    "; ",
    "=",
    "\\",
]
WORDS = ["password ", "password='", "pwd = $x$", "alter ", "alter role ", "create user password", "x://u:p ", "eyJ-"]


@pytest.mark.parametrize("repeated", REPETITIONS + WORDS)
def test_no_repetition_takes_long(repeated: str) -> None:
    began = time.process_time()
    masked_sql(f"select {repeated * (60_000 // len(repeated))}")
    assert time.process_time() - began < 3.0  # 0.1 s; what grows with the square takes far longer
