"""Some tables keep the rows they have, and what is filled refers to these."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.cli.filling import Silent
from plimsoll.core.errors import RefusedError
from plimsoll.data.plan.reading import read_plan
from plimsoll.data.plan.values import SeedPlan
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.seed import SeedRequest, SeedResult, seed
from plimsoll.workflows.target import TargetRequest
from tests.data.filling_any import NOW, Database

SCHEMA = """
CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE people (
    tenant uuid NOT NULL REFERENCES tenants (id), number int, created_at timestamptz NOT NULL, manager int,
    PRIMARY KEY (tenant, number), FOREIGN KEY (tenant, manager) REFERENCES people (tenant, number)
);
CREATE TABLE kinds (code char(2) PRIMARY KEY, label text);
CREATE TABLE tasks (
    id bigserial PRIMARY KEY, tenant uuid NOT NULL REFERENCES tenants (id), assignee int, kind char(2) NOT NULL
    REFERENCES kinds (code), created_at timestamptz NOT NULL,
    FOREIGN KEY (tenant, assignee) REFERENCES people (tenant, number)
);
CREATE TABLE comments (
    id bigserial PRIMARY KEY, task_id bigint NOT NULL REFERENCES tasks (id), tenant uuid NOT NULL, author int NOT NULL,
    FOREIGN KEY (tenant, author) REFERENCES people (tenant, number)
);
"""
ROWS = """
INSERT INTO tenants (name) SELECT 'Tenant ' || n FROM generate_series(1, 4) n;
INSERT INTO people SELECT t.id, n, timestamptz '2026-03-01Z' + n * interval '1 day', CASE WHEN n > 1 THEN 1 END
    FROM tenants t, generate_series(1, 5) n;
INSERT INTO kinds VALUES ('BU', 'bug'), ('ID', 'idea'), ('QU', 'question');
"""
PLAN = """
now = 2026-06-30T18:00:00Z
rows = 300
[tables.comments.columns]
tenant = { copy = "task_id.tenant" }
author = { among = { table = "people", by = "tenant", take = "number" } }
[tables.kinds]
rows = 99
"""
KEPT = "SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {} t"


def filled(dsn: str, plan: SeedPlan | None = None, **said: Any) -> SeedResult:
    where = TargetRequest(Settings(), {}, dsn=Secret(dsn))
    return asyncio.run(seed(replace(SeedRequest(where, plan or SeedPlan(NOW, rows=300)), **said), Silent()))


@pytest.fixture
def half(database: str) -> Database:
    return Database(database).sql(SCHEMA, ROWS)


def test_empty_tables_are_filled_beside_those_that_are_kept(half: Database) -> None:
    before = [half.one(KEPT.format(table)) for table in ("tenants", "people", "kinds")]
    result = filled(half.dsn, keep=True)
    assert {str(name): rows for name, rows in result.filled.rows.items()} == {"tasks": 300, "comments": 300}
    assert half.violations() == {}
    assert [half.one(KEPT.format(table)) for table in ("tenants", "people", "kinds")] == before
    assert half.one("SELECT count(DISTINCT kind) FROM tasks") == 3


def test_tables_that_a_plan_skips_are_left_as_they_are_and_referred_to(half: Database) -> None:
    before = [half.one(KEPT.format(table)) for table in ("tenants", "people", "kinds")]
    plan = read_plan(f"now = {NOW.isoformat()}Z\nrows = 20\nskip = ['tenants', 'people', 'kinds']", where="test")
    for replaced in (False, True):
        filled(half.dsn, plan, replace=replaced)
        assert half.one("SELECT count(*) FROM tasks JOIN comments ON task_id = tasks.id") == 20
    assert half.violations() == {}
    assert [half.one(KEPT.format(table)) for table in ("tenants", "people", "kinds")] == before
    with pytest.raises(RefusedError, match="nothing to fill: every table gets 0 rows"):
        filled(half.dsn, replace(plan, rows=0), replace=True)


def test_a_plan_for_all_tables_does_for_the_empty_ones(half: Database) -> None:
    filled(half.dsn, read_plan(PLAN, where="test"), keep=True)
    assert half.violations() == {}
    assert half.one("SELECT count(*) FROM comments c JOIN tasks t ON t.id = c.task_id WHERE c.tenant <> t.tenant") == 0


def test_rows_come_after_the_existing_ones_they_refer_to(half: Database) -> None:
    filled(half.dsn, keep=True)
    early = """
        SELECT count(*) FROM tasks t JOIN people p ON (p.tenant, p.number) = (t.tenant, t.assignee)
        WHERE t.created_at < p.created_at
    """
    assert half.one(early) == 0


def test_one_table_alone_is_filled(half: Database) -> None:
    filled(half.dsn, tables=("tasks",))
    assert half.one("SELECT count(*) FROM tasks") == 300
    assert half.one("SELECT count(*) FROM comments") == 0
    assert half.violations() == {}


def test_a_table_whose_parents_are_empty_is_refused_alone(database: str) -> None:
    Database(database).sql(SCHEMA)
    with pytest.raises(RefusedError, match=r"refers to tenants, which has no rows and gets none"):
        filled(database, tables=("people",))


def test_without_being_told_tables_that_hold_rows_are_refused(half: Database) -> None:
    with pytest.raises(RefusedError, match="tables hold rows already"):
        filled(half.dsn)
    assert half.one("SELECT count(*) FROM tasks") == 0


def test_where_every_table_holds_rows_there_is_nothing_to_keep_them_beside(half: Database) -> None:
    filled(half.dsn, keep=True)
    with pytest.raises(RefusedError, match="there is nothing to fill"):
        filled(half.dsn, keep=True)


def test_the_same_rows_come_of_the_same_existing_ones(half: Database) -> None:
    filled(half.dsn, keep=True)
    first = half.one(KEPT.format("comments"))
    half.sql("TRUNCATE tasks, comments")
    filled(half.dsn, keep=True)
    assert half.one(KEPT.format("comments")) == first


def test_of_tables_too_large_to_be_held_the_first_rows_are_referred_to(
    half: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.workflows.seed.ROWS_MAX", 17)  # of 4 tenants, 3 kinds and 20 people
    half.sql("ANALYZE")
    made = filled(half.dsn, keep=True)
    assert [note for note in made.notes if "first" in note] == ["people: only its first 10 rows are referred to"]
    assert half.violations() == {}
