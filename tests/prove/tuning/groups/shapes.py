"""Shapes of statements and tables: the index is plain, the way to it is not."""

from plimsoll.core.tuning.index import IndexKey
from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, on
from tests.prove.tuning.groups.btree import LINES, ORDERS

TENANTS = """
CREATE TYPE mood AS ENUM ('good', 'bad', 'odd');
CREATE EXTENSION citext;
CREATE DOMAIN code AS text CHECK (value <> '');
CREATE TABLE items (id int PRIMARY KEY, tenant_id int NOT NULL, mood mood NOT NULL, login citext NOT NULL,
                    code code NOT NULL, due date, note text NOT NULL);
INSERT INTO items SELECT i, (random() * 50)::int, CASE WHEN i % 500 = 0 THEN 'odd' ELSE 'good' END::mood, 'User' || i,
    'c' || i, CASE WHEN i % 3 > 0 THEN date '2026-01-01' + i % 20000 END, repeat('n', 50)
    FROM generate_series(1, 60000) i;
"""
SUBPARTS = """
CREATE TABLE visits (region int NOT NULL, at date NOT NULL, visitor int NOT NULL) PARTITION BY LIST (region);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES IN (1) PARTITION BY RANGE (at);
CREATE TABLE visits_1_a PARTITION OF visits_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE visits_1_b PARTITION OF visits_1 FOR VALUES FROM ('2026-02-01') TO ('2027-01-01');
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
INSERT INTO visits SELECT 1 + i % 3, date '2026-01-01' + i % 70, i % 5000 FROM generate_series(1, 90000) i;
"""

CASES = (
    Case(
        "shapes/tenant-first", TENANTS,
        [Asked("SELECT * FROM items WHERE tenant_id = $1 ORDER BY due LIMIT 20", bindings=[["7"], ["33"]])],
        any_of(on("items", "tenant_id", "due")),
        {on("items", "note"): "nothing asks by it"},
    ),
    Case(
        "shapes/enum-rare", TENANTS,
        [Asked("SELECT * FROM items WHERE mood = $1", bindings=[["'odd'"]])],
        any_of(on("items", "mood"), on("items", "id", where="mood = 'odd'::mood")),
        {on("items", "id", where="mood = 'good'::mood"): "of the rows that are not asked for"},
    ),
    Case(
        "shapes/citext", TENANTS,
        [Asked("SELECT id FROM items WHERE login = $1", bindings=[["'uSER17'"]])],
        any_of(on("items", "login")),
        {on("items", "(lower(login::text))"): "the type compares without case by itself"},
    ),
    Case(
        "shapes/domain", TENANTS,
        [Asked("SELECT id FROM items WHERE code = $1", bindings=[["'c4711'"]])],
        any_of(on("items", "code")),
    ),
    Case(
        "shapes/nulls-last", TENANTS,
        [Asked("SELECT id FROM items ORDER BY due DESC NULLS LAST LIMIT 10")],
        any_of(on("items", IndexKey('"due"', "due", descending=True, nulls_first=False))),
        {on("items", "due"): "its order backwards has NULLs first", on("items", "-due"): "its order has NULLs first"},
    ),
    Case(
        "shapes/cte", ORDERS,
        [Asked("WITH mine AS (SELECT * FROM orders WHERE customer_id = $1) SELECT sum(total) FROM mine",
               bindings=[["17"]])],
        any_of(on("orders", "customer_id"), on("orders", "customer_id", include=("total",))),
    ),
    Case(
        "shapes/lateral", ORDERS + LINES,
        [Asked("SELECT o.id, l.product FROM (SELECT * FROM orders WHERE id < $1) o CROSS JOIN LATERAL "
               "(SELECT product FROM lines WHERE order_id = o.id ORDER BY id DESC LIMIT 1) l", 10, [["5"]])],
        any_of(on("lines", "order_id", "id"), on("lines", "order_id")),
    ),
    Case(
        "shapes/two-levels-of-partitions", SUBPARTS,
        [Asked("SELECT * FROM visits WHERE visitor = $1", bindings=[["17"]])],
        any_of(on("visits", "visitor")),
    ),
    Case(
        "shapes/count-of-all", ORDERS,
        [Asked("SELECT count(note) FROM orders")],
        NOTHING,
        {on("orders", "customer_id"): "every row is read"},
    ),
    Case(
        "shapes/inheritance",
        ORDERS + "CREATE TABLE old_orders () INHERITS (orders);"
        "INSERT INTO old_orders SELECT * FROM orders; DELETE FROM ONLY orders WHERE id > 100;",
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"]])],
        any_of(on("old_orders", "customer_id")),
        {on("orders", "customer_id"): "the parent's index is not its children's"},
    ),
)  # fmt: skip
