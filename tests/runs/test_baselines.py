"""Baselines are kept whole, one for each scenario, environment and profile; what cannot be believed is none."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import RunDirectoryError, UsageError
from plimsoll.core.summary import JourneySummary
from plimsoll.runs.baselines import Baseline, find_baseline, put_baseline, read_baselines, remove_baselines, why_unfit
from tests.report.builders import NO_SPREAD, empty_summary, facts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def baseline(run: str, **changes: str) -> Baseline:
    made = Baseline("default", "scenarios/accounts.py", "dev", "steps", (run,), "2026-02-14T10:15:00Z")
    return replace(made, **changes)


def test_a_baseline_is_found_by_what_a_run_is(root: Path) -> None:
    assert put_baseline(root, baseline("one")) is None
    put_baseline(root, baseline("other", profile="stress"))
    put_baseline(root, baseline("named", name="release 1"))
    assert find_baseline(root, facts()).runs == ("one",)
    assert find_baseline(root, facts(profile_name="stress")).runs == ("other",)
    assert find_baseline(root, facts(), "release 1").runs == ("named",)
    with pytest.raises(UsageError, match="none was set"):
        find_baseline(root, facts(environment="prod"))


def test_a_new_one_takes_the_place_of_the_old(root: Path) -> None:
    put_baseline(root, baseline("old"))
    replaced = put_baseline(root, baseline("new"))
    assert replaced is not None
    assert replaced.runs == ("old",)
    assert [one.runs for one in read_baselines(root)] == [("new",)]


def test_removing_takes_those_of_a_name_of_one_scenario_or_all(root: Path) -> None:
    for scenario in ("a", "b", "c"):
        put_baseline(root, baseline(scenario, scenario=scenario))
    assert [one.scenario for one in remove_baselines(root, "default", "b")] == ["b"]
    assert len(remove_baselines(root, "default")) == 2
    assert remove_baselines(root, "default") == read_baselines(root) == []


def test_many_who_set_one_at_once_lose_none(root: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda at: put_baseline(root, baseline("r", name=str(at))), range(40)))
    assert {one.name for one in read_baselines(root)} == {str(at) for at in range(40)}


@pytest.mark.parametrize("text", ["{", "[]", "\0\0", '{"schema_version": 1, "baselines": [{}]}'])
def test_a_damaged_file_is_an_error_with_a_way_out_and_is_kept_aside(root: Path, text: str) -> None:
    file = root.parent / "baselines.json"
    for kept in ("baselines.json.damaged", "baselines.json.damaged.2"):
        file.write_text(text)
        with pytest.raises(RunDirectoryError, match=r"baselines") as refused:
            remove_baselines(root, "default")
        assert "plimsoll baseline set RUN" in refused.value.remedy
        assert file.read_text() == text
        put_baseline(root, baseline("one"))
        assert [one.runs for one in read_baselines(root)] == [("one",)]
        assert (root.parent / kept).read_text() == text


def test_a_file_of_a_newer_plimsoll_is_never_written_over(root: Path) -> None:
    file = root.parent / "baselines.json"
    file.write_text('{"schema_version": 9}')
    with pytest.raises(RunDirectoryError, match="schema version 9"):
        put_baseline(root, baseline("one"))
    assert file.read_text() == '{"schema_version": 9}'


def test_the_file_is_plain_json(root: Path) -> None:
    put_baseline(root, baseline("one"))
    (kept,) = json.loads((root.parent / "baselines.json").read_text())["baselines"]
    assert kept["runs"] == ["one"]


GOOD = replace(empty_summary(), valid=True, invalid_because=(), requests=100, errors=2)


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        (replace(GOOD, valid=False, invalid_because=("it was late",)), "invalid: it was late"),
        (replace(GOOD, stopped_by="interrupted"), "its end (interrupted)"),
        (replace(GOOD, stopped_by="aborted: errors>50% for 10s"), "its end (aborted"),
        (replace(GOOD, errors=51), "51 of 100 requests failed"),
        (replace(GOOD, dropped=200), "202 of 300 requests failed"),
        (replace(GOOD, journeys=(JourneySummary("visit", 10, 9, NO_SPREAD),)), "9 of 10 journeys failed"),
    ],
)
def test_a_run_that_cannot_be_believed_is_unfit(summary: object, said: str) -> None:
    assert said in (why_unfit(summary) or "")  # type: ignore[arg-type]  # parametrized


def test_a_run_that_missed_goals_is_fit() -> None:
    assert why_unfit(GOOD) is None
