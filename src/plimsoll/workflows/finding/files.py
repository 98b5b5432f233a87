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
    """Writes both into a directory of the search; gives the page's path (None without one) and what went wrong.

    The figures first: what was found is not lost to a mistake in its picture.
    """
    directory = root / line.series_id
    try:
        directory.mkdir(parents=True, mode=0o700)
        write_whole(directory / JSON_NAME, json.dumps(line.to_json(), indent=2) + "\n")
    except OSError as error:
        return None, [f"what was found could not be kept: {error.strerror or error}"]
    problems = _write_reports(root, line)
    try:
        _write_page(root, directory, line)
    except Exception as error:  # noqa: BLE001  # see above
        return None, [*problems, f"there is no page of the search: {type(error).__name__}: {error}"]
    return directory / PAGE_NAME, problems


def _write_page(root: Path, directory: Path, line: LoadLine) -> None:
    from plimsoll.report.load_line.html import render_line  # plotly is slow to import

    reported = [step.run_id for step in line.steps if (root / step.run_id / "report.html").is_file()]
    write_whole(directory / PAGE_NAME, render_line(line, {run_id: f"../{run_id}/report.html" for run_id in reported}))


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
        except Exception as error:  # noqa: BLE001  # see above
            problems.append(f"run {run_id} has no report.html: {type(error).__name__}: {error}")
    return problems
