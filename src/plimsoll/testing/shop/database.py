"""The shop's tables, its data, and the statements that both its scenarios and its application make."""

from collections.abc import Sequence
from typing import Final

CUSTOMERS: Final = 5_000
PRODUCTS: Final = 2_000
REVIEWS: Final = 20_000
ORDERS: Final = 200_000

PRODUCT: Final = "SELECT id, name, category, price, stock FROM products WHERE id = $1"
REVIEWS_OF: Final = "SELECT stars, body FROM reviews WHERE product_id = $1 LIMIT 20"
ORDERS_OF: Final = "SELECT id, amount, placed_at FROM orders WHERE customer_id = $1 ORDER BY amount DESC LIMIT 20"
PAGE: Final = "SELECT id, name, price FROM products WHERE id > $1 ORDER BY id LIMIT $2"
ORDER: Final = "INSERT INTO orders (customer_id, product_id, amount) VALUES ($1, $2, $3)"
TAKE: Final = "UPDATE products SET stock = stock - 1 WHERE id = $1"
REPORT: Final = """
SELECT category, count(*), sum(amount) FROM orders JOIN products ON products.id = product_id
WHERE orders.id BETWEEN $1 AND $1 + 2000 GROUP BY category ORDER BY category"""
TOTALS: Final = """
SELECT product_id % 20, count(*), sum(amount * (1 + length(note) % 7)) FROM orders
WHERE id BETWEEN $1 AND $1 + 20000 GROUP BY 1 ORDER BY 1"""
# All of a range in order, with more beside it than a small work_mem holds.
STATEMENT_OF_ACCOUNT: Final = """
SELECT count(*) FROM (
  SELECT id, customer_id, amount, note FROM orders WHERE id BETWEEN $1 AND $1 + $2 ORDER BY note, amount OFFSET 0
) AS sorted"""

INDEX_OF_CUSTOMERS: Final = "orders_customer_id"


def schema(orders: int = ORDERS) -> Sequence[str]:
    """Statements that make and fill the tables: the same rows each time, a few seconds for 200,000 orders."""
    return (
        """CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, region int NOT NULL)""",
        """CREATE TABLE products (id int PRIMARY KEY, name text NOT NULL, category int NOT NULL, price numeric NOT NULL,
                                  stock int NOT NULL) WITH (fillfactor = 70)""",
        """CREATE TABLE reviews (id serial PRIMARY KEY, product_id int NOT NULL, stars int NOT NULL,
                                 body text NOT NULL)""",
        """CREATE TABLE orders (id serial PRIMARY KEY, customer_id int NOT NULL, product_id int NOT NULL,
                                amount int NOT NULL, placed_at timestamptz NOT NULL DEFAULT now(), note text)""",
        f"INSERT INTO customers SELECT n, 'Customer ' || n, n % 50 FROM generate_series(1, {CUSTOMERS}) n",
        f"""INSERT INTO products SELECT n, 'Product ' || n, n % 20, n % 90 + 9.5, 1000000
            FROM generate_series(1, {PRODUCTS}) n""",
        f"""INSERT INTO reviews (product_id, stars, body) SELECT n % {PRODUCTS} + 1, n % 5 + 1, repeat('fine ', 10)
            FROM generate_series(1, {REVIEWS}) n""",
        f"""INSERT INTO orders (customer_id, product_id, amount, placed_at, note)
            SELECT n::bigint * 7919 % {CUSTOMERS} + 1, n::bigint * 104729 % {PRODUCTS} + 1, n % 300,
                   now() - n * interval '1 minute', md5(n::text) FROM generate_series(1, {orders}) n""",
        f"CREATE INDEX {INDEX_OF_CUSTOMERS} ON orders (customer_id)",
        "CREATE INDEX reviews_product_id ON reviews (product_id)",
        "VACUUM ANALYZE",
    )
