"""Rows are no older than those they refer to, however their birth is bounded and whichever table that is."""

import numpy as np
import polars as pl

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan
from tests.data.filling_any import NOW, Database

FIRMS = """
CREATE TABLE firms (id int PRIMARY KEY, created_at timestamptz NOT NULL);
CREATE TABLE people (
    id int PRIMARY KEY, firm_id int REFERENCES firms, manager_id int REFERENCES people, joined_at date NOT NULL
);
CREATE TABLE categories (
    firm_id int NOT NULL REFERENCES firms, id int NOT NULL, parent_id int, at timestamp(0) NOT NULL,
    PRIMARY KEY (firm_id, id), FOREIGN KEY (firm_id, parent_id) REFERENCES categories (firm_id, id)
);
CREATE TABLE versions (
    id int PRIMARY KEY, person_id int REFERENCES people,
    previous_id int UNIQUE REFERENCES versions, sent_at timestamp NOT NULL
);
CREATE TABLE readings (
    person_id int NOT NULL REFERENCES people, created_at timestamptz NOT NULL CHECK (created_at < '2026-05-01'),
    value int, PRIMARY KEY (person_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE readings_a PARTITION OF readings FOR VALUES FROM ('2025-08-01') TO ('2025-12-01');
CREATE TABLE readings_b PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
CREATE TABLE notes (
    person_id int REFERENCES people, number int, created_at timestamptz NOT NULL, PRIMARY KEY (person_id, number)
);
CREATE TABLE leases (person_id int NOT NULL REFERENCES people, during tstzrange NOT NULL, period daterange NOT NULL);
CREATE TABLE bookings (
    id int PRIMARY KEY, person_id int NOT NULL REFERENCES people,
    created_at timestamptz NOT NULL, ends timestamptz NOT NULL,
    EXCLUDE USING gist (tstzrange(created_at, ends) WITH &&)
);
"""
KEYS = 9
EARLY_LEASES = """
SELECT count(*) FROM leases JOIN people ON people.id = person_id
WHERE lower(during) < joined_at OR lower(period) < joined_at
"""
OUT_OF_TURN = """
SELECT count(*) FROM (
    SELECT created_at < lag(created_at) OVER (PARTITION BY person_id ORDER BY number) AS early FROM notes) AS n
WHERE early
"""


def test_children_are_younger_than_their_parents_in_every_shape_of_table(database: str) -> None:
    firms = Database(database).sql(FIRMS)
    firms.fill(rows=200)
    assert firms.violations() == {}
    assert len(firms.questions_of_age()) == KEYS
    early = {name: count for name, count in firms.early_children().items() if "bookings" not in name}
    assert early == {}
    assert (
        firms.one("SELECT count(*) FROM bookings b JOIN people p ON p.id = person_id WHERE created_at < joined_at") < 5
    )
    assert firms.one("SELECT corr(id, extract(epoch FROM created_at)) FROM firms") > 0.95
    assert firms.one(OUT_OF_TURN) == 0
    assert firms.one(EARLY_LEASES) == 0
    assert firms.one("SELECT count(manager_id) FROM people") > 100
    assert firms.one("SELECT count(*) FROM people WHERE manager_id >= id") == 0
    assert firms.one("SELECT count(parent_id) FROM categories") > 50
    assert firms.one("SELECT count(*) FROM people WHERE joined_at > '2026-05-01'") == 0  # as readings end there
    assert firms.one("SELECT count(*) FROM firms WHERE created_at < '2025-06-01'") > 0


def test_rows_of_one_table_do_not_depend_on_how_many_are_made_at_once(database: str) -> None:
    schema = Database(database).sql(FIRMS).schema()
    for table in assemble(schema, SeedPlan(NOW, 3, 300)).tables:
        whole, n = table.frame(np.arange(table.rows)), np.arange(table.rows)
        assert pl.concat([table.frame(n[at : at + 41]) for at in range(0, table.rows, 41)]).equals(whole)
