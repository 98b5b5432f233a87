"""Whole schemas filled on a real server: not one row breaks a constraint, and every table has rows."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from plimsoll.embedded import PostgresServer
from tests.data.filling_any import NOW, Database

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.mark.parametrize("name", ["hostile", "forum", "shop", "issues", "gathered"])
def test_a_schema_is_filled_without_a_violation(database: str, name: str) -> None:
    filled = Database(database).sql((SCHEMAS / f"{name}.sql").read_text())
    counts = filled.fill(rows=100).rows
    assert filled.violations() == {}
    assert filled.early_children() == {}
    assert min(counts.values()) > 0


def gathered(dsn: str) -> Database:
    return Database(dsn).sql((SCHEMAS / "gathered.sql").read_text())


def digests(filled: Database) -> dict[str, str]:
    """All rows of each table, as one text."""
    names = [name.quoted for name in filled.schema().tables]
    return {name: filled.one(f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {name} t") for name in names}


def test_the_same_seed_gives_two_databases_the_same_rows(database: str, postgres_server: PostgresServer) -> None:
    first, second = gathered(database), gathered(postgres_server.create_database("twin"))
    first.fill(rows=50, seed=7)
    second.fill(rows=50, seed=7)
    assert digests(first) == digests(second)
    third = gathered(postgres_server.create_database("stranger"))
    third.fill(rows=50, seed=8)
    same = {name for name, rows in digests(third).items() if rows == digests(first)[name]}
    postgres_server.drop_database("twin")
    postgres_server.drop_database("stranger")
    assert same <= {'"public"."grades"', '"public"."addresses"'}  # which leave no choice


@pytest.mark.parametrize("step", [1, 7, 64])
def test_rows_do_not_depend_on_the_size_of_a_batch(database: str, step: int) -> None:
    schema = gathered(database).schema()
    for table in assemble(schema, SeedPlan(NOW, 3, 100)).tables:
        whole = table.frame(np.arange(table.rows))
        parts = [table.frame(np.arange(table.rows)[start : start + step]) for start in range(0, table.rows, step)]
        assert pl.concat(parts, how="vertical_relaxed").equals(whole), table.table.name


NEVER = """
CREATE FUNCTION never(value int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN value IS NULL; END';
CREATE TABLE a (id serial PRIMARY KEY, n int NOT NULL CONSTRAINT odd CHECK (never(n)), note text);
"""
TRIGGER = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not today''; END';
CREATE TABLE a (id serial PRIMARY KEY);
CREATE TRIGGER refusing BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (NEVER, r"'odd'.*\(a\).*1,000 tries"),
        (TRIGGER, "cannot fill a .*not today"),
    ],
)
def test_what_cannot_be_satisfied_is_named_and_leaves_nothing(database: str, script: str, words: str) -> None:
    refused = Database(database).sql("CREATE TABLE before (id serial PRIMARY KEY, name text NOT NULL)", script)
    with pytest.raises(RefusedError, match=words):
        refused.fill(rows=20)
    held = [refused.one(f"SELECT count(*) FROM {name.quoted}") for name in refused.schema().tables]
    assert set(held) == {0}
