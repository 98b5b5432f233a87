"""What a database is asked, captured and asked again: on a real server, with a schema that nobody would choose."""

import asyncio
import csv
import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.system.harness import OK, REFUSED, USAGE, Project

ROWS = 20_000
SCHEMA = f"""
CREATE TABLE people (id int PRIMARY KEY, mail text UNIQUE NOT NULL, town text);
CREATE TABLE visits (id int PRIMARY KEY, person int REFERENCES people, at timestamptz NOT NULL, note text);
CREATE INDEX ON visits (at);
CREATE INDEX ON visits (person);
INSERT INTO people SELECT n, 'p' || n || '@mail.example', 'town ' || n % 7 FROM generate_series(1, 1000) n;
INSERT INTO visits SELECT n, 1 + n * 7919 % 1000, timestamptz '2026-01-01Z' + n * interval '1 min', md5(n::text)
    FROM generate_series(1, {ROWS}) n;
VACUUM ANALYZE;
"""
# By total time, each many times the next, so that a busy machine changes nothing: scans, narrow ranges that would come
# first if they were wide, and look-ups.
SCAN = "SELECT count(*) FROM visits WHERE note LIKE $1"
RANGE = "SELECT v.id, p.town FROM visits v JOIN people p ON p.id = v.person WHERE v.at >= $1 AND v.at < $2"
LOOK = "SELECT mail FROM people WHERE id = $1"
CALLS = {SCAN: 100, RANGE: 400, LOOK: 12}

ODD = """
CREATE SCHEMA "Odd One";
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE "Odd One"."Order" (
    "Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "select" text, mood mood, "From" int4range, data jsonb,
    tags text[], price numeric(8, 2), code char(4) DEFAULT 'ab', done timestamptz
);
CREATE TABLE "Odd One".line ("Order" uuid REFERENCES "Odd One"."Order", pos int, PRIMARY KEY ("Order", pos));
CREATE TABLE logged (at date NOT NULL, mail text, n int, UNIQUE (mail, at)) PARTITION BY RANGE (at);
CREATE TABLE logged_1 PARTITION OF logged FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW "open" AS SELECT "Id", "select" AS name FROM "Odd One"."Order" WHERE done IS NULL;
CREATE FUNCTION wipe(text) RETURNS void LANGUAGE sql AS $$ DELETE FROM logged WHERE mail = $1 $$;
INSERT INTO "Odd One"."Order" ("select", mood, "From", data, tags, price) SELECT 'it''s "' || n || '", \\', 'sad',
    int4range(n, n + 5), jsonb_build_object('kind', 'k' || n % 3), ARRAY['t' || n % 4], n
    FROM generate_series(1, 200) n;
INSERT INTO "Odd One".line SELECT "Id", p FROM "Odd One"."Order", generate_series(1, 3) p;
INSERT INTO logged SELECT date '2026-01-01' + n, 'ann' || n || '@mail.example', n FROM generate_series(0, 300) n;
ALTER TABLE logged ENABLE ROW LEVEL SECURITY;
ANALYZE;
"""
ASKED = (
    'SELECT * FROM "Odd One"."Order" WHERE "select" = \'it\'\'s "7", \\\' AND mood = \'sad\'',
    "SELECT * FROM \"Odd One\".\"Order\" WHERE data ->> 'kind' = 'k1' AND 't1' = ANY (tags) LIMIT 5",
    'SELECT * FROM "Odd One"."Order" WHERE data @> \'{"kind": "k2"}\' AND "From" @> 7 AND price BETWEEN 3 AND 90.5',
    'SELECT l.pos FROM "Odd One"."Order" o JOIN "Odd One".line l ON l."Order" = o."Id" WHERE mood = \'sad\' AND pos=2',
    "SELECT date_trunc('month', at), sum(n) FROM logged WHERE at > date '2026-03-01' GROUP BY date_trunc('month', at)",
    "SELECT count(*) FROM \"Odd One\".\"Order\" WHERE code = 'ab' AND code <> 'x'",
    "SELECT * FROM logged WHERE mail IN ('ann1@mail.example', 'ann2@mail.example', 'ann3@mail.example')",
    "SELECT name FROM \"open\" WHERE name ILIKE '%it%' AND name > 'a' ORDER BY 1 LIMIT 3 OFFSET 2",
    "SELECT extract(month FROM at) FROM logged WHERE at > '2026-12-01'::date - interval '90 days'",
    'INSERT INTO "Odd One"."Order" ("Id", "select", mood) VALUES (gen_random_uuid(), \'new\', \'happy\')',
    "INSERT INTO logged VALUES ('2026-05-05', 'bob@mail.example', 5)",
    'UPDATE "Odd One"."Order" SET price = price + 1, mood = \'sad\' WHERE "select" = \'new\'',
    'DELETE FROM "Odd One".line WHERE "Order" = (SELECT "Id" FROM "Odd One"."Order" LIMIT 1) AND pos = 9',
    """INSERT INTO "Odd One"."Order" ("Id", "select") SELECT * FROM unnest(
        ARRAY[gen_random_uuid(), gen_random_uuid()]::uuid[], '{new,"ne\\"w"}'::text[])""",
    """UPDATE "Odd One"."Order" o SET price = v.p FROM (VALUES ('new', 5.5), ('old', 7)) AS v (s, p)
        WHERE o."select" = v.s""",
    "SELECT wipe('nobody')",
    "SELECT 1",
)


@pytest.fixture
def copy(postgres_server: PostgresServer) -> Iterator[str]:
    """A database to be made again from another."""
    with fresh_database(postgres_server) as name:
        postgres_server.drop_database(name)
        yield name


async def used(dsn: str) -> None:
    """The load that is captured: prepared, as applications send it."""
    connection = await asyncpg.connect(dsn)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(CALLS[SCAN]):
        await connection.fetch(SCAN, f"%{n:03x}%")
    for n in range(CALLS[RANGE]):
        at = start + timedelta(minutes=40 * n)
        await connection.fetch(RANGE, at, at + timedelta(minutes=40))
    for n in range(CALLS[LOOK]):
        await connection.fetch(LOOK, 1 + n)
    await connection.close()


async def asked(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for query in ASKED:
        for n in range(3):
            await connection.execute(query.replace("bob@", f"bob{n}@"))
    await connection.close()


async def order_of(dsn: str) -> list[str]:
    """The three statements by total time, as this database was asked."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT s.query FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
        "WHERE d.datname = current_database() ORDER BY s.total_exec_time DESC"
    )
    await connection.close()
    texts = [" ".join(row["query"].split()) for row in rows]
    return [text for text in texts if text in CALLS]


def captured(project: Project, *words: object, name: str = "shop") -> dict[str, Any]:
    outcome = project.here("capture", f"{name}.py", "--dsn", "env:TEST_DSN", "--since-reset", "--json", *words)
    assert outcome.code == OK, outcome.stderr
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def files_of(project: Project, name: str) -> list[Path]:
    """A scenario and its feeds."""
    return [project.path / f"{name}.py", *(project.path / name).iterdir()]


def cells_of(path: Path) -> set[str]:
    """What a feed holds, and what is in its arrays."""
    cells = {cell for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row}
    return cells | {one for cell in cells if re.fullmatch(r'\[".*"\]', cell) for one in json.loads(cell)}


def test_a_replay_spends_its_time_on_the_same_statements_in_the_same_order(project: Project, copy: str) -> None:
    project.sql(*SCHEMA.split(";\n"))
    asyncio.run(used(project.dsn))
    before = asyncio.run(order_of(project.dsn))
    found = captured(project)
    assert {one["query"]: one["calls"] for one in found["journeys"]} == CALLS
    project.server.sql(f"CREATE DATABASE {copy} TEMPLATE {project.database}")
    outcome = project.here("run", "shop.py", "--dsn", project.server.dsn_of(copy), "--iterations", "500", "--json")
    assert (outcome.code, outcome.summary["errors"]) == (OK, 0)
    assert asyncio.run(order_of(project.server.dsn_of(copy))) == before == [SCAN, RANGE, LOOK]


def test_odd_schemas_are_captured_and_what_cannot_be_is_told(project: Project) -> None:
    project.sql(*ODD.split(";\n"))
    asyncio.run(asked(project.dsn))
    found = captured(project)
    assert len(found["journeys"]) == 15, found["left_out"]
    assert [one["query"] for one in found["left_out"] if one["calls"] == 3] == ["SELECT wipe($1)"]
    assert found["row_security"] == ["logged"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files_of(project, "shop")} == {0o600}
    assert project.sql("SELECT count(*) FROM logged WHERE mail LIKE 'bob%'") == "3"  # nothing was written

    real = set(project.sql('SELECT mail FROM logged UNION SELECT "select" FROM "Odd One"."Order"').split("\n"))
    assert len(captured(project, "--redact", name="made_up")["journeys"]) >= 10
    made_up, scenario = files_of(project, "made_up")[1:], (project.path / "made_up.py").read_text(encoding="utf-8")
    assert len(real & set().union(*map(cells_of, files_of(project, "shop")[1:]))) > 100
    assert not real & set().union(*map(cells_of, made_up))
    assert "mail.example" not in scenario

    outcome = project.here("run", "shop.py", "--dsn", "env:TEST_DSN", "--iterations", "100", "--json")
    assert outcome.summary["errors"] == 0, outcome.summary["warnings"]


def test_a_capture_that_cannot_be_is_refused_with_a_remedy(project: Project) -> None:
    project.sql("DROP EXTENSION pg_stat_statements")
    project.here("capture", "--dsn", "env:TEST_DSN", "--since-reset").assert_refused(REFUSED, "CREATE EXTENSION")
    project.sql("CREATE EXTENSION pg_stat_statements")
    project.here("capture", "--dsn", "env:TEST_DSN", "--since-reset").assert_refused(REFUSED, "nothing to capture")
    project.here("capture", "--dsn", "env:TEST_DSN", "--window", "1s", "--since-reset").assert_refused(
        USAGE, "leave one"
    )
    project.here("capture", "x.txt", "--dsn", "env:TEST_DSN").assert_refused(USAGE, "x.py")
    project.write("captured.py", "")
    project.here("capture", "--dsn", "env:TEST_DSN").assert_refused(USAGE, "already there")
    project.sql("CREATE SCHEMA apart", "CREATE TABLE apart.t (n int)", "SET search_path = apart; SELECT n FROM t")
    apart = project.here("capture", "z.py", "--dsn", "env:TEST_DSN", "--since-reset", "--json")
    apart.assert_refused(REFUSED, "of 1 that were tried", "search_path")
    project.sql("CREATE ROLE stranger LOGIN PASSWORD 'Qz-stranger'")
    try:
        project.sql("CREATE TABLE t (n int)", "SELECT * FROM t")
        stranger = project.dsn_as("stranger", "Qz-stranger")
        project.here("capture", "y.py", "--dsn", stranger, "--since-reset").assert_refused(REFUSED, "pg_read_all_stats")
    finally:
        project.sql("DROP ROLE stranger")
