"""What a real server's plans of many kinds of statements propose, each alone on tables without indexes."""

from tests.tune.candidates.asked import proposed, query_of

DDL = """
CREATE TYPE mood AS ENUM ('fine', 'poor');
CREATE DOMAIN short AS text CHECK (length(value) < 100);
CREATE DOMAIN grade AS int CHECK (VALUE > 0);
CREATE DOMAIN moment AS timestamp(3);
CREATE TABLE customers (id int PRIMARY KEY, email text, name varchar(80), mood mood, code short, area int,
  "Grade" grade, since moment);
INSERT INTO customers SELECT i, 'm' || i || '@x.example', 'name ' || i,
  CASE WHEN i % 500 = 0 THEN 'poor' ELSE 'fine' END::mood, 'c' || i, i % 1000,
  1 + i % 1000, timestamp '2024-01-01' + i * interval '1 minute' FROM generate_series(1, 4000) i;
CREATE TABLE orders (
  id int PRIMARY KEY, customer_id int, status text, created_at timestamp, paid_at timestamptz, total int,
  deleted_at timestamp, done boolean, data jsonb, tags text[], body text,
  twice int GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO orders SELECT i, i % 1000, CASE WHEN i % 100 = 0 THEN 'open' ELSE 'closed' END,
  timestamp '2024-01-01' + i * interval '1 minute', timestamptz '2024-01-01 00:00Z' + i * interval '1 minute',
  (i * 7919) % 2000, CASE WHEN i % 50 = 0 THEN timestamp '2024-01-01' END, i % 100 <> 0, jsonb_build_object('k', i),
  ARRAY['t' || i % 500], 'word' || i FROM generate_series(1, 4000) i;
CREATE TABLE "Order Lines" (id int, "Order" int, "größe" text);
INSERT INTO "Order Lines" SELECT i, i % 1000, 'g' || i FROM generate_series(1, 8000) i;
CREATE TABLE events (at timestamp, kind int) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO events SELECT timestamp '2024-01-01' + i * interval '8 minutes', i % 1000 FROM generate_series(1, 9000) i;
CREATE TABLE old_orders () INHERITS (orders);
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
CREATE VIEW dear_orders AS SELECT * FROM open_orders WHERE total > 100;
ANALYZE;
"""
# A statement and what must be among the proposals for it; None: there must be none.
CASES = [
    (query_of("SELECT * FROM ONLY orders WHERE customer_id = 5"), "orders btree (customer_id)"),
    (query_of("SELECT * FROM ONLY orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 9", ("integer", "5")),
     "orders btree (customer_id, created_at)"),
    (query_of("SELECT * FROM ONLY orders WHERE status = 'open' ORDER BY created_at"),
     "orders btree (created_at) WHERE status = 'open'::text"),
    (query_of("SELECT * FROM ONLY orders WHERE status = $1", ("text", "open")), "orders btree (status)"),
    (query_of("SELECT * FROM ONLY orders WHERE status = 'closed'"), None),
    (query_of("SELECT * FROM ONLY orders WHERE NOT done"), "orders btree (id) WHERE NOT done"),
    (query_of("SELECT * FROM ONLY orders WHERE deleted_at IS NOT NULL AND total < 100"),
     "orders btree (total) WHERE deleted_at IS NOT NULL"),
    (query_of("SELECT * FROM ONLY orders ORDER BY total DESC, created_at LIMIT 5"),
     "orders btree (total, created_at DESC)"),
    (query_of("SELECT * FROM ONLY orders WHERE customer_id = 3 OR total = 7"), "orders btree (total)"),
    (query_of("SELECT * FROM ONLY orders WHERE (created_at, id) > ('2024-01-03 18:00', 3) ORDER BY 4, 1 LIMIT 3"),
     "orders btree (created_at, id)"),
    (query_of("SELECT * FROM ONLY orders WHERE customer_id IS NOT DISTINCT FROM 3"), None),
    (query_of("SELECT DISTINCT ON (customer_id) * FROM ONLY orders ORDER BY customer_id, created_at DESC"),
     "orders btree (customer_id, created_at DESC)"),
    (query_of("SELECT row_number() OVER (PARTITION BY customer_id ORDER BY total) FROM ONLY orders"), None),
    (query_of("SELECT * FROM ONLY orders WHERE data ->> 'k' = '5'"), "orders btree ((data ->> 'k'::text))"),
    (query_of("""SELECT * FROM ONLY orders WHERE data @> '{"k": 5}'"""), "orders gin (data jsonb_path_ops)"),
    (query_of("SELECT * FROM ONLY orders WHERE data ? 'z'"), "orders gin (data)"),
    (query_of("SELECT * FROM ONLY orders WHERE tags && ARRAY['t5']"), "orders gin (tags)"),
    (query_of("SELECT * FROM ONLY orders WHERE 't5' = ANY (tags)"), None),
    (query_of("SELECT * FROM ONLY orders WHERE to_tsvector('english', body) @@ to_tsquery('english', 'word5')"),
     "orders gin (to_tsvector('english'::regconfig, body))"),
    (query_of("SELECT * FROM ONLY orders WHERE to_tsvector(body) @@ to_tsquery('english', 'word5')"), None),
    (query_of("SELECT * FROM ONLY orders WHERE date_trunc('day', created_at) = '2024-01-03'"),
     "orders btree (date_trunc('day'::text, created_at))"),
    (query_of("SELECT * FROM ONLY orders WHERE date_trunc('day', paid_at) = '2024-01-03'"), None),
    (query_of("SELECT * FROM ONLY orders WHERE date_trunc('day', paid_at AT TIME ZONE 'UTC') = '2024-01-03'"),
     "orders btree (date_trunc('day'::text, (paid_at AT TIME ZONE 'UTC'::text)))"),
    (query_of("SELECT * FROM ONLY orders WHERE paid_at::date = '2024-01-03'"), None),
    (query_of("SELECT * FROM ONLY orders WHERE total::text = '5'"), None),
    (query_of("SELECT * FROM ONLY orders WHERE twice = 6"), "orders btree (twice)"),
    (query_of("SELECT * FROM customers WHERE lower(name) = 'x'"), "customers btree (lower((name)::text))"),
    (query_of("SELECT * FROM customers ORDER BY lower(email) LIMIT 4"), "customers btree (lower(email))"),
    (query_of("SELECT * FROM customers WHERE email ILIKE '%abc%'"), "customers gin (email gin_trgm_ops)"),
    (query_of("SELECT * FROM customers WHERE email LIKE '%ab'"), None),
    (query_of("SELECT * FROM customers WHERE mood = 'poor'"), "customers btree (id) WHERE mood = 'poor'::mood"),
    (query_of("SELECT * FROM customers WHERE code = 'c5'"), "customers btree (code)"),
    (query_of('SELECT * FROM customers WHERE "Grade" = $1 AND since > $2', ("integer", "777"),
              ("timestamp without time zone", "2024-01-03")), 'customers btree ("Grade", since)'),
    (query_of("""SELECT * FROM customers WHERE "Grade"::bigint = 5"""), None),
    (query_of('SELECT * FROM "Order Lines" WHERE "Order" = 6 AND "größe" = $1', ("text", "x")),
     'Order Lines btree (größe, "Order")'),
    (query_of("SELECT * FROM events WHERE kind = 6"), "events btree (kind)"),
    (query_of("SELECT * FROM dear_orders WHERE customer_id = 5"), "orders btree (customer_id)"),
    (query_of("SELECT *, (SELECT count(*) FROM ONLY orders o WHERE o.customer_id = c.id) FROM customers c"),
     "orders btree (customer_id)"),
    (query_of("SELECT * FROM customers c, LATERAL (SELECT * FROM ONLY orders o WHERE o.customer_id = c.id "
              "ORDER BY o.created_at DESC LIMIT 1) x WHERE c.area = 3"), "orders btree (customer_id, created_at)"),
    (query_of("SELECT a.id FROM ONLY orders a JOIN ONLY orders b ON a.customer_id = b.total WHERE a.created_at < "
              "'2024-01-01 01:00'"), "orders btree (total)"),
    (query_of("DELETE FROM ONLY orders WHERE customer_id = 5"), "orders btree (customer_id)"),
    (query_of("WITH x AS MATERIALIZED (SELECT * FROM ONLY orders WHERE total = 5) SELECT * FROM x a, x b"),
     "orders btree (total)"),
    (query_of("SELECT * FROM customers WHERE id = 5"), None),
    (query_of("SELECT max(total) FROM ONLY orders"), "orders btree (total)"),
    (query_of("SELECT max(total), count(*) FROM ONLY orders"), None),
    (query_of("SELECT total FROM ONLY orders WHERE customer_id = 5"),
     "orders btree (customer_id) INCLUDE (total)"),
    (query_of("SELECT o.total FROM customers c JOIN ONLY orders o ON o.customer_id = c.id WHERE c.area = 5"),
     "orders btree (customer_id) INCLUDE (total)"),
]  # fmt: skip


def test_statements_of_many_kinds_get_what_serves_them_and_the_server_takes_all_of_it(database: str) -> None:
    found = proposed(database, DDL, [query for query, _ in CASES])
    wrong = {
        query.text: (found[query.text], wanted)
        for query, wanted in CASES
        if (wanted not in found[query.text] if wanted else found[query.text])
    }
    assert wrong == {}
