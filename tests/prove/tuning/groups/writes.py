"""Writes: what they need indexes for, and what indexes cost them."""

from tests.prove.tuning.cases import NOTHING, Asked, Case, any_of, on

FAMILY = """
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES parents ON DELETE CASCADE, v int);
INSERT INTO parents SELECT generate_series(1, 5000);
INSERT INTO children SELECT i, 1 + i % 5000, i FROM generate_series(1, 80000) i;
"""
POSTS = """
CREATE TABLE posts (id int PRIMARY KEY, views int NOT NULL, author int NOT NULL, title text NOT NULL)
    WITH (fillfactor = 50);
INSERT INTO posts SELECT i, (random() * 100000)::int, i % 3000, repeat('t', 60) FROM generate_series(1, 20000) i;
"""

CASES = (
    Case(
        "foreign-keys/cascade", FAMILY,
        [Asked("DELETE FROM parents WHERE id = $1", bindings=[["77"]], writes=True)],
        any_of(on("children", "parent_id")),
        {on("children", "v"): "nothing asks by it"},
    ),
    Case(
        "foreign-keys/children-of-one", FAMILY,
        [Asked("SELECT c.* FROM parents p JOIN children c ON c.parent_id = p.id WHERE p.id = $1", bindings=[["77"]])],
        any_of(on("children", "parent_id")),
    ),
    Case(
        "writes/update-by-column", POSTS,
        [Asked("UPDATE posts SET title = 'x' WHERE author = $1", bindings=[["77"]], writes=True)],
        any_of(on("posts", "author")),
        {on("posts", "title"): "it is only written"},
    ),
    Case(
        "writes/lost-hot-updates", POSTS,
        [Asked("UPDATE posts SET views = views + 1 WHERE id BETWEEN $1 AND $1 + 500", 2000, [["1000"], ["9000"]],
               writes=True),
         Asked("SELECT id, views FROM posts ORDER BY views DESC LIMIT 10", 1)],
        NOTHING,
        {on("posts", "-views"): "updates that were HOT write every index"},
    ),
)  # fmt: skip
