"""Statements that should be written differently are found by their plans, and give the same rows so written."""

from dataclasses import replace

import pytest

from plimsoll.core.column_statistics import TableStatistics
from plimsoll.core.identifiers import TableName
from plimsoll.core.query_plan import PlanNode
from plimsoll.core.schema import Column, DataType, ForeignKey, PartitionScheme, Schema, Table
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.facts import DatabaseFacts, TableFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Binding, Query
from plimsoll.tune.beyond.rewriting import advise_rewrites
from tests.tune.beyond.enlarged import advised, asked_of

DDL = """
SET timezone = 'America/New_York'; SET work_mem = '64kB'; SET hash_mem_multiplier = 1;
CREATE TABLE customers (id int PRIMARY KEY, code int NOT NULL, "Mail" text, "order" int NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer int REFERENCES customers, created timestamp NOT NULL,
                     made timestamptz NOT NULL, total numeric);
CREATE TABLE items (order_id bigint NOT NULL, n int NOT NULL, PRIMARY KEY (order_id, n));
CREATE TABLE "Wide" (a int, b int, c int, d int, e int, f int, g int, body text);
INSERT INTO customers SELECT n, n % 7, 'm' || n, n FROM generate_series(1, 2000) n;
INSERT INTO orders SELECT n, nullif(1 + n % 2000, 2000), timestamp '2026-01-01' + n * interval '10 min',
                          timestamptz '2026-01-01 UTC' + n * interval '10 min', n FROM generate_series(1, 10500) n;
INSERT INTO items SELECT o, n FROM generate_series(1, 10500, 2) o, generate_series(1, 3) n;
INSERT INTO "Wide" SELECT n, n, n, n, n, n, n, repeat('x', 900) FROM generate_series(1, 300) n;
CREATE INDEX ON orders (customer); CREATE INDEX ON orders (created); CREATE INDEX ON customers (code);
ANALYZE;
"""
LATER = asked_of("SELECT id FROM orders ORDER BY created DESC LIMIT $1 OFFSET $2", ("bigint", "20"), ("bigint", "7000"))
MIXED = asked_of('SELECT id FROM customers c ORDER BY c.code DESC, c."order" LIMIT 10 OFFSET 1500')
FIRST = asked_of("SELECT id FROM orders ORDER BY created DESC LIMIT 20 OFFSET 40")
ON_DAY = asked_of("SELECT id FROM orders WHERE created::date = $1", ("date", "2026-02-03"), rows=144)
OF_DAYS = asked_of("SELECT o.id FROM orders o WHERE date(o.made) BETWEEN '2026-03-07' AND '2026-03-08'", rows=282)
UNTIL = asked_of("SELECT id FROM orders WHERE created::date <= '2026-01-03' AND total > 5", rows=427)
IN_MONTH = asked_of(
    "SELECT count(*) FROM orders WHERE date_trunc('month', created) = $1", ("timestamp without time zone", "2026-02-01")
)
IN_YEAR = asked_of("SELECT sum(total) FROM orders WHERE extract(year from created) = 2026 AND total > 7")
SHIFTED = asked_of(
    "SELECT id FROM orders WHERE made + interval '2 hours' < $1",
    ("timestamp with time zone", "2026-01-02T00:00:00+00:00"),
    rows=100,
)
BY_MONTHS = asked_of("SELECT id FROM orders WHERE made + interval '2 months' < '2026-03-03'", rows=100)
OF_A_TIME = asked_of(
    "SELECT id FROM orders WHERE created::date = $1::timestamp", ("timestamp without time zone", "2026-02-03")
)
AS_TEXT = asked_of("SELECT id FROM orders WHERE id::text = $1", ("text", "77"), rows=1)
AS_NUMERIC = asked_of("SELECT id FROM orders WHERE id = $1::numeric", ("numeric", "77"), rows=1)
NOT_IN = asked_of(
    "SELECT c.id FROM customers c WHERE id NOT IN (SELECT order_id FROM items i WHERE n < 3 AND order_id < 4000)"
)
NOT_IN_NULLS = asked_of(
    "SELECT id FROM orders WHERE customer NOT IN (SELECT order_id FROM items WHERE order_id < 8000)"
)
HASHED = asked_of("SELECT id FROM customers WHERE id NOT IN (SELECT customer FROM orders WHERE id < 9)")
EITHER = asked_of(
    "SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer WHERE o.id = $1 OR c.id = $2",
    ("bigint", "7"), ("integer", "8"), rows=6,
)  # fmt: skip
ONE_TABLE = asked_of("SELECT id FROM orders WHERE customer = 7 OR total = 9", rows=7)
COUNTED = asked_of("SELECT count(*) FROM orders", rows=1)
BY_CHANCE = asked_of("SELECT id FROM orders ORDER BY random() LIMIT 3", rows=3)
FANNED = asked_of(
    "SELECT DISTINCT c.id, c.code FROM customers c JOIN orders o ON o.customer = c.id JOIN items i ON i.order_id "
    "= o.id "
    "WHERE c.code < 6 OR i.n = 2"
)
FANNED_IN = asked_of("SELECT DISTINCT c.code FROM customers c JOIN orders o ON o.customer = c.id WHERE o.total > 100")
WIDE = asked_of('SELECT * FROM "Wide" WHERE a > $1', ("integer", "1"), rows=250)
LISTED = asked_of(f"SELECT id FROM orders WHERE id IN ({', '.join(map(str, range(60)))})", rows=59)
PIECE = asked_of("""SELECT id FROM customers WHERE "Mail" LIKE '%99%'""", rows=40)
RECENT = asked_of("SELECT id, customer FROM orders WHERE created > '2026-03-01'", calls=20, rows=50)
BY_KEY = asked_of("SELECT code FROM customers WHERE id = $1", ("integer", "7"), calls=980, rows=1)
ALL = [
    LATER, MIXED, FIRST, ON_DAY, OF_DAYS, UNTIL, IN_MONTH, IN_YEAR, SHIFTED, BY_MONTHS, OF_A_TIME, AS_TEXT, AS_NUMERIC,
    NOT_IN, NOT_IN_NULLS, HASHED, EITHER, ONE_TABLE, COUNTED, BY_CHANCE, FANNED,
    FANNED_IN, WIDE, LISTED, PIECE, RECENT, BY_KEY,
]  # fmt: skip


_COLUMNS = (Column("id", DataType("bigint", "int8")), Column("note", DataType("text", "text")))
_TABLE = Table(TableName("public", "orders"), _COLUMNS)
ORDERS = DatabaseFacts(Schema(), {_TABLE.name: TableFacts(_TABLE, TableStatistics(10**8), pages=10**6)})
SCAN = PlanNode("Seq Scan", 1.0, 8, 1e6, table="public.orders")


class Found:
    """What is advised for each of ALL."""

    def __init__(self, by_text: dict[str, list[Advised]]) -> None:
        self._by_text = by_text

    def form(self, query: Query) -> str:
        return " ".join(one.change.form for one in self._by_text[query.text])

    def after(self, query: Query) -> str:
        (one,) = self._by_text[query.text]
        return one.change.after

    def why(self, query: Query) -> str:
        (one,) = self._by_text[query.text]
        return one.change.why

    def sketch(self, query: Query) -> str:
        (one,) = self._by_text[query.text]
        assert not one.change.after
        return one.change.details["sketch"]


def test_rewrites_give_the_same_rows_and_what_is_well_written_is_left_alone(database: str) -> None:
    found = Found(advised(database, DDL, ALL))
    left = [one for one in ALL if not found.form(one)]
    assert left == [FIRST, BY_MONTHS, OF_A_TIME, HASHED, ONE_TABLE, PIECE, RECENT]
    assert found.sketch(LATER) == (
        "SELECT id FROM orders WHERE (created, id) < ($2, $3) ORDER BY created DESC, id DESC LIMIT $1"
    )
    assert found.sketch(MIXED) == (
        'SELECT id FROM customers AS c WHERE c.code <= $1 AND ((c.code < $1) OR (c.code = $1 AND c."order" > $2) OR '
        '(c.code = $1 AND c."order" = $2 AND c.id > $3)) ORDER BY c.code DESC, c."order", c.id ASC LIMIT 10'
    )
    assert found.why(MIXED).endswith('USING btree ("code" DESC, "order", "id")')
    assert "CREATE INDEX" not in found.why(LATER)
    assert found.after(ON_DAY) == (
        "SELECT id FROM orders WHERE created >= CAST($1 AS DATE) AND created < (CAST($1 AS DATE) + 1)"
    )
    for one in (OF_DAYS, UNTIL, IN_MONTH, IN_YEAR):
        assert found.form(one) == "function-on-column"
        assert "WHERE o.made >=" in found.after(one) or "created <" in found.after(one)
    assert found.after(SHIFTED).endswith("WHERE made < CAST($1 AS TIMESTAMPTZ) - INTERVAL '2 HOURS'")
    assert "WHERE id = CASE WHEN CAST($1 AS TEXT) ~ " in found.after(AS_TEXT)
    assert "WHERE id = CASE WHEN CAST($1 AS DECIMAL) BETWEEN " in found.after(AS_NUMERIC)
    assert found.after(NOT_IN).startswith("SELECT c.id FROM customers AS c WHERE NOT EXISTS(SELECT 1 FROM items AS i")
    assert "NOT EXISTS(" in found.sketch(NOT_IN_NULLS)
    assert " UNION ALL " in found.after(EITHER)
    assert "reltuples" in found.sketch(COUNTED)
    assert "TABLESAMPLE" in found.sketch(BY_CHANCE)
    assert found.after(FANNED).startswith(
        "SELECT c.id, c.code FROM customers AS c WHERE EXISTS(SELECT 1 FROM orders AS o"
    )
    assert found.after(FANNED_IN).startswith("SELECT DISTINCT c.code FROM customers AS c WHERE EXISTS(")
    assert found.sketch(WIDE) == 'SELECT a, b, c, d, e, f, g FROM "Wide" WHERE a > $1'
    assert found.sketch(LISTED) == "id = ANY($1::bigint[])"
    assert found.sketch(BY_KEY) == "SELECT code, id FROM customers WHERE id = ANY($1)"


def test_a_subquery_for_each_row_is_joined_with_its_groups_unless_few_rows_ask(database: str) -> None:
    ddl = """
    CREATE TABLE groups (id int PRIMARY KEY, code bigint NOT NULL);
    CREATE TABLE items (id int, code int NOT NULL);
    INSERT INTO groups SELECT n, n % 9 FROM generate_series(1, 1200) n;
    INSERT INTO items SELECT n, n % 7 FROM generate_series(1, 1500) n;
    CREATE INDEX ON items (id); ANALYZE;
    """
    count = asked_of("SELECT id, (SELECT count(*) FROM items i WHERE i.code = g.id AND i.id > 7) FROM groups g")
    above = asked_of(
        "SELECT sum(groups.code) FROM groups, items a WHERE a.id = groups.id AND a.code < "
        "(SELECT 0.9 * avg(id) FROM items b WHERE b.code = groups.id)"
    )
    every = asked_of(above.text.replace("sum(groups.code)", "*"))
    other_type = asked_of("SELECT (SELECT max(i.id) AS most FROM items i WHERE i.code = g.code) AS best FROM groups g")
    few = asked_of("SELECT id, (SELECT count(*) FROM items i WHERE i.code = g.id) FROM groups g WHERE id < 5")
    first = asked_of("SELECT id, (SELECT count(*) FROM items i WHERE i.code = g.id) FROM groups g LIMIT 10")
    of_both = asked_of("SELECT id, (SELECT sum(i.id * g.code) FROM items i WHERE i.code = g.id) FROM groups g")
    queries = [count, above, every, other_type, few, first, of_both]
    found = Found(advised(database, ddl, queries, times=1))
    assert [found.form(one) for one in queries] == ["correlated-subquery"] * 3 + [""] * 4
    assert 'SELECT id, coalesce(grouped.grouped_value, 0) AS "count" FROM groups AS g LEFT JOIN' in found.after(count)
    assert "FROM groups CROSS JOIN items AS a LEFT JOIN" in found.after(above)
    assert found.after(every).startswith("SELECT groups.*, a.* FROM groups")
    assert "WHERE a.id = groups.id AND a.code < grouped.grouped_value" in found.after(above)


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("(NOT (SubPlan 1))", ["not-in"]),  # until 17
        ("(NOT (ANY (orders.id = (SubPlan 1).col1)))", ["not-in"]),
        ("(NOT (hashed SubPlan 1))", []),
        ("(NOT (ANY (orders.id = (hashed SubPlan 1).col1)))", []),
    ],
)
def test_a_subquery_of_not_in_is_not_hashed_in_the_words_of_each_server(text: str, forms: list[str]) -> None:
    below = PlanNode("Materialize", 9.0, 8, 99.0, relationship="SubPlan", subplan="SubPlan 1")
    plan = replace(SCAN, rows=5_000.0, filter=text, children=(below,))
    query = Query("q", "SELECT id FROM orders WHERE id NOT IN (SELECT id FROM other)", 1.0, 1e6)
    assert [one.change.form for one in advise_rewrites([Planned(query, [plan])], ORDERS)] == forms


def test_a_piece_within_a_text_is_searched_by_words_where_there_are_no_trigrams() -> None:
    planned = Planned(Query("q", "SELECT id FROM orders WHERE note ILIKE '%x%'", 1.0, 1e6), [SCAN])
    assert [one.change.form for one in advise_rewrites([planned], ORDERS)] == ["pattern"]
    assert advise_rewrites([planned], replace(ORDERS, available=frozenset({"pg_trgm"}))) == []


def test_a_statement_sent_for_each_row_of_another_counts_by_its_calls_too() -> None:
    of = ForeignKey("of", ("note",), _TABLE.name, ("id",))
    notes = Table(TableName("public", "notes"), (Column("note", DataType("bigint", "int8")),), foreign_keys=(of,))
    facts = replace(
        ORDERS, tables={**ORDERS.tables, notes.name: TableFacts(notes, TableStatistics(10**6), pages=10**4)}
    )
    lookup = Query(
        "lookup", "SELECT id FROM orders WHERE id = $1", 2_000, 1.0, 1.0, ("bigint",), bindings=(Binding(("1",)),)
    )
    rows = Query("rows", "SELECT note FROM notes", 40, 1e6, 50.0)
    planned = [Planned(one, [SCAN]) for one in (lookup, rows)]
    assert [one.change.form for one in advise_rewrites(planned, facts)] == ["n-plus-one"]
    seldom = [planned[0], Planned(replace(rows, calls=40), [SCAN]), Planned(Query("q", "SELECT 1", 1e5, 1.0), [SCAN])]
    assert advise_rewrites(seldom, facts) == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT id FROM orders WHERE (SELECT",
        "UPDATE orders SET total = 1 WHERE created::date = '2026-02-03'",
        "WITH orders AS (SELECT 1 AS id) SELECT id FROM orders ORDER BY id OFFSET 5000",
        "SELECT x FROM nowhere ORDER BY x OFFSET 5000",
        "SELECT count(*) FROM orders TABLESAMPLE SYSTEM (1)",
        "SELECT count(*) FROM orders GROUP BY customer ORDER BY customer OFFSET 5000",
    ],
)
def test_what_cannot_be_read_or_is_of_no_known_table_gives_nothing(text: str) -> None:
    assert advise_rewrites([Planned(Query("q", text, 100.0, 1e6), [SCAN])], ORDERS) == []


def test_what_takes_little_of_the_time_is_left_alone() -> None:
    heavy = Planned(Query("heavy", "SELECT 1", 1.0, 1e6), [PlanNode("Result", 1.0, 8, 1.0)])
    light = Planned(Query("light", "SELECT count(*) FROM orders", 100.0, 9e3), [PlanNode("Aggregate", 1.0, 8, 1e6)])
    assert advise_rewrites([heavy, light], ORDERS) == []
    assert [one.change.form for one in advise_rewrites([heavy, light], ORDERS, share_min=0.005)] == ["count-all"]


def test_how_far_pages_lie_behind_is_told_by_the_time_of_calls_with_little_confidence() -> None:
    text = "SELECT id FROM orders WHERE note = $1 ORDER BY id LIMIT 20 OFFSET $2"
    times = Query("q", text, 100.0, 4_000.0, types=("text", "bigint"), bindings=(Binding(("a", "50000"), "sampled"),))
    (found,) = advise_rewrites([Planned(times, [SCAN])], ORDERS)
    assert (found.change.form, found.confidence) == ("offset", "low")
    assert "a call takes 40.0 ms: it reads and throws away about 50,000 rows, as it seems" in found.change.why
    sent = replace(times, bindings=(Binding(("a", "50000"), "real"),))
    (lacking,) = advise_rewrites([Planned(sent, [SCAN])], ORDERS)
    assert lacking.confidence == "medium"
    assert lacking.change.why.endswith('ON "public"."orders" USING btree ("note", "id")')
    key = ExistingIndex("key", "public", Index(_TABLE.name, (IndexKey.of("note"), IndexKey.of("id"))), "")
    (served,) = advise_rewrites([Planned(sent, [SCAN])], replace(ORDERS, indexes=[key]))
    assert served.confidence == "high"
    assert "CREATE INDEX" not in served.change.why
    assert advise_rewrites([Planned(replace(times, bindings=(Binding(("a", "0")),)), [SCAN])], ORDERS) == []


def test_a_range_of_what_a_table_is_divided_by_spares_its_partitions_without_an_index() -> None:
    columns = (Column("id", DataType("bigint", "int8")), Column("at", DataType("timestamp", "timestamp")))
    table = Table(TableName("public", "orders"), columns, partitioning=PartitionScheme("range", ("at",)))
    facts = replace(ORDERS, tables={table.name: TableFacts(table, TableStatistics(10**8), pages=10**6)})
    query = Query("q", "SELECT id FROM orders WHERE date_trunc('day', at) = '2026-05-05'", 1.0, 1e6, 10.0)
    (found,) = advise_rewrites([Planned(query, [SCAN])], facts)
    assert "which by itself spares all partitions but those that hold it" in found.change.why
    assert found.confidence == "high"
