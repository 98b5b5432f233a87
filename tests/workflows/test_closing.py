"""Ending a run where its files cannot be written: said plainly, with place, size and what to do."""

from pathlib import Path

import pytest

from plimsoll.core.errors import RunDirectoryError
from plimsoll.runs.directory import RunDirectory
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.workflows.closing import close_run, write_report
from tests.report import builders


def unwritable(path: Path) -> RunDirectory:
    """A run whose report.html cannot be put in its place, whoever asks for it."""
    directory = RunDirectory(path)
    directory.report_path.mkdir()
    (directory.report_path / "taken").touch()
    writer = IntervalWriter(directory.intervals_path)
    for interval in builders.healthy()[1]:
        writer.write(interval)
    writer.close()
    return directory


def test_a_report_that_cannot_be_written_is_an_error_with_its_place_its_size_and_a_remedy(tmp_path: Path) -> None:
    directory = unwritable(tmp_path)
    summary, _, facts = builders.healthy()
    with pytest.raises(RunDirectoryError, match=r"cannot write report\.html") as raised:
        write_report(directory, summary, facts)
    assert raised.value.where == str(tmp_path)
    assert "MiB" in raised.value.remedy
    (problem,) = close_run(directory, summary, facts)
    assert problem.startswith("there is no report.html: cannot write")
    assert directory.summary_path.is_file(), "the figures are kept"


def test_an_analysis_that_fails_costs_the_run_nothing_but_a_warning(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    (tmp_path / "analysis.json" / "taken").mkdir(parents=True)
    summary, intervals, facts = builders.healthy()
    writer = IntervalWriter(directory.intervals_path)
    for interval in intervals[:10]:
        writer.write(interval)
    writer.close()
    (problem,) = close_run(directory, summary, facts, analyzed=True)
    assert problem.startswith("there is no analysis.json: cannot write")
    assert directory.summary_path.is_file()
    assert directory.report_path.is_file()
