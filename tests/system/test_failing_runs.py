"""Runs in which something fails end in a summary that says what, with the exit code that fits it."""

from collections.abc import Iterator

import pytest

from tests.system.harness import INVALID, MISSED, OK, REFUSED, SELECT, USAGE, Project


@pytest.fixture
def powerless(project: Project) -> Iterator[str]:
    """The DSN of a role that may not read the table `secrets`, which the function `peek` reads for who calls it."""
    peek = "CREATE FUNCTION peek() RETURNS int BEGIN ATOMIC SELECT a FROM secrets; END"
    project.sql("CREATE ROLE powerless LOGIN PASSWORD 'Right-pass-3q'", "CREATE TABLE secrets (a int)", peek)
    yield project.dsn_as("powerless", "Right-pass-3q")
    project.sql("DROP OWNED BY powerless", "DROP ROLE powerless")


def test_a_role_that_may_not_read_the_table_is_refused(project: Project, powerless: str) -> None:
    outcome = project.run_here(
        SELECT.replace("SELECT 1", "SELECT a FROM secrets"), "--dsn", powerless, "--iterations", 20
    )

    outcome.assert_refused(REFUSED, "42501", "permission denied for table secrets", "GRANT")


def test_rights_that_fail_every_request_make_the_run_invalid(project: Project, powerless: str) -> None:
    outcome = project.run_here(SELECT.replace("SELECT 1", "SELECT peek()"), "--dsn", powerless, "--iterations", 20)

    summary = outcome.assert_ended(INVALID)
    assert summary["steps"][0]["error_classes"] == {"42501": 20}
    assert summary["invalid_because"] == ["every one of 20 requests failed, most often with 42501"]
    assert any("permission denied for table secrets" in warning for warning in summary["warnings"])


def test_one_step_that_fails_is_counted_beside_one_that_does_not(project: Project) -> None:
    scenario = """
from plimsoll import StepFailed, journey

@journey
async def look(user):
    await user.sql("right", "SELECT 1")
    try:
        await user.sql("wrong", "SELECT 1 / (SELECT 0)")
    except StepFailed:
        pass
    await user.sql("after", "SELECT 2")
"""
    summary = project.run_here(scenario, "--iterations", 10, "--goal", "errors<50%").assert_ended(OK)

    found = {step["name"]: (step["count"], step["errors"], step["error_classes"]) for step in summary["steps"]}
    assert found == {"right": (10, 0, {}), "wrong": (10, 10, {"22012": 10}), "after": (10, 0, {})}


def test_a_missed_goal_is_an_exit_code_and_one_that_holds_is_not(project: Project) -> None:
    kept = project.run_here(SELECT, "--iterations", 10, "--goal", "errors<1%", "--goal", "p50<10s")
    assert [goal["passed"] for goal in kept.summary["goals"]] == [True, True]
    assert kept.code == OK

    missed = project.run_here(SELECT, "--iterations", 10, "--goal", "p50<1us", "--goal", "step:selekt: p50<1s")
    assert [goal["passed"] for goal in missed.summary["goals"]] == [False, False]
    assert missed.code == MISSED


def test_a_unique_feed_that_is_used_up_ends_the_run_and_says_so(project: Project) -> None:
    scenario = """
from plimsoll import feed, journey

numbers = feed.range(1, 30).unique()

@journey
async def look(user):
    await user.sql("select", "SELECT $1::bigint", numbers)
"""
    summary = project.run_here(scenario, "--users", 2, "--duration", "20s").assert_ended(OK)

    assert summary["requests"] == 30
    assert summary["stopped_by"].startswith("feed exhausted")


OVERLOAD = """
[profiles.overload]
executor = "constant-rate"
stages = [{rate = 200, for = "1s"}]
arrivals = "even"
max_users = 2
lateness_limit = "200ms"
graceful_stop = "300ms"
goals = ["dropped<1%"]
"""


def test_a_rate_beyond_what_is_served_is_dropped_counted_and_missed(project: Project) -> None:
    project.write("plimsoll.toml", OVERLOAD)
    scenario = SELECT.replace("SELECT 1", "SELECT pg_sleep(0.1)")

    outcome = project.run_here(scenario, "--profile", "overload")

    summary = outcome.assert_ended(outcome.code)
    arrivals = summary["dropped"] + summary["journeys"][0]["count"] + summary["incomplete"]
    assert arrivals == 200
    assert summary["dropped"] > 100
    assert [goal["passed"] for goal in summary["goals"]] == [False]
    assert summary["wait_ms"]["max"] > summary["lag_ms"]["p50"]  # waiting for a user is not our lateness
    assert outcome.code == (MISSED if summary["valid"] else INVALID)


def test_an_abort_condition_ends_the_run(project: Project) -> None:
    project.write("plimsoll.toml", '[abort]\nwhen = ["errors>20% for 1s"]\n')
    scenario = """
from plimsoll import journey

@journey
async def right(user):
    await user.sql("right", "SELECT 1")

@journey
async def wrong(user):
    await user.sql("wrong", "SELECT 1 / (SELECT 0)")
"""
    summary = project.run_here(scenario, "--users", 2, "--duration", "60s").assert_ended(MISSED)

    assert summary["stopped_by"] == "aborted: errors>20% for 1s"
    assert summary["duration_s"] < 30


# -- hooks -------------------------------------------------------------------------------------------------------------

HOOKS = """
from plimsoll import journey, setup, teardown

@setup
async def prepare(run):
    await run.sql("CREATE TABLE hooks (said text)")
    {setup}

@journey
async def look(user):
    await user.sql("select", "SELECT 1")
    {journey}

@teardown
async def clean(run, shared):
    await run.sql("INSERT INTO hooks VALUES ($1)", str(shared))
    {teardown}
"""


def hooks(*, setup: str = "return 7", journey: str = "pass", teardown: str = "pass") -> str:
    return HOOKS.format(setup=setup, journey=journey, teardown=teardown)


def test_teardown_is_given_what_setup_returned(project: Project) -> None:
    project.run_here(hooks(), "--iterations", 1).assert_ended(OK)

    assert project.sql("SELECT said FROM hooks") == "7"


@pytest.mark.parametrize("mistake", ["await run.sql('SELECT nothing')", "raise KeyError('town')"])
def test_a_setup_that_fails_is_refused_with_its_line_and_torn_down(project: Project, mistake: str) -> None:
    outcome = project.run_here(hooks(setup=mistake), "--iterations", 1)

    outcome.assert_refused(USAGE, "scenario.py, line 7", "42703" if "sql" in mistake else "KeyError: 'town'")
    assert project.sql("SELECT said FROM hooks") == "None"


def test_a_teardown_that_fails_is_a_warning(project: Project) -> None:
    summary = project.run_here(hooks(teardown="1 / 0"), "--iterations", 1).assert_ended(OK)

    assert any("teardown failed" in warning and "line 17" in warning for warning in summary["warnings"])


def test_a_run_that_fails_wholesale_is_torn_down_too(project: Project) -> None:
    project.run_here(hooks(journey="await user.sql('b', 'SELECT nothing')"), "--iterations", 2).assert_ended(OK)
    assert project.sql("SELECT count(*) FROM hooks") == "1"


def test_a_protected_database_is_read_only_for_journeys_and_hooks_alike(project: Project) -> None:
    project.write("plimsoll.toml", '[environments.prod]\ndatabase = "env:TEST_DSN"\nprotected = true\n')
    project.sql("CREATE TABLE things (a int)")
    write = "INSERT INTO things VALUES (1)"
    words = ("--env", "prod", "--allow-protected", "prod", "--iterations", 3)

    summary = project.run_here(SELECT.replace("SELECT 1", write), *words).assert_ended(INVALID)
    assert summary["steps"][0]["error_classes"] == {"25006": 3}

    setup = f"from plimsoll import setup\n@setup\nasync def prepare(run):\n    await run.sql('{write}')\n"
    refused = project.run_here(setup + SELECT, *words)
    assert (refused.code, refused.stdout) == (USAGE, "")
    assert "25006" in refused.stderr
    assert project.sql("SELECT count(*) FROM things") == "0"


# -- output ------------------------------------------------------------------------------------------------------------


def test_a_scenario_that_prints_a_lot_leaves_stdout_to_the_summary(project: Project) -> None:
    scenario = """
import os
from plimsoll import journey, setup

print("at import")

@setup
async def prepare(run):
    os.system("echo from a child process")
    print("{" * 100_000)

@journey
async def look(user):
    print("at work, password=hunter2")
    user.sql("forgotten", "SELECT 1")
    print("x" * 1_000_000)
    await user.sql("select", "SELECT 1")
"""
    outcome = project.run(scenario, "--iterations", 50)
    summary = outcome.assert_ended(OK)

    assert summary["requests"] == 50
    assert "at work, password=****\n" in outcome.stderr
    assert outcome.stderr.count("(the rest of what it prints is left out") == 1
    assert any("was not awaited" in warning for warning in summary["warnings"])
