"""`plimsoll runs`: every run has its row, whatever its files hold."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plimsoll.cli.runs import runs
from plimsoll.runs.directory import RunDirectory
from tests.runs.test_directory import facts


def made(root: Path, second: int, summary: str, **changes: object) -> str:
    directory = RunDirectory.create(root, datetime(2026, 2, 14, 12, 0, second, tzinfo=UTC))
    directory.write_facts(replace(facts(directory.run_id), **changes))  # type: ignore[arg-type]  # any field
    directory.summary_path.write_text(summary)
    directory.close()
    return directory.run_id


@pytest.mark.parametrize("summary", ["{}", "[]", "7", '{"valid": true, "stopped_by": "", "goals": [7]}'])
def test_a_damaged_summary_costs_its_row_only_and_a_step_of_a_search_is_marked(
    summary: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = made(tmp_path, 1, summary)
    whole = '{"valid": true, "stopped_by": "", "goals": [], "rate_per_s": 9, "latency_ms": {"p95": 1}, "error_rate": 0}'
    step = made(tmp_path, 2, whole, series={"series_id": "find-1", "cell": {"rate": 9}, "repeat": 1})
    runs(tmp_path, trend=False, scenario=None, metric=None, floor="5%", as_json=False)
    rows = capsys.readouterr().out.splitlines()
    assert rows[1].startswith(damaged)
    assert "unreadable: summary.json is damaged" in rows[1]
    assert rows[2].startswith(step)
    assert rows[2].endswith("completed, step of find-1")
