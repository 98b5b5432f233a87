"""A series of runs by the real command line: in turns, reset between, told as one."""

import json

import pytest

from tests.system.harness import MISSED, OK, USAGE, Project

WRITING = """
from plimsoll import journey

@journey(writes=True)
async def write(user):
    await user.sql("insert", "INSERT INTO seen VALUES (1)")
    rows = await user.sql("count", "SELECT count(*) FROM seen")
    user.check("alone", rows[0][0] <= 30)
"""


def test_a_matrix_is_run_in_turns_on_the_same_data_each_time(project: Project) -> None:
    """Four runs of 20 inserts: the fourth would find 80 rows, were the database not made anew before each."""
    project.sql("CREATE TABLE seen (n int)")
    project.write("scenario.py", WRITING)
    where = ("--dsn", "env:TEST_DSN", "--json")
    words = ("--matrix", "users=1,2", "--repeat", 2, "--reset", "template", "--iterations", 20)

    outcome = project.here("run", "scenario.py", *where, *words, "--goal", "errors<1%")

    assert outcome.code == OK, outcome.stderr
    told = outcome.summary
    facts = [json.loads((project.runs / run["run_id"] / "run.json").read_text())["series"] for run in told["runs"]]
    turns = [(found["cell"]["users"], found["repeat"]) for found in facts]
    assert turns == [(1, 1), (2, 1), (1, 2), (2, 2)]
    assert [run["requests"] for run in told["runs"]] == [40] * 4
    listed = project.here("runs", "--json").summary["runs"]
    assert [(row["cell"]["users"], row["repeat"]) for row in listed] == turns
    assert {row["series_id"] for row in listed} == {told["matrix"]["series_id"]}
    assert [cell["cell"] for cell in told["matrix"]["cells"]] == [{"users": 1}, {"users": 2}]
    assert all(
        cell["valid"] == 2 and cell["p95_ms"]["min"] <= cell["p95_ms"]["max"] for cell in told["matrix"]["cells"]
    )
    assert project.sql("SELECT count(*) FROM seen") == "0"
    kept = project.runs / told["matrix"]["series_id"]
    assert json.loads((kept / "series.json").read_text()) == told
    assert told["runs"][0]["run_id"] in (kept / "series.html").read_text()


HOOKED = (
    WRITING
    + """
from plimsoll import reset

@reset
async def anew(run):
    await run.sql("TRUNCATE seen")
"""
)


def test_a_scenarios_own_reset_is_called_and_the_worst_run_decides(project: Project) -> None:
    project.sql("CREATE TABLE seen (n int)")
    project.write("scenario.py", HOOKED)

    outcome = project.here(
        "run", "scenario.py", "--dsn", "env:TEST_DSN", "--repeat", 2, "--iterations", 20, "--goal", "p50<1us"
    )

    assert outcome.code == MISSED
    assert "2 runs: the same each time, reset by hook between them" in outcome.stdout
    assert "missed in 2 of 2" in outcome.stdout
    assert project.sql("SELECT count(*) FROM seen") == "20"
    reports = [run for run in project.runs.iterdir() if (run / "report.html").exists()]
    assert len(reports) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--matrix", "users=1,2", "--users", 3), "contradict"),
        (("--matrix", "users=1,1"), "twice"),
        (("--reset", "template"), "--repeat"),
        (("--repeat", 2, "--reset", "hook"), "no @reset"),
        (("--repeat", 2, "--junit", "goals.xml"), "single run"),
        (("--repeat", 300, "--matrix", "users=1,2"), "600 runs"),
        (("--matrix", "rate=1,2", "--profile", "x"), "contradict"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_runs(
    bare: Project, words: tuple[object, ...], said: str
) -> None:
    bare.run_here(WRITING, *words).assert_refused(USAGE, said)
