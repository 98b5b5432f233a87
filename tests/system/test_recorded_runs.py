"""What a run records beside its samples: the host and the database on its own time axis, and what was not seen."""

import sqlite3
from math import isclose

import pytest

from plimsoll.core.query_plan import read_plan
from plimsoll.core.series.key import SeriesKey
from plimsoll.runs.directory import RunDirectory
from plimsoll.workflows.analyzing.keeping import kept
from plimsoll.workflows.recorded_run import open_recorded
from tests.system.harness import OK, SELECT, Project

CROWDED = """
from plimsoll import journey

@journey(writes=True)
async def pay(user):
    async for tx in user.transaction("add"):
        async with tx:
            await tx.execute("UPDATE accounts SET balance = balance + 1 WHERE id = 1")
            await tx.execute("SELECT pg_sleep(0.02)")
"""


def test_a_run_records_host_and_database_beside_the_load(project: Project) -> None:
    project.sql("CREATE TABLE accounts (id int PRIMARY KEY, balance int)", "INSERT INTO accounts VALUES (1, 0)")
    outcome = project.run(CROWDED, "--users", 4, "--duration", "1500ms", "--warmup", "500ms")
    summary = outcome.assert_ended(OK)
    directory = RunDirectory(outcome.run)
    known = open_recorded(directory, directory.read_facts())
    assert known is not None

    load = known.windows[SeriesKey.of("generator_requests_per_s")]
    assert load.times[0] == pytest.approx(known.began_s + 0.5, abs=0.2), "one time axis"
    assert known.windows[SeriesKey.of("host_cpu_busy_percent")].times[0] < load.times[-1]
    assert max(known.windows[SeriesKey.of("database_wal_records_per_s")].mean) > 10

    assert known.statements is not None
    (update,) = [row for row in known.statements["rows"] if row["query"].startswith("UPDATE accounts")]
    measured = sum(step["count"] for step in summary["steps"] if step["name"] == "add")
    assert isclose(update["calls"], measured, abs_tol=8), "over the measured time, the warm-up apart"

    assert known.waits is not None
    waited = {row["wait"] for row in known.waits["rows"]}
    assert any(wait.startswith("Lock:") for wait in waited)
    assert "Timeout:PgSleep" in waited
    assert known.locks[0][1]["rows"][1]["depth"] == 1

    assert known.facts["settings"]["shared_buffers"]["value"]
    for schema in ("schema_before", "schema_after"):
        assert [one["index"] for one in known.facts[schema]["indexes"]] == ["public.accounts_pkey"]
    updated = read_plan(known.facts["plans"], update["query_id"])
    assert updated is not None
    assert updated.children[0].index == "accounts_pkey"
    page = directory.report_path.read_text()
    assert "Database and application meanwhile" in page
    assert "CPU of this machine" in page

    analysis = kept(directory)
    assert analysis is not None
    assert [finding.kind for finding in analysis.findings][:1] == ["lock-contention"]
    assert "where the time went" in page
    assert "What would confirm it" in page
    assert not list(outcome.run.glob("series.sqlite-*")), "one file"


def test_a_run_may_go_unwatched_and_unanalyzed(project: Project) -> None:
    outcome = project.run_here(SELECT, "--iterations", 5, "--no-watch", "--no-analyze")
    outcome.assert_ended(OK)
    assert not (outcome.run / "series.sqlite").exists()
    assert not (outcome.run / "analysis.json").exists()


def test_a_role_that_may_not_see_others_is_told_which_right_it_lacks(project: Project) -> None:
    project.sql("CREATE ROLE unseeing LOGIN PASSWORD 'Right-pass-8w'")
    try:
        dsn = project.dsn_as("unseeing", "Right-pass-8w")
        outcome = project.run_here(SELECT, "--dsn", dsn, "--iterations", 20)
        summary = outcome.assert_ended(OK)
    finally:
        project.sql("DROP OWNED BY unseeing", "DROP ROLE unseeing")
    said = [warning for warning in summary["warnings"] if warning.startswith("not watched: ")]
    assert any("GRANT pg_monitor TO" in warning and "unseeing" in warning for warning in said), summary["warnings"]
    with sqlite3.connect(outcome.run / "series.sqlite") as file:
        assert file.execute("SELECT count(*) FROM series WHERE key LIKE 'database_up%'").fetchone() == (1,)
