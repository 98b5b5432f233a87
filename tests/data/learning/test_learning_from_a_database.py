"""Distributions learned from real data, filled anew, and held against what they were learned from."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.data.writing.fill import Filled
from plimsoll.embedded import PostgresServer
from plimsoll.workflows.learning import Learned
from tests.data.filling_any import Database
from tests.data.learning.relearning import relearned

POINTS = 0.02  # of shares
FACTOR = 2.0  # of estimates
SCHEMA = """
CREATE TYPE channel AS ENUM ('web', 'shop', 'phone', 'mail');
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, full_name text NOT NULL,
    country text NOT NULL, city text, birth_date date, newsletter boolean NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id),
    status text NOT NULL, via channel NOT NULL, amount numeric(10, 2) NOT NULL, items int NOT NULL, discount int,
    note text, weight double precision, express boolean NOT NULL, placed_on date NOT NULL,
    created_at timestamptz NOT NULL, shipped_at timestamptz
);
"""
ROWS_OF_PRODUCTION = """
SELECT setseed(0.5);
INSERT INTO customers (email, full_name, country, city, birth_date, newsletter, created_at)
SELECT 'real.person.' || n || '@secret.test', 'Secret' || n % 700 || ' Person',
       CASE WHEN r < 0.6 THEN 'DE' WHEN r < 0.8 THEN 'FR' WHEN r < 0.9 THEN 'IT' ELSE 'ES' END,
       CASE WHEN n % 3 = 0 THEN 'Hiddenville' WHEN n % 7 = 0 THEN 'Privatetown' END,
       date '1950-01-01' + (r * 20000)::int, n % 4 = 0, timestamptz '2023-01-01 00:00Z' + n * interval '3 hours'
FROM (SELECT n, random() AS r FROM generate_series(1, 5000) n) AS drawn;
INSERT INTO orders (customer_id, status, via, amount, items, discount, note, weight, express, placed_on, created_at,
                    shipped_at)
SELECT CASE WHEN r < 0.2 THEN 17 WHEN r < 0.3 THEN 900 ELSE 1 + (random() * (2900 + n * 0.09))::int END,
       CASE WHEN s < 0.7 THEN 'delivered' WHEN s < 0.9 THEN 'shipped' WHEN s < 0.98 THEN 'open' ELSE 'lost' END,
       CASE WHEN r < 0.5 THEN 'web' WHEN r < 0.85 THEN 'shop' WHEN r < 0.95 THEN 'phone' ELSE 'mail' END::channel,
       round(exp(3 + 2 * sqrt(-2 * ln(1 - s)) * cos(6.283185 * r))::numeric, 2) % 90000,
       1 + (r * r * 12)::int * (1 + (s < 0.05)::int), CASE WHEN s < 0.4 THEN (r * 5)::int * 5 END,
       CASE WHEN r < 0.3 THEN 'call me at 0151 ' || n END, 40 + 30 * r * s, s < 0.08,
       date '2024-01-01' + (n / 40)::int,
       timestamptz '2024-01-01 00:00Z' + n * interval '17 minutes' + r * interval '9 minutes',
       CASE WHEN s < 0.9 THEN timestamptz '2024-01-02 00:00Z' + n * interval '17 minutes' + r * interval '90 hours' END
FROM (SELECT n, random() AS r, random() AS s FROM generate_series(1, 20000) n) AS drawn;
ANALYZE;
"""
PREDICATES = (
    "orders WHERE status = 'delivered'",
    "orders WHERE status = 'lost'",
    "orders WHERE status IN ('open', 'shipped')",
    "orders WHERE via = 'web'",
    "orders WHERE via <> 'mail'",
    "orders WHERE amount > 1000",
    "orders WHERE amount BETWEEN 5 AND 50",
    "orders WHERE items = 1",
    "orders WHERE items >= 8",
    "orders WHERE discount IS NULL",
    "orders WHERE discount = 10",
    "orders WHERE note IS NOT NULL",
    "orders WHERE weight < 45",
    "orders WHERE express",
    "orders WHERE placed_on >= date '2025-01-01'",
    "orders WHERE created_at >= timestamptz '2024-07-01'",
    "orders WHERE shipped_at IS NULL",
    "orders WHERE shipped_at < timestamptz '2024-03-01'",
    "orders WHERE status = 'open' AND express",
    "customers WHERE country = 'DE'",
    "customers WHERE newsletter AND country = 'FR'",
    "customers WHERE created_at < timestamptz '2023-06-01'",
    "customers c JOIN orders o ON o.customer_id = c.id WHERE c.country = 'IT'",
    "(SELECT customer_id FROM orders GROUP BY customer_id) AS buyers",
)
SHARES = """
SELECT {column}::text, count(*)::float8 / sum(count(*)) OVER () FROM {table} WHERE {column} IS NOT NULL GROUP BY 1
"""
FREQUENT = (("orders", "status"), ("orders", "via"), ("orders", "items"), ("orders", "discount"), ("orders", "express"),
            ("customers", "country"), ("customers", "newsletter"))  # fmt: skip


@dataclass(frozen=True)
class Copy:
    """A database as production had it, and what came of filling it with what was learned of it."""

    database: Database
    estimates: dict[str, float]
    shares: dict[tuple[str, str], dict[str, float]]
    values: dict[str, set[str]]
    learned: Learned
    filled: Filled


def estimate(database: Database, predicate: str) -> float:
    plan = json.loads(database.one(f"EXPLAIN (FORMAT JSON) SELECT * FROM {predicate}"))
    return float(plan[0]["Plan"]["Plan Rows"])


def shares(database: Database, table: str, column: str) -> dict[str, float]:
    return {row[0]: row[1] for row in database.rows(SHARES.format(table=table, column=column))}


def texts(database: Database, table: str, column: str) -> set[str]:
    return {row[0] for row in database.rows(f"SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL")}


PERSONAL = (("customers", "email"), ("customers", "full_name"), ("customers", "city"), ("orders", "note"))


@pytest.fixture(scope="module")
def copy(postgres_server: PostgresServer) -> Iterator[Copy]:
    dsn = postgres_server.create_database("learned_from")
    try:
        production = Database(dsn).sql(SCHEMA, ROWS_OF_PRODUCTION)
        estimates = {predicate: estimate(production, predicate) for predicate in PREDICATES}
        known = {(table, column): shares(production, table, column) for table, column in FREQUENT}
        values = {f"{table}.{column}": texts(production, table, column) for table, column in PERSONAL}
        filled, learned = asyncio.run(relearned(dsn))
        yield Copy(production, estimates, known, values, learned, filled)
    finally:
        postgres_server.drop_database("learned_from")


def test_as_many_rows_are_made_as_there_were(copy: Copy) -> None:
    assert sorted(copy.filled.rows.values()) == [5_000, 20_000]


@pytest.mark.parametrize(("table", "column"), FREQUENT)
def test_frequent_values_have_the_shares_they_had(copy: Copy, table: str, column: str) -> None:
    after = shares(copy.database, table, column)
    before = copy.shares[table, column]
    assert set(after) == set(before)
    assert max(abs(after[value] - share) for value, share in before.items()) < POINTS


@pytest.mark.parametrize("predicate", PREDICATES)
def test_the_planner_estimates_what_it_estimated(copy: Copy, predicate: str) -> None:
    before, after = copy.estimates[predicate], estimate(copy.database, predicate)
    assert before / FACTOR <= after <= before * FACTOR


@pytest.mark.parametrize(("table", "column"), PERSONAL)
def test_no_value_of_personal_data_is_copied(copy: Copy, table: str, column: str) -> None:
    before, after = copy.values[f"{table}.{column}"], texts(copy.database, table, column)
    assert before & after == set()
    assert len(before) / FACTOR <= len(after) <= len(before) * FACTOR


def test_rows_lie_in_the_order_in_which_they_lay(copy: Copy) -> None:
    found = copy.database.rows(
        "SELECT attname, abs(correlation) FROM pg_stats WHERE attname IN ('placed_on', 'amount')"
    )
    assert {name: round(correlation) for name, correlation in found} == {"placed_on": 1, "amount": 0}


def test_what_happens_to_orders_agrees_with_their_status(copy: Copy) -> None:
    found = copy.database.rows("SELECT DISTINCT status FROM orders WHERE shipped_at IS NOT NULL ORDER BY 1")
    assert [row[0] for row in found] == ["delivered", "shipped"]
    assert copy.database.one("SELECT count(*) FROM orders WHERE shipped_at < created_at") == 0


def test_orders_come_after_their_customers(copy: Copy) -> None:
    late = "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.created_at < c.created_at"
    assert copy.database.one(late) == 0


def test_what_was_not_copied_is_said(copy: Copy) -> None:
    assert copy.learned.notes[0] == "learned from 21 columns of 2 tables"
    assert copy.learned.notes[1].startswith(
        "values of 4 columns not copied, only how frequent they are: "
        "customers (full_name, city, birth_date), orders (note)."
    )


def test_values_are_copied_where_that_is_allowed(database: str) -> None:
    production = Database(database).sql(SCHEMA, ROWS_OF_PRODUCTION)
    asyncio.run(relearned(database, ("customers.city",)))
    assert texts(production, "customers", "city") == {"Hiddenville", "Privatetown"}


def test_a_column_to_copy_that_is_not_there_is_a_mistake(database: str) -> None:
    Database(database).sql(SCHEMA)
    with pytest.raises(UsageError, match=r"there is no column 'customers\.town'"):
        asyncio.run(relearned(database, ("customers.town",)))


def test_a_database_that_was_never_analyzed_teaches_nothing(database: str) -> None:
    Database(database).sql(SCHEMA)
    filled, learned = asyncio.run(relearned(database))
    assert learned.notes[-1].startswith("no statistics there of customers, orders")
    assert set(filled.rows.values()) == {100}
