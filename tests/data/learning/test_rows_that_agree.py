"""What takes the place of values that were withheld: columns of a row agree, numbers are as large, checks are kept."""

import asyncio

import pytest

from tests.data.filling_any import Database
from tests.data.learning.relearning import relearned

PRODUCTION = """
SELECT setseed(0.5);
CREATE TABLE people (
    id int PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL, full_name text NOT NULL, email text,
    salary numeric(12, 2), lat float8, account_no bigint
);
INSERT INTO people SELECT n, 'First' || n % 30, 'Last' || n % 77, 'First' || n % 30 || ' Last' || n % 77,
    'secret' || n % 790 || '@secret.test', round((2000000 + 6000000 * random())::numeric), 48 + random(),
    4000000000 + (random() * 5000000000)::bigint FROM generate_series(1, 800) n;
CREATE TABLE pages (id int PRIMARY KEY, title text NOT NULL, slug text NOT NULL);
INSERT INTO pages SELECT n, 'Secret ' || n % 40, 'secret-' || n % 40 FROM generate_series(1, 800) n;
CREATE TABLE notes (
    id int PRIMARY KEY, person_id int REFERENCES people, page_id int REFERENCES pages, note_id int,
    CHECK (num_nonnulls(person_id, page_id, note_id) = 1)
);
INSERT INTO notes SELECT n, CASE WHEN n % 5 > 0 THEN 1 + n % 800 END, CASE WHEN n % 5 = 0 THEN 1 + n % 800 END, NULL
    FROM generate_series(1, 800) n;
CREATE TABLE shops (id int PRIMARY KEY);
INSERT INTO shops SELECT generate_series(1, 8);
CREATE TABLE sellers (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops);
INSERT INTO sellers SELECT n, 1 + n % 8 FROM generate_series(1, 80) n;
CREATE TABLE sales (
    id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops, seller_id int NOT NULL REFERENCES sellers
);
INSERT INTO sales SELECT n, 1 + seller % 8, seller FROM (
    SELECT n, CASE WHEN n % 4 = 0 THEN 80 ELSE 1 + n % 79 END AS seller FROM generate_series(1, 800) n) AS made;
ANALYZE;
"""
AGREEING = """
SELECT avg((full_name = first_name || ' ' || last_name)::int)::float8,
       avg((email ^@ lower(left(first_name, 2)))::int)::float8, count(*) FILTER (WHERE full_name LIKE 'First%')::int
FROM people WHERE first_name ~ '^[A-Za-z]+$'
"""
SIZES = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY salary)::float8,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY account_no)::float8, max(abs(lat))::float8 FROM people
"""
SET = "SELECT count(person_id)::int, count(page_id)::int, count(note_id)::int FROM notes"
BUSIEST = "SELECT max(many)::int FROM (SELECT count(*) AS many FROM sales GROUP BY {}) AS counted"
OF_OTHERS = "SELECT count(*) FROM sales JOIN sellers ON sellers.id = seller_id WHERE sellers.shop_id <> sales.shop_id"
SLUGS = "SELECT count(*) FROM pages WHERE slug <> trim('-' from regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g'))"


def test_what_is_made_in_the_place_of_what_was_withheld_fits_together(database: str) -> None:
    production = Database(database).sql(PRODUCTION)
    _, learned = asyncio.run(relearned(database))

    ((named, addressed, copied),) = production.rows(AGREEING)
    assert (named, addressed, copied) == (1.0, pytest.approx(1.0, abs=0.05), 0)
    assert production.one("SELECT count(DISTINCT first_name) FROM people") == 30
    assert production.one(SLUGS) == 0

    ((salary, account, latitude),) = production.rows(SIZES)
    assert 10**6 < salary < 10**7
    assert 10**9 < account < 10**10
    assert latitude <= 90

    ((persons, pages, others),) = production.rows(SET)
    assert (persons, pages, others) == (pytest.approx(640, abs=40), pytest.approx(160, abs=40), 0)
    assert production.one(OF_OTHERS) == 0
    assert production.one(BUSIEST.format("shop_id")) == pytest.approx(275, abs=8)
    assert production.one(BUSIEST.format("seller_id")) == pytest.approx(200, abs=40)

    columns = {str(name): list(columns) for name, columns in learned.withheld.items()}
    assert columns["people"] == ["first_name", "last_name", "full_name", "email", "salary", "lat", "account_no"]
