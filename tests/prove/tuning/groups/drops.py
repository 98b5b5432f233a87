"""Indexes that are there: which of them are too many, and which only look so."""

from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, dropping, on
from tests.prove.tuning.groups.btree import ORDERS
from tests.prove.tuning.groups.computed import USERS
from tests.prove.tuning.groups.writes import FAMILY

BY_CUSTOMER = Asked("SELECT * FROM orders WHERE customer_id = $1", bindings=[["17"], ["2048"]])
INVALID = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_broken'::regclass;"

CASES = (
    Case(
        "drops/duplicate",
        ORDERS + "CREATE INDEX orders_one ON orders (customer_id); CREATE INDEX orders_two ON orders (customer_id);",
        [BY_CUSTOMER],
        drops=dropping("orders_one", "orders_two"),
        kept={"orders_pkey": "it is the key"},
    ),
    Case(
        "drops/duplicate-of-a-constraint",
        ORDERS + "ALTER TABLE orders ADD CONSTRAINT orders_once UNIQUE (customer_id, id);"
        "CREATE UNIQUE INDEX orders_again ON orders (customer_id, id);",
        [BY_CUSTOMER],
        drops=dropping("orders_again"),
        kept={"orders_once": "a constraint is of it"},
    ),
    Case(
        "drops/covered",
        ORDERS + "CREATE INDEX orders_narrow ON orders (customer_id);"
        "CREATE INDEX orders_wide ON orders (customer_id, created_at);",
        [BY_CUSTOMER, Asked("SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 5",
                            bindings=[["17"]])],
        drops=dropping("orders_narrow"),
        kept={"orders_wide": "the order is asked for"},
    ),
    Case(
        "drops/expression-twice",
        USERS + "CREATE INDEX users_one ON users (lower(email)); CREATE INDEX users_two ON users (lower(email));",
        [Asked("SELECT * FROM users WHERE lower(email) = $1", bindings=[["'user17@example.org'"]])],
        drops=dropping("users_one", "users_two"),
    ),
    Case(
        "drops/invalid-and-one-that-is-missing",
        ORDERS + "CREATE INDEX orders_broken ON orders (status);" + INVALID,
        [BY_CUSTOMER],
        any_of(on("orders", "customer_id")),
        {on("orders", "status"): "nothing asks by it"},
        drops=dropping("orders_broken"),
    ),
    Case(
        "drops/not-what-keeps-rows-unique",
        USERS + "CREATE UNIQUE INDEX users_email ON users (email);"
        "CREATE INDEX users_email_id ON users (email, id);",
        [Asked("SELECT * FROM users WHERE email = $1", bindings=[["'User17@Example.org'"]])],
        drops=(frozenset(), frozenset({"users_email_id"})),
        kept={"users_email": "it keeps rows unique"},
    ),
    Case(
        "drops/not-the-replica-identity",
        ORDERS + "CREATE UNIQUE INDEX orders_one ON orders (id, customer_id);"
        "CREATE UNIQUE INDEX orders_two ON orders (id, customer_id);"
        "ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_two;",
        [Asked("SELECT * FROM orders WHERE id = $1", bindings=[["17"]])],
        drops=dropping("orders_one"),
        kept={"orders_two": "subscribers tell rows apart by it"},
    ),
    Case(
        "drops/not-the-one-of-a-foreign-key",
        FAMILY + "CREATE INDEX children_parent ON children (parent_id);",
        [Asked("SELECT * FROM parents WHERE id = $1", bindings=[["77"]])],
        NOTHING,
        {on("children", "v"): "nothing asks by it"},
        kept={"children_parent": "deletes in parents look there"},
    ),
    Case(
        "drops/not-unused-since-a-minute",
        ORDERS + "CREATE INDEX orders_nightly ON orders (created_at);"
        "CREATE INDEX orders_customer ON orders (customer_id);",
        [BY_CUSTOMER],
        NOTHING,
        {on("orders", "status"): "nothing asks by it"},
        kept={"orders_nightly": "what runs every night has not been seen", "orders_customer": "it is used"},
    ),
    Case(
        "drops/not-the-small-one-that-answers-alone",
        ORDERS + "CREATE INDEX orders_small ON orders (customer_id);"
        "CREATE INDEX orders_large ON orders (customer_id, note, status, total);",
        [Asked("SELECT count(customer_id) FROM orders WHERE customer_id < $1", bindings=[["400"]]),
         Asked("SELECT note, status, total FROM orders WHERE customer_id = $1", bindings=[["17"]])],
        NOTHING,
        {on("orders", "total"): "nothing asks by it"},
        kept={"orders_small": "a scan of it alone reads a fraction of the larger one"},
    ),
    Case(
        "drops/not-the-partial-one",
        ORDERS + "CREATE INDEX orders_few ON orders (created_at) WHERE customer_id = 7;"
        "CREATE INDEX orders_all ON orders (created_at);",
        [Asked("SELECT * FROM orders WHERE customer_id = 7 ORDER BY created_at LIMIT 10"),
         Asked("SELECT * FROM orders ORDER BY created_at DESC LIMIT 10")],
        NOTHING,
        {on("orders", "status"): "nothing asks by it"},
        kept={"orders_few": "it is of the few rows that are asked for", "orders_all": "the others are in it"},
    ),
)  # fmt: skip
