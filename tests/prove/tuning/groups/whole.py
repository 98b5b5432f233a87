"""The whole workload: few indexes for many statements, a budget, and columns that go together."""

from plimsoll.core.tuning.index import Index
from tests.prove.tuning.cases import NOTHING, Asked, Case, answer, any_of, on
from tests.prove.tuning.groups.btree import LINES, ORDERS
from tests.prove.tuning.groups.partial import JOBS

TWELVE = (
    Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"], ["2048"]]),
    Asked("SELECT count(*) FROM orders WHERE customer_id = $1", bindings=[["18"]]),
    Asked("SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 5", bindings=[["19"]]),
    Asked("SELECT id, total FROM orders WHERE customer_id = $1 AND created_at >= $2",
          bindings=[["20", "'2026-02-01'"]]),
    Asked("SELECT max(created_at) FROM orders WHERE customer_id = $1", bindings=[["21"]]),
    Asked("SELECT sum(total) FROM orders WHERE customer_id = $1 AND status = $2", bindings=[["22", "'paid'"]]),
    Asked("SELECT * FROM lines WHERE order_id = $1", bindings=[["77"], ["4123"]]),
    Asked("SELECT count(*) FROM lines WHERE order_id = $1", bindings=[["78"]]),
    Asked("SELECT o.*, l.product FROM orders o JOIN lines l ON l.order_id = o.id WHERE o.id = $1", bindings=[["79"]]),
    Asked("SELECT id FROM orders ORDER BY created_at DESC LIMIT 20"),
    Asked("SELECT id, customer_id FROM orders WHERE created_at >= $1 AND created_at < $2",
          bindings=[["'2026-01-10'", "'2026-01-10 02:00'"]]),
    Asked("SELECT * FROM orders WHERE id = $1", 1000, [["12"]]),
)  # fmt: skip
PLACES = """
CREATE TABLE places (id int PRIMARY KEY, zip int NOT NULL, city int NOT NULL, country int NOT NULL, note text NOT NULL);
INSERT INTO places SELECT i, i % 6000, i % 6000 / 10, i % 6000 / 600, repeat('p', 60) FROM generate_series(1, 60000) i;
"""
# Those that are stuck are the oldest: whoever reads from the newest on meets them last.
STUCK = ORDERS.replace(
    "(ARRAY['new', 'paid', 'sent', 'done'])[1 + i % 4]", "CASE WHEN i < 6000 THEN 'stuck' ELSE 'done' END"
)
LAST_STUCK = Asked("SELECT * FROM orders WHERE status = $1 ORDER BY created_at DESC LIMIT 10", bindings=[["'stuck'"]])


def _three(*first: Index) -> tuple[frozenset[Index], ...]:
    lines, created = on("lines", "order_id"), (on("orders", "created_at"), on("orders", "-created_at"))
    return tuple(answer(one, lines, other) for one in first for other in created)


CASES = (
    Case(
        "whole/three-for-twelve", ORDERS + LINES, TWELVE,
        _three(on("orders", "customer_id", "created_at"), on("orders", "customer_id", "-created_at"),
               on("orders", "customer_id")),
        {on("orders", "total"): "it is only summed"},
    ),
    Case(
        "whole/budget-for-one-of-two", ORDERS + JOBS,
        [Asked("SELECT * FROM orders WHERE customer_id = $1", 1000, bindings=[["17"], ["2048"]]),
         Asked("SELECT * FROM jobs WHERE id % 1000 = $1", 1, bindings=[["1"]]),
         Asked("SELECT count(*) FROM orders WHERE created_at < $1", 20, bindings=[["'2026-01-02'"]])],
        any_of(on("orders", "customer_id")),
        budget_bytes=1_300_000,
    ),
    Case(
        "whole/correlated-columns", PLACES,
        [Asked("SELECT * FROM places WHERE city = $1 AND zip = $2 AND country = $3",
               bindings=[["100", "1003", "1"], ["5", "57", "0"]])],
        any_of(on("places", "zip"), on("places", "city", "zip"), on("places", "zip", "city")),
        {on("places", "note"): "nothing asks by it"},
    ),
    Case(
        "whole/correlated-order", STUCK, [LAST_STUCK],
        any_of(on("orders", "status", "created_at"), on("orders", "status", "-created_at"), on("orders", "status"),
               on("orders", "created_at", where="status = 'stuck'")),
        {on("orders", "created_at"): "those that are sought come last in it"},
    ),
    Case(
        "whole/an-order-that-harms-another", STUCK,
        [LAST_STUCK, Asked("SELECT id FROM orders ORDER BY created_at DESC LIMIT 20", 5)],
        # The last serves both, one of them by a part of the others' gain: it comes to the same.
        any_of(on("orders", "status", "created_at"), on("orders", "status", "-created_at"),
               on("orders", "created_at", "status")),
        {on("orders", "created_at"): "the planner takes it for what is stuck as well, even beside the right one"},
    ),
    Case(
        "whole/nothing-in-twelve-that-are-served", ORDERS + LINES + "CREATE INDEX ON lines (order_id);"
        "CREATE INDEX ON orders (customer_id, created_at); CREATE INDEX ON orders (created_at);", TWELVE,
        NOTHING,
        {on("orders", "status"): "a quarter of the rows has each"},
    ),
)  # fmt: skip
