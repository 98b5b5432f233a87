"""An analysis kept beside its run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.errors import PlimsollError
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


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"metrics": 3}'])
def test_a_damaged_file_says_so_and_how_to_make_it_again(tmp_path: Path, content: str) -> None:
    (tmp_path / ANALYSIS_NAME).write_text(content)
    with pytest.raises(PlimsollError) as raised:
        kept(RunDirectory(tmp_path))
    assert ANALYSIS_NAME in str(raised.value)


def test_no_secret_is_kept_wherever_it_stands() -> None:
    finding = replace(
        made_analysis.LOCK, explanation="of postgresql://app:hunter22@db/app", details={"x": ["pwd=abc123"]}
    )
    made = masked(replace(made_analysis.bottleneck(), findings=(finding,), because="token: abc123"))
    text = json.dumps(made.to_json())
    assert "hunter22" not in text
    assert "abc123" not in text
