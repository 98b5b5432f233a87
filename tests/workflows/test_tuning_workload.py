"""A workload with values, read from a database of its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from plimsoll.postgres.asking import arguments
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource
from plimsoll.workflows.tuning.workload import read_workload

TIMEOUT_S = 10.0
SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE "Buyers" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE NOT NULL, "Mood" mood, tags text[], ip inet
);
INSERT INTO "Buyers" (email, "Mood", tags, ip)
SELECT n || '@x.org', 'ok', ARRAY['a' || n % 7], ('10.0.0.' || n % 200)::inet FROM generate_series(1, 300) n;
CREATE TABLE orders (id int PRIMARY KEY, buyer bigint REFERENCES "Buyers", status text, day date)
    PARTITION BY RANGE (id);
CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (1) TO (5000);
CREATE TABLE orders_2 PARTITION OF orders DEFAULT;
INSERT INTO orders SELECT n, n % 300 + 1, CASE n % 500 WHEN 0 THEN 'open' ELSE 'done' END, date '2026-01-01' + n % 90
FROM generate_series(1, 6000) n;
CREATE VIEW open_orders AS SELECT o.id, b.email FROM orders o JOIN "Buyers" b ON b.id = o.buyer WHERE status = 'open';
CREATE TABLE pairs (a int, b int REFERENCES orders, PRIMARY KEY (b));
INSERT INTO pairs SELECT n, n FROM generate_series(1, 9) n;
ANALYZE;
"""
SQL = """
SET search_path = public;
SELECT * FROM orders WHERE status = :status; -- calls: 10
SELECT * FROM orders WHERE day BETWEEN %s AND %s LIMIT %s;
SELECT * FROM "Buyers" WHERE "Mood" = ? AND tags && ? AND ip = ?;
SELECT * FROM open_orders WHERE email = $1;
SELECT 'it;s' AS a, buyer FROM orders WHERE day > '2026-02-01';
UPDATE orders SET status = $1 WHERE id = $2;
INSERT INTO "Buyers" (email, "Mood") VALUES ($1, $2);
INSERT INTO pairs VALUES ($1, $2);
SELECT * FROM nowhere WHERE a = $1;
SELECT * FROM pairs WHERE a = 1;
SELECT a FROM pairs WHERE a = 2;
"""


def asked(dsn: str, source: WorkloadSource, top: int = 9) -> TuneRequest:
    return TuneRequest(TargetRequest(Settings(), {}, dsn=Secret(dsn)), source=source, top=top)


async def read(dsn: str, source: WorkloadSource, top: int = 9) -> tuple[QueryWorkload, list[int]]:
    """The workload, and how many rows each of its queries finds or writes with its last values, all undone."""
    connection = await asyncpg.connect(dsn)
    try:
        found = await read_workload(connection, asked(dsn, source, top), TIMEOUT_S, asyncio.Event(), lambda _: None)
        return found, [await rows_of(connection, one) for one in found.queries]
    finally:
        await connection.close(timeout=5)


async def rows_of(connection: asyncpg.Connection, query: Query) -> int:
    transaction = connection.transaction()
    await transaction.start()
    try:
        statement = await connection.prepare(query.text)
        rows = await statement.fetch(*arguments(query, query.bindings[-1]))
        return len(rows) or int(statement.get_statusmsg().split()[-1])
    finally:
        await transaction.rollback()


def made(dsn: str) -> None:
    async def fill() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(SCHEMA)
        await connection.close(timeout=5)

    asyncio.run(fill())


def values(query: Query, at: int) -> Sequence[str | None]:
    return [one.values[at] for one in query.bindings]


def test_a_file_of_sql_is_asked_with_values_that_are_there(each_database: str, tmp_path: Path) -> None:
    made(each_database)
    path = tmp_path / "shop.sql"
    path.write_text(SQL)
    workload, rows = asyncio.run(read(each_database, WorkloadSource(sql=path)))
    labels = [one.label for one in workload.queries]
    assert labels == [
        "read orders by status", "read orders by day", "read Buyers by Mood and tags", "read open_orders by email",
        "read orders", "update orders by id", "insert into Buyers",
    ]  # fmt: skip
    status, days, buyers, _, plain, update, insert = workload.queries
    assert all(rows), rows
    assert [(one.origin, one.values) for one in status.bindings][:2] == [("common", ("done",)), ("rare", ("open",))]
    assert sum(one.share for one in status.bindings) == pytest.approx(1)
    assert (status.calls, status.total_ms, status.text) == (10, 0, "SELECT * FROM orders WHERE status = $1")
    assert len({one.values[:2] for one in days.bindings}) > 3
    assert values(days, 2) == ["20"] * len(days.bindings)
    assert (buyers.types, buyers.enums) == (("mood", "text[]", "inet"), frozenset({"mood"}))
    assert buyers.text.endswith("$1 AND tags && $2 AND ip = $3::text::inet")
    assert plain.bindings == (Binding((), "sampled", 1.0),)
    assert [one.writes for one in (days, update, insert)] == [False, True, True]
    assert len(set(values(insert, 0))) == len(insert.bindings) > 3
    left_out = {one.text[:30]: one.why for one in workload.left_out}
    assert list(left_out) == [
        "INSERT INTO pairs VALUES ($1, ",
        "SELECT * FROM nowhere WHERE a ",
        "2 lighter statements",
    ]
    assert "pairs_pkey (b)" in left_out["INSERT INTO pairs VALUES ($1, "]
    assert "does not exist" in left_out["SELECT * FROM nowhere WHERE a "]
    assert workload.notes == ["1 statement passed over as not of the application: 1 SET (no query)"]


def test_a_file_without_statements_is_refused_with_the_reason(database: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.sql"
    path.write_text("BEGIN; SELECT * FROM nowhere; COMMIT;")
    with pytest.raises(RefusedError, match=r"no statement to tune for \(empty.sql\): .*nowhere.* does not exist"):
        asyncio.run(read(database, WorkloadSource(sql=path)))
    with pytest.raises(UsageError, match="No such file"):
        asyncio.run(read(database, WorkloadSource(sql=tmp_path / "none.sql")))
