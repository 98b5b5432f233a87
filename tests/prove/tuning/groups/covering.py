"""Indexes that answer alone, and ranges of blocks."""

from tests.prove.tuning.cases import Asked, Case, any_of, on
from tests.prove.tuning.groups.btree import ORDERS

EVENTS = """
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind int NOT NULL, body text NOT NULL);
INSERT INTO events SELECT i, timestamptz '2026-01-01' + i * interval '10 seconds', i % 7, repeat('e', 100)
    FROM generate_series(1, 100000) i;
"""

CASES = (
    Case(
        "covering/index-only", ORDERS.replace("* 4000", "* 20"),
        [Asked("SELECT sum(total) FROM orders WHERE customer_id = $1", bindings=[["7"], ["12"]])],
        any_of(on("orders", "customer_id", include=("total",)), on("orders", "customer_id", "total")),
        {on("orders", "total"): "it is only summed"},
    ),
    Case(
        "brin/range-of-time", EVENTS,
        [Asked("SELECT count(*), max(body) FROM events WHERE at >= $1 AND at < $2",
               bindings=[["'2026-01-03'", "'2026-01-03 06:00'"]])],
        any_of(on("events", "at", method="brin"), on("events", "at")),
        {on("events", "kind", method="brin"): "its values lie in every block"},
    ),
    Case(
        "brin/not-where-values-are-mixed", EVENTS.replace("i % 7", "(random() * 100000)::int"),
        [Asked("SELECT * FROM events WHERE kind = $1", bindings=[["77"]])],
        any_of(on("events", "kind")),
        {on("events", "kind", method="brin"): "its values lie in every block"},
    ),
    Case(
        "brin/retention-delete", EVENTS,
        [Asked("DELETE FROM events WHERE at < $1", 10, [["'2026-01-01 00:30'"]], writes=True)],
        any_of(on("events", "at"), on("events", "at", method="brin")),
        {on("events", "kind"): "nothing asks by it"},
    ),
)  # fmt: skip
