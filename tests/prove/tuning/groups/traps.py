"""What tempts: indexes that look right and are not."""

from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, on
from tests.prove.tuning.groups.btree import ORDERS
from tests.prove.tuning.groups.partial import JOBS

PARTS = """
CREATE TABLE readings (sensor int NOT NULL, at date NOT NULL, value int NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
INSERT INTO readings SELECT i % 3000, date '2026-01-01' + i % 70, i FROM generate_series(1, 90000) i;
"""

CASES = (
    Case(
        "traps/low-selectivity", ORDERS,
        [Asked("SELECT sum(total) FROM orders WHERE status <> 'new'"),
         Asked("SELECT sum(length(note)) FROM orders WHERE status = 'paid' OR status = 'sent' OR status = 'done'")],
        NOTHING,
        {on("orders", "status"): "three quarters of the table are read"},
    ),
    Case(
        "traps/whole-table", ORDERS,
        [Asked("SELECT status, sum(total), max(note) FROM orders GROUP BY status")],
        NOTHING,
        {on("orders", "total"): "every row is read", on("orders", "status"): "every row is read"},
    ),
    Case(
        "traps/tiny-table",
        "CREATE TABLE kinds (id int PRIMARY KEY, code text NOT NULL);"
        "INSERT INTO kinds SELECT i, 'k' || i FROM generate_series(1, 20) i;",
        [Asked("SELECT * FROM kinds WHERE code = $1", 10000, [["'k7'"]])],
        NOTHING,
        {on("kinds", "code"): "it is one page"},
    ),
    Case(
        "traps/already-there", ORDERS + "CREATE INDEX ON orders (customer_id, created_at DESC);",
        [Asked("SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 5", bindings=[["17"]])],
        NOTHING,
        {on("orders", "customer_id"): "the index that is there begins with it"},
    ),
    Case(
        "traps/unique-serves", ORDERS + "ALTER TABLE orders ADD UNIQUE (customer_id, id);",
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"]])],
        NOTHING,
        {on("orders", "customer_id", "status"): "the constraint's index serves it"},
    ),
    Case(
        "traps/insert-mostly", ORDERS,
        [Asked("INSERT INTO orders SELECT 1000000 + i, (i * 7919) % 4000, 'new', i, now(), '' "
               "FROM generate_series(1, 2000) i", 5000, writes=True),
         Asked("SELECT * FROM orders WHERE customer_id = $1", 1, [["17"]])],
        NOTHING,
        {on("orders", "customer_id"): "it costs each insert more than it saves the rare read"},
    ),
    Case(
        "traps/quoted-names",
        'CREATE TABLE "Order" ("Id" bigint PRIMARY KEY, "user" int NOT NULL, "Group by" text NOT NULL);'
        """INSERT INTO "Order" SELECT i, (random() * 3000)::int, repeat('g', 50) FROM generate_series(1, 60000) i;""",
        [Asked('SELECT * FROM "Order" WHERE "user" = $1', bindings=[["17"]])],
        any_of(on("Order", "user")),
    ),
    Case(
        "traps/partitions", PARTS,
        [Asked("SELECT * FROM readings WHERE sensor = $1", bindings=[["17"]])],
        any_of(on("readings", "sensor"), on("readings", "sensor", "at")),
        {on("readings_1", "value"): "nothing asks by it"},
    ),
    Case(
        "traps/view-over-view",
        ORDERS + "CREATE VIEW paid AS SELECT * FROM orders WHERE status = 'paid';"
        "CREATE VIEW dear AS SELECT * FROM paid WHERE total > 10;",
        [Asked("SELECT * FROM dear WHERE customer_id = $1", bindings=[["17"]])],
        any_of(on("orders", "customer_id"), on("orders", "customer_id", "status"),
               on("orders", "customer_id", where="status = 'paid'")),
    ),
    Case(
        "traps/large-offset", ORDERS + "CREATE INDEX ON orders (created_at);",
        [Asked("SELECT * FROM orders ORDER BY created_at LIMIT 10 OFFSET 55000")],
        NOTHING,
        {on("orders", "created_at", "id"): "what is skipped is read all the same"},
        beyond=frozenset({"rewrite:offset"}),
    ),
    Case(
        "traps/generic-parameter", JOBS,
        [Asked("SELECT id FROM jobs WHERE state = $1 ORDER BY priority LIMIT 5",
               bindings=[["'finished'"], ["'ready'"]])],
        any_of(on("jobs", "state", "priority")),
        {on("jobs", "priority", where="state = 'new'"): "its value is not asked for"},
    ),
)  # fmt: skip
