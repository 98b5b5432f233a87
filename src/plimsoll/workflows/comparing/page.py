"""A comparison written as a page."""

from pathlib import Path

from plimsoll.core.comparison import Comparison
from plimsoll.core.errors import UsageError
from plimsoll.report.comparison.html import render_comparison
from plimsoll.runs.directory import write_whole


def write_page(path: Path, comparison: Comparison) -> None:
    """Whole or not at all. Raises UsageError."""
    try:
        write_whole(path, render_comparison(comparison))
    except OSError as error:
        raise UsageError(f"cannot write {path}", why=error.strerror or str(error), remedy="name a file") from error
