"""The reports of runs, as they lie on the disk."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.responses import FileResponse, Response

from plimsoll.core.errors import RunDirectoryError
from plimsoll.runs.directory import RunDirectory, find_run
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.sheet import sheet

REPORTS: Final = "/reports"


def add_reports(app: FastAPI, root: Path) -> None:
    """Read only. A run is named by its id, never by a path."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{REPORTS}/{{run_id}}")
    def report(run_id: str) -> Response:
        run = _run(root, run_id)
        if run is None or not run.report_path.is_file():
            command = element("code", "plimsoll report RUN")
            return sheet("There is no such report", element("p", "To make one: ", command), status=404)
        return FileResponse(run.report_path, media_type="text/html", headers={"Cache-Control": "no-cache"})

    app.include_router(router)


def _run(root: Path, run_id: str) -> RunDirectory | None:
    """The run of exactly this id."""
    if not run_id.replace("-", "").replace("_", "").isalnum():
        return None
    try:
        run = find_run(root, run_id)
    except RunDirectoryError:
        return None
    return run if run.path.parent == root and run.run_id == run_id else None
