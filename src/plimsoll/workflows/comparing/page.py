"""A comparison written down: as a page, and beside the series that it is of."""

import json
from pathlib import Path

from plimsoll.core.comparison import Comparison
from plimsoll.core.errors import UsageError
from plimsoll.report.comparison.html import render_comparison
from plimsoll.runs.directory import write_whole


def keep_comparison(directory: Path, comparison: Comparison) -> tuple[Path | None, list[str]]:
    """comparison.json and comparison.html in a series' directory: the page's path, and what could not be written."""
    page = directory / "comparison.html"
    try:
        write_whole(directory / "comparison.json", json.dumps(comparison.to_json(), indent=2) + "\n")
        write_whole(page, render_comparison(comparison))
    except OSError as error:
        return None, [f"the comparison was not kept: {error.strerror or error}"]
    return page, []


def write_page(path: Path, comparison: Comparison) -> None:
    """Whole or not at all. Raises UsageError."""
    try:
        write_whole(path, render_comparison(comparison))
    except OSError as error:
        raise UsageError(f"cannot write {path}", why=error.strerror or str(error), remedy="name a file") from error
