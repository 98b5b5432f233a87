"""Plain B-trees: which columns, in which order, and how few of them."""

from tests.prove.tuning.cases import Asked, Case, answer, any_of, on

ORDERS = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL, status text NOT NULL, total int NOT NULL,
                     created_at timestamptz NOT NULL, note text NOT NULL);
INSERT INTO orders SELECT i, (random() * 4000)::int, (ARRAY['new', 'paid', 'sent', 'done'])[1 + i % 4],
    (random() * 1000)::int, timestamptz '2026-01-01' + i * interval '1 minute', repeat('x', 60)
    FROM generate_series(1, 60000) i;
"""
LINES = """
CREATE TABLE lines (id bigint PRIMARY KEY, order_id bigint NOT NULL, product int NOT NULL, note text NOT NULL);
INSERT INTO lines SELECT i, 1 + i % 60000, (random() * 500)::int, repeat('y', 40) FROM generate_series(1, 100000) i;
"""

CASES = (
    Case(
        "btree/equality", ORDERS,
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"], ["2048"]])],
        any_of(on("orders", "customer_id")),
        {on("orders", "status"): "nothing asks by it"},
    ),
    Case(
        "btree/equality-then-sort", ORDERS.replace("* 4000", "* 40"),
        [Asked("SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 10", bindings=[["17"]])],
        any_of(on("orders", "customer_id", "created_at"), on("orders", "customer_id", "-created_at")),
    ),
    Case(
        "btree/equality-then-range", ORDERS.replace("* 4000", "* 40"),
        [Asked("SELECT sum(total) FROM orders WHERE customer_id = $1 AND created_at >= $2 AND created_at < $3",
               bindings=[["17", "'2026-01-10'", "'2026-01-12'"]])],
        any_of(on("orders", "customer_id", "created_at"),
               on("orders", "customer_id", "created_at", include=("total",))),
        {on("orders", "total"): "it is only summed"},
    ),
    Case(
        "btree/mixed-directions", ORDERS,
        [Asked("SELECT id FROM orders ORDER BY total DESC, created_at LIMIT 20")],
        any_of(on("orders", "-total", "created_at"), on("orders", "total", "-created_at")),
    ),
    Case(
        "btree/join-by-foreign-key", ORDERS + LINES,
        [Asked("SELECT l.product FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.id = $1",
               bindings=[["77"], ["41234"]])],
        any_of(on("lines", "order_id"), on("lines", "order_id", include=("product",))),
        {on("lines", "product"): "it is only read"},
    ),
    Case(
        "btree/one-for-two-statements", ORDERS,
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"]]),
         Asked("SELECT * FROM orders WHERE customer_id = $1 AND created_at > $2", bindings=[["18", "'2026-02-01'"]])],
        any_of(on("orders", "customer_id", "created_at"), on("orders", "customer_id")),
    ),
    Case(
        "btree/two-tables-two-indexes", ORDERS + LINES,
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"]]),
         Asked("SELECT * FROM lines WHERE order_id = $1", bindings=[["400"]])],
        (answer(on("orders", "customer_id"), on("lines", "order_id")),),
    ),
    Case(
        "btree/newest-first", ORDERS,
        [Asked("SELECT * FROM orders ORDER BY created_at DESC LIMIT 20")],
        any_of(on("orders", "created_at"), on("orders", "-created_at")),
    ),
    Case(
        "btree/in-list", ORDERS,
        [Asked("SELECT * FROM orders WHERE customer_id IN (5, 700, 3100)")],
        any_of(on("orders", "customer_id")),
    ),
    Case(
        "btree/or-on-two-columns", ORDERS.replace("* 1000)", "* 5000)"),
        [Asked("SELECT * FROM orders WHERE customer_id = $1 OR total = $2", bindings=[["17", "100"]])],
        (answer(on("orders", "customer_id"), on("orders", "total")),),
        {on("orders", "customer_id"): "one arm alone leaves the other reading the whole table"},
    ),
)  # fmt: skip
