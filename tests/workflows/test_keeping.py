"""An analysis kept beside its run."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import PlimsollError
from plimsoll.core.finding import Figure
from plimsoll.runs.directory import RunDirectory
from plimsoll.workflows.analyzing.keeping import ANALYSIS_NAME, keep, kept, masked
from tests.report import made_analysis


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    made, directory = made_analysis.bottleneck(), RunDirectory(tmp_path)
    keep(directory, made)
    again = kept(directory)
    assert again is not None
    assert json.dumps(again.to_json()) == json.dumps(made.to_json())


def test_of_a_run_that_was_not_analyzed_nothing_is_kept(tmp_path: Path) -> None:
    assert kept(RunDirectory(tmp_path)) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"metrics": 3}', "NaN"])
def test_a_damaged_file_says_so_and_how_to_make_it_again(tmp_path: Path, content: str) -> None:
    (tmp_path / ANALYSIS_NAME).write_text(content)
    with pytest.raises(PlimsollError) as raised:
        kept(RunDirectory(tmp_path))
    assert ANALYSIS_NAME in str(raised.value)


@pytest.mark.parametrize("wrong", ['"severity": 3', '"severity": "dire"', '"severity": null'])
def test_what_is_of_another_kind_than_it_should_be_is_not_believed(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / ANALYSIS_NAME
    keep(RunDirectory(tmp_path), made_analysis.bottleneck())
    path.write_text(path.read_text().replace('"severity": "high"', wrong))
    with pytest.raises(PlimsollError, match="damaged, or of another version"):
        kept(RunDirectory(tmp_path))


def test_a_figure_that_is_no_number_is_left_out_and_the_rest_is_kept(tmp_path: Path) -> None:
    finding = made_analysis.MISSING_INDEX
    wrong = replace(finding, figures=(*finding.figures, Figure("rows a call", math.inf, "count")))
    keep(RunDirectory(tmp_path), masked(replace(made_analysis.bottleneck(), findings=(wrong,))))
    again = kept(RunDirectory(tmp_path))
    assert again is not None
    assert [figure.label for figure in again.findings[0].figures] == [figure.label for figure in finding.figures]


def test_no_secret_is_kept_wherever_it_stands() -> None:
    finding = replace(
        made_analysis.LOCK, explanation="of postgresql://app:hunter22@db/app", details={"x": ["pwd=abc123"]}
    )
    made = masked(replace(made_analysis.bottleneck(), findings=(finding,), because="token: abc123"))
    text = json.dumps(made.to_json())
    assert "hunter22" not in text
    assert "abc123" not in text
