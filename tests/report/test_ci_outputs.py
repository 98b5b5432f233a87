"""What CI systems read: JUnit XML and GitHub's annotations."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.summary import GoalSummary, Summary
from plimsoll.report.github import annotations
from plimsoll.report.junit import junit_xml
from tests.report import builders

GOOD = builders.healthy()[0]
BAD = builders.failing()[0]


def suite(summary: Summary) -> ElementTree.Element:
    (found,) = ElementTree.fromstring(junit_xml(summary))  # noqa: S314  # we wrote it
    return found


def test_a_good_run_is_a_suite_without_failures() -> None:
    found = suite(GOOD)
    assert (found.get("tests"), found.get("failures"), found.get("errors")) == ("6", "0", "0")
    assert [case.get("name") for case in found] == [
        "the run is valid", "p95<1s", "errors<1%", "dropped<1%", "p99<500ms for 10s", "step:look up account: p99<50ms",
    ]  # fmt: skip
    assert not list(found.iter("failure"))


def test_a_missed_goal_is_a_failure_with_figure_and_demand() -> None:
    found = suite(replace(BAD, goals=[GoalSummary("total", "p95<1s", 1213.0, False, "ms", "it was 1.21 s")]))
    assert found.get("failures") == "1"
    (failure,) = found.iter("failure")
    assert failure.get("message") == "p95 1.21 s, goal < 1 s"


def test_an_invalid_or_aborted_run_is_an_error() -> None:
    invalid = builders.invalid()[0]
    (error,) = suite(invalid).iter("error")
    assert all(reason in (error.text or "") for reason in invalid.invalid_because)
    (error,) = suite(replace(GOOD, stopped_by="aborted: errors>50%")).iter("error")
    assert error.get("message") == "Aborted because of errors>50%"


@given(st.text())
def test_any_name_gives_xml_that_can_be_read(name: str) -> None:
    goals = [GoalSummary(f"step:{name}", "p95<1s", None, False, "ms", name), GoalSummary("total", name, None, False)]
    found = suite(replace(BAD, scenario=name, goals=goals, valid=False, invalid_because=[name]))
    assert len(found) == 3


def test_github_is_told_of_each_missed_goal_and_warning_and_of_nothing_else() -> None:
    assert annotations(GOOD) == []
    found = annotations(BAD)
    assert len(found) == 5
    assert found[0] == ("::error title=Plimsoll%3A scenarios/accounts.py%3A goal missed::errors 2.41 %25, goal < 1 %25")
    assert found[-1].startswith("::warning title=Plimsoll%3A scenarios/accounts.py::the samples reached")


def test_github_is_told_why_a_run_is_invalid_or_was_cut_short() -> None:
    invalid = builders.invalid()[0]
    assert [line.split("::")[2] for line in annotations(invalid)[:2]] == [
        reason.replace("%", "%25") for reason in invalid.invalid_because
    ]
    cut = annotations(replace(GOOD, stopped_by="interrupted"))
    assert cut == ["::error title=Plimsoll%3A scenarios/accounts.py%3A cut short::Interrupted"]


@given(st.text())
def test_no_name_can_begin_another_command(name: str) -> None:
    for line in annotations(replace(BAD, scenario=name, warnings=[name])):
        assert "\n" not in line
        assert "\r" not in line
        properties = line.removeprefix("::").partition("::")[0]
        assert "," not in properties
        assert properties.count(":") == 0
