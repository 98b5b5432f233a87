"""Run directories made by hand: facts, a summary, and nothing watched."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from plimsoll.runs.directory import RunDirectory
from tests.analyze.comparing.made_runs import a_run

NOON = datetime(2026, 2, 14, 12, tzinfo=UTC)


def a_directory(root: Path, at: int, p95: float = 10.0, **changes: Any) -> str:
    """The id of a finished run, `at` minutes after noon."""
    directory = RunDirectory.create(root, NOON + timedelta(minutes=at))
    run = a_run(directory.run_id, p95, **changes)
    directory.write_facts(run.facts)
    directory.summary_path.write_text(json.dumps(replace(run.summary, run_id=directory.run_id).to_json()))
    directory.intervals_path.touch()
    directory.close()
    return directory.run_id
