"""What a series leaves beside its runs: `series.json`, the same as `--json` prints, and an overview to look at."""

import json
from pathlib import Path

from plimsoll.core.repeats import SeriesSummary
from plimsoll.runs.directory import write_whole

JSON_NAME = "series.json"
PAGE_NAME = "series.html"


def write_series(root: Path, series: SeriesSummary) -> tuple[Path | None, list[str]]:
    """Writes both into a directory of the series; gives the page's path (None without one) and what went wrong."""
    from plimsoll.report.series_html import render_series

    directory = root / series.series_id
    links = {run.run_id: f"../{run.run_id}/report.html" for run in series.runs}
    try:
        directory.mkdir(parents=True, mode=0o700)
        write_whole(directory / JSON_NAME, json.dumps(series.to_json(), indent=2) + "\n")
        write_whole(directory / PAGE_NAME, render_series(series, links))
    except OSError as error:
        return None, [f"there is no overview of the series: {error.strerror or error}"]
    return directory / PAGE_NAME, []
