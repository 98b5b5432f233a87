"""What a run says of itself: to programs, to CI, to other tools, and the same for the same seed."""

import csv
import json
import signal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.system.harness import MISSED, OK, SELECT, Project

SPREAD = {"mean", "p50", "p90", "p95", "p99", "p999", "max"}
SHORT_SPREAD = {"p50", "p99", "max"}
KEYS = {
    "schema_version", "run_id", "scenario", "environment", "profile", "seed", "started_at", "duration_s", "warmup_s",
    "stopped_by", "valid", "invalid_because", "warnings", "requests", "errors", "error_rate", "dropped", "incomplete",
    "retries", "reconnects", "rate_per_s", "journeys_per_s", "target_rate_per_s", "latency_ms", "service_ms", "wait_ms",
    "lag_ms", "steps", "journeys", "goals", "generator", "recovery", "drift", "background",
}  # fmt: skip
STEP = {
    "name", "journey", "kind", "count", "errors", "rate_per_s", "latency_ms", "service_ms", "error_classes", "http",
}  # fmt: skip
GENERATOR = {"processes", "cpu_us_per_request", "cpu_share", "run_delay_share", "saturated"}


def test_the_summary_has_the_keys_that_are_promised(project: Project) -> None:
    summary = project.run_here(SELECT, "--iterations", 20, "--goal", "p95<10s").assert_ended(OK)

    assert set(summary) == KEYS
    assert set(summary["latency_ms"]) == set(summary["service_ms"]) == SPREAD
    assert set(summary["wait_ms"]) == set(summary["lag_ms"]) == SHORT_SPREAD
    assert set(summary["generator"]) == GENERATOR
    (step,), (journey,), (goal,) = summary["steps"], summary["journeys"], summary["goals"]
    assert set(step) == STEP
    assert set(journey) == {"name", "count", "errors", "latency_ms"}
    assert set(goal) >= {"scope", "expression", "actual", "passed"}


def test_a_run_tells_ci_and_other_tools(project: Project) -> None:
    outcome = project.run_here(
        SELECT, "--iterations", 25, "--goal", "p50<1us", "--junit", "goals.xml", "--jtl", "s.jtl",
        environ={"GITHUB_ACTIONS": "true"},
    )  # fmt: skip

    outcome.assert_ended(MISSED)
    (suite,) = ElementTree.parse(project.path / "goals.xml").getroot().iter("testsuite")  # noqa: S314  # our own file
    assert len(list(suite.iter("failure"))) == 1
    assert "::error" in outcome.stderr
    assert "goal missed" in outcome.stderr
    assert labels(project.path / "s.jtl").count("select") == 25


def test_a_run_is_listed_and_reported_again(project: Project) -> None:
    run = project.run_here(SELECT, "--iterations", 5).run
    (run / "report.html").unlink()

    listed = project.here("runs", "--json").summary["runs"]
    reported = project.here("report", "latest", "--json")

    assert [row["run_id"] for row in listed] == [run.name]
    assert reported.summary == json.loads((run / "summary.json").read_text())
    assert "<html" in (run / "report.html").read_text()
    assert run.name in project.here("report").stdout


def test_people_read_a_table_and_plain_lines_when_piped(project: Project) -> None:
    project.write("scenario.py", SELECT)

    outcome = project.plimsoll("run", "scenario.py", "--dsn", "env:TEST_DSN", "--iterations", 5)

    assert outcome.code == OK
    assert "select" in outcome.stdout
    assert "report.html" in outcome.stdout
    assert outcome.stdout.endswith("\n")
    assert "\x1b" not in outcome.stdout + outcome.stderr


# -- several processes -------------------------------------------------------------------------------------------------

DRAWS = """
from plimsoll import feed, journey, setup

numbers = feed.range(1, 90).shuffled().unique()
others = feed.range(1, 1_000_000)

@setup
async def prepare(run):
    await run.sql("CREATE TABLE IF NOT EXISTS draws (seed bigint, n bigint, other bigint)")
    return run.seed

@journey(writes=True)
async def drawing(user):
    await user.sql("draw", "INSERT INTO draws VALUES ($1, $2, $3)", user.shared, numbers, others)
"""


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_share_the_work_exactly(project: Project, processes: int) -> None:
    words = ("--users", 4, "--iterations", 90, "--processes", processes, "--jtl", "samples.jtl")

    summary = project.run_here(DRAWS, *words).assert_ended(OK)

    assert summary["requests"] == summary["steps"][0]["count"] == summary["journeys"][0]["count"] == 90
    assert summary["generator"]["processes"] == processes
    assert project.sql("SELECT count(*), count(DISTINCT n), min(n), max(n) FROM draws") == "90|90|1|90"
    assert labels(project.path / "samples.jtl").count("draw") == 90


def labels(jtl: Path) -> list[str]:
    return [row["label"] for row in csv.DictReader(jtl.read_text().splitlines())]


def test_the_same_seed_draws_the_same_and_another_draws_otherwise(project: Project) -> None:
    def draws(seed: int, processes: int) -> str:
        project.run_here(DRAWS, "--users", 2, "--iterations", 90, "--seed", seed, "--processes", processes)
        return project.sql("SELECT string_agg(other::text, ',' ORDER BY other) FROM draws", "TRUNCATE draws")

    once = draws(5, 1)

    assert once.count(",") == 89
    assert draws(5, 2) == once
    assert draws(6, 1) != once


# -- warm-up and rates -------------------------------------------------------------------------------------------------


def rate_summary(project: Project, *words: object) -> dict[str, Any]:
    profile = """
[profiles.even]
executor = "constant-rate"
stages = [{rate = 100, for = "1s"}]
arrivals = "even"
"""
    project.write("plimsoll.toml", profile)
    outcome = project.run_here(SELECT, "--profile", "even", *words)
    return outcome.assert_ended(outcome.code)


def test_the_warm_up_is_loaded_and_left_out_of_the_figures(project: Project) -> None:
    summary = rate_summary(project, "--warmup", "500ms", "--jtl", "all.jtl")

    assert summary["requests"] == 100
    assert summary["warmup_s"] == pytest.approx(0.5, abs=0.2)
    assert labels(project.path / "all.jtl").count("select") == 100


def test_the_target_rate_is_that_of_all_processes(project: Project) -> None:
    summary = rate_summary(project, "--processes", 2)

    assert summary["requests"] == 100
    assert summary["target_rate_per_s"] == pytest.approx(100)


def test_two_runs_at_once_have_directories_of_their_own_and_know_of_each_other(project: Project) -> None:
    with project.running(SELECT, "--users", 1, "--duration", "30s") as first:
        one = first.run.name
        second = project.plimsoll("run", "scenario.py", "--dsn", "env:TEST_DSN", "--iterations", 5, "--json")
        first.tell_group(signal.SIGINT)
        ended = first.ended()

    assert len(list(project.runs.iterdir())) == 2
    assert f"run {one} was going on at the same time" in second.summary["warnings"]
    assert f"run {second.summary['run_id']} was going on at the same time" in ended.summary["warnings"]
