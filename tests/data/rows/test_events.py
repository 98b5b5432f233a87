"""What happens to a row does so in order, after its birth, and as far as its status says. By SQL on filled tables."""

from tests.data.filling_any import Database

SHOP = """
CREATE TABLE mails (id int PRIMARY KEY, read_at timestamptz, delivered_at timestamptz, sent_at timestamptz NOT NULL);
CREATE TABLE orders (
    id int PRIMARY KEY, status text NOT NULL CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    updated_at timestamptz NOT NULL, deleted_at timestamptz, delivered_on date, shipped_at timestamp,
    paid_at timestamptz, cancelled_at timestamptz, ordered_at timestamptz NOT NULL, due_date date NOT NULL,
    expires_at timestamptz
);
CREATE TABLE articles (
    id int PRIMARY KEY, created_at timestamptz NOT NULL, archived_at timestamptz, published_at timestamptz,
    approved_at timestamptz, submitted_at timestamptz, valid_to date NOT NULL, valid_from date NOT NULL
);
CREATE TABLE jobs (
    id int PRIMARY KEY, state text NOT NULL, created_at timestamptz NOT NULL,
    finished_at timestamptz CHECK (finished_at < '2026-06-20'), started_at timestamptz
);
CREATE TYPE visit AS ENUM ('planned', 'admitted', 'discharged', 'canceled');
CREATE TABLE visits (
    id int PRIMARY KEY, status visit NOT NULL, admitted_at timestamptz, discharged_on date, cancelled_at timestamptz,
    cancellation_reason text, cancelled_by int REFERENCES mails
);
"""
PLAN = """
rows = 400
[tables.jobs.columns]
state = { values = ["queued", "running", "finished"] }
started_at = { time = { from = 2026-01-01, to = 2026-02-01 } }
"""


def wrong(filled: Database, table: str, condition: str) -> int:
    return int(filled.one(f"SELECT count(*) FROM {table} WHERE {condition}"))


def test_events_of_a_row_agree_with_each_other_and_with_its_status(database: str) -> None:
    shop = Database(database).sql(SHOP)
    shop.fill(PLAN)
    assert shop.violations() == {}
    assert wrong(shop, "mails", "delivered_at < sent_at OR read_at < delivered_at") == 0
    assert wrong(shop, "mails", "read_at IS NOT NULL AND delivered_at IS NULL") == 0
    assert 0 < wrong(shop, "mails", "read_at IS NOT NULL") < wrong(shop, "mails", "delivered_at IS NOT NULL") < 350
    late = "paid_at < ordered_at OR shipped_at AT TIME ZONE 'UTC' < paid_at OR delivered_on < shipped_at::date"
    assert wrong(shop, "orders", late) == 0
    kept = "status <> 'cancelled' AND "  # an order is cancelled at any stage, but for the last
    assert wrong(shop, "orders", f"{kept}(paid_at IS NULL) = (status IN ('paid', 'shipped', 'delivered'))") == 0
    assert wrong(shop, "orders", f"{kept}(shipped_at IS NULL) = (status IN ('shipped', 'delivered'))") == 0
    assert wrong(shop, "orders", "paid_at IS NULL AND shipped_at IS NOT NULL OR cancelled_at < paid_at") == 0
    assert wrong(shop, "orders", "(delivered_on IS NULL) = (status = 'delivered')") == 0
    assert wrong(shop, "orders", "(cancelled_at IS NULL) = (status = 'cancelled')") == 0
    last = "greatest(ordered_at, paid_at, shipped_at AT TIME ZONE 'UTC', cancelled_at, deleted_at)"
    assert wrong(shop, "orders", f"updated_at < {last} OR deleted_at < updated_at") == 0
    assert 0 < wrong(shop, "orders", "deleted_at IS NOT NULL") < 60
    assert wrong(shop, "orders", "due_date <= ordered_at::date OR expires_at <= ordered_at") == 0
    course = "submitted_at < created_at OR approved_at < submitted_at OR published_at < approved_at"
    assert wrong(shop, "articles", f"{course} OR archived_at < published_at OR valid_to <= valid_from") == 0
    assert 0 < wrong(shop, "articles", "archived_at IS NOT NULL") < 60
    assert wrong(shop, "visits", "(discharged_on IS NULL) = (status = 'discharged')") == 0
    assert wrong(shop, "visits", "(cancelled_at IS NULL) = (status = 'canceled')") == 0
    assert wrong(shop, "visits", "(cancellation_reason IS NULL) <> (cancelled_at IS NULL)") == 0
    assert wrong(shop, "visits", "cancelled_by IS NOT NULL AND cancelled_at IS NULL") == 0
    assert wrong(shop, "visits", "admitted_at IS NULL AND status IN ('admitted', 'discharged')") == 0
    assert 0 < wrong(shop, "visits", "admitted_at < cancelled_at") < wrong(shop, "visits", "cancelled_at IS NOT NULL")
    # those that the plan leaves open follow those that it states
    assert wrong(shop, "jobs", "started_at NOT BETWEEN '2026-01-01' AND '2026-02-01'") == 0
    assert wrong(shop, "jobs", "finished_at < started_at") == 0
    assert wrong(shop, "jobs", "(finished_at IS NULL) = (state = 'finished')") == 0
