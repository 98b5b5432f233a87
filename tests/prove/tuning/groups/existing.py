"""What is there already, of whatever kind, and who asks."""

from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, on
from tests.prove.tuning.groups.btree import ORDERS
from tests.prove.tuning.groups.covering import EVENTS
from tests.prove.tuning.groups.gin import DOCUMENTS

SECURED = """
DO $$ BEGIN CREATE ROLE tuning_app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE invoices (id int PRIMARY KEY, tenant_id int NOT NULL, number text NOT NULL, total int NOT NULL,
                       note text NOT NULL);
INSERT INTO invoices SELECT i, i % 300, 'N' || i, (random() * 1000)::int, repeat('n', 60)
    FROM generate_series(1, 60000) i;
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON invoices USING (tenant_id = current_setting('app.tenant')::int);
GRANT SELECT ON invoices TO tuning_app;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.tenant = 7', current_database()); END $$;
"""

CASES = (
    Case(
        "existing/hash", ORDERS + "CREATE INDEX orders_hash ON orders USING hash (customer_id);",
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"], ["2048"]])],
        NOTHING,
        {on("orders", "customer_id"): "the hash index serves it"},
        kept={"orders_hash": "it is used"},
    ),
    Case(
        "existing/brin",
        EVENTS + "CREATE INDEX events_brin ON events USING brin (at) WITH (pages_per_range = 4);",
        [Asked("SELECT count(*), max(body) FROM events WHERE at >= $1 AND at < $2",
               bindings=[["'2026-01-03'", "'2026-01-04 06:00'"]])],
        NOTHING,
        {on("events", "at", method="brin"): "it is there"},
        kept={"events_brin": "it is used"},
    ),
    Case(
        "existing/trigram", DOCUMENTS + "CREATE INDEX documents_trigram ON documents USING gin (title gin_trgm_ops);",
        [Asked("SELECT id FROM documents WHERE title LIKE $1", bindings=[["'%a0b92382%'"]])],
        NOTHING,
        {on("documents", "title:text_pattern_ops"): "the pattern begins with anything"},
        kept={"documents_trigram": "it is used"},
    ),
    Case(
        "existing/row-security", SECURED,
        [Asked("SELECT * FROM invoices ORDER BY id DESC LIMIT 50"), Asked("SELECT sum(total) FROM invoices")],
        any_of(on("invoices", "tenant_id"), on("invoices", "tenant_id", "id"),
               on("invoices", "tenant_id", include=("total",))),
        {on("invoices", "total"): "it is only summed"},
        role="tuning_app",
    ),
    Case(
        "existing/materialized-view", ORDERS +
        "CREATE MATERIALIZED VIEW totals AS SELECT customer_id, created_at::date AS day, sum(total) AS total "
        "FROM orders GROUP BY 1, 2;",
        [Asked("SELECT * FROM totals WHERE customer_id = $1", bindings=[["17"], ["2048"]])],
        any_of(on("totals", "customer_id")),
        {on("orders", "total"): "the view is read, not its table"},
    ),
    Case(
        "existing/generated-column", ORDERS +
        "ALTER TABLE orders ADD cents bigint GENERATED ALWAYS AS (total * 100 + customer_id) STORED;",
        [Asked("SELECT id FROM orders WHERE cents = $1", bindings=[["50017"]])],
        any_of(on("orders", "cents")),
        {on("orders", "total"): "the generated column is asked for"},
    ),
    Case(
        "existing/merge", ORDERS + "CREATE TABLE changes (customer_id int NOT NULL, total int NOT NULL);"
        "INSERT INTO changes SELECT i, i FROM generate_series(1, 5) i; ANALYZE changes;",
        [Asked("MERGE INTO orders o USING changes c ON o.customer_id = c.customer_id "
               "WHEN MATCHED THEN UPDATE SET total = c.total", 20, writes=True)],
        any_of(on("orders", "customer_id")),
        {on("orders", "total"): "it is only written"},
    ),
)  # fmt: skip
