"""What a search leaves behind, also where something of it cannot be made."""

import json
from pathlib import Path

import pytest

from plimsoll.workflows.finding.diagnosing import diagnosed, fitted
from plimsoll.workflows.finding.files import write_line
from tests.report.load_line.made_line import FOUND


def test_figures_and_page_are_kept_where_the_runs_are_gone(tmp_path: Path) -> None:
    page, problems = write_line(tmp_path, FOUND)
    assert page is not None
    assert FOUND.because in page.read_text()
    assert json.loads((page.parent / "find.json").read_text())["rate_per_s"] == 400
    assert [problem.split(" has no")[0] for problem in problems] == [
        "run 20260214-101700-000002",
        "run 20260214-101800-000003",
    ]


def test_a_place_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / FOUND.series_id).mkdir()
    assert write_line(tmp_path, FOUND) == (None, ["what was found could not be kept: File exists"])


def test_a_page_that_cannot_be_drawn_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("plimsoll.report.load_line.html.render_line", broken)
    page, problems = write_line(tmp_path, FOUND)
    assert page is None
    assert problems[-1] == "there is no page of the search: ZeroDivisionError: a mistake of ours"
    assert (tmp_path / FOUND.series_id / "find.json").is_file()


def test_what_cannot_be_analyzed_or_fitted_is_said(tmp_path: Path) -> None:
    diagnosis, problems = diagnosed(tmp_path, FOUND.steps, 408)
    assert diagnosis is None
    assert problems[0].startswith("the step at 408/s could not be analyzed")
    fit, because = fitted(tmp_path, FOUND.steps)
    assert fit is None
    assert because.startswith("the scalability law could not be fitted")
