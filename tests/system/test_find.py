"""The load line by the real command line, of a server whose capacity is known."""

import json

import pytest

from plimsoll.testing.slots import SlotServer
from tests.system.harness import OK, REFUSED, Project

SCENARIO = """
from plimsoll import journey

@journey
async def look(user):
    await user.http("get", "GET", "/")
"""


@pytest.mark.alone
def test_the_load_line_of_a_known_server_is_found_with_its_runs_its_page_and_its_reasons(project: Project) -> None:
    """400 a second; two steps leave it somewhere between 340 and 680."""
    project.write("scenario.py", SCENARIO)
    with SlotServer(slots=8, service_s=0.02) as server:
        words = ("--from", 340, "--step-duration", "1s", "--warmup", "300ms", "--max-steps", 2)
        goals = ("--goal", "p95<500ms", "--goal", "rate>1/s")
        outcome = project.here("find", "scenario.py", "--url", server.url, *words, *goals, "--json")
    line = outcome.summary
    told = {step["rate_per_s"]: step["outcome"] for step in line["steps"]}
    starved = [step["limited_by"] for step in line["steps"] if step["outcome"] == "no evidence"]
    assert line["left_out"] == ["rate>1/s"]
    if starved:  # on a busy machine a step may be late, and is then no evidence
        assert set(starved) == {"generator"}
    else:
        assert outcome.code == OK, outcome.stderr
        assert told == {340: "held", 680: "failed"}
        assert (line["rate_per_s"], line["failed_per_s"]) == (340, 680)
        assert line["steps"][1]["achieved_per_s"] == pytest.approx(400, rel=0.1)
        assert line["broke"][0]["rate_per_s"] == 680
        assert line["diagnosis"]["run_id"] == line["steps"][1]["run_id"]
    kept = project.runs / line["series_id"]
    assert json.loads((kept / "find.json").read_text()) == line
    assert line["because"] in (kept / "find.html").read_text()
    facts = json.loads((project.runs / line["steps"][0]["run_id"] / "run.json").read_text())
    assert (facts["series"]["series_id"], facts["series"]["cell"]) == (line["series_id"], {"rate": 340})


def test_a_protected_environment_is_refused(bare: Project) -> None:
    bare.write("scenario.py", SCENARIO)
    bare.write("plimsoll.toml", '[environments.prod]\nurl = "http://127.0.0.1:9"\nprotected = true\n')
    bare.here("find", "scenario.py", "--env", "prod").assert_refused(REFUSED, "protected", "find it on a copy")
