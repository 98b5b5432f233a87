"""An analysis as a file of its own."""

from pathlib import Path

from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import UsageError
from plimsoll.runs.directory import write_whole


def write_page(path: Path, analysis: Analysis) -> None:
    """Raises UsageError where it cannot be written."""
    from plimsoll.report.analysis.page import render_analysis  # plotly is slow to import

    try:
        write_whole(path, render_analysis(analysis))
    except OSError as error:
        raise UsageError(
            "cannot write the page",
            where=str(path),
            why=error.strerror or str(error),
            remedy="choose another --html FILE",
        ) from error
