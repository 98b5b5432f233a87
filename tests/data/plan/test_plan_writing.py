"""The plan that is written of a schema is one to begin with: it fills the schema, and its comments can be taken out."""

import re
from pathlib import Path

import pytest

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.deciding.foreseeing import foresee
from plimsoll.data.deciding.plan_names import plans_of
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plan.values import SeedPlan
from plimsoll.data.plan.writing import toml_key, toml_text, write_plan
from tests.data.filling_any import NOW, Database

SCHEMAS = Path(__file__).parents[1] / "schemas"
SUGGESTION = re.compile(r"^# (?=\S+ = |\"[^\n]*\" = )", re.MULTILINE)


def written(database: Database, rows: int) -> str:
    plan = SeedPlan(NOW, 3, rows)
    return write_plan(plan, assemble(database.schema(), plan).tables)


@pytest.mark.parametrize("name", ["forum", "shop", "issues", "hostile"])
def test_the_plan_of_a_schema_fills_it_with_the_rows_it_says(database: str, name: str) -> None:
    there = Database(database).sql((SCHEMAS / f"{name}.sql").read_text(encoding="utf-8"))
    schema, text = there.schema(), written(there, 40)
    said = read_plan(text, where="written")
    counts = there.fill(text.replace("now = ", "# "), rows=0).rows
    assert there.violations() == {}
    assert sorted(counts.values()) == sorted(plan.rows or 0 for plan in said.tables.values())
    assert len(counts) == len(said.tables)
    suggested = read_plan(SUGGESTION.sub("", text), where="without its marks")
    assert sum(len(plan.columns) for plan in suggested.tables.values()) > len(counts)
    foresee(assemble(schema, suggested).tables, plans_of(schema, suggested), NOW)  # all of it is right as it stands


def test_what_is_understood_of_a_column_stands_beside_it(database: str) -> None:
    there = Database(database).sql(
        "CREATE TYPE mood AS ENUM ('glad', 'so so'); CREATE TABLE people (id bigint PRIMARY KEY);"
        "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY, person_id bigint REFERENCES people, email text, "
        "title text, mood mood, state text CHECK (state IN ('open', 'shut')), created_at timestamptz, "
        "closed_on date, place point)"
    )
    lines = set(written(there, 10).splitlines())
    assert lines > {
        "[tables.notes]",
        "# id: bigint, counted by the database's sequence",
        "# person_id = { zipf = 0.7 }  # bigint, refers to people",
        '# email = { template = "user{n}@example.com" }  # text, email',
        "# title = { words = { lognormal = { median = 4, sigma = 0.6 } } }  # text, title",
        '# mood = { values = { glad = 1, "so so" = 1 } }  # mood',
        "# state = { values = { open = 1, shut = 1 } }  # text",
        '# created_at = { time = { from = "-365d", to = "now", growth = 2 } }  # timestamp with time zone, created at',
        (
            '# closed_on = { after = "created_at", delay = { lognormal = { median = "1d", sigma = 1.5 } }, null = 0.2 }'
            "  # date"
        ),
        "# place: point",
    }


def test_tables_of_one_name_are_told_apart_by_their_schemas(database: str) -> None:
    there = Database(database).sql(
        'CREATE TABLE t (a int); CREATE SCHEMA "A b"; CREATE TABLE "A b".t (a int); CREATE TABLE "A b"."u.v\n" (a int)'
    )
    text = written(there, 5)
    assert set(read_plan(text, where="written").tables) == {"public.t", "A b.t", "A b.u.v\n"}
    assert len(there.fill(text.replace("now = ", "# ")).rows) == 3


@pytest.mark.parametrize("name", ["plain", "two words", 'a "quote"', "back\\slash", "line\nbreak", "\x7f", "größe", ""])
def test_every_name_survives_toml(name: str) -> None:
    plan = read_plan(
        f"now = 2026-01-01\n[tables.{toml_key(name)}.columns]\nc = {{ value = {toml_text(name)} }}", where="t"
    )
    assert plan.tables[name].columns["c"].values == (name,)
