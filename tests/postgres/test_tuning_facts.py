"""What is read of a database under advice, on every version, by a role that may only read."""

import asyncio

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import ExistingIndex, Index, IndexKey
from plimsoll.postgres.tuning_facts import read_facts

DDL = """
CREATE SCHEMA "Shop Floor";
CREATE TABLE customers (
    id int PRIMARY KEY, email text COLLATE "C" NOT NULL, tags jsonb, area int4range,
    "Full Name" varchar(80) NOT NULL UNIQUE
) WITH (fillfactor = 80);
CREATE TABLE "Shop Floor"."Orders" (
    id bigint GENERATED ALWAYS AS IDENTITY, at date NOT NULL, customer int REFERENCES customers, state text, amount int,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE "Shop Floor".old PARTITION OF "Shop Floor"."Orders" FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
CREATE TABLE "Shop Floor".new PARTITION OF "Shop Floor"."Orders" FOR VALUES FROM ('2025-01-01') TO ('2030-01-01');
CREATE INDEX mixed ON customers (email DESC NULLS LAST, id NULLS FIRST) INCLUDE ("Full Name");
CREATE INDEX patterns ON customers ("Full Name" varchar_pattern_ops, email COLLATE "POSIX");
CREATE INDEX lowered ON customers (lower(email), (id + 1)) WHERE id > 5;
CREATE INDEX tagged ON customers USING gin (tags jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX hashed ON customers USING hash (email);
CREATE INDEX blocks ON customers USING brin (id int4_minmax_multi_ops (values_per_range = 16));
CREATE INDEX areas ON customers USING gist (area);
CREATE INDEX by_state ON "Shop Floor"."Orders" (state);
ALTER TABLE customers REPLICA IDENTITY USING INDEX "customers_Full Name_key";
ALTER TABLE customers CLUSTER ON mixed;
CREATE STATISTICS names_kept ON "Full Name", id FROM customers;
CREATE STATISTICS states_kept ON state, at FROM "Shop Floor".new;
INSERT INTO customers SELECT n, 'm' || n, '{}', int4range(n, n + 2), n FROM generate_series(1, 500) AS n;
INSERT INTO "Shop Floor"."Orders" (at, customer, state, amount)
    SELECT date '2024-12-01' + n % 60, 1 + n % 500, CASE WHEN n % 100 = 0 THEN 'open' ELSE 'done' END, n
    FROM generate_series(1, 4000) AS n;
ANALYZE customers, "Shop Floor"."Orders";
CREATE VIEW names AS SELECT "Full Name" FROM customers;
CREATE MATERIALIZED VIEW sums AS SELECT customer, sum(amount) AS amount FROM "Shop Floor"."Orders" GROUP BY 1;
CREATE UNIQUE INDEX one_each ON sums (customer);
ANALYZE sums;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
CREATE FUNCTION lately(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2 * $1';
"""
ORDERS, CUSTOMERS = TableName("Shop Floor", "Orders"), TableName("public", "customers")
SUMS = TableName("public", "sums")


async def facts_of(dsn: str) -> DatabaseFacts:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(DDL)
        await connection.execute("SELECT pg_stat_force_next_flush()")  # else counters come up to a second later
        await connection.execute("SET ROLE pg_read_all_data")
        return await read_facts(connection)
    finally:
        await connection.close()


def named(facts: DatabaseFacts, name: str) -> ExistingIndex:
    return next(one for one in facts.indexes if one.name == name)


def keys(facts: DatabaseFacts, name: str) -> list[str]:
    return [key.text for key in named(facts, name).index.keys]


def test_a_database_is_read_with_indexes_of_every_kind_and_its_partitions_added_up(each_database: str) -> None:
    facts = asyncio.run(facts_of(each_database))

    assert keys(facts, "mixed") == ['"email" DESC NULLS LAST', '"id" NULLS FIRST']
    assert named(facts, "mixed").index.include == ("Full Name",)
    assert keys(facts, "patterns") == ['"Full Name" varchar_pattern_ops', '"email" COLLATE "POSIX"']
    assert named(facts, "lowered").index.keys == (IndexKey("lower(email)"), IndexKey("(id + 1)"))
    assert named(facts, "lowered").index.predicate == "id > 5"
    assert (named(facts, "tagged").index.method, keys(facts, "tagged")) == ("gin", ['"tags" jsonb_path_ops'])
    assert named(facts, "tagged").index.options == (("fastupdate", "off"),)
    assert keys(facts, "blocks") == ["\"id\" int4_minmax_multi_ops (values_per_range = '16')"]
    assert {one.index.method for one in facts.indexes} == {"btree", "hash", "gin", "gist", "brin"}

    key = named(facts, "customers_pkey")
    assert (key.primary, key.constraint, key.index.unique) == (True, "customers_pkey", True)
    assert key.needed_by == ("foreign key Orders_customer_fkey of Shop Floor.Orders refers to it",)
    assert named(facts, "customers_Full Name_key").needed_by == ("it is the table's replica identity",)
    assert named(facts, "mixed").needed_by == ("the table is clustered by it",)

    whole = named(facts, "by_state")
    parts = [one for one in facts.indexes if one.partition_of == "by_state"]
    assert sorted(whole.partitions) == sorted(one.name for one in parts) == ["new_state_idx", "old_state_idx"]
    assert whole.size_bytes == sum(one.size_bytes for one in parts) > 0

    orders = facts.tables[ORDERS]
    assert (orders.rows, orders.inserted) == (4000, 4000)
    assert orders.statistics.columns["state"].frequent == ("done", "open")
    assert orders.pages * 8192 <= orders.bytes
    assert orders.row_bytes == pytest.approx(8 + 4 + 4 + 5 + 4, abs=1)
    assert facts.tables[CUSTOMERS].options == {"fillfactor": "80"}
    assert set(facts.tables) == {ORDERS, CUSTOMERS, SUMS}
    assert (facts.tables[SUMS].rows, facts.tables[SUMS].pages > 0) == (500, True)
    assert named(facts, "one_each").index == Index(SUMS, (IndexKey.of("customer"),), unique=True)

    assert "Full Name" in facts.views[TableName("public", "names")]
    assert facts.functions == {"twice"}
    assert "plpgsql" in facts.extensions & facts.available
    assert facts.settings["work_mem"]
    assert facts.collation
    assert facts.counted_since is not None
    assert 0 < (facts.hit_share or 0) <= 1
    assert list(facts.extended[CUSTOMERS]) == [{"Full Name", "id"}]
    assert list(facts.extended[ORDERS]) == [{"state", "at"}]
    assert (facts.standbys, facts.standby) == (0, False)


async def refused(dsn: str) -> str:
    holder, reader = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        await holder.execute("CREATE TABLE held (a int); CREATE INDEX ON held ((a + 1))")
        await holder.execute("BEGIN; LOCK held")
        with pytest.raises(RefusedError) as refusal:
            await read_facts(reader)
        return str(refusal.value)
    finally:
        await holder.close()
        await reader.close()


def test_a_table_that_somebody_holds_is_not_waited_for(database: str) -> None:
    assert "lock timeout" in asyncio.run(refused(database))
