"""Rows of one owner: what plain foreign keys lead to agrees where it plainly should, and nowhere else."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.data.deciding.assembling import assemble
from plimsoll.data.plan.values import SeedPlan, TablePlan
from plimsoll.data.rows.groups import Index
from plimsoll.data.rows.owners import ranks_within
from tests.data.filling_any import NOW, Database

TRACKER = """
CREATE TABLE organizations (id int PRIMARY KEY, name text);
CREATE TABLE members (
    id int PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations, username text
);
CREATE TABLE projects (id int PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations);
CREATE TABLE milestones (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects);
CREATE TABLE staffing (
    project_id int REFERENCES projects, member_id int REFERENCES members, PRIMARY KEY (project_id, member_id)
);
CREATE TABLE tickets (
    id int PRIMARY KEY, organization_id int NOT NULL REFERENCES organizations,
    author_id int NOT NULL REFERENCES members, assignee_id int REFERENCES members,
    project_id int NOT NULL REFERENCES projects, milestone_id int REFERENCES milestones,
    parent_id int REFERENCES tickets
);
CREATE TABLE comments (
    id int PRIMARY KEY, ticket_id int NOT NULL REFERENCES tickets, member_id int NOT NULL REFERENCES members
);
CREATE TABLE likes (
    id int PRIMARY KEY, comment_id int NOT NULL REFERENCES comments, member_id int NOT NULL REFERENCES members
);
CREATE TABLE messages (
    id int PRIMARY KEY, sender_id int NOT NULL REFERENCES members, receiver_id int NOT NULL REFERENCES members
);
"""
JOINED = """
SELECT t.organization_id, a.organization_id, p.organization_id, e.organization_id, t.project_id, m.project_id,
    above.project_id, t.id, above.id, t.author_id, t.assignee_id
FROM tickets t JOIN members a ON a.id = author_id JOIN projects p ON p.id = project_id
    LEFT JOIN members e ON e.id = assignee_id LEFT JOIN milestones m ON m.id = t.milestone_id
    LEFT JOIN tickets above ON above.id = t.parent_id
"""
ELSEWHERE = """
SELECT
    (SELECT count(*) FROM staffing JOIN projects p ON p.id = project_id JOIN members m ON m.id = member_id
     WHERE p.organization_id <> m.organization_id),
    (SELECT count(*) FROM likes JOIN members m ON m.id = member_id JOIN comments c ON c.id = comment_id
     JOIN tickets t ON t.id = ticket_id WHERE t.organization_id <> m.organization_id),
    (SELECT count(*) FROM messages JOIN members s ON s.id = sender_id JOIN members r ON r.id = receiver_id
     WHERE s.organization_id <> r.organization_id),
    (SELECT count(*) FROM messages WHERE sender_id = receiver_id)
"""


def test_rows_agree_in_whom_their_keys_belong_to(database: str) -> None:
    tracker = Database(database).sql(TRACKER)
    tracker.fill("rows = 300\ntables.organizations.rows = 30")
    for ours, author, project, assignee, of_project, milestone, above, number, parent, *pair in tracker.rows(JOINED):
        assert ours == author == project
        assert assignee in (None, ours)
        assert {milestone, above} <= {None, of_project}
        assert parent is None or parent < number
        assert pair[0] != pair[1]
    assert tracker.rows(ELSEWHERE) == [(0, 0, 0, 0)]
    ones_own = tracker.one(
        "SELECT count(*) FROM likes l JOIN comments c ON c.id = comment_id WHERE l.member_id = c.member_id"
    )
    assert ones_own < 150
    assert tracker.one("SELECT count(milestone_id) FROM tickets") > 100
    assert tracker.violations() == {}


def test_rows_that_agree_are_the_same_in_any_batch(database: str) -> None:
    schema = Database(database).sql(TRACKER).schema()
    frames = []
    for step in (300, 7):
        models = assemble(schema, SeedPlan(NOW, 1, 300, tables={"organizations": TablePlan(rows=30)})).tables
        made = next(one for one in models if one.table.name.name == "tickets")
        frames.append(
            pl.concat([made.frame(np.arange(start, min(start + step, 300))) for start in range(0, 300, step)])
        )
    assert frames[0].equals(frames[1])


def test_an_owner_that_has_nothing_to_offer_is_left_out_but_where_a_check_demands_one(database: str) -> None:
    shops = Database(database).sql("""
        CREATE TABLE shops (id int PRIMARY KEY);
        CREATE TABLE orders (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops);
        CREATE TABLE products (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops);
        CREATE TABLE coupons (id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops);
        CREATE TABLE order_lines (
            order_id int REFERENCES orders, line int, product_id int NOT NULL REFERENCES products,
            coupon_id int REFERENCES coupons, PRIMARY KEY (order_id, line)
        );
        CREATE TABLE baskets (
            id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops, product_id int NOT NULL REFERENCES products,
            order_id int NOT NULL REFERENCES orders
        );
        CREATE TABLE givings (
            id int PRIMARY KEY, shop_id int NOT NULL REFERENCES shops, coupon_id int REFERENCES coupons,
            product_id int REFERENCES products, given_to text, CHECK (coupon_id IS NOT NULL OR product_id IS NOT NULL)
        );
    """)
    shops.fill("rows = 200\ntables.shops.rows = 100\ntables.products.rows = 20\ntables.coupons.rows = 5")
    lines = """
        SELECT count(*), count(coupon_id), count(*) FILTER (WHERE o.shop_id <> p.shop_id OR o.shop_id <> c.shop_id)
        FROM order_lines JOIN orders o ON o.id = order_id JOIN products p ON p.id = product_id
            LEFT JOIN coupons c ON c.id = coupon_id
    """
    ((count, with_coupon, wrong),) = shops.rows(lines)
    assert (count, wrong) == (200, 0)
    assert 0 < with_coupon < 200
    assert shops.rows("""
        SELECT count(*) FROM baskets b JOIN orders o ON o.id = order_id JOIN products p ON p.id = product_id
        WHERE o.shop_id = b.shop_id AND p.shop_id = b.shop_id
    """) == [(200,)]
    assert shops.one("SELECT count(*) FROM givings") == 200  # where a check demands one, another shop's is taken


def test_what_differs_in_meaning_is_not_made_to_agree(database: str) -> None:
    blog = Database(database).sql("""
        CREATE TABLE countries (id int PRIMARY KEY);
        CREATE TABLE addresses (id int PRIMARY KEY, country_id int NOT NULL REFERENCES countries);
        CREATE TABLE users (id int PRIMARY KEY, username text, address_id int NOT NULL REFERENCES addresses);
        CREATE TABLE posts (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users);
        CREATE TABLE likes (
            id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, post_id int NOT NULL REFERENCES posts
        );
    """)
    blog.fill("rows = 200")
    assert blog.one("SELECT count(*) FROM likes l JOIN posts p ON p.id = post_id WHERE p.user_id <> l.user_id") > 150


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=40))
def test_a_row_is_found_at_its_place_among_those_of_its_root(roots: list[int]) -> None:
    index, rows = Index.of_roots(np.array(roots), 6), np.arange(len(roots))
    known = rows[np.array(roots) >= 0]
    of_rows = np.array(roots)[known]
    assert index.pick(of_rows, index.place(of_rows, known)).tolist() == known.tolist()


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 10**7), st.sampled_from([0.0, 0.7, 1.0, 2.0]))
def test_a_rank_lies_below_how_many_there_are(part: float, size: int, s: float) -> None:
    assert 0 <= ranks_within(np.array([part]), np.array([size]), s)[0] < max(size, 1)


def test_ranks_follow_zipfs_law_nearly() -> None:
    parts = np.linspace(0, 1, 10_000, endpoint=False)
    shares = np.bincount(ranks_within(parts, np.full(10_000, 10), 0.7), minlength=10) / 10_000
    law = (1 / np.arange(1, 11) ** 0.7) / (1 / np.arange(1, 11) ** 0.7).sum()
    assert np.abs(shares - law).max() < 0.04
