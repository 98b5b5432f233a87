"""What `plimsoll run` ends with: the summary, and then in short what held the run down."""

import json
from pathlib import Path

import pytest
import typer

from plimsoll.cli.run import finish
from plimsoll.runs.directory import RunDirectory
from plimsoll.workflows.analyzing.keeping import ANALYSIS_NAME, keep
from plimsoll.workflows.run import RunResult
from tests.report import builders, made_analysis


def result_in(path: Path) -> RunResult:
    summary, _, facts = builders.failing()
    directory = RunDirectory(path)
    directory.write_facts(facts)
    return RunResult(summary, directory)


def ended(result: RunResult, *, as_json: bool = False) -> int:
    with pytest.raises(typer.Exit) as raised:
        finish(result, as_json=as_json)
    return raised.value.exit_code


def test_the_findings_follow_the_summary_and_say_where_there_is_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = result_in(tmp_path)
    keep(result.directory, made_analysis.bottleneck())
    assert ended(result) == 4
    said = capsys.readouterr().out
    assert said.index("Journeys") < said.index("Analysis\nBottleneck: Sequential scans")
    assert "do: Create an index on public.orders" in said
    assert said.splitlines()[-1] == "more: plimsoll analyze 20260214-101500-3fa2"


def test_json_is_the_summary_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = result_in(tmp_path)
    keep(result.directory, made_analysis.bottleneck())
    ended(result, as_json=True)
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(result.summary.to_json()))


def test_an_analysis_that_cannot_be_read_is_a_warning_and_no_other_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = result_in(tmp_path)
    (tmp_path / ANALYSIS_NAME).write_text("{}")
    assert ended(result) == 4
    assert "warning: cannot read analysis.json" in capsys.readouterr().err
