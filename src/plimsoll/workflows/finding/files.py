"""What a search leaves beside its runs: `find.json`, the same as `--json` prints, and a page to look at."""

import json
from pathlib import Path

from plimsoll.core.errors import PlimsollError
from plimsoll.core.load_line import LoadLine
from plimsoll.runs.directory import find_run, write_whole
from plimsoll.workflows.closing import write_report
from plimsoll.workflows.reporting import summary_of

JSON_NAME = "find.json"
PAGE_NAME = "find.html"


def write_line(root: Path, line: LoadLine) -> tuple[Path | None, list[str]]:
    """Writes both into a directory of the search; gives the page's path (None without one) and what went wrong."""
    from plimsoll.report.load_line.html import render_line

    directory = root / line.series_id
    problems = _write_reports(root, line)
    links = {
        step.run_id: f"../{step.run_id}/report.html"
        for step in line.steps
        if (root / step.run_id / "report.html").is_file()
    }
    try:
        directory.mkdir(parents=True, mode=0o700)
        write_whole(directory / JSON_NAME, json.dumps(line.to_json(), indent=2) + "\n")
        write_whole(directory / PAGE_NAME, render_line(line, links))
    except OSError as error:
        return None, [*problems, f"there is no page of the search: {error.strerror or error}"]
    return directory / PAGE_NAME, problems


def _write_reports(root: Path, line: LoadLine) -> list[str]:
    """Of the two runs that one looks at: the highest that held, and the one that broke."""
    best = [line.best.run_id] if line.best is not None else []
    broke = [line.diagnosis.run_id] if line.diagnosis is not None else []
    problems = []
    for run_id in [*best, *broke]:
        try:
            directory = find_run(root, run_id)
            facts = directory.read_facts()
            write_report(directory, summary_of(directory, facts), facts)
        except PlimsollError as error:
            problems.append(f"run {run_id} has no report.html: {error}")
    return problems
