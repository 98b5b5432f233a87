"""`plimsoll seed --profile-from` and `--keep` as a user meets them."""

from collections.abc import Iterator

import pytest

from tests.system.harness import OK, REFUSED, USAGE, Project

SHOP = """
CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, city text NOT NULL);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id bigint NOT NULL REFERENCES people,
    status text NOT NULL, total numeric(10, 2) NOT NULL
);
"""
ROWS = """
INSERT INTO people (name, city) SELECT 'Jane Doe ' || n % 50, 'Secretville' FROM generate_series(1, 500) n;
INSERT INTO orders (person_id, status, total)
    SELECT 1 + n % 500, CASE WHEN n % 10 < 7 THEN 'paid' ELSE 'open' END, 10 + n % 90 FROM generate_series(1, 2000) n;
"""
PROTECTED = """
[environments.production]
database = "env:PRODUCTION_DSN"
protected = true
"""


@pytest.fixture
def shop(project: Project) -> Iterator[Project]:
    """An empty database, beside production."""
    production = f"{project.database}_production"
    project.sql(SHOP)
    dsn = project.server.create_database(production)
    project.server.sql(SHOP, ROWS, "ANALYZE", database=production)
    project.environ["PRODUCTION_DSN"] = dsn
    project.write("plimsoll.toml", PROTECTED)
    yield project
    project.server.drop_database(production)


def test_a_protected_production_is_learned_from_and_gives_no_name_away(shop: Project) -> None:
    outcome = shop.here("seed", "--dsn", "env:TEST_DSN", "--profile-from", "production", "--scale", 2, "--json")

    assert outcome.code == OK, outcome.stderr
    assert outcome.summary["tables"] == {"people": 1_000, "orders": 4_000}
    assert outcome.summary["notes"][1].startswith(
        "values of 2 columns not copied, only how frequent they are: people (name, city)."
    )
    assert outcome.summary["withheld"] == ["people.name", "people.city"]
    assert shop.sql("SELECT count(*) FROM people WHERE name LIKE 'Jane%' OR city = 'Secretville'") == "0"
    assert 45 <= int(shop.sql("SELECT count(DISTINCT name) FROM people")) <= 55
    assert shop.sql("SELECT round(avg((status = 'paid')::int), 1), count(DISTINCT status) FROM orders") == "0.7|2"
    assert shop.sql("SELECT min(total) >= 10, max(total) < 100 FROM orders") == "t|t"


def test_a_value_is_copied_by_name(shop: Project) -> None:
    words = ("--profile-from", "env:PRODUCTION_DSN", "--copy-values", "people.city", "--rows", 50)
    outcome = shop.here("seed", "--dsn", "env:TEST_DSN", *words)

    assert outcome.code == OK, outcome.stderr
    assert shop.sql("SELECT DISTINCT city FROM people") == "Secretville"


def test_lookup_rows_are_kept(shop: Project) -> None:
    shop.sql("INSERT INTO people (name, city) VALUES ('Kept', 'Here'), ('Kept too', 'There')")
    outcome = shop.here("seed", "--dsn", "env:TEST_DSN", "--keep", "--rows", 60)

    assert outcome.code == OK, outcome.stderr
    assert shop.sql("SELECT count(*), count(DISTINCT person_id) FROM orders") == "60|2"
    assert shop.sql("SELECT string_agg(name, ',' ORDER BY id) FROM people") == "Kept,Kept too"


REFUSALS: list[tuple[list[object], int, str]] = [
    (["--scale", 2], USAGE, "--scale says nothing by itself"),
    (["--copy-values", "people.city"], USAGE, "--copy-values says nothing by itself"),
    (["--keep", "--replace"], USAGE, "contradict each other"),
    (["--profile-from", "staging"], USAGE, "unknown environment 'staging'"),
    (["--profile-from", "target", "--copy-values", "people.town"], USAGE, "no column 'people.town'"),
    (["--profile-from", "postgresql://somebody:hush@127.0.0.1:1/db"], REFUSED, "no database server answers"),
    (["--profile-from", "env:UNSET_DSN"], REFUSED, "UNSET_DSN is not set"),
]


def test_what_cannot_be_learned_from_is_said_in_a_line_and_nothing_is_written(shop: Project) -> None:
    shop.secrets.add("hush")
    for words, code, message in REFUSALS:
        shop.here("seed", "--dsn", "env:TEST_DSN", *words).assert_refused(code, message)
    assert shop.sql("SELECT count(*) FROM people") == "0"
