"""Held back: written when the advisor was done, and played before anything was changed for them."""

from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, dropping, on
from tests.prove.tuning.groups.btree import LINES, ORDERS
from tests.prove.tuning.groups.gin import DOCUMENTS
from tests.prove.tuning.groups.partial import JOBS

TREE = """
CREATE TABLE nodes (id int PRIMARY KEY, parent int, name text NOT NULL);
INSERT INTO nodes SELECT i, CASE WHEN i > 1 THEN i / 4 END, repeat('n', 50) FROM generate_series(1, 60000) i;
"""
ODD = '''
CREATE SCHEMA "Shop Floor"; CREATE SCHEMA other;
CREATE TABLE "Shop Floor"."We""ird Täble" (id int PRIMARY KEY, "order" int NOT NULL, "Größe ""x""" int NOT NULL,
                                           note text NOT NULL);
CREATE TABLE other."We""ird Täble" (id int PRIMARY KEY, "order" int NOT NULL);
INSERT INTO "Shop Floor"."We""ird Täble" SELECT i, i % 3000, i % 7, repeat('w', 80) FROM generate_series(1, 60000) i;
INSERT INTO other."We""ird Täble" SELECT i, i FROM generate_series(1, 100) i;
'''
TICKETS = """
CREATE TABLE tickets (id uuid PRIMARY KEY, tags text[] NOT NULL, opened timestamptz NOT NULL, closed timestamptz,
                      owner int, body text NOT NULL);
INSERT INTO tickets SELECT md5(i::text)::uuid, ARRAY['t' || i % 2000, 'u' || i % 3],
    timestamptz '2026-01-01' + i * interval '1 minute', CASE WHEN i % 200 > 0 THEN now() END,
    CASE WHEN i % 50 = 0 THEN i % 900 END, repeat('b', 90) FROM generate_series(1, 60000) i;
"""
LOGS = """
CREATE TABLE logs (tenant int NOT NULL, at timestamptz NOT NULL, level text NOT NULL, message text NOT NULL)
    PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO logs SELECT i % 800, timestamptz '2026-01-01' + i * interval '40 seconds',
    CASE WHEN i % 400 = 0 THEN 'error' ELSE 'info' END, repeat('m', 60) FROM generate_series(1, 100000) i;
"""

CASES = (
    Case(
        "held-back/not-exists", ORDERS + LINES.replace("1 + i % 60000", "1 + i % 50000"),
        [Asked("SELECT o.id FROM orders o WHERE o.customer_id = $1 AND NOT EXISTS "
               "(SELECT FROM lines l WHERE l.order_id = o.id)", bindings=[["17"], ["2048"]])],
        (frozenset({on("orders", "customer_id"), on("lines", "order_id")}),
         frozenset({on("orders", "customer_id", include=("id",)), on("lines", "order_id")})),
        {on("lines", "product"): "nothing asks by it"},
    ),
    Case(
        "held-back/recursive-tree", TREE,
        [Asked("WITH RECURSIVE below AS (SELECT id FROM nodes WHERE id = $1 UNION ALL "
               "SELECT n.id FROM nodes n JOIN below b ON n.parent = b.id) SELECT count(*) FROM below",
               20, [["12000"], ["9000"]])],
        any_of(on("nodes", "parent"), on("nodes", "parent", include=("id",))),
        {on("nodes", "name"): "nothing asks by it"},
    ),
    Case(
        "held-back/keyset-page", ORDERS,
        [Asked("SELECT * FROM orders WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT 20",
               bindings=[["'2026-01-20'", "27360"]])],
        any_of(on("orders", "created_at", "id"), on("orders", "created_at")),
        {on("orders", "total"): "nothing asks by it"},
    ),
    Case(
        "held-back/distinct-on", ORDERS.replace("* 4000", "* 30"),
        [Asked("SELECT DISTINCT ON (customer_id) id FROM orders WHERE customer_id = $1 "
               "ORDER BY customer_id, created_at DESC", bindings=[["17"]])],
        any_of(on("orders", "customer_id", "created_at"), on("orders", "customer_id", "-created_at")),
        {on("orders", "total"): "nothing asks by it"},
    ),
    Case(
        "held-back/skip-locked-queue", JOBS,
        [Asked("SELECT id FROM jobs WHERE state = 'ready' ORDER BY priority DESC LIMIT 5 FOR UPDATE SKIP LOCKED",
               writes=True)],
        any_of(on("jobs", "priority", where="state = 'ready'"), on("jobs", "state", "priority"),
               on("jobs", "-priority", where="state = 'ready'"), on("jobs", "state")),
        {on("jobs", "priority", where="state = 'finished'"): "of the rows that are not asked for"},
    ),
    Case(
        "held-back/odd-names", ODD,
        [Asked('SELECT note FROM "Shop Floor"."We""ird Täble" WHERE "order" = $1 AND "Größe ""x""" = $2',
               bindings=[["17", "3"], ["100", "2"]])],
        any_of(on('We"ird Täble', "order", schema="Shop Floor"),
               on('We"ird Täble', "order", 'Größe "x"', schema="Shop Floor")),
        {on('We"ird Täble', "order", schema="other"): "the table of another schema"},
    ),
    Case(
        "held-back/element-equals-any", TICKETS,
        [Asked("SELECT id FROM tickets WHERE $1 = ANY (tags)", bindings=[["'t77'"]])],
        NOTHING,
        {on("tickets", "tags", method="gin"): "= ANY of an array is no operator of its class"},
        fine=frozenset({"rewrite:any-of-array"}),
    ),
    Case(
        "held-back/arrays-overlap", TICKETS,
        [Asked("SELECT id FROM tickets WHERE tags && ARRAY['t77', 't78']")],
        any_of(on("tickets", "tags", method="gin")),
        {on("tickets", "tags"): "a B-tree knows no overlap"},
    ),
    Case(
        "held-back/open-ones", TICKETS,
        [Asked("SELECT id FROM tickets WHERE closed IS NULL ORDER BY opened LIMIT 50")],
        any_of(on("tickets", "opened", where="closed IS NULL"), on("tickets", "closed", "opened"),
               on("tickets", "opened", where="closed IS NULL", include=("id",)),
               on("tickets", "closed", "opened", include=("id",))),
        {on("tickets", "opened", where="closed IS NOT NULL"): "of the rows that are not asked for"},
    ),
    Case(
        "held-back/mostly-null", TICKETS,
        [Asked("SELECT * FROM tickets WHERE owner = $1", bindings=[["50"], ["100"]])],
        any_of(on("tickets", "owner"), on("tickets", "owner", where="owner IS NOT NULL")),
        {on("tickets", "opened"): "nothing asks by it"},
    ),
    Case(
        "held-back/since-an-hour", TICKETS.replace("timestamptz '2026-01-01'", "now() - interval '41 days'"),
        [Asked("SELECT count(*), max(body) FROM tickets WHERE opened > now() - interval '5 hours'")],
        any_of(on("tickets", "opened"), on("tickets", "opened", include=("body",))),
        {on("tickets", "body"): "nothing asks by it"},
    ),
    Case(
        "held-back/pruned-partitions", LOGS,
        [Asked("SELECT * FROM logs WHERE tenant = $1 AND at >= $2 AND at < $3",
               bindings=[["17", "'2026-01-10'", "'2026-01-12'"]])],
        any_of(on("logs", "tenant", "at"), on("logs", "tenant"), on("logs", "at")),
        {on("logs_2", "tenant", "at"): "its rows are not asked for"},
    ),
    Case(
        "held-back/rare-errors-of-partitions", LOGS,
        [Asked("SELECT at, message FROM logs WHERE level = 'error' ORDER BY at DESC LIMIT 20")],
        any_of(on("logs", "at", where="level = 'error'"), on("logs", "level", "at"),
               on("logs", "-at", where="level = 'error'"), on("logs", "at")),
        {on("logs", "message"): "nothing asks by it"},
    ),
    Case(
        "held-back/window-of-one", ORDERS.replace("* 4000", "* 300"),
        [Asked("SELECT id, sum(total) OVER (ORDER BY created_at) FROM orders WHERE customer_id = $1",
               bindings=[["17"], ["200"]])],
        any_of(on("orders", "customer_id"), on("orders", "customer_id", "created_at"),
               on("orders", "customer_id", "created_at", include=("id", "total"))),
        {on("orders", "total"): "it is only summed"},
    ),
    Case(
        "held-back/groups-of-all", ORDERS,
        [Asked("SELECT customer_id, count(note) FROM orders GROUP BY customer_id HAVING count(*) > 30", 20)],
        NOTHING,
        {on("orders", "customer_id"): "every row is read"},
    ),
    Case(
        "held-back/union-of-two", ORDERS + LINES,
        [Asked("SELECT id, note FROM orders WHERE customer_id = $1 UNION ALL SELECT id, note FROM lines "
               "WHERE order_id = $2", bindings=[["17", "400"]])],
        (frozenset({on("orders", "customer_id"), on("lines", "order_id")}),),
        {on("orders", "note"): "nothing asks by it"},
    ),
    Case(
        "held-back/update-from", ORDERS + LINES,
        [Asked("UPDATE lines l SET note = 'x' FROM orders o WHERE l.order_id = o.id AND o.id = $1", 100,
               [["77"], ["500"]], writes=True)],
        any_of(on("lines", "order_id")),
        {on("lines", "note"): "it is only written"},
    ),
    Case(
        "held-back/upsert", ORDERS + "CREATE TABLE totals (customer_id int PRIMARY KEY, total int NOT NULL);",
        [Asked("INSERT INTO totals SELECT customer_id, sum(total) FROM orders WHERE customer_id = $1 GROUP BY 1 "
               "ON CONFLICT (customer_id) DO UPDATE SET total = excluded.total", 100, [["17"], ["2048"]], writes=True)],
        any_of(on("orders", "customer_id"), on("orders", "customer_id", include=("total",))),
        {on("orders", "total"): "it is only summed"},
    ),
    Case(
        "held-back/common-mostly", JOBS,
        [Asked("SELECT count(payload) FROM jobs WHERE state = $1", bindings=[["'finished'"]])],
        NOTHING,
        {on("jobs", "state"): "nearly all rows are asked for"},
    ),
    Case(
        "held-back/json-number", DOCUMENTS,
        [Asked("SELECT id FROM documents WHERE (data ->> 'sku')::int BETWEEN $1 AND $2", bindings=[["70", "72"]])],
        any_of(on("documents", "(((data ->> 'sku'))::integer)")),
        {on("documents", "data", method="gin"): "->> is no operator of its class"},
    ),
    Case(
        "held-back/twelve-writes-a-read", ORDERS + "CREATE INDEX orders_customer ON orders (customer_id);",
        [Asked("UPDATE orders SET total = total + 1 WHERE id BETWEEN $1 AND $1 + 200", 1200, [["100"], ["20000"]],
               writes=True),
         Asked("SELECT count(*) FROM orders WHERE total = $1", 2, [["500"]])],
        NOTHING,
        {on("orders", "total"): "every update writes it"},
    ),
    Case(
        "held-back/no-room", ORDERS,
        [Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"]])],
        NOTHING,
        {on("orders", "status"): "nothing asks by it, and there is no room"},
        budget_bytes=100_000,
    ),
    Case(
        "held-back/three-of-one", ORDERS + "CREATE INDEX orders_a ON orders (customer_id);"
        "CREATE INDEX orders_b ON orders (customer_id, status); CREATE INDEX orders_c ON orders (customer_id, status);",
        [Asked("SELECT * FROM orders WHERE customer_id = $1 AND status = $2", bindings=[["17", "'paid'"]])],
        drops=(*dropping("orders_b"), *dropping("orders_c"), frozenset({"orders_a", "orders_b"}),
               frozenset({"orders_a", "orders_c"})),
        kept={"orders_pkey": "it is the key"},
    ),
)  # fmt: skip
