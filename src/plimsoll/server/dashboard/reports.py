"""The reports of runs, as they lie on the disk."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from fastapi import APIRouter, FastAPI
from starlette.responses import Response, StreamingResponse

from plimsoll.core.errors import RunDirectoryError
from plimsoll.runs.directory import RunDirectory, find_run
from plimsoll.server.dashboard.markup import element
from plimsoll.server.dashboard.sheet import sheet

REPORTS: Final = "/reports"
CHUNK_BYTES: Final = 256 * 1024


def add_reports(app: FastAPI, root: Path) -> None:
    """Read only. A run is named by its id, never by a path."""
    router = APIRouter(include_in_schema=False)

    @router.get(f"{REPORTS}/{{run_id}}")
    def report(run_id: str) -> Response:
        run = _run(root, run_id)
        file = None if run is None else opened(root, run.report_path)
        if file is None:
            command = element("code", "plimsoll report RUN")
            return sheet("There is no such report", element("p", "To make one: ", command), status=404)
        headers = {"Cache-Control": "no-cache", "Content-Length": str(os.fstat(file.fileno()).st_size)}
        return StreamingResponse(_chunks(file), media_type="text/html", headers=headers)

    app.include_router(router)


def opened(root: Path, path: Path) -> BinaryIO | None:
    """A file below the root, by no link: whoever may write a run may not have us read what they cannot."""
    if not path.resolve().is_relative_to(root.resolve()):
        return None
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    return None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _run(root: Path, run_id: str) -> RunDirectory | None:
    """The run of exactly this id."""
    if not run_id.replace("-", "").replace("_", "").isalnum():
        return None
    try:
        run = find_run(root, run_id)
    except RunDirectoryError:
        return None
    return run if run.path.parent == root and run.run_id == run_id else None
