"""The migration and its undo as psql runs them."""

import asyncio
import subprocess
from collections.abc import Sequence

import asyncpg
import pytest

from plimsoll.core.identifiers import TableName
from plimsoll.core.tuning.advice import Advised, Estimate
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.query import QueryWorkload
from plimsoll.embedded import PostgresServer
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.migrating.by_hand import by_hand
from plimsoll.tune.migrating.parameters import statistics_steps, table_setting_steps
from plimsoll.tune.migrating.steps import create_steps, drop_steps
from plimsoll.tune.migrating.taking_back import taken_back
from plimsoll.tune.migrating.writing import migration, undo
from tests.core.tuning.tunings import made, proof
from tests.tune.migrating.shops import ON_CUSTOMER, shop, there

ODD = TableName("Sales EU", 'Order; -- "Items" :x')
EVENTS = TableName("public", "events")
TABLES = f"""
CREATE SCHEMA "Sales EU";
CREATE TYPE "Mood" AS ENUM ('fine');
CREATE TABLE {ODD.quoted} ("Id" int PRIMARY KEY, "Mail" text, twice int, mood "Mood",
    low text GENERATED ALWAYS AS (lower("Mail")) STORED);
INSERT INTO {ODD.quoted} SELECT n, 'M' || n, n % 10 FROM generate_series(1, 500) n;
CREATE TABLE events (at date, kind int, note text) PARTITION BY RANGE (at);
CREATE TABLE events_jan PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE "Events rest" PARTITION OF events DEFAULT PARTITION BY LIST (kind);
CREATE TABLE rest_1 PARTITION OF "Events rest" FOR VALUES IN (1);
CREATE TABLE rest_other PARTITION OF "Events rest" DEFAULT;
INSERT INTO events SELECT date '2026-01-01' + n, n % 3, 'x' FROM generate_series(1, 100) n;
CREATE INDEX old_plain ON {ODD.quoted} (mood DESC) WHERE twice > 3;
CREATE INDEX old_whole ON events (note);
"""
STATE = """
SELECT format('%s %s%s', c.relname, CASE WHEN i.indisvalid THEN '' ELSE 'INVALID ' END, pg_get_indexdef(c.oid))
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace::regnamespace::text !~ '^pg_' ORDER BY 1
"""


def advised(kind: str, title: str, steps: Sequence[Step], index: Index | None = None) -> Advised:
    change = Change(kind, "x", title, "why", index=index, steps=tuple(steps))  # type: ignore[arg-type]  # one of them
    return Advised(change, "proved", "high", 0.8, None, proof())


def psql(server: PostgresServer, dsn: str, sql: str) -> list[str]:
    """What it gives, row by row; statements one by one, as from a file."""
    argv = [server.binaries.program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", dsn, "-f", "-"]
    done = subprocess.run(list(map(str, argv)), input=sql, text=True, capture_output=True, check=False)
    assert (done.returncode, "NOTICE" in done.stderr) == (0, False), done.stderr
    return done.stdout.splitlines()


def everything(facts: DatabaseFacts) -> list[Advised]:
    mail = Index(ODD, (IndexKey('lower("Mail")'), IndexKey.of("twice", descending=True)), include=("Id",))
    kind = Index(EVENTS, (IndexKey.of("kind"), IndexKey.of("at")))
    whole, plain = (next(one for one in facts.indexes if one.name == name) for name in ("old_whole", "old_plain"))
    return [
        advised("drop-index", "drop the old one", drop_steps(plain, facts)),
        advised("drop-index", "drop the old one of partitions", drop_steps(whole, facts)),
        advised("create-index", "mail", create_steps(mail, facts), mail),
        advised("create-index", "kind", create_steps(kind, facts), kind),
        advised("statistics", "statistics", statistics_steps("Stats; x", ODD, ("Mail", "low"), ("dependencies",))),
        advised("table-setting", "vacuum", table_setting_steps(EVENTS, {"fillfactor": "85"}, facts)),
    ]


async def read(dsn: str) -> DatabaseFacts:
    connection = await asyncpg.connect(dsn)
    try:
        return await read_facts(connection)
    finally:
        await connection.close()


def test_psql_runs_the_migration_twice_over_what_was_broken_off_and_its_undo_restores_all(
    each_postgres_server: PostgresServer, each_database: str
) -> None:
    server, dsn = each_postgres_server, each_database
    psql(server, dsn, TABLES)
    before = psql(server, dsn, STATE)
    facts = asyncio.run(read(dsn))
    changes = everything(facts)
    tuning = made(*changes)
    build = changes[2].change.steps[1].sql
    broken = build.replace("CREATE INDEX", "CREATE UNIQUE INDEX").replace('lower("Mail"), ', "")
    with pytest.raises(AssertionError, match="could not create unique index"):
        psql(server, dsn, broken)
    assert any("INVALID" in line for line in psql(server, dsn, STATE))

    psql(server, dsn, migration(tuning))
    after = psql(server, dsn, STATE)
    assert not [line for line in after if "INVALID" in line or line.startswith("old_")]
    assert len(after) == 1 + 1 + 5  # the key, one on the odd table, and of events the whole and each part
    checks = [step.check for one in changes for step in one.change.steps if step.check]
    assert psql(server, dsn, ";\n".join(checks)) == ["t"] * len(checks)
    psql(server, dsn, migration(tuning))
    assert psql(server, dsn, STATE) == after

    undone = [step.check for one in changes for step in taken_back(one).change.steps if step.check]
    assert "f" in psql(server, dsn, ";\n".join(undone))
    psql(server, dsn, undo(tuning))
    assert psql(server, dsn, STATE) == before
    assert psql(server, dsn, ";\n".join(undone)) == ["t"] * len(undone)
    assert psql(server, dsn, "SELECT reloptions FROM pg_class WHERE relname = 'events_jan'") == [""]
    assert psql(server, dsn, "SELECT count(*) FROM pg_statistic_ext") == ["0"]


def test_the_file_says_what_it_is_what_was_measured_and_how_to_run_it() -> None:
    change = Change("create-index", "public.orders", "Create an index on orders (customer)", "Serves\n; DROP TABLE x",
                    index=ON_CUSTOMER, steps=create_steps(ON_CUSTOMER, shop()))  # fmt: skip
    text = migration(made(Advised(change, "proved", "high", 0.8, None, proof()), together=proof()))
    assert "-- What is advised for database shop (PostgreSQL 18.1), 2026-11-27 12:00 UTC." in text
    assert "psql -v ON_ERROR_STOP=1 -f migration.sql" in text
    assert "-- All together, measured on a copy: 4 s of the workload's 5 s saved, 80 % (95 % between 72 % and" in text
    assert "-- 1. Create an index on orders (customer)\n-- Serves ; DROP TABLE x\n-- Measured on a copy: 4 s" in text
    assert "-- Size 1.00 MiB (on the copy), built there in 400 ms." in text
    assert "SET lock_timeout = '1800s';\nCREATE INDEX CONCURRENTLY" in text


def test_what_only_the_planner_said_is_not_called_measured() -> None:
    change = Change("create-index", "x", "title", "why", index=ON_CUSTOMER, steps=create_steps(ON_CUSTOMER, shop()))
    text = migration(made(Advised(change, "estimated", "low", 0.5, Estimate(100.0, 40.0, 8192))))
    assert "Not measured: by the planner's costs the workload becomes cheaper by 60 %." in text
    assert "reckoned" in text


def test_indexes_are_made_before_others_are_dropped_and_taken_back_after_those_are_there_again() -> None:
    facts = shop()
    drop = advised("drop-index", "the drop", drop_steps(there("old", ON_CUSTOMER), facts))
    create = advised("create-index", "the build", create_steps(ON_CUSTOMER, facts), ON_CUSTOMER)
    tuning = made(drop, create)
    assert migration(tuning).index("the build") < migration(tuning).index("the drop")
    assert undo(tuning).index("the drop") < undo(tuning).index("the build")


def test_advice_that_is_no_statement_for_the_database_is_named_and_secrets_are_not() -> None:
    rewrite = Advised(Change("rewrite", "q1", "Page by key; password=hunter2hunter2", "why"), "explained", "low")
    text = migration(made(rewrite, workload=QueryWorkload((), "postgresql://me:hunter2hunter2@db/shop")))
    assert "and not in this file (statements for the database are in by-hand.sql):\n--   1. Page by key" in text
    assert by_hand(made(rewrite)) == ""
    assert "There is nothing to do." in text
    assert "hunter2" not in text
    assert "There is nothing to take back." in undo(made(rewrite))


def test_settings_and_partitions_are_written_apart_with_what_takes_them_back_in_comments() -> None:
    look = Step("DO $$\nBEGIN\nEND $$", note="Looks first.")
    steps = (look, Step("ALTER SYSTEM SET work_mem = '8MB'", "ALTER SYSTEM\nRESET x"))
    change = Change("setting", "work_mem", "Raise work_mem", "it spills", risk="memory", steps=steps)
    setting = Advised(change, "explained", "low")
    text = by_hand(made(setting))
    assert "-- 1. Raise work_mem\n-- it spills\n" in text
    assert "-- Looks first.\nSET lock_timeout = '3s';\nDO $$\nBEGIN\nEND $$;\n" in text
    assert text.endswith("--   SET lock_timeout = '3s';\n--   ALTER SYSTEM\n--   RESET x;\n")
