"""A workload with values, read from a database of its own."""

import asyncio
import gzip
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from plimsoll.core.details import StatementRow, document
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.observation import Observation
from plimsoll.core.tuning.query import Binding, Query, QueryWorkload
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.postgres.asking import arguments
from plimsoll.runs.directory import find_run
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.recorded_run import load_began_s
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource
from plimsoll.workflows.tuning.workload import read_workload
from tests.workflows.comparing.made_directories import a_directory

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
CREATE TABLE nobody (name text);
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
SELECT * FROM nobody WHERE name = $1;
SELECT * FROM pairs WHERE a = 1;
SELECT a FROM pairs WHERE a = 2;
"""


def asked(dsn: str, source: WorkloadSource, top: int = 10) -> TuneRequest:
    return TuneRequest(TargetRequest(Settings(), {}, dsn=Secret(dsn)), source=source, top=top)


async def read(dsn: str, source: WorkloadSource, top: int = 10) -> tuple[QueryWorkload, list[int]]:
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
        "read orders", "update orders by id", "insert into Buyers", "read nobody by name",
    ]  # fmt: skip
    status, days, buyers, _, plain, update, insert, empty = workload.queries
    assert all(rows[:-1]), rows
    assert [(one.origin, one.values) for one in status.bindings][:2] == [("common", ("done",)), ("rare", ("open",))]
    assert sum(one.share for one in status.bindings) == pytest.approx(1)
    assert (status.calls, status.total_ms, status.text) == (10, 0, "SELECT * FROM orders WHERE status = $1")
    assert len({one.values[:2] for one in days.bindings}) > 3
    assert values(days, 2) == ["20"] * len(days.bindings)
    assert (buyers.types, buyers.enums) == (("mood", "text[]", "inet"), frozenset({"mood"}))
    assert buyers.text.endswith("$1 AND tags && $2 AND ip = $3::text::inet")
    assert buyers.shown.endswith("$1 AND tags && $2 AND ip = $3")
    assert plain.bindings == (Binding((), "sampled", 1.0),)
    assert empty.bindings == (Binding(("",), "guessed", 1.0),)
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


def test_what_is_no_sql_in_a_file_is_said_with_the_servers_words_and_its_line(database: str, tmp_path: Path) -> None:
    path = tmp_path / "typed.sql"
    path.write_text("-- calls: 3\nSELEC nonsense FROM a;\nCOMMIT;")
    with pytest.raises(RefusedError, match='syntax error at or near "SELEC", line 2') as found:
        asyncio.run(read(database, WorkloadSource(sql=path)))
    assert found.value.remedy == "correct the statement, and run it again"
    path.write_text("SELECT relname\nFROM pg_class AND;\nSELEC 1; CREATE TABLE mine (id int);\nSELECT 1 FROM nobody")
    with pytest.raises(RefusedError, match=r'"AND", line 1.*'):
        asyncio.run(read(database, WorkloadSource(sql=path)))


async def watched(dsn: str) -> QueryWorkload:
    """What is asked while a tuning watches, which is then told to stop."""
    connection, app = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    watching, stop = asyncio.Event(), asyncio.Event()
    request = asked(dsn, WorkloadSource(window_s=86_400.0))
    await app.fetch("SELECT 1 FROM orders WHERE day = '2026-01-05'")
    task = asyncio.create_task(read_workload(connection, request, TIMEOUT_S, stop, lambda _: watching.set()))
    await watching.wait()
    for number in range(10):
        await app.fetch(f"SELECT * FROM orders WHERE status = '{'done' if number == 0 else 'open'}'")
        await app.fetch("SELECT * FROM orders WHERE day >= $1 AND day < $1 + 7", date(2026, 1, 1 + number))
        await app.execute(f"UPDATE orders SET status = 'open' WHERE id = {500 * (number + 1)}")
    stop.set()
    found = await task
    await connection.close(timeout=5)
    await app.close(timeout=5)
    return found


def test_what_the_server_counts_while_it_is_watched_has_values_as_calls_had(database: str) -> None:
    made(database)
    workload = asyncio.run(watched(database))
    by_label = {one.label: one for one in workload.queries}
    assert workload.left_out == []
    assert set(by_label) == {"read orders by status", "read orders by day", "update orders by id"}
    status, days = by_label["read orders by status"], by_label["read orders by day"]
    assert workload.source.startswith("pg_stat_statements over ")
    assert (workload.seconds or 0) < TIMEOUT_S
    assert (status.calls, status.id.lstrip("-").isdigit(), status.total_ms > 0) == (10, True, True)
    common, rare = status.bindings
    assert (common.values, rare.values) == (("done",), ("open",))
    assert common.share == pytest.approx(0.1, abs=0.02)  # as often as it must have been, by the rows of a call
    assert days.rows_per_call == pytest.approx(466, abs=5)
    assert days.types == ("date", "integer")


def test_a_run_tells_what_was_asked_and_that_it_was_elsewhere(database: str, tmp_path: Path) -> None:
    made(database)
    root = tmp_path / ".plimsoll" / "runs"
    directory = find_run(root, a_directory(root, 0))
    facts = replace(directory.read_facts(), target="postgresql://app@db.example:5432/shop")
    directory.write_facts(facts)
    with closing(SeriesStore(directory.series_path)) as store:
        for number in range(2):
            store.write([a_look(load_began_s(facts) + facts.warmup_s + 10 * (number + 1))])

    async def heard() -> QueryWorkload:
        connection = await asyncpg.connect(database)
        request = asked(database, WorkloadSource(run=Path("latest")))
        request = replace(request, where=replace(request.where, project=tmp_path))
        try:
            return await read_workload(connection, request, TIMEOUT_S, asyncio.Event(), lambda _: None)
        finally:
            await connection.close(timeout=5)

    workload = asyncio.run(heard())
    (query,) = workload.queries
    assert (query.id, query.calls, query.total_ms, query.rows_per_call) == ("7", 40, 60, 1)
    assert workload.source == f"run {facts.run_id}"
    assert [one.why for one in workload.left_out] == ["the run has only a part of its text"]
    assert any("was made on postgresql://app@db.example:5432/shop, not on this" in one for one in workload.notes)


def a_look(at_s: float) -> Observation:
    def row(number: str, user: str, text: str) -> StatementRow:
        return StatementRow(number, user, 10, 15.0, 10, 0, 0, 0, 0, 0, 0.0, True, text)

    asked_for = "SELECT * FROM orders WHERE id = $1"
    rows = [row("7", "app", asked_for), row("7", "other", asked_for), row("8", "rdsadmin", "SELECT * FROM orders")]
    cut = row("9", "app", "SELECT 1 FROM orders WHERE id IN (" + "1, " * 700)
    return Observation("statements", at_s, details={"statements": document([*rows, cut], seconds=10.0)})


LOG = """\
2026-11-27 04:05:26.123 UTC [1] LOG:  duration: 9 ms  execute s: SELECT * FROM orders WHERE status = $1
2026-11-27 04:05:26.123 UTC [1] DETAIL:  Parameters: $1 = 'open'
2026-11-27 04:05:27.123 UTC [1] LOG:  duration: 3.0 ms  plan:
\tQuery Text: SELECT *
\t  FROM orders WHERE id = 7 AND day > '2026-01-01'
\tSeq Scan on orders  (cost=0.00..1.01 rows=1 width=4)
2026-11-27 04:05:28.123 UTC [1] LOG:  duration: 2 ms  statement: UPDATE orders SET status = 'paid' WHERE id = 7
2026-11-27 04:05:29.123 UTC [1] LOG:  duration: 2 ms  statement: UPDATE orders SET status = 'open' WHERE id = 8
2026-11-27 04:05:30.123 UTC [1] LOG:  duration: 1 ms  statement: INSERT INTO "Buyers" (email) VALUES ('1@x.org')
2026-11-27 04:05:31.123 UTC [1] LOG:  duration: 1 ms  statement: SELECT generate_series(1, 3) FROM orders
"""


def test_a_packed_log_tells_what_was_really_sent_as_far_as_it_goes(database: str, tmp_path: Path) -> None:
    made(database)

    async def heard() -> tuple[QueryWorkload, list[int]]:
        connection = await asyncpg.connect(database)
        path = tmp_path / "server.log.gz"
        packed = gzip.compress(LOG.encode()) + gzip.compress(b"more to come")
        path.write_bytes(packed[:-6])
        found = await read_workload(
            connection, asked(database, WorkloadSource(log=path)), TIMEOUT_S, asyncio.Event(), lambda _: None
        )
        rows = [await rows_of(connection, one) for one in found.queries]
        await connection.close(timeout=5)
        return found, rows

    workload, rows = asyncio.run(heard())
    status, update, one, insert, series = workload.queries
    assert [(each.origin, each.values) for each in status.bindings] == [("real", ("open",))]
    assert one.bindings[0].values == ("7", "2026-01-01")
    assert {each.values for each in update.bindings} == {("open", "7"), ("paid", "8")}  # what a row is not yet
    assert insert.bindings[0].values[0] != "1@x.org"
    assert series.text.endswith("generate_series(1, 3) FROM orders")  # which no parameter can stand in
    assert all(rows)
    assert any("breaks off" in each for each in workload.notes)
