"""The database scenario as it is run: by the command line, as the role of the application, on a small data set."""

import asyncio
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from fluentscribe.database.migrating import APP, make_roles, migrate
from plimsoll.core.mix import Mixes
from plimsoll.core.recovery import find_bursts
from plimsoll.embedded import PostgresServer
from plimsoll.load.language.scenario import Scenario, load_scenario
from plimsoll.settings.loading import load_settings
from tests.system.harness import OK, Project

SCENARIOS = Path(str(resources.files("fluentscribe") / "scenarios"))
PASSWORD = "only-for-this-test"
AS_APPLICATION = ("--dsn", "env:APP_DSN")

# Three organizations; two people belong to all of them, some to one, some to none.
ROWS = """
INSERT INTO profiles (email, password_hash, display_name)
    SELECT 'User' || n || '@example.com', 'x', 'User ' || n FROM generate_series(1, 31) n;
INSERT INTO organizations (slug, name) SELECT 'organization-' || n, 'Organization ' || n FROM generate_series(1, 3) n;
INSERT INTO organization_members (organization_id, profile_id)
    SELECT o.id, p.id FROM organizations o CROSS JOIN profiles p
    WHERE p.display_name IN ('User 1', 'User 2')
        OR right(p.display_name, 1) IN ('0', right(o.slug, 1)) AND p.display_name <> 'User 30';
INSERT INTO projects (organization_id, name, source_language, target_language)
    SELECT o.id, 'Project ' || n, 'en', 'de' FROM organizations o, generate_series(1, 2) n;
INSERT INTO project_members (organization_id, project_id, profile_id, role)
    SELECT m.organization_id, p.id, m.profile_id, 'reviewer'
    FROM projects p JOIN organization_members m USING (organization_id);
INSERT INTO qa_sessions (organization_id, project_id, source_language, target_language, status, words, analyzed_at,
        decided_at, created_at)
    SELECT p.organization_id, p.id, 'en', 'de', CASE n % 2 WHEN 0 THEN 'approved' ELSE 'in_review' END, 600, now(),
        now(), now() - n * interval '1 hour'
    FROM projects p, generate_series(1, 60) n;
INSERT INTO qa_segments (organization_id, session_id, seq, source, target)
    SELECT organization_id, id, n, 'Save file ' || n, 'Datei ' || n || ' sichern'
    FROM qa_sessions, generate_series(1, 5) n;
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, origin, fingerprint)
    SELECT organization_id, session_id, id, 'style', 'awkward', 'auto', md5(id::text) FROM qa_segments WHERE seq = 1;
INSERT INTO reviews (organization_id, session_id, reviewer_id)
    SELECT s.organization_id, s.id, m.profile_id
    FROM qa_sessions s JOIN organization_members m USING (organization_id) WHERE s.status = 'in_review';
"""
WRITTEN = (
    "file_uploads", "vulnerability_scans", "assessment_results", "user_feedback", "user_activity", "audit_logs",
    "login_attempts",
)  # fmt: skip
COUNTS = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in WRITTEN)
# A row of a session that is not of the session's organization, or of a project that is not.
STRAYS = """
SELECT count(*) FROM qa_sessions s JOIN projects p ON p.id = s.project_id
LEFT JOIN qa_segments g ON g.session_id = s.id LEFT JOIN qa_errors e ON e.session_id = s.id
WHERE s.organization_id <> p.organization_id OR g.organization_id <> s.organization_id
    OR e.organization_id <> s.organization_id
"""
OWN_APPROVAL = """
SELECT count(*) FROM reviews r JOIN qa_sessions s ON s.id = r.session_id
WHERE r.verdict = 'approved' AND r.reviewer_id = s.created_by
"""


@pytest.fixture
def platform(tmp_path: Path, postgres_server: PostgresServer, database: str) -> Project:
    """A project whose database is the platform's, to be reached as the application."""
    project = Project(tmp_path, postgres_server, database.rpartition("/")[2].partition("?")[0])

    async def fill() -> None:
        await migrate(project.dsn)
        await make_roles(project.dsn, PASSWORD)
        connection = await asyncpg.connect(project.dsn)
        try:
            await connection.execute(ROWS)
        finally:
            await connection.close()

    asyncio.run(fill())
    project.environ["APP_DSN"] = project.dsn_as(APP, PASSWORD)
    return project


def run_without_an_error(platform: Project, scenario: str, *words: object) -> dict[str, Any]:
    summary = platform.here("run", SCENARIOS / scenario, "--json", "--seed", 1, *words).assert_ended(OK)
    assert {step["name"]: step["error_classes"] for step in summary["steps"] if step["errors"]} == {}
    return summary


def share_of_reads(summary: dict[str, Any]) -> float:
    reading = {one.name for one in load_scenario(SCENARIOS / "database_reads.py").journeys}
    counts = {one["name"]: one["count"] for one in summary["journeys"]}
    return float(sum(count for name, count in counts.items() if name in reading) / sum(counts.values()))


def journeys(scenario: Scenario, *, writes: bool) -> float:
    return sum(journey.weight for journey in scenario.journeys if journey.writes is writes)


def test_seventy_percent_read_and_thirty_percent_write() -> None:
    scenario = load_scenario(SCENARIOS / "database.py")
    assert (journeys(scenario, writes=False), journeys(scenario, writes=True)) == (70, 30)


def test_the_reads_alone_are_the_same_reads_in_the_same_shares() -> None:
    shares = [
        {one.name: one.weight for one in load_scenario(SCENARIOS / name).journeys if not one.writes}
        for name in ("database.py", "database_reads.py")
    ]
    assert shares[0] == shares[1]
    assert journeys(load_scenario(SCENARIOS / "database_reads.py"), writes=True) == 0


def test_every_profile_finds_its_journeys_in_the_scenario() -> None:
    scenario = load_scenario(SCENARIOS / "database.py")
    own = {journey.name: journey.weight for journey in scenario.journeys}
    profiles = load_settings(SCENARIOS / "plimsoll.toml").profiles
    mixes = {name: Mixes.of(profile, own) for name, profile in profiles.items()}
    assert {name for name, found in mixes.items() if len(found.weights) == 2} == {"workday", "off-peak"}
    assert find_bursts([asdict(stage) for stage in profiles["burst"].stages])


def test_people_work_side_by_side_without_an_error_and_within_their_organization(platform: Project) -> None:
    summary = run_without_an_error(platform, "database.py", *AS_APPLICATION, "--iterations", 600, "--users", 30)
    assert 0.63 <= share_of_reads(summary) <= 0.77  # 600 draws are within 0.075 of 0.7, but for one in 15,000
    assert int(platform.sql(STRAYS)) == 0
    assert int(platform.sql(OWN_APPROVAL)) == 0
    counts = dict(line.split("|") for line in platform.sql(COUNTS).splitlines())
    assert [table for table, count in counts.items() if count == "0"] == []


def test_the_reads_alone_run_where_nothing_may_be_written(platform: Project) -> None:
    platform.write("plimsoll.toml", '[environments.prod]\ndatabase = "env:APP_DSN"\nprotected = true\n')
    allowed = ("--env", "prod", "--allow-protected", "prod")
    run_without_an_error(platform, "database_reads.py", *allowed, "--iterations", 200, "--users", 20)
    assert set(platform.sql(COUNTS).splitlines()) == {f"{table}|0" for table in WRITTEN}


def test_the_profiles_beside_the_scenario_are_settings() -> None:
    profiles = load_settings(SCENARIOS / "plimsoll.toml").profiles
    assert set(profiles) == {"smoke", "steady", "stress", "burst", "workday", "soak", "peak", "off-peak"}
