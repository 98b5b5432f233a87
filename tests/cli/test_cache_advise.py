"""`plimsoll cache advise` on a database that was asked something."""

import json

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database

SETUP = (
    "CREATE TABLE orders (id int PRIMARY KEY, org int, note text)",
    'CREATE TABLE "Old lines" (order_id int, no int, PRIMARY KEY (order_id, no)) PARTITION BY RANGE (order_id)',
    'CREATE TABLE lines_1 PARTITION OF "Old lines" FOR VALUES FROM (0) TO (100)',
    "CREATE SCHEMA plimsoll_changes",
    "CREATE FUNCTION plimsoll_changes.poll(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW mine AS SELECT * FROM orders WHERE org = current_setting('app.org')::int",
)
ASKED = (
    "SELECT note FROM orders WHERE id = 1",
    "SELECT note FROM orders WHERE id = 2",
    'SELECT count(*) FROM "Old lines" WHERE order_id = 5 AND no = 1',
    "SELECT * FROM orders WHERE now() > '2020-01-01'",
    "SET app.org = 1; SELECT * FROM mine",
    "UPDATE orders SET note = 'x'",
    "SELECT plimsoll_changes.poll(1)",
    "SELECT relname FROM pg_class",
    "SELECT org FROM orders WHERE id = 1 /* plimsoll watch */",
)


def said(command: str, dsn: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", dsn)
    done = CliRunner().invoke(app, [*command.split(), "--dsn", "env:DATABASE_URL"])
    assert done.exit_code == 0, done.output + str(done.exception)
    return done.stdout


def test_statements_that_could_be_kept_and_what_to_watch(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fresh_database(postgres_server) as name:
        postgres_server.sql(*SETUP, database=name)
        postgres_server.sql(*ASKED, database=name)
        dsn = postgres_server.dsn_of(name)
        found = json.loads(said("cache advise --json", dsn, monkeypatch))
        by_query = {one["query"]: one for one in found["statements"]}
        kept = {query: one["tags"] for query, one in by_query.items() if one["kept"]}
        assert kept == {
            "SELECT note FROM orders WHERE id = $1": ["orders:$1"],
            'SELECT count(*) FROM "Old lines" WHERE order_id = $1 AND no = $2': ["old-lines:$1/$2"],
            "SELECT * FROM mine": ["table:public.orders"],
        }
        assert by_query["SELECT * FROM mine"]["settings"] == ["app.org"]
        assert set(found["watch"]) == {
            "public.orders=orders:{id}",
            'public."Old lines"=old-lines:{order_id}/{no}',
        }
        assert "now() depends on when" in by_query["SELECT * FROM orders WHERE now() > $1"]["refused"]
        assert 0 < found["kept_share_of_time"] < 1
        assert not [query for query in by_query if "plimsoll" in query or "pg_" in query]
        assert {one["what"] for one in found["noise"]} == {"of Plimsoll itself", "of the system catalog"}
        text = said("cache advise --statements 20", dsn, monkeypatch)
        assert "plimsoll cache install --table " in text
        assert "by orders:$1" in text
        assert "it writes (1 statement: UPDATE orders SET note = $1)" in text


@pytest.mark.parametrize(("name", "why"), [("nosuch.fn", "there is no function nosuch.fn"), ('"a', "is not a schema")])
def test_a_trusted_function_is_one_that_there_is(name: str, why: str, postgres_server: PostgresServer) -> None:
    trust = ["--trust", "pg_catalog.lower", "--trust", name, "--dsn", postgres_server.dsn_of("postgres")]
    done = CliRunner().invoke(app, ["cache", "advise", *trust])
    assert isinstance(done.exception, UsageError)
    assert why in done.exception.why
