"""Comparing by the real command line: baselines, two configurations in turns, exit codes."""

import json

import pytest

from tests.system.harness import INVALID, MISSED, OK, USAGE, Project

SLEEP = """
from plimsoll import journey

@journey
async def look(user):
    await user.sql("pause", "SELECT pg_sleep(current_setting('app.pause')::float8)")
"""


def slowed(project: Project, name: str, seconds: float) -> str:
    """An environment of plimsoll.toml: a role whose statement takes so long."""
    project.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'of-{name}'", f"ALTER ROLE {name} SET app.pause = '{seconds}'")
    return f'[environments.{name}]\ndatabase = "{project.dsn_as(name, f"of-{name}")}"\n'


def test_two_configurations_are_run_in_mirrored_turns_and_the_slower_is_worse(project: Project) -> None:
    """Then one of its runs becomes a baseline, with which another is compared."""
    project.write("scenario.py", SLEEP)
    project.write("plimsoll.toml", slowed(project, "quick", 0.01))
    project.write("b.toml", slowed(project, "slow", 0.06))
    load = ("run", "scenario.py", "--users", 2, "--duration", "0.4s", "--no-watch", "--no-analyze", "--json")

    try:
        outcome = project.here(*load, "--repeat", 2, "--interleave", "b.toml", "--metric", "p50")
        assert outcome.code == MISSED, outcome.stderr
        told = outcome.summary
        found = told["comparison"]
        assert found["verdict"] == "worse"
        assert 2.0 < found["primary"]["effect"]["estimate"] < 7.0
        assert found["primary"]["effect"]["method"] == "t"
        sides = [
            json.loads((project.runs / run["run_id"] / "run.json").read_text())["series"]["cell"]["configuration"]
            for run in told["runs"]
        ]
        assert "".join(sides) == "ABBA"

        series = told["matrix"]["series_id"]
        kept = project.runs / series
        assert json.loads((kept / "comparison.json").read_text()) == found
        assert "Worse" in (kept / "comparison.html").read_text()
        again = project.here("compare", series, "--json", "--metric", "p50")
        assert again.code == MISSED
        assert again.summary["primary"] == found["primary"]

        quick = ",".join(found["a"]["runs"])
        assert project.here("baseline", "set", quick).code == OK
        with_baseline = project.here(*load, "--env", "quick", "--metric", "p50", "--baseline", "--floor", "50%")
        assert with_baseline.code == INVALID, with_baseline.stderr  # of 3 runs so short nobody can tell
        assert with_baseline.summary["comparison"]["a"]["said"] == "baseline default"
        assert project.here("baseline", "list", "--json").summary["baselines"][0]["runs"] == found["a"]["runs"]
        assert project.here("runs", "--trend", "--json").summary["like"] == with_baseline.summary["run_id"]
    finally:
        project.sql("DROP ROLE quick, slow")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("compare", "a", "b"), USAGE, "cannot find run"),
        (("compare", "baseline", "latest"), USAGE, "cannot find run"),
        (("compare", "a", "b", "--html", "nowhere/x.html"), USAGE, "no directory"),
        (("baseline", "set"), USAGE, "cannot find run"),
        (("baseline", "remove", "x"), USAGE, "no baseline"),
        (("runs", "--trend"), USAGE, "no runs"),
        (("run", "s.py", "--baseline"), USAGE, "no baseline 'default'"),
        (("run", "s.py", "--interleave", "b.toml"), USAGE, "cannot read b.toml"),
    ],
)
def test_what_is_not_there_is_said(bare: Project, words: tuple[str, ...], code: int, said: str) -> None:
    bare.here(*words).assert_refused(code, said)
