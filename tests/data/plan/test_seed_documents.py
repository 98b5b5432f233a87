"""What the documents say of seed plans is carried out: their plans are read, fit their schema, and fill it."""

import re
from pathlib import Path

import pytest

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan import numbers, reading
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plausible.text import languages
from tests.data.filling_any import Database

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "guides" / "seeding.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference" / "seed-plan.md").read_text(encoding="utf-8")
NOW = "now = 2026-06-30T18:00:00Z\n"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def support(database: str) -> Database:
    (schema,) = blocks(GUIDE, "sql")
    return Database(database).sql(schema)


def test_the_plan_of_the_guide_fills_its_schema_as_the_guide_says(support: Database) -> None:
    (plan,) = blocks(GUIDE, "toml")
    support.fill(plan.replace("now = 2026-06-30T18:00:00Z", "", 1))
    assert support.violations() == {}
    assert support.rows("SELECT (SELECT count(*) FROM organizations), (SELECT count(*) FROM tickets)") == [(20, 1_000)]
    joined = "FROM tickets t JOIN members m ON m.id = author_id"
    assert support.one(f"SELECT count(*) {joined} WHERE m.organization_id <> t.organization_id") == 0
    assert support.one("SELECT count(*) FROM tickets WHERE (status = 'closed') <> (closed_at IS NOT NULL)") == 0
    largest = (
        "SELECT max(n)::float8 / sum(n)::float8 FROM (SELECT count(*) AS n FROM tickets GROUP BY organization_id) x"
    )
    assert 0.1 < support.one(largest) < 0.35
    sizes = "SELECT count(*) AS size FROM comments GROUP BY ticket_id"
    threads = f"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY size), max(size) FROM ({sizes}) AS counted"
    ((median, longest),) = support.rows(threads)
    assert 3 <= median <= 5
    assert longest >= 200


def test_every_example_of_the_reference_fits_the_schema_of_the_guide(support: Database) -> None:
    schema = support.schema()
    examples = blocks(REFERENCE, "toml")
    for example in examples:
        plan = read_plan(example if "now = " in example else NOW + example, where=example)
        assert assemble(schema, plan).tables
    assert len(examples) > 15


def test_the_reference_has_every_key_that_is_read() -> None:
    known = {*reading._TOP, *reading._TABLE, *reading._COLUMN, *reading._TIME, *reading._AMONG}
    kinds = {*numbers._KINDS, "mixture", "min", "max"}
    parameters = {name for names in numbers._KINDS.values() for name in names}
    said = set(re.findall(r"[\w-]+", " ".join([*re.findall(r"`([^`\n]+)`", REFERENCE), *blocks(REFERENCE, "toml")])))
    assert (known | kinds | parameters) - said == set()


def test_the_reference_names_the_languages_that_have_words() -> None:
    (said,) = re.findall(r"words of their own: ([a-z, ]+)\.", REFERENCE)
    assert tuple(said.split(", ")) == languages()
