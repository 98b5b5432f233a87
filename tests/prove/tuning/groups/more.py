"""More than indexes: statements to write differently, and what only looks so."""

from tests.prove.tuning.cases import Asked, Case, any_of, on
from tests.prove.tuning.groups.btree import ORDERS
from tests.prove.tuning.groups.computed import USERS

ARTICLES = """
CREATE TABLE articles (id int PRIMARY KEY, code text NOT NULL, title text NOT NULL, body text NOT NULL);
INSERT INTO articles SELECT i, i::text, 'title ' || i, repeat('b', 300) FROM generate_series(1, 40000) i;
CREATE INDEX articles_code ON articles (code);
"""
SMALL = """
CREATE TABLE buyers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE blocked (buyer_id int, why text NOT NULL);
INSERT INTO buyers SELECT i, 'b' || i FROM generate_series(1, 3000) i;
INSERT INTO blocked SELECT i * 3, repeat('w', 20) FROM generate_series(1, 6000) i;
"""


def memory(amount: str) -> str:
    """For all sessions of the case's database."""
    return f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''{amount}''', current_database()); END $$;"


CASES = (
    Case(
        "more/random-order", ORDERS,
        [Asked("SELECT * FROM orders ORDER BY random() LIMIT 3", 50)],
        never={on("orders", "id", "note"): "every row is read"},
        beyond=frozenset({"rewrite:random-order"}),
    ),
    Case(
        "more/number-in-a-text", ARTICLES,
        [Asked("SELECT title FROM articles WHERE code::int = $1", bindings=[["777"]])],
        any_of(on("articles", "((code)::integer)")),
        {on("articles", "title"): "nothing asks by it"},
        kept={"articles_code": "nobody has told that it is not used"},
    ),
    Case(
        "more/text-of-a-number", ARTICLES,
        [Asked("SELECT title FROM articles WHERE id::text = $1", bindings=[["'777'"]])],
        never={on("articles", "title"): "nothing asks by it"},
        beyond=frozenset({"rewrite:cast"}),
    ),
    Case(
        "more/day-of-an-indexed-time", USERS + "CREATE INDEX users_born ON users (born);",
        [Asked("SELECT id FROM users WHERE date_trunc('day', born) = $1", bindings=[["'1970-05-05'"]])],
        any_of(on("users", "(date_trunc('day', born))")),
        {on("users", "name"): "nothing asks by it"},
        kept={"users_born": "a range is found by it"},
        fine=frozenset({"rewrite:function-on-column"}),
    ),
    Case(
        "more/not-in", memory("64kB") + SMALL,
        [Asked("SELECT count(*) FROM buyers WHERE id NOT IN (SELECT buyer_id FROM blocked)", 5)],
        never={on("blocked", "why"): "nothing asks by it"},
        beyond=frozenset({"rewrite:not-in"}),
    ),
)  # fmt: skip
